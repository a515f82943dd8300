"""The list of studies and the overview of one."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from triallink.domains.studies import selectors
from triallink.domains.studies.access import LEADS
from triallink.domains.studies.models import STUDY_STATES, DemandProposal, Study, StudyCountry
from triallink.domains.studies.selectors import proposal, protocol_of, version
from triallink.foundation.audit import timeline_of_study
from triallink.foundation.models import AuditLine
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import PHASES, THERAPEUTIC_AREAS
from triallink.web.answers import answer, render_page
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.navigation import StudyMark
from triallink.web.studies.forms import STUDY_TYPES
from triallink.web.studies.frame import STATE_TONES, actor_of, entered, site_count_of, title_of
from triallink.web.wording import word

STUDIES = ListSpec(
    name="studies",
    columns=(
        Column("code", N_("Study"), sort=("code",)),
        Column("title", N_("Title"), value=title_of),
        Column("phase", N_("Phase"), sort=("phase",), value=lambda row: word(PHASES, row.phase)),
        Column(
            "area",
            N_("Therapeutic area"),
            sort=("therapeutic_area",),
            value=lambda row: word(THERAPEUTIC_AREAS, row.therapeutic_area),
        ),
        Column("sites", N_("Sites"), sort=("site_count",), value=site_count_of, is_number=True),
        Column(
            "subjects",
            N_("Subjects"),
            sort=("planned_subjects",),
            value=lambda row: row.planned_subjects,
            is_number=True,
        ),
        Column("state", N_("State"), sort=("state",), value=lambda row: word(STUDY_STATES, row.state)),
    ),
    search=("code", "title_en", "title_zh", "acronym", "registry_number", "indication_en", "indication_zh"),
    facets=(
        Facet("state", N_("State"), "state", names=STUDY_STATES),
        Facet("phase", N_("Phase"), "phase", names=PHASES),
        Facet("area", N_("Therapeutic area"), "therapeutic_area", names=THERAPEUTIC_AREAS),
    ),
    default_sort="code",
)


@dataclass(frozen=True)
class StudyListPage:
    """The studies the viewer may see."""

    listing: Listing
    words: dict[str, dict[str, str]]
    tones: dict[str, str]
    may_create: bool


def study_list(request: HttpRequest) -> HttpResponse:
    """Show the studies, searched and narrowed."""
    actor = actor_of(request)
    rows = selectors.studies(to=actor)
    if wants_export(request):
        return export(request, STUDIES, rows)
    page = StudyListPage(
        listing=STUDIES.read(request, rows),
        words={"phase": PHASES, "area": THERAPEUTIC_AREAS, "state": STUDY_STATES},
        tones=STATE_TONES,
        may_create=actor.organization_id is not None and actor.has(*LEADS),
    )
    return answer(request, "studies/list.html", "list", page)


@dataclass(frozen=True)
class StudyDetailPage:
    """One study at a glance."""

    in_study: StudyMark
    study: Study
    title: str
    state: str
    tone: str
    facts: list[tuple[str, Any]]
    countries: list[StudyCountry]
    figures: list[tuple[str, Any]]
    arms: list[tuple[str, str]]
    objectives: list[tuple[str, str]]
    proposal: DemandProposal | None
    has_protocol: bool
    may_change: bool
    timeline: list[AuditLine]


def study_detail(request: HttpRequest, study_id: int) -> HttpResponse:
    """Show one study."""
    study, mark, may_change = entered(request, study_id)
    actor = actor_of(request)
    row = version(study_id, to=actor)
    protocol = protocol_of(row) if row else None
    page = StudyDetailPage(
        in_study=mark,
        study=study,
        title=mark.title,
        state=word(STUDY_STATES, study.state),
        tone=STATE_TONES[study.state],
        facts=[
            (_("Sponsor"), study.sponsor.name_in(request.LANGUAGE_CODE)),  # type: ignore[attr-defined]
            (_("Phase"), word(PHASES, study.phase)),
            (_("Type of study"), STUDY_TYPES.get(study.study_type, study.study_type)),
            (_("Therapeutic area"), word(THERAPEUTIC_AREAS, study.therapeutic_area)),
            (_("Indication"), study.indication_en or study.indication_zh),
            (_("Registry number"), study.registry_number),
            (_("Blinding"), protocol.blinding if protocol else ""),
            (_("Allocation"), protocol.allocation if protocol else ""),
        ],
        countries=list(study.countries.order_by("country")),
        figures=[
            (_("Planned subjects"), study.planned_subjects),
            (_("Planned sites"), study.planned_sites or study.sites.count() or None),
            (_("Months of enrollment"), study.enrollment_months),
            (_("Visits"), len(protocol.encounters) if protocol else None),
        ],
        arms=[(arm.label or arm.name, arm.description) for arm in protocol.arms] if protocol else [],
        objectives=[(item.level, item.text) for item in protocol.objectives[:6]] if protocol else [],
        proposal=proposal(study_id, to=actor),
        has_protocol=row is not None,
        may_change=may_change,
        timeline=timeline_of_study(study.pk, limit=20),
    )
    return render_page(request, "studies/detail.html", page)
