"""Search for hours that can be booked now: by place, weeks, role, price."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q, Sum
from django.db.models.functions import TruncWeek

from triallink.domains.capacity.access import visible_offers
from triallink.domains.capacity.models import Need, Offer, StaffDay
from triallink.domains.capacity.qualifying import LEVEL_RANK, lacks_of
from triallink.domains.capacity.selectors.calendars import free_expression
from triallink.domains.capacity.services.orders import LEVELS_FROM, Place
from triallink.domains.capacity.work_calendar import calendar_of
from triallink.domains.quality.models import Professional
from triallink.domains.quality.selectors import able_to_work
from triallink.engines.hours import distance_km, mondays, travel_minutes
from triallink.kernel.actor import Actor

MOST_OFFERS = 400


@dataclass(frozen=True)
class Wanted:
    """What is searched for."""

    role: str
    hours_per_week: int
    start_on: dt.date
    end_on: dt.date
    place: Place
    level: str = "junior"
    most_minor: int | None = None
    most_minutes: int | None = None  # of travel
    need: Need | None = None


@dataclass(frozen=True)
class Found:
    """An offer that can be booked as wanted, and the person it would be."""

    offer: Offer
    professional: Professional
    free: list[int]  # minutes free in each week of the window
    km: float | None
    minutes: int | None
    total_minor: int
    people: int = 1
    others: list[Professional] = field(default_factory=list)


def find_hours(wanted: Wanted, *, to: Actor) -> list[Found]:
    """Return what can be booked at once, the cheapest and nearest first.

    Runs four queries, however many offers there are; of more than MOST_OFFERS the cheapest are looked at.
    """
    rows = (
        visible_offers(to=to)
        .filter(
            state="open",
            role=wanted.role,
            start_on__lte=wanted.start_on,
            end_on__gte=wanted.end_on,
            instant_price_minor__isnull=False,
            hours_per_week__gte=wanted.hours_per_week,
            least_hours_per_week__lte=wanted.hours_per_week,
        )
        .exclude(organization_id=to.own_organization_id)
    )
    if wanted.place.site is not None:
        rows = rows.filter(Q(site_ids=[]) | Q(site_ids__contains=[wanted.place.site.pk]))
    if wanted.place.city:
        rows = rows.filter(cities__contains=[wanted.place.city])
    if wanted.most_minor is not None:
        rows = rows.filter(instant_price_minor__lte=wanted.most_minor)
    offers = list(
        rows.select_related("organization", "professional")
        .prefetch_related("weeks")
        .order_by("instant_price_minor", "id")[:MOST_OFFERS]
    )
    calendar = calendar_of(wanted.start_on, wanted.end_on)
    weeks = mondays(wanted.start_on, wanted.end_on)
    quota = {
        week: calendar.quota(wanted.hours_per_week, week, wanted.start_on, wanted.end_on) for week in weeks
    }
    offers = [offer for offer in offers if _has_left(offer, quota)]
    people = _people(offers, wanted)
    free = _free([one.pk for several in people.values() for one in several], wanted)
    minutes = sum(quota.values())
    found = []
    for offer in offers:
        fitting = [
            one
            for one in people[offer.pk]
            if all(free.get((one.pk, week), 0) >= quota[week] for week in weeks)
        ]
        fitting.sort(key=lambda one: (_km(one, wanted.place) or 0.0, one.pk))
        if fitting:
            found.append(_found(offer, fitting, wanted, free, weeks, minutes))
    if wanted.most_minutes is not None:
        found = [one for one in found if one.minutes is None or one.minutes <= wanted.most_minutes]
    return sorted(found, key=lambda one: (one.offer.instant_price_minor, one.minutes or 0, one.offer.pk))


def _found(
    offer: Offer,
    fitting: Sequence[Professional],
    wanted: Wanted,
    free: dict[tuple[int, dt.date], int],
    weeks: Sequence[dt.date],
    minutes: int,
) -> Found:
    first, km = fitting[0], _km(fitting[0], wanted.place)
    return Found(
        offer=offer,
        professional=first,
        free=[free[first.pk, week] for week in weeks],
        km=km,
        minutes=None if km is None else travel_minutes(km),
        total_minor=minutes * (offer.instant_price_minor or 0) // 60,
        people=len(fitting),
        others=list(fitting[1:]),
    )


def _has_left(offer: Offer, quota: dict[dt.date, int]) -> bool:
    left = {row.week_on: row.offered_minutes - row.taken_minutes for row in offer.weeks.all()}
    return all(left.get(week, 0) >= minutes for week, minutes in quota.items())


def _people(offers: Sequence[Offer], wanted: Wanted) -> dict[int, list[Professional]]:
    """Return the qualified people behind each offer, in two queries."""
    pools = {offer.organization_id for offer in offers if offer.professional_id is None}
    named = [offer.professional_id for offer in offers if offer.professional_id]
    least = list(LEVELS_FROM[wanted.level])
    everybody = Professional.objects.filter(
        Q(pk__in=named) | Q(organization_id__in=pools), role=wanted.role, level__in=least, is_active=True
    )
    rows = able_to_work(everybody, wanted.start_on).prefetch_related("credentials").order_by("id")
    all_of: dict[int, list[Professional]] = {}
    by_id = {}
    for one in rows:
        if wanted.need is None or not lacks_of(one, wanted.need):
            all_of.setdefault(one.organization_id, []).append(one)
            by_id[one.pk] = one
    return {
        offer.pk: ([by_id[offer.professional_id]] if offer.professional_id in by_id else [])
        if offer.professional_id
        else [
            one
            for one in all_of.get(offer.organization_id, [])
            if LEVEL_RANK[one.level] >= LEVEL_RANK[offer.level]
        ]
        for offer in offers
    }


def _free(professional_ids: Sequence[int], wanted: Wanted) -> dict[tuple[int, dt.date], int]:
    rows = (
        StaffDay.objects.filter(
            professional_id__in=professional_ids,
            day__range=(wanted.start_on, wanted.end_on),
            leave_count=0,
        )
        .annotate(week_on=TruncWeek("day"))
        .values_list("professional_id", "week_on")
        .annotate(free=Sum(free_expression()))
        .order_by()
    )
    return {(professional_id, week_on): free for professional_id, week_on, free in rows}


def _km(professional: Professional, place: Place) -> float | None:
    if (
        place.latitude is None
        or place.longitude is None
        or professional.latitude is None
        or professional.longitude is None
    ):
        return None
    return distance_km(professional.latitude, professional.longitude, place.latitude, place.longitude)
