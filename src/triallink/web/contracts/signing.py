"""Offering, signing and the ways out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.contracts import services
from triallink.kernel.refusals import Refusal
from triallink.web.contracts.forms import ReasonForm, SignForm
from triallink.web.contracts.frame import actor_of
from triallink.web.contracts.reading import show
from triallink.web.studies.entry import beside


@require_POST
def offer(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Freeze the content and ask for signatures."""
    services.offer_contract(contract_id=contract_id, by=actor_of(request))
    messages.success(request, _("The contract is frozen and waits for signatures."))
    return _back(contract_id)


@require_POST
def take_back(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Make it a draft again."""
    services.take_back(contract_id=contract_id, by=actor_of(request), why=request.POST.get("why", ""))
    return _back(contract_id)


@require_POST
def withdraw(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Give the contract up."""
    services.withdraw_contract(contract_id=contract_id, by=actor_of(request), why=request.POST.get("why", ""))
    return _back(contract_id)


@require_POST
def sign(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Sign for the organization."""
    form = SignForm(request.POST)
    if form.is_valid():
        try:
            services.sign_contract(
                contract_id=contract_id, secret=form.cleaned_data["secret"], by=actor_of(request)
            )
            messages.success(request, _("You have signed."))
            return _back(contract_id)
        except Refusal as refusal:
            beside(form, refusal)
    return show(request, contract_id, form, ReasonForm(), status=422)


@require_POST
def decline(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Say that the organization will not sign."""
    form = ReasonForm(request.POST)
    if form.is_valid():
        services.decline_contract(contract_id=contract_id, why=form.cleaned_data["why"], by=actor_of(request))
        return _back(contract_id)
    return show(request, contract_id, SignForm(), form, status=422)


def _back(contract_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("contracts:detail", args=[contract_id]))
