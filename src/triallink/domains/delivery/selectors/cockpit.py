"""All studies at a glance: health per milestone, money against work done, quality signals, what comes next."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, F, Max, Min, Q, Sum

from triallink.domains.contracts.access import visible_contracts
from triallink.domains.contracts.models import CONCLUDED, Milestone
from triallink.domains.delivery.models import (
    ActionItem,
    EnrollmentCount,
    MonitoringVisit,
    PlanItem,
    StudyRecord,
)
from triallink.domains.studies.access import study_for, visible_studies
from triallink.domains.studies.models import Study, StudySite
from triallink.kernel.actor import Actor

# The milestones of a study that the cockpit shows as one row of squares, in their order.
KEY_MILESTONES = ("PROTOCOL", "SYSTEMS", "FPI", "LPI", "LPLV", "DBL", "CSR")
WARN_DAYS, BAD_DAYS = 5, 30
REPORT_DUE_STATES = ("conducted", "returned")


@dataclass(frozen=True)
class MilestoneHealth:
    """One milestone as a square: good, warn, bad, or calm while it lies far ahead and on time."""

    item_id: int
    code: str
    name: dict[str, str]
    tone: str
    late_days: int
    agreed_on: dt.date | None
    forecast_on: dt.date | None
    is_done: bool


@dataclass(frozen=True)
class Signals:
    """What quality looks at: each number leads to its evidence."""

    open_issues: int = 0
    major_deviations: int = 0
    overdue_capa: int = 0
    late_reports: int = 0
    overdue_actions: int = 0

    @property
    def total(self) -> int:
        """Return all signals together."""
        return sum(
            (
                self.open_issues,
                self.major_deviations,
                self.overdue_capa,
                self.late_reports,
                self.overdue_actions,
            )
        )


@dataclass(frozen=True)
class StudyHealth:
    """One study of the cockpit. Money in minor units of `currency`, of the contracts the viewer sees.

    earned_minor   the contract milestones accepted.  contracted_minor  all of them.
    planned_minor  those due by today, for comparison with what was earned.
    """

    study: Study
    milestones: list[MilestoneHealth] = field(default_factory=list)
    sites: int = 0
    sites_open: int = 0
    planned_subjects: int = 0
    enrolled: int = 0
    work_share: float = 0.0
    currency: str = "CNY"
    contracted_minor: int = 0
    earned_minor: int = 0
    planned_minor: int = 0
    signals: Signals = field(default_factory=Signals)
    has_plan: bool = False

    @property
    def tone(self) -> str:
        """Return the worst tone of the milestones and signals."""
        tones = [milestone.tone for milestone in self.milestones]
        if not self.has_plan:
            return "calm"
        if "bad" in tones or self.signals.overdue_capa or self.signals.major_deviations > 2:
            return "bad"
        return "warn" if "warn" in tones or self.signals.total > 5 else "good"

    @property
    def late_days(self) -> int:
        """Return the days the latest milestone is late."""
        return max((one.late_days for one in self.milestones if not one.is_done), default=0)


def health_of_studies(
    *, to: Actor, today: dt.date, study_ids: Iterable[int] | None = None
) -> list[StudyHealth]:
    """Return the health of the studies the actor sees, newest first; nine queries, however many studies."""
    studies = visible_studies(to=to).select_related("sponsor").order_by("-created_at", "-pk")
    if study_ids is not None:
        studies = studies.filter(pk__in=list(study_ids))
    rows = list(studies)
    ids = [study.pk for study in rows]
    squares = _squares(ids, today)
    sites = _sites(ids)
    enrolled = _enrolled(ids)
    work = _work(ids)
    money = _money(ids, to, today)
    signals = _signals(ids, today)
    return [
        StudyHealth(
            study=study,
            milestones=squares.get(study.pk, []),
            sites=sites[study.pk][0],
            sites_open=sites[study.pk][1],
            planned_subjects=study.planned_subjects or sites[study.pk][2],
            enrolled=enrolled.get(study.pk, 0),
            work_share=work.get(study.pk, 0.0),
            signals=signals[study.pk],
            has_plan=study.pk in squares,
            **money.get(study.pk, {"currency": study.currency}),  # type: ignore[arg-type]
        )
        for study in rows
    ]


@dataclass(frozen=True)
class Coming:
    """Something that is due soon."""

    on: dt.date
    study_code: str
    name: dict[str, str]
    place: str
    kind: str
    object_id: int


def coming_up(*, to: Actor, today: dt.date, days: int = 30, study_id: int | None = None, limit: int = 40) -> list[
    Coming
]:  # fmt: skip
    """Return the milestones, visits, reports and actions of the next days, earliest first."""
    last = today + dt.timedelta(days=days)
    studies = visible_studies(to=to)
    if study_id is not None:
        studies = studies.filter(pk=study_id)
    items = PlanItem.objects.filter(
        plan__study__in=studies, kind="milestone", actual_finish_on=None,
        forecast_finish_on__range=(today, last), level__in=["study", "country", "site"],
    ).select_related("plan__study", "site").order_by("forecast_finish_on")[:limit]  # fmt: skip
    visits = MonitoringVisit.objects.filter(
        study__in=studies, state__in=["planned", "confirmed"], planned_on__range=(today, last)
    ).select_related("study", "site").order_by("planned_on")[:limit]  # fmt: skip
    actions = ActionItem.objects.filter(
        study__in=studies, closed_at=None, due_on__range=(today, last)
    ).select_related("study", "site").order_by("due_on")[:limit]  # fmt: skip
    found = [
        Coming(
            i.forecast_finish_on or today,
            i.plan.study.code,
            i.name,
            i.site.number if i.site else "",
            "item",
            i.pk,
        )
        for i in items
    ]
    found += [
        Coming(v.planned_on, v.study.code, {"visit": v.kind}, v.site.number, "visit", v.pk) for v in visits
    ]
    found += [
        Coming(
            a.due_on,
            a.study.code,
            {"en": a.text, "zh": a.text},
            a.site.number if a.site else "",
            "action",
            a.pk,
        )
        for a in actions
    ]
    return sorted(found, key=lambda one: (one.on, one.study_code))[:limit]


def one_study(study_id: int, *, to: Actor, today: dt.date) -> StudyHealth:
    """Return the health of one study. Refuses: NotFound."""
    study_for(study_id, to=to)
    return health_of_studies(to=to, today=today, study_ids=[study_id])[0]


def tone_of(late_days: int, is_done: bool, forecast_on: dt.date | None, today: dt.date) -> str:
    """Return the tone of a milestone: done and late stays visible as a warning."""
    if late_days > BAD_DAYS:
        return "warn" if is_done else "bad"
    if late_days > WARN_DAYS:
        return "warn"
    if is_done:
        return "good"
    return "good" if forecast_on and (forecast_on - today).days <= 90 else "calm"


def _squares(ids: list[int], today: dt.date) -> dict[int, list[MilestoneHealth]]:
    rows = PlanItem.objects.filter(
        plan__study_id__in=ids, level="study", kind="milestone", code__in=KEY_MILESTONES
    ).values_list(
        "plan__study_id", "pk", "code", "name", "baseline_finish_on", "plan_finish_on", "forecast_finish_on",
        "actual_finish_on",
    )  # fmt: skip
    found: dict[int, list[MilestoneHealth]] = defaultdict(list)
    for study_id, pk, code, name, baseline, plan, forecast, actual in rows.order_by("position"):
        agreed, finish = baseline or plan, actual or forecast
        late = (finish - agreed).days if finish and agreed else 0
        is_done = actual is not None
        tone = tone_of(late, is_done, finish, today)
        found[study_id].append(MilestoneHealth(pk, code, name, tone, late, agreed, finish, is_done))
    return found


def _sites(ids: list[int]) -> dict[int, tuple[int, int, int]]:
    rows = (
        StudySite.objects.filter(study_id__in=ids)
        .order_by()
        .values("study_id")
        .annotate(count=Count("pk"), planned=Sum("planned_subjects"))
    )
    opened = dict(
        PlanItem.objects.filter(
            plan__study_id__in=ids, code="S_SIV", kind="milestone", actual_finish_on__isnull=False
        )
        .order_by()
        .values_list("plan__study_id")
        .annotate(count=Count("pk"))
    )
    found: dict[int, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for row in rows:
        found[row["study_id"]] = (row["count"], opened.get(row["study_id"], 0), row["planned"] or 0)
    return found


def _enrolled(ids: list[int]) -> dict[int, int]:
    rows = (
        EnrollmentCount.objects.filter(site__study_id__in=ids)
        .order_by()
        .values("site__study_id", "site_id")
        .annotate(most=Max("enrolled"))
    )
    found: dict[int, int] = defaultdict(int)
    for row in rows:
        found[row["site__study_id"]] += row["most"]
    return found


def _work(ids: list[int]) -> dict[int, float]:
    """Return the share of each study's planned hours that is in finished tasks: its earned value."""
    rows = (
        PlanItem.objects.filter(plan__study_id__in=ids, kind="task")
        .order_by()
        .values("plan__study_id")
        .annotate(all=Sum("hours"), done=Sum("hours", filter=Q(actual_finish_on__isnull=False)))
    )
    return {
        row["plan__study_id"]: float((row["done"] or 0) / row["all"]) if row["all"] else 0.0 for row in rows
    }


def _money(ids: list[int], to: Actor, today: dt.date) -> dict[int, dict[str, object]]:
    contracts = visible_contracts(to=to).filter(study_id__in=ids, state__in=CONCLUDED)
    rows = (
        Milestone.objects.filter(contract__in=contracts, is_removed=False)
        .order_by()
        .values("contract__study_id")
        .annotate(
            currency=Min("contract__currency"),
            all=Sum("amount_minor"),
            earned=Sum("amount_minor", filter=Q(accepted_at__isnull=False)),
            planned=Sum("amount_minor", filter=Q(due_on__lte=today)),
        )
    )
    return {
        row["contract__study_id"]: {
            "currency": row["currency"],
            "contracted_minor": row["all"] or 0,
            "earned_minor": row["earned"] or 0,
            "planned_minor": row["planned"] or 0,
        }
        for row in rows
    }


def _signals(ids: list[int], today: dt.date) -> dict[int, Signals]:
    records = (
        StudyRecord.objects.filter(study_id__in=ids, closed_at=None)
        .order_by()
        .values("study_id")
        .annotate(
            issues=Count("pk", filter=Q(kind="issue")),
            deviations=Count("pk", filter=Q(kind="deviation", grade__in=["major", "critical"])),
            capa=Count("pk", filter=Q(kind="capa", due_on__lt=today)),
        )
    )
    by_record = {row["study_id"]: row for row in records}
    late = dict(
        MonitoringVisit.objects.filter(study_id__in=ids, state__in=REPORT_DUE_STATES, report_due_on__lt=today)
        .order_by()
        .values_list("study_id")
        .annotate(count=Count("pk"))
    )
    actions = dict(
        ActionItem.objects.filter(study_id__in=ids, closed_at=None, due_on__lt=today)
        .order_by()
        .values_list("study_id")
        .annotate(count=Count("pk"))
    )
    nothing = {"issues": 0, "deviations": 0, "capa": 0}
    return {
        study_id: Signals(
            open_issues=by_record.get(study_id, nothing)["issues"],
            major_deviations=by_record.get(study_id, nothing)["deviations"],
            overdue_capa=by_record.get(study_id, nothing)["capa"],
            late_reports=late.get(study_id, 0),
            overdue_actions=actions.get(study_id, 0),
        )
        for study_id in ids
    }


def mean_days_to_report(study_id: int, *, to: Actor) -> float | None:
    """Return the mean days from a visit's end to its submitted report, None before the first. Refuses: NotFound."""
    study_for(study_id, to=to)
    rows = MonitoringVisit.objects.filter(study_id=study_id, submitted_at__isnull=False).exclude(
        ended_on=None
    )
    days = [visit.days_to_report or 0 for visit in rows.only("ended_on", "submitted_at")]
    return sum(days) / len(days) if days else None


def late_items(study_id: int, *, to: Actor, limit: int = 10) -> list[PlanItem]:
    """Return the open milestones whose forecast is later than agreed, the latest first. Refuses: NotFound."""
    study_for(study_id, to=to)
    rows = PlanItem.objects.filter(
        plan__study_id=study_id,
        kind="milestone",
        actual_finish_on=None,
        forecast_finish_on__gt=F("plan_finish_on"),
    )
    found = sorted(rows.select_related("site"), key=lambda item: -item.late_days)
    return found[:limit]
