"""What a viewer may read of a study's plan."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from triallink.domains.contracts.access import visible_contracts
from triallink.domains.contracts.models import CONCLUDED, Milestone
from triallink.domains.delivery.access import plan_for
from triallink.domains.delivery.models import PlanItem, PlanLink, StudyPlan
from triallink.domains.studies.access import visible_studies
from triallink.kernel.actor import Actor


def items(study_id: int, *, to: Actor) -> QuerySet[PlanItem]:
    """Return the items of a study's plan in their order; none if it has no plan.

    Refuses: NotFound.
    """
    plan = plan_for(study_id, to=to)
    found = PlanItem.objects.filter(plan=plan) if plan else PlanItem.objects.none()
    return found.select_related("site", "assignee", "parent").order_by("position", "pk")


@dataclass(frozen=True)
class MilestoneRow:
    """A milestone with how far its tasks are."""

    item: PlanItem
    tasks: int
    done: int

    @property
    def share(self) -> float:
        """Return the share of its tasks that is done."""
        if self.item.is_finished:
            return 1.0
        return self.done / self.tasks if self.tasks else 0.0


def milestones(study_id: int, *, to: Actor, levels: tuple[str, ...] = ("study", "country", "site")) -> list[
    MilestoneRow
]:  # fmt: skip
    """Return the milestones of some levels with the number of their tasks, in one query."""
    rows = (
        items(study_id, to=to)
        .filter(kind="milestone", level__in=levels)
        .annotate(
            task_count=Count("tasks"),
            done_count=Count("tasks", filter=Q(tasks__actual_finish_on__isnull=False)),
        )
    )
    return [MilestoneRow(row, row.task_count, row.done_count) for row in rows]


def milestone_with_tasks(item: PlanItem) -> list[PlanItem]:
    """Return a milestone's tasks in their order."""
    return list(item.tasks.select_related("assignee", "site").order_by("position"))


def links_of(item: PlanItem) -> tuple[list[PlanLink], list[PlanLink]]:
    """Return what an item waits for and what waits for it."""
    before = item.links_in.select_related("predecessor__site", "predecessor__parent").order_by("pk")
    after = item.links_out.select_related("successor__site", "successor__parent").order_by("pk")
    return list(before), list(after)


def items_to_wait_for(item: PlanItem) -> list[PlanItem]:
    """Return what an item may be made to wait for: the rest of the study's, its country's and its site's items."""
    near = Q(level="study") | Q(level="country", country=item.country)
    if item.level == "study":
        # Milestones of every place: the study as a whole waits for them, and their tasks are theirs.
        near = Q(level="study") | Q(kind="milestone", level__in=["country", "site"])
    elif item.site_id is not None:
        near |= Q(site_id=item.site_id)
    rows = PlanItem.objects.filter(near, plan_id=item.plan_id).exclude(pk=item.pk).exclude(level="subject")
    return list(rows.select_related("site", "parent").order_by("position"))


def payable_milestones(item: PlanItem, *, to: Actor) -> list[Milestone]:
    """Return the payable milestones a plan's milestone may serve: of the study's contracts the viewer may see."""
    rows = Milestone.objects.filter(
        contract__in=visible_contracts(to=to),
        contract__study_id=item.plan.study_id,
        contract__state__in=CONCLUDED,
        is_removed=False,
    )
    return list(
        rows.select_related("contract", "line__service").order_by("contract_id", "line__position", "position")
    )


def items_of_payable(milestone_id: int, *, to: Actor) -> list[PlanItem]:
    """Return the plan's milestones that serve a payable milestone, in the studies the viewer may see."""
    rows = PlanItem.objects.filter(contract_milestone_id=milestone_id, plan__study__in=visible_studies(to=to))
    return list(rows.select_related("site", "plan__study").order_by("position"))


@dataclass(frozen=True)
class Bar:
    """One row of the Gantt picture: an item, or a site or country with its milestones."""

    pk: int
    key: str
    name: dict[str, str]
    level: str
    kind: str
    state: str
    start: dt.date
    finish: dt.date
    baseline_start: dt.date | None
    baseline_finish: dt.date | None
    is_critical: bool
    late_days: int
    share: float
    place: str = ""


class _Task(NamedTuple):
    """What a bar takes from a task. There are thousands, so no column more."""

    pk: int
    parent_id: int
    baseline_start_on: dt.date | None
    plan_start_on: dt.date | None
    forecast_start_on: dt.date | None
    actual_start_on: dt.date | None
    actual_finish_on: dt.date | None


MILESTONE_COLUMNS = (
    "pk", "key", "name", "level", "country", "site_id", "site__number", "site__name_en", "site__name_zh",
    "baseline_start_on", "baseline_finish_on", "plan_start_on", "plan_finish_on", "forecast_finish_on",
    "actual_finish_on", "is_critical",
)  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Rows that stand together: the study's, a country's, a site's."""

    key: str
    title: dict[str, str]
    bars: list[Bar] = field(default_factory=list)


@dataclass(frozen=True)
class Gantt:
    """The plan as a picture: groups of milestone bars, links between them, and the days it spans."""

    plan: StudyPlan | None
    groups: list[Group]
    links: list[tuple[int, int]]
    first: dt.date
    last: dt.date


def gantt(study_id: int, *, to: Actor) -> Gantt:
    """Return the milestones of a study as bars from their first task's start to their finish, with their links.

    Five queries, whatever the number of sites. Refuses: NotFound.
    """
    plan = plan_for(study_id, to=to)
    today = dt.date.min
    if plan is None:
        return Gantt(None, [], [], today, today)
    rows = list(
        PlanItem.objects.filter(plan=plan, kind="milestone")
        .exclude(level="subject")
        .order_by("position")
        .values(*MILESTONE_COLUMNS)
    )
    tasks: dict[int, list[_Task]] = {row["pk"]: [] for row in rows}
    parent = {row["pk"]: row["pk"] for row in rows}
    work = (
        PlanItem.objects.filter(plan=plan, kind="task").exclude(level="subject").values_list(*_Task._fields)
    )
    for task in map(_Task._make, work):
        if task.parent_id in tasks:
            tasks[task.parent_id].append(task)
            parent[task.pk] = task.parent_id
    groups: dict[str, Group] = {}
    for row in rows:
        group = groups.setdefault(_group_key(row), Group(_group_key(row), _group_title(row)))
        group.bars.append(_bar(row, tasks[row["pk"]]))
    arrows = {
        (parent[a], parent[b])
        for a, b in PlanLink.objects.filter(plan=plan).values_list("predecessor_id", "successor_id")
        if a in parent and b in parent and parent[a] != parent[b]
    }
    bars = [bar for group in groups.values() for bar in group.bars]
    first = min([bar.start for bar in bars] + [bar.baseline_start or bar.start for bar in bars])
    last = max([bar.finish for bar in bars] + [bar.baseline_finish or bar.finish for bar in bars])
    order = {"study": 0, "country": 1, "site": 2}
    shown = sorted(groups.values(), key=lambda group: order[group.bars[0].level])
    return Gantt(plan, shown, sorted(arrows), first, last)


def _group_key(row: dict[str, Any]) -> str:
    if row["level"] == "study":
        return "study"
    return f"country:{row['country']}" if row["level"] == "country" else f"site:{row['site_id']}"


def _group_title(row: dict[str, Any]) -> dict[str, str]:
    if row["level"] == "study":
        return {"en": "Study", "zh": "研究"}
    if row["level"] == "country":
        return {"country": str(row["country"])}
    number = row["site__number"]
    return {
        "en": f"{number} {row['site__name_en'] or row['site__name_zh']}",
        "zh": f"{number} {row['site__name_zh'] or row['site__name_en']}",
    }


def _bar(row: dict[str, Any], tasks: list[_Task]) -> Bar:
    """Return a milestone's bar: from the first day of its tasks to its own."""

    def first(days: Iterable[dt.date | None], own: dt.date | None) -> dt.date | None:
        return min((day for day in days if day is not None), default=own)

    done = sum(task.actual_finish_on is not None for task in tasks)
    finish = row["actual_finish_on"] or row["forecast_finish_on"] or row["plan_finish_on"]
    agreed = row["baseline_finish_on"] or row["plan_finish_on"]
    if row["actual_finish_on"]:
        state = "done"
    else:
        state = "begun" if done or any(task.actual_start_on for task in tasks) else "open"
    return Bar(
        pk=row["pk"],
        key=row["key"],
        name=row["name"],
        level=row["level"],
        kind="milestone",
        state=state,
        start=first((task.actual_start_on or task.forecast_start_on for task in tasks), finish) or finish,
        finish=finish,
        baseline_start=first((task.baseline_start_on for task in tasks), row["baseline_start_on"])
        or first((task.plan_start_on for task in tasks), row["plan_start_on"]),
        baseline_finish=agreed,
        is_critical=row["is_critical"],
        late_days=(finish - agreed).days if finish and agreed else 0,
        share=1.0 if row["actual_finish_on"] else done / len(tasks) if tasks else 0.0,
    )


def my_items(*, to: Actor, until: dt.date) -> QuerySet[PlanItem]:
    """Return what the person has to do: open tasks of theirs that begin by a day, the most urgent first."""
    return (
        PlanItem.objects.filter(
            assignee_id=to.own_person_id,
            actual_finish_on=None,
            forecast_start_on__lte=until,
            plan__study__in=visible_studies(to=to),
        )
        .select_related("plan__study", "site", "parent")
        .order_by("forecast_finish_on", "pk")
    )
