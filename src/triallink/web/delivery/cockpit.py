"""The cockpit: all studies at a glance, and one study's status with its reports."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from triallink.domains.contracts.access import visible_contracts
from triallink.domains.contracts.evidence import requirement_states
from triallink.domains.contracts.models import CONCLUDED, Milestone
from triallink.domains.delivery import services
from triallink.domains.delivery.access import plan_for, status_report_for
from triallink.domains.delivery.models import PlanItem, ReportSubscription, StatusReport
from triallink.domains.delivery.selectors import cockpit as selectors
from triallink.domains.delivery.selectors.status import SIGNALS, TONES, money, name_of
from triallink.domains.studies.models import STUDY_STATES
from triallink.foundation.files import read_file
from triallink.foundation.sentences import reads_chinese
from triallink.kernel.refusals import N_, NotFound
from triallink.web.answers import answer, render_page
from triallink.web.delivery.frame import place_of, today
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.navigation import StudyMark
from triallink.web.studies.entry import whole
from triallink.web.studies.frame import actor_of, entered

WEEKDAYS = (
    gettext_lazy("Monday"), gettext_lazy("Tuesday"), gettext_lazy("Wednesday"), gettext_lazy("Thursday"),
    gettext_lazy("Friday"), gettext_lazy("Saturday"), gettext_lazy("Sunday"),
)  # fmt: skip
MAX_EVIDENCE = 12


@dataclass(frozen=True)
class Row:
    """A study of the cockpit as it is shown."""

    health: selectors.StudyHealth
    code: str
    title: str
    state: str
    tone: str
    enrolled: str
    signals: int
    late_days: int
    phase: str
    sites_open: int
    enrolled_count: int
    work_share: float
    earned_minor: int

    @property
    def spend(self) -> str:
        """Return what was accepted of what was contracted, in words."""
        one, language = self.health, "zh" if reads_chinese() else "en"
        if not one.contracted_minor:
            return ""
        return f"{money(one.earned_minor, one.currency, language)} / {money(one.contracted_minor, one.currency, language)}"


@dataclass(frozen=True)
class CockpitPage:
    """All studies."""

    listing: Listing
    figures: list[tuple[str, Any, str]]
    coming: list[tuple[Any, str, str]]
    words: dict[str, str]
    item_address: str  # to which an item's number and a slash are added


@dataclass(frozen=True)
class StatusPage:
    """One study."""

    in_study: StudyMark
    health: selectors.StudyHealth
    tone_word: str
    figures: list[tuple[str, Any, str]]
    signals: list[tuple[str, int, str]]
    late: list[tuple[PlanItem, str]]
    coming: list[tuple[Any, str, str]]
    evidence: list[tuple[Any, list[Any]]]
    reports: list[StatusReport]
    weekday: int | None
    weekdays: list[tuple[int, str]]
    has_plan: bool
    tones: dict[str, str]


COCKPIT = ListSpec(
    name="cockpit",
    columns=(
        Column("code", N_("Study"), sort=("code",)),
        Column("health", N_("Milestones"), sort=("late_days",), value=lambda row: row.tone),
        Column("sites", N_("Sites open"), sort=("sites_open",), value=lambda row: row.health.sites_open, is_number=True),
        Column("enrolled", N_("Enrolled"), sort=("enrolled_count",), is_number=True),
        Column("work", N_("Work done"), sort=("work_share",), value=lambda row: row.health.work_share, is_number=True),
        Column("spend", N_("Accepted of contracted"), sort=("earned_minor",), is_number=True),
        Column("signals", N_("Quality signals"), sort=("signals",), is_number=True),
    ),
    search=("code", "title"),
    facets=(
        Facet("tone", N_("Health"), "tone", names=TONES),
        Facet("state", N_("State"), "state", names=STUDY_STATES),
    ),
    default_sort="code",
    page_size=25,
)  # fmt: skip


def cockpit(request: HttpRequest) -> HttpResponse:
    """Show all studies."""
    actor = actor_of(request)
    day = today()
    rows = [row_of(one) for one in selectors.health_of_studies(to=actor, today=day)]
    if wants_export(request):
        return export(request, COCKPIT, rows)
    late = sum(row.tone == "bad" for row in rows)
    page = CockpitPage(
        listing=COCKPIT.read(request, rows, shape=named),
        figures=[
            (_("Studies"), len(rows), ""),
            (_("Late"), late, "bad" if late else "good"),
            (_("Sites open"), sum(row.health.sites_open for row in rows), ""),
            (_("Subjects enrolled"), sum(row.health.enrolled for row in rows), ""),
            (_("Quality signals"), sum(row.signals for row in rows), ""),
        ],
        coming=coming(selectors.coming_up(to=actor, today=day, limit=14)),
        words={code: _(word) for code, word in TONES.items()},
        item_address=reverse("delivery:item", args=[0]).removesuffix("0/"),
    )
    return answer(request, "delivery/cockpit.html", "list", page)


def status(request: HttpRequest, study_id: int) -> HttpResponse:
    """Show one study's status, with what proves it."""
    _study, mark, _may = entered(request, study_id)
    actor = actor_of(request)
    day = today()
    health = selectors.one_study(study_id, to=actor, today=day)
    language = "zh" if reads_chinese() else "en"
    mean = selectors.mean_days_to_report(study_id, to=actor)
    base = {
        name: reverse(f"delivery:{name}", args=[study_id])
        for name in ("records", "visits", "plan", "enrollment")
    }
    figures: list[tuple[str, Any, str]] = [
        (
            _("Sites open"),
            f"{health.sites_open} / {health.sites}",
            base["plan"] + "?kind=milestone&level=site",
        ),
        (_("Enrolled"), f"{health.enrolled} / {health.planned_subjects}", base["enrollment"]),
        (_("Work done"), f"{health.work_share:.0%}", base["plan"]),
        (_("Days to the visit report"), f"{mean:.1f}" if mean is not None else "–", base["visits"]),
    ]
    if health.contracted_minor:
        figures += [
            (_("Accepted"), money(health.earned_minor, health.currency, language), reverse("contracts:list")),
            (_("Due by today"), money(health.planned_minor, health.currency, language), ""),
            (_("Contracted"), money(health.contracted_minor, health.currency, language), ""),
        ]
    where = {
        "open_issues": f"{base['records']}?kind=issue",
        "major_deviations": f"{base['records']}?kind=deviation",
        "overdue_capa": f"{base['records']}?kind=capa",
        "late_reports": f"{base['visits']}?state=conducted",
        "overdue_actions": base["records"],
    }
    subscription = ReportSubscription.objects.filter(
        study_id=study_id, person_id=actor.person_id or 0
    ).first()
    page = StatusPage(
        in_study=mark,
        health=health,
        tone_word=_(TONES[health.tone]),
        figures=figures,
        signals=[(_(label), getattr(health.signals, name), where[name]) for name, label in SIGNALS],
        late=[(item, place_of(item)) for item in selectors.late_items(study_id, to=actor)],
        coming=coming(selectors.coming_up(to=actor, today=day, study_id=study_id, limit=14)),
        evidence=evidence(study_id, request),
        reports=list(
            StatusReport.objects.filter(study_id=study_id, organization_id=actor.organization_id).order_by(
                "-pk"
            )[:8]
        ),
        weekday=subscription.weekday if subscription else None,
        weekdays=[(number, str(word)) for number, word in enumerate(WEEKDAYS, start=1)],
        has_plan=plan_for(study_id, to=actor) is not None,
        tones=TONES,
    )
    return render_page(request, "delivery/status.html", page)


def evidence(study_id: int, request: HttpRequest) -> list[tuple[Any, list[Any]]]:
    """Return the study's payable milestones that need facts, each with what proves it so far."""
    contracts = visible_contracts(to=actor_of(request)).filter(study_id=study_id, state__in=CONCLUDED)
    rows = (
        Milestone.objects.filter(contract__in=contracts, is_removed=False)
        .exclude(requires=[])
        .select_related("contract", "line__request_line", "line__service")
        .order_by("accepted_at", "due_on", "pk")[:MAX_EVIDENCE]
    )
    return [(row, requirement_states(row)) for row in rows]


@require_POST
def make_report(request: HttpRequest, study_id: int) -> HttpResponse:
    """Write the status report now, in the reader's language."""
    language = "zh" if reads_chinese() else "en"
    report = services.make_status_report(study_id=study_id, language=language, by=actor_of(request))
    return HttpResponseRedirect(reverse("delivery:status-report", args=[study_id, report.pk]))


@require_POST
def subscribe(request: HttpRequest, study_id: int) -> HttpResponse:
    """Get the report every week, or no longer."""
    services.subscribe_report(
        study_id=study_id, weekday=whole(request.POST.get("weekday", "")) or None, by=actor_of(request)
    )
    return HttpResponseRedirect(reverse("delivery:status", args=[study_id]))


def report_file(request: HttpRequest, study_id: int, report_id: int) -> HttpResponse:
    """Give a status report made for the viewer's organization."""
    report = status_report_for(report_id, to=actor_of(request))
    if report.study_id != study_id:
        raise NotFound
    return HttpResponse(
        read_file(report.file),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{report.file.name}"'},
    )


def row_of(health: selectors.StudyHealth) -> Row:
    """Return a study's health as a row."""
    language = "zh" if reads_chinese() else "en"
    return Row(
        health=health,
        code=health.study.code,
        title=health.study.title_in(language),
        state=health.study.state,
        tone=health.tone,
        enrolled=f"{health.enrolled} / {health.planned_subjects}",
        signals=health.signals.total,
        late_days=health.late_days,
        phase=health.study.phase,
        sites_open=health.sites_open,
        enrolled_count=health.enrolled,
        work_share=health.work_share,
        earned_minor=health.earned_minor,
    )


def named(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of one page with the names of their milestones."""
    healths = selectors.with_names([row.health for row in rows])
    return [replace(row, health=health) for row, health in zip(rows, healths, strict=True)]


def coming(found: list[selectors.Coming]) -> list[tuple[dt.date, str, str]]:
    """Return what is due soon as (day, words, address)."""
    addresses = {"item": "delivery:item", "visit": "delivery:visit"}
    return [
        (
            one.on,
            " · ".join(filter(None, (one.study_code, one.place, name_of(one.name)))),
            reverse(addresses[one.kind], args=[one.object_id]) if one.kind in addresses else "",
        )
        for one in found
    ]
