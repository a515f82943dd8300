"""Who fits a request, and which requests fit a supplier: engines/matching over the market's rows.

A request is scored service by service, each with the engine's own weights. A supplier's score is the mean over the
services asked for, and a service it does not offer counts nothing: the shares and the points stay additive, so
every bar on the page is part of the one score.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q

from triallink.domains.marketplace.access.requests import own_request_for, visible_requests
from triallink.domains.marketplace.models import NdaAcceptance, Request
from triallink.domains.marketplace.selectors.asks import Ask, asks_of
from triallink.domains.marketplace.selectors.supplies import Offer, offers_of
from triallink.domains.quality.selectors import qualified_scopes
from triallink.engines.matching import Contribution, Exclusion, Fit, fit
from triallink.engines.qualification import ScopeBlock, covers
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

COMPARED_REQUESTS = 200
SHOWN_EXCLUDED = 10


@dataclass(frozen=True)
class Share:
    """What one feature adds to a supplier's score over all services; points of weight, and what is said per service."""

    feature: str
    points: float
    weight: float
    said: dict[str, Contribution]


@dataclass(frozen=True)
class SupplierFit:
    """How well one supplier fits a request.

    score      0 to 100.
    covered    codes of the services it can do; missing: those it cannot, with the engine's reasons if it offers them.
    qualified  those of the covered that lie in the scope the platform has qualified it for.
    """

    organization_id: int
    name_en: str
    name_zh: str
    score: float
    shares: list[Share]
    covered: list[str]
    missing: dict[str, tuple[Exclusion, ...]]
    qualified: list[str]


@dataclass(frozen=True)
class FitReport:
    """The suppliers that fit a request best, and some that offer its services and still cannot do them."""

    services: list[str]
    best: list[SupplierFit]
    excluded: list[SupplierFit]
    offering: int


@dataclass(frozen=True)
class RequestFit:
    """How well one request fits a supplier."""

    request: Request
    fit: SupplierFit


def best_suppliers(request_id: int, *, to: Actor, top: int = 10, clock: Clock = system_clock) -> FitReport:
    """Return the suppliers that fit a request of the viewer's own organization best, equal scores by id.

    Refuses: NotFound.
    """
    request = own_request_for(to, request_id, clock=clock)
    asks = asks_of([request])[request.pk]
    offers = offers_of(services=list(asks), without=request.buyer_id)
    scopes = qualified_scopes(offers, clock.now().date())
    fits = [_supplier_fit(asks, own, scopes.get(supplier, [])) for supplier, own in offers.items()]
    able = sorted((one for one in fits if one.covered), key=lambda one: (-one.score, one.organization_id))
    unable = sorted((one for one in fits if not one.covered), key=lambda one: one.organization_id)
    return FitReport(list(asks), able[:top], unable[:SHOWN_EXCLUDED], len(fits))


def fitting_requests(*, to: Actor, top: int = 5, clock: Clock = system_clock) -> list[RequestFit]:
    """Return the open requests that fit the viewer's own organization best.

    A request behind confidentiality terms the organization has not accepted is left out: its lines are not open yet.

    Refuses: NotAllowed (nobody is signed in).
    """
    own = offers_of(supplier=to.own_organization_id).get(to.own_organization_id, [])
    if not own:
        return []
    accepted = NdaAcceptance.objects.filter(organization_id=to.own_organization_id).values("request_id")
    requests = list(
        visible_requests(to)
        .filter(state="published", bids_due_at__gt=clock.now())
        .exclude(buyer_id=to.own_organization_id)
        .filter(Q(nda_text="") | Q(pk__in=accepted))
        .filter(lines__service__code__in=[offer.service for offer in own])
        .select_related("buyer", "study")
        .distinct()
        .order_by("-published_at")[:COMPARED_REQUESTS]
    )
    asks = asks_of(requests)
    scope = qualified_scopes([to.own_organization_id], clock.now().date()).get(to.own_organization_id, [])
    found = [RequestFit(request, _supplier_fit(asks[request.pk], own, scope)) for request in requests]
    able = [one for one in found if one.fit.covered]
    return sorted(able, key=lambda one: (-one.fit.score, one.request.pk))[:top]


def _supplier_fit(asks: dict[str, Ask], own: list[Offer], scope: list[ScopeBlock]) -> SupplierFit:
    """Add up one supplier's fits over the services asked for."""
    offered = {offer.service: offer for offer in own}
    fits: dict[str, Fit] = {}
    missing: dict[str, tuple[Exclusion, ...]] = {}
    for service, ask in asks.items():
        offer = offered.get(service)
        if offer is None or not offer.is_made_in(ask.province):
            missing[service] = ()
            continue
        result = fit(ask.need, offer.supply)
        if result.is_eligible:
            fits[service] = result
        else:
            missing[service] = result.exclusions
    first = own[0]
    return SupplierFit(
        organization_id=int(first.supply.id),
        name_en=first.name_en,
        name_zh=first.name_zh,
        score=sum(result.score for result in fits.values()) / len(asks),
        shares=_shares(fits, len(asks)),
        covered=list(fits),
        missing=missing,
        qualified=[service for service in fits if _is_qualified(scope, offered[service], asks[service])],
    )


def _is_qualified(scope: list[ScopeBlock], offer: Offer, ask: Ask) -> bool:
    """Return whether a scope holds a service in the place, and every area, it is asked for."""
    areas = ask.need.therapeutic_areas or ("",)
    return all(covers(scope, offer.category, area, ask.province) for area in areas)


def _shares(fits: dict[str, Fit], services: int) -> list[Share]:
    """Return the points of each feature over all services; its weight is what a full fit would have given."""
    points: dict[str, float] = defaultdict(float)
    weights: dict[str, float] = defaultdict(float)
    said: dict[str, dict[str, Contribution]] = defaultdict(dict)
    for service, result in fits.items():
        for one in result.contributions:
            points[one.feature] += one.points / services
            weights[one.feature] += one.weight / services
            said[one.feature][service] = one
    return [Share(feature, points[feature], weights[feature], said[feature]) for feature in said]
