"""Reporting work: what began, what was finished, which points of a checklist are done. Every actual renews the forecast."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Max, Q

from triallink.domains.delivery.access import PLANNERS, WORKERS, item_for, plan_to_change, worker_of_study
from triallink.domains.delivery.errors import (
    ChecklistOpen,
    DayInFuture,
    FinishBeforeStart,
    FinishWithoutStart,
    NumberOutOfRange,
    ReasonMissing,
    TasksOpen,
)
from triallink.domains.delivery.events import (
    ChecklistTicked,
    MilestoneReached,
    PlanChanged,
    SubjectPlanned,
    WorkAssigned,
    WorkReported,
)
from triallink.domains.delivery.models import MonitoringVisit, PlanItem, PlanLink, StudyPlan
from triallink.domains.delivery.models.visits import MILESTONE_OF
from triallink.domains.delivery.services.generation import protocol_visits, renew_forecast
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound
from triallink.kernel.workdays import EVERY_DAY

MAX_DURATION = 2500


@transaction.atomic
def report_work(
    *,
    item_id: int,
    actual_start_on: dt.date | None,
    actual_finish_on: dt.date | None,
    by: Actor,
    why: str = "",
    clock: Clock = system_clock,
) -> PlanItem:
    """Say when a task or milestone began and was finished, or take it back with None; the forecast follows.

    Refuses: NotFound, NotAllowed, FinishWithoutStart, FinishBeforeStart, DayInFuture, ChecklistOpen, TasksOpen.
    Emits: WorkReported, and MilestoneReached for a milestone that is finished.
    """
    plan, item = _item_to_change(item_id, by)
    today = clock.now().date()
    if actual_finish_on and not actual_start_on:
        raise FinishWithoutStart(field="actual_start_on")
    if actual_finish_on and actual_start_on and actual_finish_on < actual_start_on:
        raise FinishBeforeStart(field="actual_finish_on")
    # A day ahead of ours may already be today where the work is done.
    if max(filter(None, (actual_start_on, actual_finish_on)), default=today) > today + dt.timedelta(days=1):
        raise DayInFuture(field="actual_finish_on" if actual_finish_on else "actual_start_on")
    if actual_finish_on:
        _check_done(item)
    before = [item.actual_start_on, item.actual_finish_on]
    item.actual_start_on, item.actual_finish_on = actual_start_on, actual_finish_on
    item.save(update_fields=["actual_start_on", "actual_finish_on"])
    reached = _reached_milestone(item) if item.kind == "task" else None
    renew_forecast(plan, today)
    item.refresh_from_db()
    for done in filter(None, (reached, item if item.kind == "milestone" and actual_finish_on else None)):
        _note_reached(plan, done, by, clock)
    record(
        WorkReported(study_id=plan.study_id, item_id=item.pk, state=item.state),
        by=by,
        about=("plan_item", item.pk),
        study_id=plan.study_id,
        why=why,
        change={"actual": [before, [actual_start_on, actual_finish_on]]},
        clock=clock,
    )
    return item


@transaction.atomic
def finish_by_visit(*, visit: MonitoringVisit, by: Actor, clock: Clock = system_clock) -> list[PlanItem]:
    """Finish the tasks that a signed visit report proves: the visit on its last day, its report today.

    Their checklists are ticked in the name of who signed. A task that was finished by hand keeps its days.

    Refuses: nothing; an interim visit, and one without a plan, finishes no task.
    Emits: WorkReported for each task, and MilestoneReached if they were the milestone's last.
    """
    if visit.plan_item is None or visit.kind not in MILESTONE_OF or visit.began_on is None:
        return []
    plan = StudyPlan.objects.select_for_update().get(study_id=visit.study_id)
    assert visit.ended_on is not None
    today = max(clock.now().date(), visit.ended_on)
    days = {"visit": (visit.began_on, visit.ended_on), "report": (visit.ended_on, today)}
    tasks = list(visit.plan_item.tasks.filter(code__in=days, actual_finish_on=None).order_by("position"))
    for task in tasks:
        start, task.actual_finish_on = days[task.code]
        task.actual_start_on = min(task.actual_start_on or start, start)
        done = {"done_by": by.label, "done_at": clock.now().isoformat(timespec="minutes")}
        task.checklist = [line if "done_by" in line else {**line, **done} for line in task.checklist]
        task.save(update_fields=["actual_start_on", "actual_finish_on", "checklist"])
    reached = _reached_milestone(tasks[-1]) if tasks else None
    if tasks:
        renew_forecast(plan, clock.now().date())
    for task in tasks:
        record(
            WorkReported(study_id=plan.study_id, item_id=task.pk, state="done"),
            by=by,
            about=("plan_item", task.pk),
            study_id=plan.study_id,
            change={"actual": [None, [task.actual_start_on, task.actual_finish_on]], "visit": visit.pk},
            clock=clock,
        )
    if reached is not None:
        _note_reached(plan, reached, by, clock)
    return tasks


@transaction.atomic
def import_actuals(
    *,
    study_id: int,
    actuals: dict[str, tuple[dt.date, dt.date | None]],
    why: str,
    by: Actor,
    clock: Clock = system_clock,
) -> int:
    """Take over what was done before the plan was kept here: first and last day of tasks by their key.

    Checklists are not asked for; milestones whose tasks are all finished are reached. Returns how many tasks.

    Refuses: NotFound (the study, or a task not in its plan), NotAllowed, NoPlan, ReasonMissing, FinishBeforeStart,
    DayInFuture.
    Emits: PlanChanged.
    """
    plan = plan_to_change(study_id, by=by, roles=PLANNERS)
    if not why.strip():
        raise ReasonMissing(field="why")
    tasks = list(PlanItem.objects.filter(plan=plan, kind="task", key__in=list(actuals)))
    if len(tasks) != len(actuals):
        raise NotFound
    today = clock.now().date()
    for task in tasks:
        start, finish = actuals[task.key]
        if finish and finish < start:
            raise FinishBeforeStart(field="actuals")
        if max(start, finish or start) > today:
            raise DayInFuture(field="actuals")
        task.actual_start_on, task.actual_finish_on = start, finish
    PlanItem.objects.bulk_update(tasks, ["actual_start_on", "actual_finish_on"], batch_size=1000)
    reached = PlanItem.objects.filter(plan=plan, kind="milestone", tasks__isnull=False).annotate(
        open_tasks=Count("tasks", filter=Q(tasks__actual_finish_on=None)), last=Max("tasks__actual_finish_on")
    )
    done = list(reached.filter(open_tasks=0, actual_finish_on=None))
    for milestone in done:
        milestone.actual_start_on = milestone.actual_finish_on = milestone.last
    PlanItem.objects.bulk_update(done, ["actual_start_on", "actual_finish_on"], batch_size=1000)
    renew_forecast(plan, today)
    record(
        PlanChanged(study_id=study_id, plan_id=plan.pk),
        by=by,
        about=("study", study_id),
        study_id=study_id,
        why=why.strip(),
        change={"actuals taken over": [0, len(tasks)], "milestones reached": [0, len(done)]},
        clock=clock,
    )
    return len(tasks)


@transaction.atomic
def tick_checklist(
    *, item_id: int, number: int, is_done: bool, by: Actor, clock: Clock = system_clock
) -> PlanItem:
    """Tick a point of a task's checklist (counted from 0), or take the tick away.

    Refuses: NotFound, NotAllowed.
    Emits: ChecklistTicked.
    """
    plan, item = _item_to_change(item_id, by)
    if not 0 <= number < len(item.checklist):
        raise NotFound
    line = dict(item.checklist[number])
    line.pop("done_by", None)
    line.pop("done_at", None)
    if is_done:
        line |= {"done_by": by.label, "done_at": clock.now().isoformat(timespec="minutes")}
    item.checklist[number] = line
    item.save(update_fields=["checklist"])
    record(
        ChecklistTicked(study_id=plan.study_id, item_id=item.pk),
        by=by,
        about=("plan_item", item.pk),
        study_id=plan.study_id,
        change={line["en"]: [not is_done, is_done]},
        clock=clock,
    )
    return item


@transaction.atomic
def change_item(
    *,
    item_id: int,
    duration_days: int,
    hours: Decimal,
    assignee_id: int | None,
    not_before_on: dt.date | None,
    by: Actor,
    why: str = "",
    clock: Clock = system_clock,
) -> PlanItem:
    """Change how long a task takes, who does it and the day before which it cannot begin; the forecast follows.

    Refuses: NotFound, NotAllowed, NumberOutOfRange, PersonOutside, CredentialRunOut.
    Emits: PlanChanged, and WorkAssigned when somebody else is to do it.
    """
    plan, item = _item_to_change(item_id, by)
    if not 0 <= duration_days <= MAX_DURATION or (item.kind == "task" and duration_days < 1):
        raise NumberOutOfRange(field="duration_days", minimum=1, maximum=MAX_DURATION)
    if not 0 <= hours <= 10_000:
        raise NumberOutOfRange(field="hours", minimum=0, maximum=10_000)
    begins = max(filter(None, (clock.now().date(), item.forecast_start_on)))
    person = worker_of_study(plan.study, assignee_id, begins, item.assignee_id)
    new = {
        "duration_days": duration_days if item.kind == "task" else 0,
        "hours": hours,
        "assignee_id": person.pk if person else None,
        "not_before_on": not_before_on,
    }
    change = {
        name: [getattr(item, name), value] for name, value in new.items() if getattr(item, name) != value
    }
    for name, value in new.items():
        setattr(item, name, value)
    item.save(update_fields=["duration_days", "hours", "assignee", "not_before_on"])
    if change.keys() & {"duration_days", "not_before_on"}:
        renew_forecast(plan, clock.now().date())
        item.refresh_from_db()
    if "assignee_id" in change:
        record(
            WorkAssigned(study_id=plan.study_id, item_id=item.pk, person_id=item.assignee_id),
            by=by,
            about=("plan_item", item.pk),
            study_id=plan.study_id,
            change={"assignee": [None, str(person or "")]},
            clock=clock,
        )
    if change:
        record(
            PlanChanged(study_id=plan.study_id, plan_id=plan.pk),
            by=by,
            about=("plan_item", item.pk),
            study_id=plan.study_id,
            why=why,
            change=change,
            clock=clock,
        )
    return item


@transaction.atomic
def plan_subject(
    *, site_id: int, study_id: int, subject_number: str, enrolled_on: dt.date, by: Actor,
    clock: Clock = system_clock,
) -> list[PlanItem]:  # fmt: skip
    """Lay out the visits of one enrolled subject from the protocol's schedule, as milestones of the subject.

    Refuses: NotFound, NotAllowed, NoPlan, DayInFuture.
    Emits: SubjectPlanned.
    """
    plan = plan_to_change(study_id, by=by, roles=WORKERS)
    site = plan.study.sites.filter(pk=site_id).first()
    if site is None or not subject_number.strip():
        raise NotFound
    if enrolled_on > clock.now().date():
        raise DayInFuture(field="enrolled_on")
    number = subject_number.strip()[:40]
    prefix = f"site:{site_id}:subject:{number}"
    if PlanItem.objects.filter(plan=plan, key__startswith=prefix + ":").exists():
        return list(PlanItem.objects.filter(plan=plan, key__startswith=prefix + ":").order_by("position"))
    base = PlanItem.objects.filter(plan=plan).count()
    visits = [visit for visit in protocol_visits(study_id, by) if visit[1] >= 1]

    def item(order: int, code: str, name: dict[str, str], window: str = "") -> PlanItem:
        return PlanItem(
            plan=plan, key=f"{prefix}:{code}", level="subject", kind="milestone", code=code, name=name,
            country=site.country, site=site, subject_number=number, position=base + order,
            calendar=EVERY_DAY, cites=window, plan_start_on=enrolled_on, plan_finish_on=enrolled_on,
        )  # fmt: skip

    rows = [item(0, "ENROLLED", {"en": "Enrolled", "zh": "入组"})]
    rows[0].actual_start_on = rows[0].actual_finish_on = enrolled_on
    for order, (label, day, earliest, latest) in enumerate(visits, start=1):
        row = item(order, f"V{order}", {"en": label, "zh": label}, f"{earliest - day:+d}/{latest - day:+d}")
        row.plan_start_on = row.plan_finish_on = enrolled_on + dt.timedelta(days=day - 1)
        rows.append(row)
    made = PlanItem.objects.bulk_create(rows)
    PlanLink.objects.bulk_create(
        PlanLink(plan=plan, predecessor=made[0], successor=row, lag_days=visit[1] - 1)
        for row, visit in zip(made[1:], visits, strict=True)
    )
    renew_forecast(plan, clock.now().date())
    record(
        SubjectPlanned(study_id=study_id, site_id=site_id, visits=len(visits)),
        by=by,
        about=("study_site", site_id),
        study_id=study_id,
        change={"subject": [None, number]},
        clock=clock,
    )
    return made


def _item_to_change(item_id: int, by: Actor) -> tuple[StudyPlan, PlanItem]:
    found = item_for(item_id, to=by)
    plan = plan_to_change(found.plan.study_id, by=by, roles=WORKERS)
    return plan, PlanItem.objects.select_for_update().get(pk=item_id)


def _check_done(item: PlanItem) -> None:
    still = sum("done_by" not in line for line in item.checklist)
    if still:
        raise ChecklistOpen(field="actual_finish_on", count=still)
    if item.kind == "milestone":
        tasks = item.tasks.filter(actual_finish_on=None).count()
        if tasks:
            raise TasksOpen(field="actual_finish_on", count=tasks)


def _note_reached(plan: StudyPlan, milestone: PlanItem, by: Actor, clock: Clock) -> None:
    record(
        MilestoneReached(
            study_id=plan.study_id,
            item_id=milestone.pk,
            code=milestone.code,
            site_id=milestone.site_id,
            reached_on=str(milestone.actual_finish_on),
        ),
        by=by,
        about=("plan_item", milestone.pk),
        study_id=plan.study_id,
        change={"reached": [None, milestone.actual_finish_on]},
        clock=clock,
    )


def _reached_milestone(task: PlanItem) -> PlanItem | None:
    """Return the milestone the task's last day completes, now marked as reached; None if tasks are left.

    A task that is taken back takes its milestone back.
    """
    milestone = task.parent
    if milestone is None:
        return None
    days = list(milestone.tasks.values_list("actual_start_on", "actual_finish_on"))
    finished = [finish for _, finish in days if finish is not None]
    is_reached = len(finished) == len(days)
    new_finish = max(finished) if is_reached else None
    if milestone.actual_finish_on == new_finish:
        return None
    milestone.actual_start_on = milestone.actual_finish_on = new_finish
    milestone.save(update_fields=["actual_start_on", "actual_finish_on"])
    return milestone if is_reached else None
