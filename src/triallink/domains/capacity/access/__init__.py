"""Who may see and change calendars, orders and bookings."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from triallink.domains.capacity.models import Booking, ClearingRun, Need, Offer, OrderLimit
from triallink.domains.quality.models import Professional, SupplierSuspension
from triallink.foundation.tenancy import reading_as
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.refusals import NotAllowed, NotFound

SELLER_KINDS = ("smo", "cro", "freelancer")
BUYER_KINDS = ("sponsor", "cro", "site", "smo")
SELLER_ROLES = ("resource_manager", "business_lead")
BUYER_ROLES = ("project_lead", "resource_manager")
OPERATOR_ROLES = ("administrator", "quality")


def require_seller(by: Actor) -> int:
    """Return the seller's organization; refuse NotAllowed to everybody else."""
    by.require(*SELLER_ROLES)
    if by.organization_kind not in SELLER_KINDS:
        raise NotAllowed
    return by.own_organization_id


def require_buyer(by: Actor) -> int:
    """Return the buyer's organization; refuse NotAllowed to everybody else."""
    by.require(*BUYER_ROLES)
    if by.organization_kind not in BUYER_KINDS:
        raise NotAllowed
    return by.own_organization_id


def require_operator(by: Actor) -> None:
    """Refuse NotAllowed to everybody but the operator and the platform itself."""
    if by is SYSTEM:
        return
    if not by.is_operator:
        raise NotAllowed
    by.require(*OPERATOR_ROLES)


def may_sell(viewer: Actor) -> bool:
    """Return whether somebody may sell hours."""
    return viewer.organization_kind in SELLER_KINDS and viewer.has(*SELLER_ROLES)


def may_buy(viewer: Actor) -> bool:
    """Return whether somebody may buy hours."""
    return viewer.organization_kind in BUYER_KINDS and viewer.has(*BUYER_ROLES)


def plannable(*, by: Actor) -> QuerySet[Professional]:
    """Return the professionals whose calendar the actor may change: its own organization's, all for the platform.

    Refuses: NotAllowed.
    """
    rows = Professional.objects.filter(is_active=True)
    if by is SYSTEM:
        return rows
    by.require(*SELLER_ROLES)
    return rows.filter(organization_id=by.own_organization_id)


def plannable_professional(professional_id: int, *, by: Actor) -> Professional:
    """Return one professional whose calendar the actor may change.

    Refuses: NotAllowed, NotFound.
    """
    found = plannable(by=by).filter(pk=professional_id).first()
    if found is None:
        raise NotFound
    return found


def visible_offers(*, to: Actor) -> QuerySet[Offer]:
    """Return the offers somebody may see: the open ones of suppliers not suspended, and all of one's own."""
    if to.organization_id is None:
        return Offer.objects.none()
    return Offer.objects.filter(
        Q(organization_id=to.organization_id) | Q(state="open") & ~Exists(_stopped_seller())
    )


def _stopped_seller() -> QuerySet[SupplierSuspension]:
    return SupplierSuspension.objects.filter(
        organization_id=OuterRef("organization_id"), lifted_at__isnull=True
    )


def offer_for(offer_id: int, *, to: Actor) -> Offer:
    """Return an offer somebody may see.

    Refuses: NotFound.
    """
    found = visible_offers(to=to).select_related("organization", "professional").filter(pk=offer_id).first()
    if found is None:
        raise NotFound
    return found


def own_offer(offer_id: int, *, to: Actor) -> Offer:
    """Return an offer of the actor's own organization.

    Refuses: NotFound.
    """
    found = (
        Offer.objects.select_related("organization", "professional")
        .filter(pk=offer_id, organization_id=to.own_organization_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def own_need(need_id: int, *, to: Actor) -> Need:
    """Return a need of the actor's own organization.

    Refuses: NotFound.
    """
    found = (
        Need.objects.select_related("organization", "site", "study")
        .filter(pk=need_id, organization_id=to.own_organization_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def visible_bookings(*, to: Actor) -> QuerySet[Booking]:
    """Return the bookings somebody may see: those the organization buys or sells; a hold only its buyer's."""
    if to.organization_id is None:
        return Booking.objects.none()
    mine = Q(buyer_id=to.organization_id)
    sold = Q(seller_id=to.organization_id) & ~Q(state="held")
    return Booking.objects.filter(mine | sold)


def booking_for(booking_id: int, *, to: Actor) -> Booking:
    """Return a booking somebody may see.

    Refuses: NotFound.
    """
    found = (
        visible_bookings(to=to)
        .select_related("buyer", "seller", "professional", "site", "study", "need", "offer")
        .filter(pk=booking_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def locked_booking(booking_id: int, *, by: Actor) -> Booking:
    """Return a booking somebody may see, locked for change.

    Refuses: NotFound.
    """
    found = visible_bookings(to=by).filter(pk=booking_id).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound
    return Booking.objects.select_for_update(of=("self",)).get(pk=found)


def run_for(run_id: int, *, to: Actor) -> ClearingRun:
    """Return a clearing; the operator sees every one, others those that propose something to them.

    Refuses: NotFound.
    """
    found = ClearingRun.objects.filter(pk=run_id).first()
    if found is None or not (to.is_operator or visible_bookings(to=to).filter(run=found).exists()):
        raise NotFound
    return found


def own_limit(order: Offer | Need, *, to: Actor) -> int | None:
    """Return the floor or ceiling of one's own order per hour, None if it is not one's own."""
    if to.organization_id != order.organization_id:
        return None
    key = "offer" if isinstance(order, Offer) else "need"
    with reading_as(to.own_organization_id):
        return OrderLimit.objects.filter(**{key: order}).values_list("limit_minor", flat=True).first()


@contextmanager
def reading_limits() -> Iterator[None]:
    """Open every sealed limit to the block; only the clearing and its counsel use it, and tell nobody."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('triallink.clearing', 'on', true)")
        yield
        cursor.execute("SELECT set_config('triallink.clearing', '', true)")
