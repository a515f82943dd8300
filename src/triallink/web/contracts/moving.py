"""Change orders, pauses and endings."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.access import BUYER_ROLES, change_order_for, contract_for, termination_for
from triallink.domains.contracts.models import (
    CHANGE_ORDER_STATES,
    CONCLUDED,
    ChangeOrder,
    Contract,
    ContractVersion,
)
from triallink.domains.contracts.services.changes import OPEN_TO_CHANGE
from triallink.domains.contracts.services.deliverables import OPEN_TO_WORK
from triallink.foundation.files import read_file
from triallink.foundation.sentences import bilingual
from triallink.kernel.refusals import NotFound, Refusal
from triallink.web.answers import render_page
from triallink.web.contracts.amounts import minor_of
from triallink.web.contracts.forms import ChangeForm, SecretForm
from triallink.web.contracts.frame import ContractFrame, actor_of, frame_of
from triallink.web.studies.entry import beside, whole

TONES = {"proposed": "warn", "in_force": "good", "declined": "bad", "withdrawn": "calm"}


@dataclass(frozen=True)
class OrderRow:
    """A change order with who has signed it."""

    order: ChangeOrder
    signed: list[str]
    may_sign: bool
    may_withdraw: bool


@dataclass(frozen=True)
class ChangesPage:
    """The change orders and versions of a contract."""

    frame: ContractFrame
    rows: list[OrderRow]
    versions: list[ContractVersion]
    states: dict[str, str]
    tones: dict[str, str]
    may_propose: bool
    form: forms.Form
    secret_form: forms.Form


def changes(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Show the change orders."""
    return _changes(request, contract_id)


@require_POST
def propose(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Propose a change order."""
    contract = contract_for(contract_id, to=actor_of(request))
    form = _change_form(contract, request.POST)
    if form.is_valid():
        try:
            services.propose_change_order(
                contract_id=contract_id,
                changes=_steps(contract, form.cleaned_data),
                reason=form.cleaned_data["reason"],
                by=actor_of(request),
            )
            messages.success(request, _("The change order waits for signatures."))
            return _to_changes(contract_id)
        except Refusal as refusal:
            beside(form, refusal)
    return _changes(request, contract_id, form=form)


@require_POST
def sign(request: HttpRequest, change_order_id: int) -> HttpResponse:
    """Sign a change order."""
    order = change_order_for(change_order_id, to=actor_of(request))
    form = SecretForm(request.POST)
    if form.is_valid():
        try:
            services.sign_change_order(
                change_order_id=change_order_id, secret=form.cleaned_data["secret"], by=actor_of(request)
            )
            messages.success(request, _("You have signed."))
            return _to_changes(order.contract_id)
        except Refusal as refusal:
            beside(form, refusal)
    return _changes(request, order.contract_id, secret=form)


@require_POST
def decline(request: HttpRequest, change_order_id: int) -> HttpResponse:
    """Decline a change order."""
    order = services.decline_change_order(
        change_order_id=change_order_id, why=request.POST.get("why", "")[:2000], by=actor_of(request)
    )
    return _to_changes(order.contract_id)


@require_POST
def withdraw(request: HttpRequest, change_order_id: int) -> HttpResponse:
    """Take a change order back."""
    order = services.withdraw_change_order(change_order_id=change_order_id, by=actor_of(request))
    return _to_changes(order.contract_id)


def order_document(request: HttpRequest, change_order_id: int, language: str) -> HttpResponse:
    """Send the contract as it would stand with a change order."""
    order = change_order_for(change_order_id, to=actor_of(request))
    rows = order.contract.documents.select_related("file").filter(
        language=language, content_hash=order.content_hash
    )
    row = rows.order_by("-version").first()
    if row is None:
        raise NotFound
    response = HttpResponse(read_file(row.file), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{row.file.name}"'
    return response


@require_POST
def suspend(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Put the work on hold."""
    services.suspend_contract(
        contract_id=contract_id, why=request.POST.get("why", "")[:2000], by=actor_of(request)
    )
    return _to_detail(contract_id)


@require_POST
def resume(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Let the work go on."""
    services.resume_contract(contract_id=contract_id, by=actor_of(request))
    return _to_detail(contract_id)


@require_POST
def complete(request: HttpRequest, contract_id: int) -> HttpResponse:
    """End the contract with everything paid."""
    services.complete_contract(contract_id=contract_id, by=actor_of(request))
    messages.success(request, _("The contract is completed. Rate the other side."))
    return HttpResponseRedirect(reverse("contracts:ratings", args=[contract_id]))


@require_POST
def propose_end(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Propose to end the contract early, with what the open work is worth."""
    contract = contract_for(contract_id, to=actor_of(request))
    rows = contract.milestones.values_list("pk", flat=True)
    percents = {pk: whole(request.POST[f"percent-{pk}"]) for pk in rows if request.POST.get(f"percent-{pk}")}
    services.propose_termination(
        contract_id=contract_id,
        reason=request.POST.get("reason", "")[:4000],
        percents=percents,
        secret=request.POST.get("secret", ""),
        by=actor_of(request),
    )
    return _to_detail(contract_id)


@require_POST
def agree_end(request: HttpRequest, termination_id: int) -> HttpResponse:
    """Agree to an early end."""
    proposal = termination_for(termination_id, to=actor_of(request))
    services.agree_termination(
        termination_id=termination_id, secret=request.POST.get("secret", ""), by=actor_of(request)
    )
    return _to_detail(proposal.contract_id)


@require_POST
def answer_end(request: HttpRequest, termination_id: int) -> HttpResponse:
    """Decline an early end, or take the own proposal back."""
    proposal = services.answer_termination(
        termination_id=termination_id, why=request.POST.get("why", "")[:2000], by=actor_of(request)
    )
    return _to_detail(proposal.contract_id)


def _changes(
    request: HttpRequest,
    contract_id: int,
    *,
    form: forms.Form | None = None,
    secret: forms.Form | None = None,
) -> HttpResponse:
    frame, actor = frame_of(request, contract_id, "changes"), actor_of(request)
    contract = frame.contract
    if contract.state not in CONCLUDED:
        raise NotFound
    is_party = frame.is_supplier or contract.buyer_id == actor.organization_id
    rows = []
    for order in contract.change_orders.select_related("proposer", "proposed_by"):
        signed = [
            row.party
            for row in contract.signatures.filter(content_hash=order.content_hash).select_related(
                "party__organization"
            )
        ]
        is_open = order.state == "proposed" and is_party
        has_signed = any(party.organization_id == actor.organization_id for party in signed)
        rows.append(
            OrderRow(
                order,
                [str(party.organization) for party in signed],
                is_open and actor.has("signatory") and not has_signed,
                is_open and order.proposer_id == actor.organization_id,
            )
        )
    page = ChangesPage(
        frame=frame,
        rows=rows,
        versions=list(contract.versions.select_related("change_order")),
        states=CHANGE_ORDER_STATES,
        tones=TONES,
        may_propose=is_party
        and contract.state in OPEN_TO_CHANGE
        and actor.has(*BUYER_ROLES, "business_lead")
        and not any(row.order.state == "proposed" for row in rows),
        form=form or _change_form(contract),
        secret_form=secret or SecretForm(),
    )
    status = 422 if form or secret else 200
    return render_page(request, "contracts/changes.html", page, status=status)


def _change_form(contract: Contract, data: Any = None) -> ChangeForm:
    form = ChangeForm(data)
    lines = selectors.lines(contract)
    choices = [(line.position, f"{line.position}. {bilingual(line.service.name)}") for line in lines]
    form.fields["line"].choices = [("", "–"), *choices]  # type: ignore[attr-defined]
    form.fields["removed"].choices = [  # type: ignore[attr-defined]
        (row.pk, f"{line.position}.{row.position} {bilingual(row.name)}")
        for line in lines
        for row in line.milestones.all()
        if row.state in OPEN_TO_WORK
    ]
    return form


def _steps(contract: Contract, given: dict[str, Any]) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    if given["end_on"]:
        steps.append({"op": "terms", "end_on": given["end_on"].isoformat()})
    steps += [{"op": "remove", "milestone_id": pk} for pk in given["removed"]]
    line = contract.lines.filter(position=given["line"]).first() if given["line"] else None
    if line is not None and (given["quantity"] is not None or given["price"] is not None):
        price = given["price"]
        steps.append(
            {
                "op": "quantity",
                "line": line.position,
                "quantity": str(line.quantity if given["quantity"] is None else given["quantity"]),
                "unit_price_minor": line.unit_price_minor if price is None else minor_of(contract, price),
            }
        )
    if line is not None and given["milestone_amount"]:
        name = {"en": given["milestone_en"], "zh": given["milestone_zh"]}
        amount = minor_of(contract, given["milestone_amount"])
        steps.append({"op": "add", "line": line.position, "name": name, "amount_minor": amount})
    return steps


def _to_changes(contract_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("contracts:changes", args=[contract_id]))


def _to_detail(contract_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("contracts:detail", args=[contract_id]))
