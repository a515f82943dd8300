"""Who may see and who may act on a contract."""

from django.db.models import Q, QuerySet

from triallink.domains.contracts.models import CallOff, ChangeOrder, Contract, Dispute, Milestone, Termination
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotAllowed, NotFound

BUYER_ROLES = ("project_lead", "administrator")
SUPPLIER_ROLES = ("business_lead", "project_lead", "resource_manager", "administrator", "member")


def visible_contracts(*, to: Actor) -> QuerySet[Contract]:
    """Return the contracts of the actor's organization; a supplier sees one once it was offered."""
    if to.organization_id is None:
        return Contract.objects.none()
    as_supplier = Q(parties__organization_id=to.organization_id) & ~Q(state="draft")
    seen = Q(buyer_id=to.organization_id) | as_supplier
    if to.is_operator:
        # Whoever mediates must see what is in dispute, and nothing else.
        seen |= Q(disputes__isnull=False)
    return Contract.objects.filter(seen).distinct()


def contract_for(contract_id: int, *, to: Actor) -> Contract:
    """Return a contract the actor may see.

    Refuses: NotFound.
    """
    found = (
        visible_contracts(to=to).select_related("buyer", "supplier", "study").filter(pk=contract_id).first()
    )
    if found is None:
        raise NotFound
    return found


def contract_to_change(contract_id: int, *, by: Actor) -> Contract:
    """Return a contract of the actor's own buying, locked for change.

    Refuses: NotFound, NotAllowed.
    """
    contract = locked_contract(contract_id, to=by)
    if contract.buyer_id != by.organization_id:
        raise NotAllowed
    by.require(*BUYER_ROLES)
    return contract


def locked_contract(contract_id: int, *, to: Actor) -> Contract:
    """Return a contract the actor may see, locked.

    Refuses: NotFound.
    """
    contract_for(contract_id, to=to)
    return Contract.objects.select_for_update().get(pk=contract_id)


def milestone_for(milestone_id: int, *, to: Actor) -> Milestone:
    """Return a milestone of a contract the actor may see.

    Refuses: NotFound.
    """
    found = (
        Milestone.objects.filter(pk=milestone_id, is_removed=False, contract__in=visible_contracts(to=to))
        .select_related("contract__buyer", "contract__supplier", "line__service", "line__request_line")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def milestone_to_deliver(milestone_id: int, *, by: Actor) -> Milestone:
    """Return a milestone the actor's organization has to reach, with its contract locked.

    Refuses: NotFound, NotAllowed.
    """
    milestone = _locked_milestone(milestone_id, by)
    if milestone.contract.buyer_id == by.organization_id:
        raise NotAllowed
    by.require(*SUPPLIER_ROLES)
    return milestone


def milestone_to_review(milestone_id: int, *, by: Actor) -> Milestone:
    """Return a milestone the actor may accept or return, with its contract locked: the buyer's lead, or the reviewer.

    Refuses: NotFound, NotAllowed.
    """
    milestone = _locked_milestone(milestone_id, by)
    if not may_review(milestone, to=by):
        raise NotAllowed
    return milestone


def may_review(milestone: Milestone, *, to: Actor) -> bool:
    """Return whether the actor may accept or return what is handed in at a milestone."""
    is_reviewer = milestone.reviewer_id is not None and milestone.reviewer_id == to.person_id
    return milestone.contract.buyer_id == to.organization_id and (is_reviewer or to.has(*BUYER_ROLES))


def _locked_milestone(milestone_id: int, by: Actor) -> Milestone:
    # All that moves a contract or its milestones waits for the contract's row, so that nothing can deadlock.
    locked_contract(milestone_for(milestone_id, to=by).contract_id, to=by)
    return milestone_for(milestone_id, to=by)


def change_order_for(change_order_id: int, *, to: Actor) -> ChangeOrder:
    """Return a change order of a contract the actor may see.

    Refuses: NotFound.
    """
    rows = ChangeOrder.objects.select_related("contract", "proposer", "proposed_by")
    found = rows.filter(pk=change_order_id, contract__in=visible_contracts(to=to)).first()
    if found is None:
        raise NotFound
    return found


def termination_for(termination_id: int, *, to: Actor) -> Termination:
    """Return a proposal to end a contract the actor may see.

    Refuses: NotFound.
    """
    rows = Termination.objects.select_related("contract", "proposer")
    found = rows.filter(pk=termination_id, contract__in=visible_contracts(to=to)).first()
    if found is None:
        raise NotFound
    return found


def dispute_for(dispute_id: int, *, to: Actor) -> Dispute:
    """Return a dispute about a contract the actor may see.

    Refuses: NotFound.
    """
    rows = Dispute.objects.select_related("contract", "milestone", "opener", "mediator")
    found = rows.filter(pk=dispute_id, contract__in=visible_contracts(to=to)).first()
    if found is None:
        raise NotFound
    return found


def may_mediate(*, to: Actor) -> bool:
    """Return whether the actor mediates disputes for the operator."""
    return to.is_operator and to.has("administrator", "quality")


def visible_call_offs(*, to: Actor) -> QuerySet[CallOff]:
    """Return the call-offs of hours that the actor's organization buys or sells."""
    if to.organization_id is None:
        return CallOff.objects.none()
    return CallOff.objects.filter(
        Q(framework__buyer_id=to.organization_id) | Q(framework__seller_id=to.organization_id)
    )
