"""Offers, needs and bookings as lists."""

from django.db.models import F, QuerySet, Sum

from triallink.domains.capacity.access import visible_bookings
from triallink.domains.capacity.models import Booking, ClearingRun, Need, Offer
from triallink.kernel.actor import Actor


def own_offers(*, to: Actor) -> QuerySet[Offer]:
    """Return the actor's own offers with what is offered and taken in all."""
    return (
        Offer.objects.filter(organization_id=to.own_organization_id)
        .select_related("professional", "organization")
        .annotate(offered=Sum("weeks__offered_minutes"), taken=Sum("weeks__taken_minutes"))
    )


def own_needs(*, to: Actor) -> QuerySet[Need]:
    """Return the actor's own needs with what is needed and covered in all."""
    return (
        Need.objects.filter(organization_id=to.own_organization_id)
        .select_related("site", "study")
        .annotate(needed=Sum("weeks__needed_minutes"), covered=Sum("weeks__covered_minutes"))
    )


def bookings(*, to: Actor) -> QuerySet[Booking]:
    """Return the bookings the actor's organization buys or sells."""
    return (
        visible_bookings(to=to)
        .select_related("buyer", "seller", "professional", "site")
        .annotate(minutes=Sum("days__minutes", default=0))
    )


def waiting_for(*, of: Actor) -> QuerySet[Booking]:
    """Return the bookings and proposals that wait for the actor's organization's answer."""
    as_seller = Booking.objects.filter(
        seller_id=of.own_organization_id, state__in=["asked", "proposed"], seller_agreed_at=None
    )
    as_buyer = Booking.objects.filter(buyer_id=of.own_organization_id, state="proposed", buyer_agreed_at=None)
    return (
        (as_seller | as_buyer)
        .select_related("buyer", "seller")
        .order_by(F("respond_by").asc(nulls_last=True))
    )


def runs(*, to: Actor) -> QuerySet[ClearingRun]:
    """Return the clearings somebody may see: every one for the operator, for others those that concern them."""
    if to.is_operator:
        return ClearingRun.objects.all()
    return ClearingRun.objects.filter(pk__in=visible_bookings(to=to).exclude(run=None).values("run_id"))
