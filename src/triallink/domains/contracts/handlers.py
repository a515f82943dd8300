"""Tell people what happened to their contracts. No notice carries a price."""

from triallink.domains.accounts.models import Membership
from triallink.domains.contracts.events import (
    ContractConcluded,
    ContractDeclined,
    ContractOffered,
    ContractSignedByParty,
    MilestoneAccepted,
    MilestoneReturned,
    MilestoneSubmitted,
)
from triallink.domains.contracts.facts import provide
from triallink.domains.contracts.models import Contract, Milestone
from triallink.foundation.notices import notify
from triallink.foundation.outbox import hears
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
