"""Who may see and who may act on a contract."""

from django.db.models import Q, QuerySet

from triallink.domains.contracts.models import Contract
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotAllowed, NotFound

BUYER_ROLES = ("project_lead", "administrator")


def visible_contracts(*, to: Actor) -> QuerySet[Contract]:
    """Return the contracts of the actor's organization; a supplier sees one once it was offered."""
    if to.organization_id is None:
        return Contract.objects.none()
    as_supplier = Q(parties__organization_id=to.organization_id) & ~Q(state="draft")
    return Contract.objects.filter(Q(buyer_id=to.organization_id) | as_supplier).distinct()


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
