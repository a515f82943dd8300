"""The demand of a study: service lines with their arithmetic, and the assumptions they rest on."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from triallink.domains.marketplace.models import ServiceType
from triallink.domains.studies import selectors, services
from triallink.domains.studies.models import DemandProposal
from triallink.engines.demand import ASSUMPTIONS, GROUPS
from triallink.foundation.sentences import bilingual
from triallink.kernel.refusals import Refusal
from triallink.web.answers import render_page
from triallink.web.jinja import unit_word
from triallink.web.navigation import StudyMark
from triallink.web.studies.entry import beside
from triallink.web.studies.forms import AssumptionForm
from triallink.web.studies.frame import actor_of, entered


@dataclass(frozen=True)
class ShownLine:
    """A service line as it is read."""

    key: str
    service: str
    label: str
    country: str
    quantity: float
    unit: str
    hours: float
    steps: list[dict[str, Any]]


@dataclass(frozen=True)
class DemandPage:
    """A proposal, the assumptions behind it and the earlier ones."""

    in_study: StudyMark
    proposal: DemandProposal | None
    lines: list[ShownLine]
    hours: float
    services: int
    basis: dict[str, Any]
    proposals: list[DemandProposal]
    form: AssumptionForm
    groups: list[tuple[str, list[str]]]
    changed: int
    may_change: bool


def demand(request: HttpRequest, study_id: int, number: int | None = None) -> HttpResponse:
    """Show a proposal, the latest by default."""
    row = selectors.proposal(study_id, number, to=actor_of(request))
    return _shown(request, study_id, row, AssumptionForm(initial=_present(row)))


@require_POST
def propose(request: HttpRequest, study_id: int) -> HttpResponse:
    """Compute the service lines anew, with the assumptions as typed or as they stand."""
    is_typed = "note" in request.POST
    form = AssumptionForm(request.POST if is_typed else None)
    latest = selectors.proposal(study_id, to=actor_of(request))
    if is_typed and not form.is_valid():
        return _shown(request, study_id, latest, form, status=422)
    values = form.figures() if is_typed else None
    note = form.cleaned_data["note"] if is_typed else ""
    try:
        services.propose_demand(study_id=study_id, values=values, note=note, by=actor_of(request))
    except Refusal as refusal:
        if not is_typed:
            raise
        beside(form, refusal)
        return _shown(request, study_id, latest, form, status=refusal.status)
    return HttpResponseRedirect(reverse("studies:demand", args=[study_id]))


def _shown(
    request: HttpRequest, study_id: int, row: DemandProposal | None, form: AssumptionForm, status: int = 200
) -> HttpResponse:
    _study, mark, may_change = entered(request, study_id)
    names = {code: bilingual(name) for code, name in ServiceType.objects.values_list("code", "name")}
    lines = [_line(line, names) for line in row.lines] if row else []
    page = DemandPage(
        in_study=mark,
        proposal=row,
        lines=lines,
        hours=sum(line.hours for line in lines),
        services=len({line.service for line in lines}),
        basis=row.basis if row else {},
        proposals=selectors.proposals(study_id, to=actor_of(request)),
        form=form,
        groups=[
            (bilingual(label), [spec.key for spec in ASSUMPTIONS if spec.group == group])
            for group, label in GROUPS.items()
        ],
        changed=sum(_present(row).get(spec.key, spec.default) != spec.default for spec in ASSUMPTIONS),
        may_change=may_change,
    )
    return render_page(request, "studies/demand.html", page, status=status)


def _line(line: dict[str, Any], names: dict[str, str]) -> ShownLine:
    return ShownLine(
        key=line["key"],
        service=names.get(line["service_code"], line["service_code"]),
        label=gettext(line["label"]),
        country=line["country"],
        quantity=line["quantity"],
        unit=unit_word(line["unit"], line["quantity"]),
        hours=line["hours"],
        steps=line["arithmetic"],
    )


def _present(row: DemandProposal | None) -> dict[str, float]:
    if row is None:
        return {}
    values: dict[str, float] = row.assumption_set.values["values"]
    return values
