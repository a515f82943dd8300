"""The best named team for a request: people for every line, chosen together by the clearing engine."""

import datetime as dt
import math
import time
from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np

from triallink.domains.marketplace.directory.talent import talent_code
from triallink.domains.marketplace.models import Request, RequestLine
from triallink.domains.marketplace.selectors.asks import Ask, line_asks
from triallink.domains.quality.models import Credential, Professional
from triallink.engines.matching import Fit, Need, Supply, SupplyTable, rank
from triallink.kernel.money import Money

PER_LINE = 15  # people compared for a line, those who fit it best
WEEKLY = 40  # hours; work of more is shared by several people
# A line that states no hours is taken as a day a week.
UNSTATED_HOURS = 8
MOST_WEEKS = 156
SECONDS = 10.0
# Leaving work undone costs more than the dearest hour anybody asks for.
UNDONE = 10.0


def build(request: Request, lines: list[RequestLine]) -> dict[str, Any]:
    """Return the cheapest team for its fit, as plain values.

    seats   per line and person: hours a week, weeks, amount, the fit with its sentences.
    undone  lines nobody free could do;  gap  how far from the optimum at most.
    """
    # Here, not above: it brings a compiler with it, which pages that only hand the job over do not need.
    from triallink.engines.matching import Market, Watch, clear

    asks = line_asks(request, lines)
    people = _people(request, lines)
    table = SupplyTable([_supply(one, held) for one, held in people])
    by_id = {str(one.pk): one for one, _held in people}
    needs = {line.pk: _need(line, asks[line.pk]) for line in lines}
    ranked = {line.pk: rank(needs[line.pk][0], table, PER_LINE) for line in lines}
    workers = sorted({int(one.supply_id) for fits in ranked.values() for one in fits})
    if not workers:
        return {"seats": [], "undone": [line.pk for line in lines], "gap": 0.0, "amount_minor": 0}
    first, spans = _spans(asks, lines)
    fits: dict[tuple[int, int], Fit] = {}
    edges: list[tuple[int, int, float, int]] = []
    dearest = max(by_id[str(pk)].hourly_price_minor or 1 for pk in workers)
    for n, line in enumerate(lines):
        hours = math.ceil(needs[line.pk][0].hours_per_week)
        for one in ranked[line.pk]:
            pk = int(one.supply_id)
            fits[line.pk, pk] = one
            price = by_id[one.supply_id].hourly_price_minor or dearest
            length = spans[n][1] - spans[n][0]
            edges.append((n, workers.index(pk), price * hours * length * (2 - one.score / 100), hours))
    horizon = max(end for _start, end in spans)
    market = Market.of(
        capacity=np.array([[by_id[str(pk)].free_hours_per_week] * horizon for pk in workers], np.int32),
        start=[start for start, _end in spans],
        end=[end for _start, end in spans],
        units=[needs[line.pk][1] for line in lines],
        unfilled_cost=[
            UNDONE * dearest * math.ceil(needs[line.pk][0].hours_per_week) * (end - start)
            for line, (start, end) in zip(lines, spans, strict=True)
        ],
        edge_package=[edge[0] for edge in edges],
        edge_worker=[edge[1] for edge in edges],
        edge_cost=[edge[2] for edge in edges],
        edge_hours=[edge[3] for edge in edges],
        package_id=[line.pk for line in lines],
        worker_id=workers,
    )
    began = time.monotonic()
    found = clear(market, seed=1, watch=Watch(lambda: time.monotonic() - began, SECONDS), threads=1)
    seats = [
        _seat(
            int(market.package_id[market.edge_package[k]]),
            by_id[str(int(market.worker_id[market.edge_worker[k]]))],
            int(market.edge_hours[k]) * int(found.edge_units[k]),
            int(market.end[market.edge_package[k]] - market.start[market.edge_package[k]]),
            fits,
        )
        for k in np.flatnonzero(found.edge_units)
    ]
    unfilled = found.unfilled_units
    return {
        "seats": sorted(seats, key=lambda seat: (seat["line"], seat["professional"])),
        "undone": [int(market.package_id[n]) for n in np.flatnonzero(unfilled)],
        "gap": found.gap,
        "amount_minor": sum(seat["amount_minor"] for seat in seats),
        "first_on": first.isoformat(),
    }


def _seat(
    line_id: int, one: Professional, hours: int, weeks: int, fits: dict[tuple[int, int], Fit]
) -> dict[str, Any]:
    fit = fits[line_id, one.pk]
    best = sorted(fit.contributions, key=lambda part: -part.points)[:3]
    return {
        "line": line_id,
        "professional": one.pk,
        "code": talent_code(one.pk, one.role),
        "hours_per_week": hours,
        "weeks": weeks,
        "amount_minor": (one.hourly_price_minor or 0) * hours * weeks,
        "score": fit.score,
        "reasons": [
            [part.template, {key: _plain(value) for key, value in part.params.items()}] for part in best
        ],
    }


def _plain(value: Any) -> Any:
    """Return a parameter of a sentence as JSON keeps it; an amount as its currency and minor units."""
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple | list | frozenset):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _need(line: RequestLine, ask: Ask) -> tuple[Need, int]:
    """Return what one person of a line is asked for, and how many people share it."""
    hours = ask.need.hours_per_week or UNSTATED_HOURS
    count = max(1, math.ceil(hours / WEEKLY))
    # The ceiling of a line is a price per visit or site, not per hour.
    return (
        replace(
            ask.need,
            service="",
            roles=tuple(line.service.roles),
            hours_per_week=hours / count,
            price_limit_minor=None,
        ),
        count,
    )


def _spans(asks: dict[int, Ask], lines: list[RequestLine]) -> tuple[dt.date, list[tuple[int, int]]]:
    """Return the first day of all and, per line, its weeks from there; half a year where no dates are named."""
    starts = [need.start_on for need in (asks[line.pk].need for line in lines) if need.start_on]
    first = min(starts, default=dt.date(2000, 1, 3))
    spans = []
    for line in lines:
        need = asks[line.pk].need
        start = min(((need.start_on or first) - first).days // 7, MOST_WEEKS - 1)
        last = need.end_on or (need.start_on or first) + dt.timedelta(weeks=26, days=-1)
        spans.append((start, min(MOST_WEEKS, max(start + 1, (last - first).days // 7 + 1))))
    return first, spans


def _people(
    request: Request, lines: list[RequestLine]
) -> list[tuple[Professional, dict[str, dt.date | None]]]:
    """Return listed professionals of the roles asked for, with a price and hours, and what credentials they hold."""
    roles = {role for line in lines for role in line.service.roles}
    rows = Professional.objects.filter(
        is_active=True,
        is_listed=True,
        role__in=roles,
        free_hours_per_week__gt=0,
        hourly_price_minor__isnull=False,
        currency=request.currency,
    ).exclude(organization_id=request.buyer_id)
    provinces = {line.province for line in lines}
    if provinces and "" not in provinces:
        rows = rows.filter(province__in=provinces)
    found = list(rows.select_related("organization").order_by("pk"))
    held: dict[int, dict[str, dt.date | None]] = defaultdict(dict)
    for row in Credential.objects.filter(professional__in=rows):
        known = held[row.professional_id].get(row.kind, dt.date.min)
        ends = row.expires_on
        held[row.professional_id][row.kind] = None if ends is None or known is None else max(known, ends)
    return [(one, held.get(one.pk, {})) for one in found]


def _supply(one: Professional, credentials: dict[str, dt.date | None]) -> Supply:
    return Supply(
        id=str(one.pk),
        kind=one.organization.kind,
        roles=frozenset([one.role]),
        therapeutic_areas=dict.fromkeys(one.therapeutic_areas, max(1, one.studies_completed)),
        phases=frozenset(one.phases),
        city=one.city,
        latitude=one.latitude,
        longitude=one.longitude,
        travel_km=float(one.travel_km),
        languages=frozenset(one.languages),
        credentials=credentials,
        free_hours_per_week=float(one.free_hours_per_week),
        available_on=one.available_from_on,
        price_minor=one.hourly_price_minor,
        currency=one.currency,
        rating_mean=one.rating_sum / one.rating_count if one.rating_count else 0.0,
        rating_count=one.rating_count,
        completed_contracts=one.studies_completed,
    )
