"""The open orders as a market for the engine, and the engine's answer as matches."""

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Q

from triallink.domains.capacity.access import reading_limits
from triallink.domains.capacity.models import Need, Offer, OrderLimit, RefusedPair
from triallink.domains.capacity.qualifying import lacks_of
from triallink.domains.capacity.selectors.counsel import full_week_hours
from triallink.domains.capacity.services.orders import LEVELS_FROM
from triallink.domains.capacity.work_calendar import WORKING_WEEK, WorkCalendar
from triallink.domains.quality.models import Professional
from triallink.domains.quality.selectors import able_to_work
from triallink.engines.hours import distance_km, monday_of, travel_minutes

# An hour of travel a week counts like this much money; a place in another city is never nearer than it is.
TRAVEL_MINOR_PER_MINUTE = 60
# Leaving an urgent hour undone costs more than its ceiling, so that it is served first.
URGENCY = {"normal": 1.0, "soon": 1.15, "urgent": 1.4}
NO_WORK = 168  # a week without a working day asks nothing of anybody
MOST_CANDIDATES = 40


@dataclass(frozen=True)
class Pair:
    """One need and one offer that could meet: who would come, how far, at which limits."""

    need: Need
    offer: Offer
    people: list[Professional]  # nearest first
    minutes: int | None
    floor_minor: int
    ceiling_minor: int

    @property
    def price_minor(self) -> int:
        """Return the settlement price: the middle of both limits (k-double auction, k = ½)."""
        from triallink.engines.matching import settle_pair

        return settle_pair(self.floor_minor, self.ceiling_minor)


@dataclass(frozen=True)
class Match:
    """Hours the clearing gives to a pair."""

    pair: Pair
    hours_per_week: int


@dataclass
class OpenMarket:
    """The orders of one role as arrays, and the pairs behind the edges."""

    role: str
    needs: list[Need]
    offers: list[Offer]
    weeks: list[dt.date]
    capacity: np.ndarray[Any, Any]
    pairs: list[Pair] = field(default_factory=list)

    def arrays(self) -> dict[str, Any]:
        """Return what Market.of takes, as plain lists and arrays that another process can read."""
        first = self.weeks[0]
        at = {need.pk: n for n, need in enumerate(self.needs)}
        of = {offer.pk: n for n, offer in enumerate(self.offers)}
        blocks = [need.block_hours or need.hours_per_week for need in self.needs]
        spans = [_span(need, first) for need in self.needs]
        ceilings = {pair.need.pk: pair.ceiling_minor for pair in self.pairs}
        length = [end - start for start, end in spans]
        return {
            "capacity": self.capacity,
            "start": [start for start, _end in spans],
            "end": [end for _start, end in spans],
            "units": [need.hours_per_week // block for need, block in zip(self.needs, blocks, strict=True)],
            "max_workers": [0 if need.block_hours else 1 for need in self.needs],
            "unfilled_cost": [
                ceilings.get(need.pk, 1) * URGENCY[need.urgency] * block * weeks
                for need, block, weeks in zip(self.needs, blocks, length, strict=True)
            ],
            "edge_package": [at[pair.need.pk] for pair in self.pairs],
            "edge_worker": [of[pair.offer.pk] for pair in self.pairs],
            "edge_cost": [
                length[at[pair.need.pk]]
                * (
                    pair.floor_minor * blocks[at[pair.need.pk]]
                    + TRAVEL_MINOR_PER_MINUTE * 2 * (pair.minutes or 0)
                )
                for pair in self.pairs
            ],
            "edge_hours": [blocks[at[pair.need.pk]] for pair in self.pairs],
            "package_id": [need.pk for need in self.needs],
            "worker_id": [offer.pk for offer in self.offers],
        }

    def matches(self, found: dict[tuple[int, int], int]) -> list[Match]:
        """Return the matches behind (need id, offer id) -> units."""
        pairs = {(pair.need.pk, pair.offer.pk): pair for pair in self.pairs}
        return [
            Match(pairs[key], units * (pairs[key].need.block_hours or pairs[key].need.hours_per_week))
            for key, units in sorted(found.items())
        ]


@dataclass(frozen=True)
class Cleared:
    """What one role's clearing found, in plain values."""

    units: dict[tuple[int, int], int]  # (need id, offer id) -> units
    cost: float
    bound: float
    worth: dict[int, list[float]]  # offer id -> what one more hour is worth, week by week


def clear_part(arrays: dict[str, Any], seconds: float) -> Cleared:
    """Clear one role's market; runs in this process or in another one of the compute port."""
    # With it a compiler is loaded; only the process that clears needs to wait for that.
    from triallink.engines.matching import Market, Watch, clear

    began = time.monotonic()
    market = Market.of(**arrays)
    found = clear(
        market, seed=1, watch=Watch(elapsed=lambda: time.monotonic() - began, seconds=seconds), threads=1
    )
    used = np.flatnonzero(found.edge_units)
    units = {
        (int(market.package_id[market.edge_package[k]]), int(market.worker_id[market.edge_worker[k]])): int(
            found.edge_units[k]
        )
        for k in used
    }
    worth = {int(market.worker_id[w]): [float(p) for p in found.prices[w]] for w in range(market.n_workers)}
    return Cleared(units, found.cost, found.bound, worth)


def open_markets(*, role: str, today: dt.date) -> list[OpenMarket]:
    """Return the open orders that somebody could serve, one market per role, largest first."""
    needs = _open(Need.objects.filter(state="open", start_on__gte=today), role)
    offers = _open(Offer.objects.filter(state="open", end_on__gte=today), role)
    with reading_limits():
        floors = dict(OrderLimit.objects.filter(offer__isnull=False).values_list("offer_id", "limit_minor"))
        ceilings = dict(OrderLimit.objects.filter(need__isnull=False).values_list("need_id", "limit_minor"))
    refused = set(RefusedPair.objects.values_list("need_id", "offer_id"))
    found = []
    for code in sorted({need.role for need in needs} & {offer.role for offer in offers}):
        wanted = [need for need in needs if need.role == code and _is_untouched(need)]
        there = [offer for offer in offers if offer.role == code]
        if wanted and there:
            found.append(_market(code, wanted, there, floors, ceilings, refused, today))
    return sorted(found, key=lambda market: -len(market.pairs))


def _open(rows: Any, role: str) -> list[Any]:
    rows = rows.filter(role=role) if role else rows
    return list(rows.select_related("organization").prefetch_related("weeks").order_by("pk"))


def _is_untouched(need: Need) -> bool:
    """Return whether nothing of a need is covered yet; partly covered ones are left to instant booking."""
    return all(row.covered_minutes == 0 for row in need.weeks.all())


def _market(
    role: str,
    needs: list[Need],
    offers: list[Offer],
    floors: dict[int, int],
    ceilings: dict[int, int],
    refused: set[tuple[int, int]],
    today: dt.date,
) -> OpenMarket:
    first = monday_of(today)
    last = max(max(need.end_on for need in needs), max(offer.end_on for offer in offers))
    weeks = [first + dt.timedelta(weeks=n) for n in range((monday_of(last) - first).days // 7 + 1)]
    calendar = WorkCalendar(first, weeks[-1] + dt.timedelta(days=6))
    people = _people(offers, role, today)
    free = full_week_hours(
        {one.pk for behind in people.values() for one in behind},
        first,
        weeks[-1] + dt.timedelta(days=6),
        calendar,
    )
    capacity = np.array(
        [_capacity(offer, people[offer.pk], free, weeks, calendar) for offer in offers], np.int32
    )
    market = OpenMarket(role, needs, offers, weeks, capacity)
    by_city: dict[str, list[int]] = {}
    for n, offer in enumerate(offers):
        for city in offer.cities or [""]:
            by_city.setdefault(city, []).append(n)
    for need in needs:
        ceiling = ceilings.get(need.pk)
        if ceiling is None:
            continue
        start, end = _span(need, first)
        block = need.block_hours or need.hours_per_week
        candidates = []
        for n in {*by_city.get(need.city, ()), *by_city.get("", ())}:
            offer, floor = offers[n], floors.get(offers[n].pk)
            if floor is None or floor > ceiling or (need.pk, offer.pk) in refused:
                continue
            if offer.organization_id == need.organization_id or not _serves(offer, need, block):
                continue
            if capacity[n, start:end].min(initial=NO_WORK) < block:
                continue
            fitting = [one for one in people[offer.pk] if not lacks_of(one, need)]
            if fitting:
                fitting.sort(key=lambda one: (_km(one, need), one.pk))
                km = _km(fitting[0], need)
                candidates.append(
                    Pair(need, offer, fitting, travel_minutes(km) if km else None, floor, ceiling)
                )
        candidates.sort(key=lambda pair: (pair.floor_minor, pair.minutes or 0, pair.offer.pk))
        market.pairs += candidates[:MOST_CANDIDATES]
    return market


def _serves(offer: Offer, need: Need, block: int) -> bool:
    return (
        offer.start_on <= need.start_on
        and offer.end_on >= need.end_on
        and offer.least_hours_per_week <= block <= 60
        and (not offer.site_ids or need.site_id in offer.site_ids)
    )


def _people(offers: Sequence[Offer], role: str, today: dt.date) -> dict[int, list[Professional]]:
    named = {offer.professional_id for offer in offers if offer.professional_id}
    pools = {offer.organization_id for offer in offers if not offer.professional_id}
    everybody = Professional.objects.filter(
        Q(pk__in=named) | Q(organization_id__in=pools, role=role), is_active=True
    )
    rows = able_to_work(everybody, today).prefetch_related("credentials").order_by("pk")
    by_id: dict[int, Professional] = {}
    by_employer: dict[int, list[Professional]] = {}
    for one in rows:
        by_id[one.pk] = one
        by_employer.setdefault(one.organization_id, []).append(one)
    return {
        offer.pk: ([by_id[offer.professional_id]] if offer.professional_id in by_id else [])
        if offer.professional_id
        else [
            one
            for one in by_employer.get(offer.organization_id, [])
            if one.role == role and one.level in LEVELS_FROM[offer.level]
        ]
        for offer in offers
    }


def _capacity(
    offer: Offer,
    people: Iterable[Professional],
    free: dict[int, dict[dt.date, int]],
    weeks: Sequence[dt.date],
    calendar: WorkCalendar,
) -> list[int]:
    """Return the hours an offer can still give in each week, as if every week were a full one."""
    left = {row.week_on: row.offered_minutes - row.taken_minutes for row in offer.weeks.all()}
    behind = list(people)
    hours = []
    for week_on in weeks:
        if week_on not in left:
            hours.append(0)
            continue
        worked = min(WORKING_WEEK, calendar.worked_in(week_on, offer.start_on, offer.end_on))
        if not worked:
            hours.append(NO_WORK)
            continue
        there = sum(free.get(one.pk, {}).get(week_on, 0) for one in behind)
        hours.append(min(left[week_on] * WORKING_WEEK // worked // 60, there))
    return hours


def _span(need: Need, first: dt.date) -> tuple[int, int]:
    start = (monday_of(need.start_on) - first).days // 7
    return start, (monday_of(need.end_on) - first).days // 7 + 1


def _km(one: Professional, need: Need) -> float:
    if None in (one.latitude, one.longitude, need.latitude, need.longitude):
        return 0.0
    return distance_km(one.latitude, one.longitude, need.latitude, need.longitude)  # type: ignore[arg-type]
