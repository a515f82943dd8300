"""All studies at a glance: health per milestone, money against work done, quality signals, what comes next."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

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
Within = QuerySet[Study, Any]
REPORT_DUE_STATES = ("conducted", "returned")


# What the cockpit shows of a study itself; the rest is read when asked for.
SHOWN_OF_STUDY = (
    "code", "title_en", "title_zh", "state", "phase", "currency", "planned_subjects", "created_at",
)  # fmt: skip


class MilestoneHealth(NamedTuple):
    """One milestone as a square: good, warn, bad, or calm while it lies far ahead and on time.

    name  empty until `with_names`: a cockpit weighs every milestone and shows those of one page. A tuple,
          for seven of each of hundreds of studies are made for one page.
    """

    item_id: int
    code: str
    tone: str
    late_days: int
    agreed_on: dt.date | None
    forecast_on: dt.date | None
    is_done: bool
    name: Mapping[str, str] = MappingProxyType({})


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
    studies = visible_studies(to=to).order_by("-created_at", "-pk")
    if study_ids is not None:
        studies = studies.filter(pk__in=list(study_ids))
    rows = list(studies.only(*SHOWN_OF_STUDY))
    # A subquery, not a list of ids: two hundred ids in ten statements cost more than all the rest.
    within = studies.order_by().values("pk")
    squares = _squares(within, today)
    sites = _sites(within)
    enrolled = _enrolled(within)
    work = _work(within)
    money = _money(within, to, today)
    signals = _signals(within, today)
    return [
        StudyHealth(
            study=study,
            milestones=squares.get(study.pk, []),
            sites=sites[study.pk][0],
            sites_open=sites[study.pk][1],
            planned_subjects=study.planned_subjects or sites[study.pk][2],
            enrolled=enrolled.get(study.pk, 0),
            work_share=work.get(study.pk, 0.0),
            signals=signals.get(study.pk, Signals()),
            has_plan=study.pk in squares,
            **money.get(study.pk, {"currency": study.currency}),  # type: ignore[arg-type]
        )
        for study in rows
    ]


def with_names(found: list[StudyHealth]) -> list[StudyHealth]:
    """Return the same studies with the names of their milestones; one query."""
    wanted = [one.item_id for health in found for one in health.milestones]
    names = dict(PlanItem.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return [
        replace(health, milestones=[one._replace(name=names[one.item_id]) for one in health.milestones])
        for health in found
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
    ).order_by("forecast_finish_on")  # fmt: skip
    visits = MonitoringVisit.objects.filter(
        study__in=studies, state__in=["planned", "confirmed"], planned_on__range=(today, last)
    ).order_by("planned_on")
    actions = ActionItem.objects.filter(
        study__in=studies, closed_at=None, due_on__range=(today, last)
    ).order_by("due_on")
    found = [
        Coming(on or today, code, name, number or "", "item", pk)
        for on, code, name, number, pk in items.values_list(
            "forecast_finish_on", "plan__study__code", "name", "site__number", "pk"
        )[:limit]
    ]
    found += [
        Coming(on, code, {"visit": kind}, number, "visit", pk)
        for on, code, kind, number, pk in visits.values_list(
            "planned_on", "study__code", "kind", "site__number", "pk"
        )[:limit]
    ]
    found += [
        Coming(on, code, {"en": text, "zh": text}, number or "", "action", pk)
        for on, code, text, number, pk in actions.values_list(
            "due_on", "study__code", "text", "site__number", "pk"
        )[:limit]
    ]
    return sorted(found, key=lambda one: (one.on, one.study_code))[:limit]


def one_study(study_id: int, *, to: Actor, today: dt.date) -> StudyHealth:
    """Return the health of one study. Refuses: NotFound."""
    study_for(study_id, to=to)
    return with_names(health_of_studies(to=to, today=today, study_ids=[study_id]))[0]


def tone_of(late_days: int, is_done: bool, forecast_on: dt.date | None, today: dt.date) -> str:
    """Return the tone of a milestone: done and late stays visible as a warning."""
    if late_days > BAD_DAYS:
        return "warn" if is_done else "bad"
    if late_days > WARN_DAYS:
        return "warn"
    if is_done:
        return "good"
    return "good" if forecast_on and (forecast_on - today).days <= 90 else "calm"


def _squares(within: Within, today: dt.date) -> dict[int, list[MilestoneHealth]]:
    rows = PlanItem.objects.filter(
        plan__study_id__in=within, level="study", kind="milestone", code__in=KEY_MILESTONES
    ).values_list(
        "plan__study_id", "pk", "code", "baseline_finish_on", "plan_finish_on", "forecast_finish_on",
        "actual_finish_on",
    )  # fmt: skip
    found: dict[int, list[MilestoneHealth]] = defaultdict(list)
    for study_id, pk, code, baseline, plan, forecast, actual in rows.order_by("position"):
        agreed, finish = baseline or plan, actual or forecast
        late = (finish - agreed).days if finish and agreed else 0
        is_done = actual is not None
        tone = tone_of(late, is_done, finish, today)
        found[study_id].append(MilestoneHealth(pk, code, tone, late, agreed, finish, is_done))
    return found


def _sites(within: Within) -> dict[int, tuple[int, int, int]]:
    rows = (
        StudySite.objects.filter(study_id__in=within)
        .order_by()
        .values("study_id")
        .annotate(count=Count("pk"), planned=Sum("planned_subjects"))
    )
    opened = dict(
        PlanItem.objects.filter(
            plan__study_id__in=within, code="S_SIV", kind="milestone", actual_finish_on__isnull=False
        )
        .order_by()
        .values_list("plan__study_id")
        .annotate(count=Count("pk"))
    )
    found: dict[int, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for row in rows:
        found[row["study_id"]] = (row["count"], opened.get(row["study_id"], 0), row["planned"] or 0)
    return found


def _enrolled(within: Within) -> dict[int, int]:
    rows = (
        EnrollmentCount.objects.filter(site__study_id__in=within)
        .order_by()
        .values("site__study_id", "site_id")
        .annotate(most=Max("enrolled"))
    )
    found: dict[int, int] = defaultdict(int)
    for row in rows:
        found[row["site__study_id"]] += row["most"]
    return found


def _work(within: Within) -> dict[int, float]:
    """Return the share of each study's planned hours that is in finished tasks: its earned value."""
    rows = (
        PlanItem.objects.filter(plan__study_id__in=within, kind="task")
        .order_by()
        .values("plan__study_id")
        .annotate(all=Sum("hours"), done=Sum("hours", filter=Q(actual_finish_on__isnull=False)))
    )
    return {
        row["plan__study_id"]: float((row["done"] or 0) / row["all"]) if row["all"] else 0.0 for row in rows
    }


def _money(within: Within, to: Actor, today: dt.date) -> dict[int, dict[str, object]]:
    contracts = visible_contracts(to=to).filter(study_id__in=within, state__in=CONCLUDED)
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


def _signals(within: Within, today: dt.date) -> dict[int, Signals]:
    records = (
        StudyRecord.objects.filter(study_id__in=within, closed_at=None)
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
        MonitoringVisit.objects.filter(
            study_id__in=within, state__in=REPORT_DUE_STATES, report_due_on__lt=today
        )
        .order_by()
        .values_list("study_id")
        .annotate(count=Count("pk"))
    )
    actions = dict(
        ActionItem.objects.filter(study_id__in=within, closed_at=None, due_on__lt=today)
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
        for study_id in {*by_record, *late, *actions}
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
