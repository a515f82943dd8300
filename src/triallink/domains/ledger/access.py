"""Who may see and move which money."""

from django.db.models import Q, QuerySet

from triallink.domains.ledger.models import Account, Entry, Escrow, Posting
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotFound

MONEY_ROLES = ("finance", "administrator")


def sees_money(actor: Actor) -> bool:
    """Return whether the actor may see the money of the organization acted for."""
    return actor.organization_id is not None and actor.has(*MONEY_ROLES, "inspector")


def account_for(account_id: int, *, to: Actor) -> Account:
    """Return an account of the viewer's organization; the operator sees all.

    Refuses: NotFound.
    """
    found = accounts_visible(to=to).select_related("organization").filter(pk=account_id).first()
    if found is None:
        raise NotFound
    return found


def accounts_visible(*, to: Actor) -> QuerySet[Account]:
    """Return the accounts the viewer may see."""
    if not sees_money(to):
        return Account.objects.none()
    if to.is_operator:
        return Account.objects.all()
    return Account.objects.filter(organization_id=to.own_organization_id)


def escrows_visible(*, to: Actor) -> QuerySet[Escrow]:
    """Return the escrows the viewer pays into or is paid from; the operator sees all."""
    if to.organization_id is None or not to.has(*MONEY_ROLES, "inspector", "project_lead", "business_lead"):
        return Escrow.objects.none()
    if to.is_operator:
        return Escrow.objects.all()
    return Escrow.objects.filter(Q(payer_id=to.organization_id) | Q(payee_ids__contains=[to.organization_id]))


def escrow_for(escrow_id: int, *, to: Actor) -> Escrow:
    """Return an escrow the viewer may see.

    Refuses: NotFound.
    """
    found = escrows_visible(to=to).select_related("payer").filter(pk=escrow_id).first()
    if found is None:
        raise NotFound
    return found


def posting_for(posting_id: int, *, to: Actor) -> tuple[Posting, list[Entry]]:
    """Return a posting that touches an account of the viewer's, with the entries on those accounts only.

    Refuses: NotFound.
    """
    posting = Posting.objects.select_related("reverses").filter(pk=posting_id).first()
    if posting is None:
        raise NotFound
    entries = posting.entries.filter(account__in=accounts_visible(to=to)).select_related(
        "account__organization"
    )
    seen = list(entries.order_by("position"))
    if not seen:
        raise NotFound
    return posting, seen
