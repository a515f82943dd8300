"""The best coalitions for a request: small suppliers that together do every line, by the engine's exact choice."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.access.requests import own_request_for
from triallink.domains.marketplace.models import Request, RequestLine, SuggestedCoalition
from triallink.domains.marketplace.selectors.asks import line_asks
from triallink.domains.marketplace.selectors.line_fits import line_fits
from triallink.domains.marketplace.selectors.supplies import offers_of
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

COUNT = 3
MOST_MEMBERS = 5
# Per line the best value for money: more choices cost the solver time and change next to nothing.
MOST_PER_LINE = 12
SECONDS = 20.0
SMALL_KINDS = ("smo", "cro")


@dataclass(frozen=True)
class Candidate:
    """A supplier that could do some lines: at which list price the whole line, with which score."""

    organization_id: int
    cost_minor: dict[int, int]
    scores: dict[int, float]
    free_hours: int | None
    rating: float
    completed: int


def candidates_for(request: Request, lines: list[RequestLine]) -> list[Candidate]:
    """Return the suppliers that list the services at a price in the request's currency and could do the lines."""
    asks = line_asks(request, lines)
    weeks = {line.pk: _weeks(asks[line.pk].need.start_on, asks[line.pk].need.end_on) for line in lines}
    services = sorted({line.service.code for line in lines})
    found = []
    for organization_id, offers in offers_of(services=services, without=request.buyer_id).items():
        if offers[0].supply.kind not in SMALL_KINDS:
            continue
        fits = line_fits(lines, asks, offers, request.currency, {})
        able = [one for one in fits if one.can_serve and one.price_minor is not None]
        if not able:
            continue
        supply = offers[0].supply
        longest = max(weeks[one.line.pk] for one in able)
        free = supply.free_hours_per_week
        found.append(
            Candidate(
                organization_id,
                {one.line.pk: round((one.price_minor or 0) * one.line.quantity) for one in able},
                {one.line.pk: one.score for one in able},
                None if free is None else int(free * longest),
                supply.rating_mean if supply.rating_count else 3.0,
                supply.completed_contracts,
            )
        )
    return _narrowed(found, lines)


def build(request: Request, lines: list[RequestLine]) -> list[dict[str, Any]]:
    """Return the cheapest coalitions of at least two members as plain values, best first.

    Each: members, lead, cost_minor, coverage (line -> organization), single_points (organization -> lines),
    and by member its cost, score and share of hours.
    """
    from triallink.engines.matching import Member, build_coalitions  # a solver: for the job alone

    candidates = {one.organization_id: one for one in candidates_for(request, lines)}
    hours = {line.pk: int(line.hours or 0) for line in lines}
    members = [
        Member(
            id=f"{one.organization_id:012}",
            site_cost_minor={str(pk): cost for pk, cost in one.cost_minor.items()},
            site_hours={str(pk): hours[pk] for pk in one.cost_minor},
            free_hours=one.free_hours,
            rating=one.rating,
            led_contracts=one.completed,
        )
        for one in candidates.values()
    ]
    sites = [str(line.pk) for line in lines]
    # One that does everything alone is no coalition: it may come first and is left out.
    proposals = build_coalitions(
        sites, members, count=COUNT + 2, max_members=MOST_MEMBERS, member_cost_minor=1, seconds=SECONDS
    )
    found = []
    for one in [proposal for proposal in proposals if len(proposal.members) > 1][:COUNT]:
        coverage = {int(line): int(member) for line, member in one.coverage.items()}
        own: dict[int, list[int]] = defaultdict(list)
        for line_id, organization_id in coverage.items():
            own[organization_id].append(line_id)
        found.append(
            {
                "members": [int(member) for member in one.members],
                "lead": int(one.lead),
                "cost_minor": one.cost_minor,
                "coverage": [[line, member] for line, member in coverage.items()],
                "single_points": [
                    [int(member), [int(line) for line in alone]]
                    for member, alone in one.single_points.items()
                ],
                "parts": [
                    {
                        "organization": pk,
                        "lines": len(lines_of),
                        "cost_minor": sum(candidates[pk].cost_minor[line] for line in lines_of),
                        "score": sum(candidates[pk].scores[line] for line in lines_of) / len(lines_of),
                        "hours": sum(hours[line] for line in lines_of),
                    }
                    for pk, lines_of in sorted(own.items())
                ],
            }
        )
    return found


def uncovered_lines(lines: list[RequestLine], candidates: list[Candidate]) -> list[int]:
    """Return the lines nobody could do."""
    served = {pk for one in candidates for pk in one.cost_minor}
    return [line.pk for line in lines if line.pk not in served]


def suggestions_of(request: Request, *, to: Actor) -> list[SuggestedCoalition]:
    """Return the coalitions the buyer suggested: all for the buyer, for a supplier those it is a member of.

    Refuses: NotAllowed (nobody is signed in).
    """
    rows = SuggestedCoalition.objects.filter(request=request).select_related("lead").order_by("-id")
    if request.buyer_id != to.own_organization_id:
        rows = rows.filter(member_ids__contains=[to.own_organization_id])
    return list(rows)


def suggestion_for(suggestion_id: int, request: Request, *, to: Actor) -> SuggestedCoalition | None:
    """Return a suggestion the viewer's organization is to lead, or None.

    Refuses: NotAllowed (nobody is signed in).
    """
    return SuggestedCoalition.objects.filter(
        pk=suggestion_id, request=request, lead_id=to.own_organization_id
    ).first()


def own_lines(
    request_id: int, *, to: Actor, clock: Clock = system_clock
) -> tuple[Request, list[RequestLine]]:
    """Return a request of the viewer's own organization with its lines.

    Refuses: NotFound.
    """
    request = own_request_for(to, request_id, clock=clock)
    return request, list(request.lines.select_related("service", "site"))


def members_by_id(ids: set[int]) -> dict[int, Organization]:
    """Return organizations by id."""
    return Organization.objects.in_bulk(ids)


def _narrowed(found: list[Candidate], lines: list[RequestLine]) -> list[Candidate]:
    """Keep, per line, the best value for money; whoever is kept keeps all its lines."""
    kept: set[int] = set()
    for line in lines:
        able = [one for one in found if line.pk in one.cost_minor]
        able.sort(
            key=lambda one: (one.cost_minor[line.pk] * (2 - one.scores[line.pk] / 100), one.organization_id)
        )
        kept |= {one.organization_id for one in able[:MOST_PER_LINE]}
    return [one for one in found if one.organization_id in kept]


def _weeks(start: Any, end: Any) -> float:
    return max(1.0, ((end - start).days + 1) / 7) if start and end else 26.0
