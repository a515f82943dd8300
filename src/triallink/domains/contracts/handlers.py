"""Tell people what happened to their contracts. No notice carries a price."""

from typing import Any

from triallink.domains.accounts.models import Membership
from triallink.domains.capacity.events import BookingCancelled, BookingConfirmed
from triallink.domains.contracts.events import (
    ChangeOrderDeclined,
    ChangeOrderInForce,
    ChangeOrderProposed,
    ContractCompleted,
    ContractConcluded,
    ContractDeclined,
    ContractExpired,
    ContractOffered,
    ContractResumed,
    ContractSignedByParty,
    ContractSuspended,
    ContractTerminated,
    DisputeEnded,
    DisputeOpened,
    DisputeSettled,
    DisputeTakenUp,
    MilestoneAccepted,
    MilestoneReturned,
    MilestoneSubmitted,
    RatingsRevealed,
    SettlementProposed,
    TerminationAnswered,
    TerminationProposed,
)
from triallink.domains.contracts.facts import provide
from triallink.domains.contracts.models import Contract, Milestone
from triallink.domains.contracts.services.call_offs import call_off_hours, end_call_off
from triallink.domains.contracts.services.payments import pay_payables
from triallink.domains.ledger.events import EscrowFunded
from triallink.domains.quality.events import SupplierSuspended, SuspensionLifted
from triallink.foundation.notices import notify
from triallink.foundation.outbox import delivery_clock, hears
from triallink.kernel.refusals import N_

provide()


@hears(ContractOffered)
def ask_for_signatures(event: ContractOffered) -> None:
    """Ask every party's signatories to sign."""
    contract = Contract.objects.get(pk=event.contract_id)
    people = _people(contract, "signatory")
    _tell(contract, people, "contract_offered", N_("Contract %(reference)s waits for your signature."))


@hears(ContractSignedByParty)
def tell_the_buyer(event: ContractSignedByParty) -> None:
    """Tell the buyer that a supplier has signed."""
    contract = Contract.objects.get(pk=event.contract_id)
    if event.organization_id != contract.buyer_id:
        people = _people(contract, "project_lead", only=contract.buyer_id)
        _tell(contract, people, "contract_signed", N_("A party has signed contract %(reference)s."))


@hears(ContractConcluded)
def tell_everybody(event: ContractConcluded) -> None:
    """Tell every party that the contract is in force."""
    contract = Contract.objects.get(pk=event.contract_id)
    people = _people(contract, "signatory", "project_lead", "business_lead")
    _tell(
        contract,
        people,
        "contract_concluded",
        N_("Contract %(reference)s is in force: everybody has signed."),
    )


@hears(ContractDeclined)
def tell_of_refusal(event: ContractDeclined) -> None:
    """Tell the buyer that a party will not sign."""
    contract = Contract.objects.get(pk=event.contract_id)
    people = _people(contract, "project_lead", "signatory", only=contract.buyer_id)
    _tell(contract, people, "contract_declined", N_("A party will not sign contract %(reference)s."))


@hears(MilestoneSubmitted)
def ask_for_acceptance(event: MilestoneSubmitted) -> None:
    """Ask the buyer's lead, or the reviewer, to look at what was handed in."""
    milestone = Milestone.objects.select_related("contract").get(pk=event.milestone_id)
    people = (
        [milestone.reviewer_id]
        if milestone.reviewer_id
        else _people(milestone.contract, "project_lead", only=milestone.contract.buyer_id)
    )
    _tell_of_milestone(
        milestone,
        people,
        "milestone_submitted",
        N_("Contract %(reference)s: “%(milestone)s” waits for your acceptance."),
    )


@hears(MilestoneReturned)
def tell_the_supplier_of_return(event: MilestoneReturned) -> None:
    """Tell the suppliers that a milestone came back."""
    milestone = Milestone.objects.select_related("contract").get(pk=event.milestone_id)
    _tell_of_milestone(
        milestone,
        _suppliers(milestone.contract),
        "milestone_returned",
        N_("Contract %(reference)s: “%(milestone)s” was returned with reasons."),
    )


@hears(MilestoneAccepted)
def tell_of_acceptance(event: MilestoneAccepted) -> None:
    """Tell the suppliers, and the buyer too where its silence was taken for acceptance."""
    milestone = Milestone.objects.select_related("contract").get(pk=event.milestone_id)
    people = _suppliers(milestone.contract)
    if event.is_deemed:
        people += _people(milestone.contract, "project_lead", only=milestone.contract.buyer_id)
        template = N_(
            "Contract %(reference)s: “%(milestone)s” counts as accepted: the days to answer passed."
        )
    else:
        template = N_("Contract %(reference)s: “%(milestone)s” was accepted.")
    _tell_of_milestone(milestone, people, "milestone_accepted", template)


@hears(EscrowFunded)
def pay_what_waited(event: EscrowFunded) -> None:
    """Pay what waited for money, wherever the escrow was funded."""
    if event.about_kind == "contract":
        pay_payables(contract_id=event.about_id)


@hears(BookingConfirmed)
def call_off(event: BookingConfirmed) -> None:
    """Call confirmed hours off under a framework; end what they replace, and what was cancelled meanwhile."""
    call_off_hours(booking_id=event.booking_id, minutes=event.minutes, clock=delivery_clock())
    end_call_off(booking_id=event.booking_id, clock=delivery_clock())
    if event.replaces_id is not None:
        end_call_off(booking_id=event.replaces_id, clock=delivery_clock())


@hears(BookingCancelled)
def end_what_was_called_off(event: BookingCancelled) -> None:
    """End the call-off of a cancelled booking with its fee."""
    end_call_off(booking_id=event.booking_id, clock=delivery_clock())


_SAID = {
    ChangeOrderProposed: N_("Contract %(reference)s: a change order waits for your signature."),
    ChangeOrderInForce: N_("Contract %(reference)s: a change order is in force."),
    ChangeOrderDeclined: N_("Contract %(reference)s: a change order was declined."),
    ContractSuspended: N_("Contract %(reference)s is suspended."),
    ContractResumed: N_("Contract %(reference)s goes on."),
    ContractCompleted: N_("Contract %(reference)s is completed. Rate the other side."),
    ContractTerminated: N_("Contract %(reference)s has ended early. Rate the other side."),
    ContractExpired: N_("Contract %(reference)s has expired with milestones open."),
    TerminationProposed: N_("Contract %(reference)s: the other side proposes to end it early."),
    TerminationAnswered: N_("Contract %(reference)s: the proposal to end it was answered."),
    DisputeOpened: N_("Contract %(reference)s: a dispute was opened."),
    DisputeTakenUp: N_("Contract %(reference)s: the operator mediates the dispute."),
    SettlementProposed: N_("Contract %(reference)s: the mediator proposes a settlement."),
    DisputeSettled: N_("Contract %(reference)s: the dispute is settled."),
    DisputeEnded: N_("Contract %(reference)s: the dispute has ended without a settlement."),
    RatingsRevealed: N_("Contract %(reference)s: both sides' ratings may be read."),
}


@hears(*_SAID)
def tell_the_parties(event: Any) -> None:
    """Tell every party what became of the contract; the operator hears of a new dispute."""
    contract = Contract.objects.get(pk=event.contract_id)
    people = _people(contract, "signatory", "project_lead", "business_lead")
    if isinstance(event, DisputeOpened):
        mediators = Membership.objects.filter(
            organization__kind="operator", ended_at=None, roles__overlap=["administrator", "quality"]
        )
        people += list(mediators.values_list("person_id", flat=True))
    _tell(contract, people, "contract_moved", _SAID[type(event)])


# Contracts in which something may still be delivered or paid.
LIVE = ("offered", "signed", "suspended", "expired")


@hears(SupplierSuspended, SuspensionLifted)
def warn_live_contracts(event: SupplierSuspended | SuspensionLifted) -> None:
    """Tell the buyers of a supplier's live contracts that the operator stopped it, or lets it sell again."""
    is_stopped = isinstance(event, SupplierSuspended)
    template = (
        N_(
            "Contract %(reference)s: the platform has suspended a supplier. Decide whether its work may go on."
        )
        if is_stopped
        else N_("Contract %(reference)s: the suspension of a supplier is lifted.")
    )
    live = Contract.objects.filter(parties__organization_id=event.organization_id, state__in=LIVE)
    for contract in live.exclude(buyer_id=event.organization_id).distinct():
        people = _people(contract, "project_lead", "signatory", "quality", only=contract.buyer_id)
        _tell(contract, people, "supplier_suspended", template)


def _suppliers(contract: Contract) -> list[int]:
    sellers = contract.parties.exclude(organization_id=contract.buyer_id)
    members = Membership.objects.filter(
        organization_id__in=sellers.values("organization_id"),
        ended_at=None,
        roles__overlap=["business_lead", "project_lead"],
    )
    return list(members.values_list("person_id", flat=True))


def _tell_of_milestone(milestone: Milestone, people: list[int], kind: str, template: str) -> None:
    notify(
        people,
        kind=kind,
        template=template,
        url=f"/contracts/{milestone.contract_id}/",
        reference=milestone.contract.reference,
        milestone=milestone.name,
    )


def _people(contract: Contract, *roles: str, only: int | None = None) -> list[int]:
    organizations = [only] if only else list(contract.parties.values_list("organization_id", flat=True))
    members = Membership.objects.filter(
        organization_id__in=organizations, ended_at=None, roles__overlap=list(roles)
    )
    return list(members.values_list("person_id", flat=True))


def _tell(contract: Contract, people: list[int], kind: str, template: str) -> None:
    url = f"/contracts/{contract.pk}/"
    notify(people, kind=kind, template=template, url=url, reference=contract.reference, title=contract.title)
