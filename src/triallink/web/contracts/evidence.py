"""The facts a milestone of a draft requires: what is asked so far, and one small form per kind of fact."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.contracts import services
from triallink.domains.contracts.access import milestone_for
from triallink.domains.contracts.evidence import MOST_FACTS, FactKind, Requirement, fact_kinds
from triallink.domains.contracts.models import Contract, Milestone
from triallink.domains.contracts.rule_words import requirement_words
from triallink.kernel.refusals import NotFound, Refusal
from triallink.web.answers import render_page
from triallink.web.contracts.frame import actor_of
from triallink.web.studies.entry import beside, whole


class FactForm(forms.Form):
    """One kind of fact: narrowed by its parameters, so many times."""

    def __init__(self, kind: FactKind, data: Any = None) -> None:
        super().__init__(data, prefix=kind.kind)
        for parameter in kind.parameters:
            name, label = parameter.name, _(parameter.label)
            if parameter.choices:
                choices = [("", _("Any")), *((code, _(words)) for code, words in parameter.choices.items())]
                self.fields[name] = forms.ChoiceField(label=label, required=False, choices=choices)
            elif parameter.is_whole:
                self.fields[name] = forms.IntegerField(label=label, required=False)
            else:
                self.fields[name] = forms.CharField(label=label, required=False, max_length=60)
        self.fields["at_least"] = forms.IntegerField(
            label=_("How many"), min_value=1, max_value=MOST_FACTS, initial=1
        )

    def requirement(self, kind: FactKind) -> Requirement:
        """Return what was asked for."""
        given = self.cleaned_data
        parameters = {p.name: given[p.name] for p in kind.parameters if given[p.name] not in ("", None)}
        return Requirement(kind.kind, parameters, given["at_least"])


@dataclass(frozen=True)
class Offered:
    """A kind of fact that can be asked for."""

    kind: str
    name: str
    form: FactForm
    is_open: bool


@dataclass(frozen=True)
class EvidencePage:
    """What a milestone of a draft requires, to change."""

    contract: Contract
    milestone: Milestone
    asked: list[str]
    kinds: list[Offered]


def evidence(request: HttpRequest, milestone_id: int) -> HttpResponse:
    """Show what a milestone requires; sent, add one more fact to it."""
    milestone = _of_draft(request, milestone_id)
    kinds = list(_kinds(request))
    sent = next((offered for offered in kinds if offered.is_open), None)
    if sent is not None and sent.form.is_valid():
        kind = next(kind for kind in fact_kinds() if kind.kind == sent.kind)
        asked = [*_asked(milestone), sent.form.requirement(kind)]
        try:
            services.require_evidence(milestone_id=milestone_id, requirements=asked, by=actor_of(request))
            messages.success(request, _("The milestone now requires it."))
            return _back(milestone_id)
        except Refusal as refusal:
            beside(sent.form, refusal)
    page = EvidencePage(
        contract=milestone.contract,
        milestone=milestone,
        asked=[requirement_words(one.as_data()) for one in _asked(milestone)],
        kinds=kinds,
    )
    return render_page(request, "contracts/evidence.html", page, status=422 if sent else 200)


@require_POST
def drop(request: HttpRequest, milestone_id: int) -> HttpResponse:
    """Take one required fact away."""
    milestone = _of_draft(request, milestone_id)
    number, asked = whole(request.POST.get("number", "")), _asked(milestone)
    if not 0 <= number < len(asked):
        raise NotFound
    del asked[number]
    services.require_evidence(milestone_id=milestone_id, requirements=asked, by=actor_of(request))
    return _back(milestone_id)


def _of_draft(request: HttpRequest, milestone_id: int) -> Milestone:
    milestone = milestone_for(milestone_id, to=actor_of(request))
    if milestone.contract.state != "draft":
        raise NotFound
    return milestone


def _asked(milestone: Milestone) -> list[Requirement]:
    return [Requirement.of(data) for data in milestone.requires]


def _kinds(request: HttpRequest) -> Iterator[Offered]:
    chosen = request.POST.get("kind", "")
    for kind in sorted(fact_kinds(), key=lambda kind: kind.kind):
        is_open = chosen == kind.kind
        yield Offered(kind.kind, _(kind.name), FactForm(kind, request.POST if is_open else None), is_open)


def _back(milestone_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("contracts:evidence", args=[milestone_id]))
