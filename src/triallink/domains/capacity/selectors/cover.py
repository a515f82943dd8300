"""What falls through when somebody cannot come, and who could come instead."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Min, Q, QuerySet, Sum

from triallink.domains.capacity.access import visible_bookings
from triallink.domains.capacity.models import BookedDay, Booking, Offer, StaffDay
from triallink.domains.capacity.qualifying import LEVEL_RANK, lacks_of
from triallink.domains.quality.models import Professional
from triallink.domains.quality.selectors import able_to_work
from triallink.engines.hours import distance_km, travel_minutes
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

MOST = 12
# What one point of fit is worth in minutes of travel.
MINUTES_PER_POINT = 3.0


@dataclass(frozen=True)
class Substitute:
    """Somebody free on every uncovered day: from where, how far, how well fitting, at what price."""

    professional: Professional
    offer: Offer | None  # None: of the same supplier, at the same price
    minutes: int | None  # of travel
    fit: int  # 0 to 100
    price_minor: int

    @property
    def rank(self) -> float:
        """Return what substitutes are ordered by: travel, less what the fit is worth."""
        return (self.minutes if self.minutes is not None else 60) - self.fit / MINUTES_PER_POINT


def affected(*, professional_id: int, start_on: dt.date, end_on: dt.date, to: Actor) -> list[Booking]:
    """Return the bookings of one's own professional that touch these days, each with the minutes at stake."""
    return list(
        visible_bookings(to=to)
        .filter(
            seller_id=to.own_organization_id,
            days__professional_id=professional_id,
            days__day__range=(start_on, end_on),
        )
        .select_related("buyer", "site", "professional")
        .annotate(at_stake=Sum("days__minutes"), first_on=Min("days__day"))
        .order_by("first_on", "pk")
    )


def uncovered(booking: Booking, *, clock: Clock = system_clock) -> dict[dt.date, int]:
    """Return the coming days of a booking nobody works: day -> minutes."""
    days = booking.days.filter(professional=None, day__gte=clock.now().date())
    return dict(days.order_by("day").values_list("day", "minutes"))


def to_cover(*, to: Actor, clock: Clock = system_clock) -> QuerySet[Booking]:
    """Return the bookings of the actor's organization that have coming days without anybody."""
    open_days = BookedDay.objects.filter(professional=None, day__gte=clock.now().date())
    return (
        visible_bookings(to=to)
        .filter(pk__in=open_days.values("booking_id"))
        .select_related("buyer", "seller", "professional", "site")
        .order_by("pk")
    )


def substitutes(booking: Booking, *, to: Actor, clock: Clock = system_clock) -> list[Substitute]:
    """Return who could take over the uncovered days, the nearest and best fitting first.

    The supplier's own people come at the booking's price, others at their public price. In four queries.
    """
    days = uncovered(booking, clock=clock)
    if not days:
        return []
    offers = _offers(booking, days, to)
    named = {offer.professional_id for offer in offers if offer.professional_id}
    pools = {offer.organization_id for offer in offers if not offer.professional_id}
    everybody = Professional.objects.filter(
        Q(organization_id=booking.seller_id) | Q(pk__in=named) | Q(organization_id__in=pools),
        role=booking.role,
        is_active=True,
    )
    people = (
        able_to_work(everybody, min(days))
        .exclude(pk=booking.professional_id)
        .select_related("organization")
        .prefetch_related("credentials")
    )
    able = [one for one in people if booking.need is None or not lacks_of(one, booking.need)]
    free = _free_on([one.pk for one in able], days)
    found = []
    for one in able:
        if one.pk not in free:
            continue
        offer = None if one.organization_id == booking.seller_id else _cheapest(one, offers)
        if one.organization_id != booking.seller_id and offer is None:
            continue
        km = _km(one, booking)
        if km is not None and km > max(one.travel_km, 30) and one.city != booking.city:
            continue
        found.append(
            Substitute(
                one,
                offer,
                None if km is None else travel_minutes(km),
                _fit(one, booking),
                booking.price_minor if offer is None else offer.instant_price_minor or 0,
            )
        )
    return sorted(found, key=lambda one: (one.rank, one.price_minor, one.professional.pk))[:MOST]


def _offers(booking: Booking, days: dict[dt.date, int], to: Actor) -> list[Offer]:
    """Return the open offers of others that reach over the days; a supplier only covers with its own people."""
    if to.organization_id != booking.buyer_id:
        return []
    return list(
        Offer.objects.filter(
            role=booking.role,
            state="open",
            instant_price_minor__isnull=False,
            start_on__lte=min(days),
            end_on__gte=max(days),
        )
        .filter(Q(cities=[]) | Q(cities__contains=[booking.city]))
        .exclude(organization_id__in=[booking.seller_id, booking.buyer_id])
        .order_by("instant_price_minor", "id")[:200]
    )


def _cheapest(one: Professional, offers: Sequence[Offer]) -> Offer | None:
    fitting = (
        offer
        for offer in offers
        if offer.professional_id == one.pk
        or (
            offer.professional_id is None
            and offer.organization_id == one.organization_id
            and LEVEL_RANK[one.level] >= LEVEL_RANK[offer.level]
        )
    )
    return next(fitting, None)


def _free_on(professional_ids: Sequence[int], days: dict[dt.date, int]) -> set[int]:
    rows = StaffDay.objects.filter(professional_id__in=professional_ids, day__in=days)
    enough: dict[int, int] = {}
    for row in rows:
        if row.free_minutes >= days[row.day]:
            enough[row.professional_id] = enough.get(row.professional_id, 0) + 1
    return {pk for pk, count in enough.items() if count == len(days)}


def _fit(one: Professional, booking: Booking) -> int:
    """Return 0 to 100: level as before, knows the area, speaks with the same, rated by others."""
    points = 40 if LEVEL_RANK[one.level] >= LEVEL_RANK[booking.professional.level] else 15
    known = set(one.therapeutic_areas)
    wanted = (
        {booking.need.therapeutic_area}
        if booking.need and booking.need.therapeutic_area
        else set(booking.professional.therapeutic_areas)
    )
    points += round(30 * len(known & wanted) / len(wanted)) if wanted else 15
    points += 10 if one.organization_id == booking.seller_id else 0
    points += round(20 * one.rating_sum / one.rating_count / 5) if one.rating_count else 10
    return min(100, points)


def _km(one: Professional, booking: Booking) -> float | None:
    if one.latitude is None or one.longitude is None or booking.latitude is None or booking.longitude is None:
        return None
    return distance_km(one.latitude, one.longitude, booking.latitude, booking.longitude)
