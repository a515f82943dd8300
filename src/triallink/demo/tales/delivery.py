"""Studies in the doing: plans with months of history, visits, enrollment, hours and status reports."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from triallink.demo.stage import Stage, Tale
from triallink.domains.delivery import services
from triallink.domains.delivery.jobs import do_the_morning
from triallink.domains.delivery.models import MonitoringVisit, PlanItem
from triallink.domains.delivery.question_sets import questions_of
from triallink.domains.delivery.services.timesheets import HoursLine
from triallink.domains.studies.models import StudySite
from triallink.kernel.actor import Actor

BASELINE = "Agreed at kick-off. 项目启动会商定。"
FOLLOWED = "Agreed with the steering committee after the delay. 延误后与指导委员会商定。"
HISTORY = "Monthly status of all functions. 各职能月度进展汇总。"
SUMMARY = "The visit went to plan; open points are in the action items. 访视按计划进行，未决事项见行动项。"
REPORT_EVERY_DAYS, COUNT_EVERY_DAYS = 75, 56
Actual = tuple[dt.date, dt.date | None]


@dataclass(frozen=True)
class Course:
    """How a study goes: its lead, days since its work began and since it is planned here, how slowly it goes.

    pace  1.2 takes a fifth longer than planned.
    """

    code: str
    lead: str
    begun: int
    planned: int
    pace: float


COURSES = (
    Course("NL-061", "lin", 1000, 995, 1.0),
    Course("NL-097", "lin", 800, 760, 1.04),
    Course("NL-118", "lin", 420, 312, 1.08),
    Course("NL-214", "lin", 345, 198, 1.16),
    Course("NL-301", "lin", 134, 130, 1.05),
    Course("NL-402", "lin", 58, 56, 1.0),
    Course("FH-07", "han", 145, 140, 1.25),
)


def in_the_doing(course: Course) -> Tale:
    """Return a study's story: planned, worked on at its pace, counted, its next visits planned."""

    def told(stage: Stage) -> Iterator[dt.datetime]:
        yield stage.ago(course.planned)
        by, study_id = stage.who(course.lead), stage.study_of[course.code]
        begun = stage.ago(course.begun).date()
        services.generate_plan(study_id=study_id, begins_on=begun, by=by, clock=stage.clock)
        services.set_baseline(study_id=study_id, reason=BASELINE, by=by, clock=stage.clock)
        days = Days(stage, study_id, begun, course)
        for ago in range(course.planned - 2, 2, -REPORT_EVERY_DAYS):
            yield stage.ago(ago)
            _report_work(stage, days, course)
        yield stage.ago(2)
        _report_work(stage, days, course)
        _assign(stage, study_id, course.lead)
        services.schedule_by_rules(
            study_id=study_id, until=stage.now.date() + dt.timedelta(days=60), by=by, clock=stage.clock
        )

    return told


class Days:
    """When each task of a plan begins and ends if work goes at a pace; sites differ a little."""

    def __init__(self, stage: Stage, study_id: int, begun: dt.date, course: Course) -> None:
        self.study_id = study_id
        self.days: dict[str, tuple[dt.date, dt.date]] = {}
        self.told: dict[str, Actual] = {}
        factor: dict[int | None, float] = {None: course.pace}
        for item in PlanItem.objects.filter(plan__study_id=study_id, kind="task").select_related("site"):
            if item.site is not None and item.site_id not in factor:
                luck = stage.luck("site pace", course.code, item.site.number)
                factor[item.site_id] = course.pace * (1 + luck.uniform(-0.01, 0.06))
            own = factor[item.site_id]
            assert item.plan_start_on is not None
            assert item.plan_finish_on is not None
            self.days[item.key] = (
                begun + (item.plan_start_on - begun) * own,
                begun + (item.plan_finish_on - begun) * own,
            )

    def news(self, today: dt.date) -> dict[str, Actual]:
        """Return what began or ended by a day and was not told yet."""
        found: dict[str, Actual] = {}
        for key, (start, finish) in self.days.items():
            if start <= today:
                actual = (start, finish if finish <= today else None)
                if self.told.get(key) != actual:
                    found[key] = self.told[key] = actual
        return found


def _report_work(stage: Stage, days: Days, course: Course) -> None:
    news = days.news(stage.clock.now().date())
    # What a signed visit report has finished stands as it is.
    done = PlanItem.objects.filter(
        plan__study_id=days.study_id, actual_finish_on__isnull=False, key__in=list(news)
    ).values_list("key", flat=True)
    news = {key: actual for key, actual in news.items() if key not in set(done)}
    if news:
        services.import_actuals(
            study_id=days.study_id,
            actuals=news,
            why=HISTORY,
            by=stage.who(course.lead),
            clock=stage.clock,
        )


@dataclass
class Totals:
    """What a site has told so far."""

    screened: int = 0
    failed: int = 0
    enrolled: int = 0
    completed: int = 0


def counted(course: Course) -> Tale:
    """Return the story of a study's enrollment: each open site tells its totals every eight weeks."""

    def told(stage: Stage) -> Iterator[dt.datetime]:
        totals: dict[int, Totals] = {}
        for ago in range(course.planned - 4, 1, -COUNT_EVERY_DAYS):
            yield stage.ago(ago)
            _count_sites(stage, course, totals)

    return told


def _count_sites(stage: Stage, course: Course, totals: dict[int, Totals]) -> None:
    today, study_id = stage.clock.now().date(), stage.study_of[course.code]
    reached = PlanItem.objects.filter(
        plan__study_id=study_id, kind="milestone", actual_finish_on__lte=today, code__in=["S_FSI", "S_LSLV"]
    )
    over = set(reached.filter(code="S_LSLV").values_list("site_id", flat=True))
    for site in StudySite.objects.filter(pk__in=reached.values("site_id")).order_by("number"):
        so_far = totals.setdefault(site.pk, Totals())
        target = max(site.planned_subjects, 6)
        luck = stage.luck("enrolled", course.code, site.number, (stage.now - stage.clock.now()).days)
        if so_far.enrolled == target and (so_far.completed or site.pk not in over):
            continue
        so_far.enrolled = target if site.pk in over else min(target, so_far.enrolled + luck.randint(1, 4))
        so_far.failed += luck.randint(0, 2)
        # Those in screening are neither enrolled nor failed yet; nobody is once the site is full.
        waiting = luck.randint(0, 2) if so_far.enrolled < target else 0
        so_far.screened = max(so_far.screened, so_far.enrolled + so_far.failed + waiting)
        so_far.completed = target if site.pk in over else 0
        services.report_enrollment(
            study_id=study_id,
            site_id=site.pk,
            on=today,
            by=stage.who(course.lead),
            clock=stage.clock,
            **vars(so_far),
        )


def _assign(stage: Stage, study_id: int, lead: str) -> None:
    """Give the next open tasks to people of the sponsor, and tick what they have done of them."""
    people = {"lin": ("zhou", "shen", "lin"), "han": ("han",)}[lead]
    rows = PlanItem.objects.filter(plan__study_id=study_id, kind="task", actual_finish_on=None).order_by(
        "forecast_start_on", "position"
    )[:4]
    for number, item in enumerate(rows):
        person = stage.company.people[people[number % len(people)]]
        services.change_item(
            item_id=item.pk,
            duration_days=item.duration_days,
            hours=item.hours,
            assignee_id=person.pk,
            not_before_on=item.not_before_on,
            by=stage.who(lead),
            clock=stage.clock,
        )
        if item.actual_start_on and item.checklist:
            services.tick_checklist(
                item_id=item.pk, number=0, is_done=True, by=stage.who(lead), clock=stage.clock
            )


@dataclass(frozen=True)
class Visited:
    """One monitoring visit: where, what, how many days ago it was; and after how many its report came and was signed.

    report, sign  None: not written, not signed yet.
    """

    code: str
    site: int
    kind: str
    ago: int
    report: int | None = None
    sign: int | None = None
    mode: str = "onsite"


VISITS = (
    Visited("NL-118", 0, "interim", 118, 6, 9),
    Visited("NL-118", 1, "interim", 104, 8, 10),
    Visited("NL-118", 0, "interim", 76, 5, 7, "remote"),
    Visited("NL-118", 2, "interim", 62, 15, 19),
    Visited("NL-118", 1, "interim", 44, 7, 12),
    Visited("NL-118", 3, "interim", 20, 9),
    Visited("NL-118", 0, "interim", 13),
    Visited("NL-214", 0, "interim", 30, 6, 11),
    Visited("NL-214", 1, "interim", 18, 12),
    Visited("NL-301", 0, "qualification", 94, 5, 8),
    Visited("NL-402", 0, "qualification", 14, 4, 7),
    Visited("FH-07", 0, "qualification", 90, 4, 8),
)


def visited(visit: Visited) -> Tale:
    """Return the story of one visit: planned, conducted, reported, signed by somebody else."""

    def told(stage: Stage) -> Iterator[dt.datetime]:
        yield stage.ago(visit.ago + 12)
        lead = stage.who("han" if visit.code == "FH-07" else "lin")
        # The monitor is of the CRO where one is engaged, else of the sponsor.
        monitor = stage.who({"NL-118": "wang", "FH-07": "wang"}.get(visit.code, "zhou"))
        study_id, day = stage.study_of[visit.code], stage.ago(visit.ago).date()
        site = StudySite.objects.filter(study_id=study_id).order_by("number")[visit.site]
        row = services.schedule_visit(
            study_id=study_id, site_id=site.pk, kind=visit.kind, mode=visit.mode, planned_on=day,
            monitor_id=monitor.person_id, by=lead, clock=stage.clock,
        )  # fmt: skip
        yield stage.ago(visit.ago)
        services.conduct_visit(
            visit_id=row.pk, began_on=day, ended_on=day, attendees="He Jianguo, Song Jia 何建国、宋佳",
            by=monitor, clock=stage.clock,
        )  # fmt: skip
        if visit.report is None:
            return
        yield stage.ago(visit.ago - visit.report)
        _report_visit(stage, row, monitor)
        if visit.sign is not None:
            yield stage.ago(visit.ago - visit.sign)
            services.sign_report(visit_id=row.pk, secret=stage.password, by=lead, clock=stage.clock)
            if visit.ago > 60:
                for action in row.action_items.filter(closed_at=None):
                    services.close_action(
                        action_id=action.pk, note="Filed. 已归档。", by=monitor, clock=stage.clock
                    )

    return told


def _report_visit(stage: Stage, visit: MonitoringVisit, by: Actor) -> None:
    services.save_report(
        visit_id=visit.pk, answers=_answers(visit), summary=SUMMARY, by=by, clock=stage.clock
    )
    services.add_action(
        study_id=visit.study_id,
        visit_id=visit.pk,
        text="File the temperature log of last month 归档上月温度记录",
        due_on=stage.clock.now().date() + dt.timedelta(days=21),
        owner_id=by.person_id,
        by=by,
        clock=stage.clock,
    )
    services.submit_report(visit_id=visit.pk, by=by, clock=stage.clock)


def _answers(visit: MonitoringVisit) -> dict[str, dict[str, str]]:
    """Return a report's answers: mostly yes, with two findings."""
    found: dict[str, dict[str, str]] = {}
    for number, question in enumerate(questions_of(visit.question_set)):
        value = {"yes_no": "no" if number in (5, 10) else "yes", "grade": "good", "number": "4"}.get(
            question["kind"], ""
        )
        comment = "Two pages behind on the day of the visit. 访视当日有两页未完成。" if value == "no" else ""
        found[question["code"]] = {"value": value, "comment": comment}
    return found


def hours_worked(stage: Stage) -> Iterator[dt.datetime]:
    """Two months of weeks of a sponsor's own monitor: approved, one returned, the last waiting."""
    by, lead = stage.who("zhou"), stage.who("lin")
    for weeks in range(8, 0, -1):
        yield stage.ago(weeks * 7 - 3)
        monday = stage.clock.now().date() - dt.timedelta(days=7)
        monday -= dt.timedelta(days=monday.weekday())
        lines = [
            HoursLine(
                on=monday + dt.timedelta(days=day),
                study_id=stage.study_of["NL-118" if day < 3 else "NL-214"],
                hours=Decimal(stage.luck("hours", weeks, day).choice(("6", "7.5", "8"))),
                note="Monitoring 监查" if day == 0 else "",
            )
            for day in range(5)
        ]
        sheet = services.write_hours(week_on=monday, lines=lines, by=by, clock=stage.clock)
        services.submit_timesheet(timesheet_id=sheet.pk, by=by, clock=stage.clock)
        if weeks == 2:
            why = "Please split Thursday by study. 请将周四按研究拆分。"
            services.return_timesheet(timesheet_id=sheet.pk, why=why, by=lead, clock=stage.clock)
        elif weeks > 1:
            services.approve_timesheet(timesheet_id=sheet.pk, by=lead, clock=stage.clock)


def reported(stage: Stage) -> Iterator[dt.datetime]:
    """A status report a month, and two people who get it every Monday."""
    yield stage.ago(31)
    lead, study_id = stage.who("lin"), stage.study_of["NL-118"]
    services.make_status_report(study_id=study_id, language="en", by=lead, clock=stage.clock)
    yield stage.ago(1)
    services.subscribe_report(study_id=study_id, weekday=1, by=lead, clock=stage.clock)
    services.subscribe_report(study_id=study_id, weekday=1, by=stage.who("shen"), clock=stage.clock)
    services.make_status_report(study_id=study_id, language="zh", by=lead, clock=stage.clock)


def plan_follows(stage: Stage) -> Iterator[dt.datetime]:
    """After a delay was agreed on, a plan follows its forecast; the baseline stays beside it."""
    yield stage.ago(400)
    services.adopt_forecast(
        study_id=stage.study_of["NL-097"], reason=FOLLOWED, by=stage.who("lin"), clock=stage.clock
    )


def this_morning(stage: Stage) -> Iterator[dt.datetime]:
    """The job of the morning lets every forecast begin today."""
    yield stage.ago(0.2)
    do_the_morning(stage.clock)


DELIVERY: tuple[Tale, ...] = (
    *(in_the_doing(course) for course in COURSES),
    *(counted(course) for course in COURSES[:4]),
    *(visited(visit) for visit in VISITS),
    hours_worked,
    reported,
    plan_follows,
    this_morning,
)
