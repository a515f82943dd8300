"""What a bidder should know of each line before it spends time: can it do it, with whose hours, at which price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triallink.domains.marketplace.access.requests import may_bid, may_read_details, request_for
from triallink.domains.marketplace.errors.bids import NotABidder
from triallink.domains.marketplace.errors.requests import NdaMissing
from triallink.domains.marketplace.models import Request, RequestLine
from triallink.domains.marketplace.selectors.asks import Ask, line_asks
from triallink.domains.marketplace.selectors.index_prices import kept_index_prices
from triallink.domains.marketplace.selectors.supplies import Offer, offers_of
from triallink.engines.matching import Exclusion, fit
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import N_


@dataclass(frozen=True)
class LineFit:
    """One line against one supplier.

    exclusions     why it cannot be done; empty if it can.
    score          0 to 100.
    price_minor    the supplier's list price per unit; None if the service is not listed in the request's currency.
    index_minor    the price index for the line; None where too few suppliers stand behind it.
    asked_hours    hours a week the line asks for; free_hours what the supplier's people have.
    """

    line: RequestLine
    exclusions: tuple[Exclusion, ...]
    score: float
    price_minor: int | None
    index_minor: int | None
    asked_hours: float
    free_hours: float | None

    @property
    def can_serve(self) -> bool:
        """Return whether nothing speaks against it."""
        return not self.exclusions

    @property
    def missing_credentials(self) -> list[str]:
        """Return the credentials nobody active of the supplier holds to the last day."""
        return [str(one.params["credential"]) for one in self.exclusions if "credential" in one.params]

    @property
    def against_index(self) -> float | None:
        """Return how far the list price lies above the index, as a share; None if either is unknown."""
        if self.price_minor is None or not self.index_minor:
            return None
        return self.price_minor / self.index_minor - 1


@dataclass(frozen=True)
class FitCheck:
    """All lines of a request against one supplier."""

    request: Request
    lines: list[LineFit]
    asked_hours: float
    free_hours: float | None

    @property
    def served(self) -> int:
        """Return how many lines the supplier can serve."""
        return sum(one.can_serve for one in self.lines)

    @property
    def lacks_hours(self) -> bool:
        """Return whether all servable lines together ask for more hours a week than are free."""
        return self.free_hours is not None and self.asked_hours > self.free_hours


def fit_check(request_id: int, *, to: Actor, clock: Clock = system_clock) -> FitCheck:
    """Return how the viewer's own organization fits a request, line by line.

    Refuses: NotFound, NotABidder, NdaMissing.
    """
    request = request_for(to, request_id, clock=clock)
    if not may_bid(to, request):
        raise NotABidder
    if not may_read_details(to, request):
        raise NdaMissing
    lines = list(request.lines.select_related("service", "site"))
    offers = offers_of(supplier=to.own_organization_id).get(to.own_organization_id, [])
    index = kept_index_prices(lines, request.currency)
    found = line_fits(lines, line_asks(request, lines), offers, request.currency, index)
    free = offers[0].supply.free_hours_per_week if offers else None
    return FitCheck(request, found, sum(one.asked_hours for one in found if one.can_serve), free)


def line_fits(
    lines: Sequence[RequestLine],
    asks: Mapping[int, Ask],
    offers: Sequence[Offer],
    currency: str,
    index: Mapping[int, int],
) -> list[LineFit]:
    """Return every line against one supplier's offers, in the order of the lines."""
    by_service = {offer.service: offer for offer in offers}
    found = []
    for line in lines:
        ask, offer = asks[line.pk], by_service.get(line.service.code)
        score = 0.0
        price = free = None
        if offer is None:
            exclusions: tuple[Exclusion, ...] = (
                Exclusion("service", N_("You list no such service in the market."), {}),
            )
        else:
            free = offer.supply.free_hours_per_week
            price = offer.supply.price_minor if offer.supply.currency == currency else None
            result = fit(ask.need, offer.supply)
            score, exclusions = result.score, result.exclusions
            if not offer.is_made_in(ask.province):
                template = N_("Your listing does not name %(province)s.")
                exclusions = (*exclusions, Exclusion("province", template, {"province": ask.province}))
        hours = ask.need.hours_per_week
        found.append(LineFit(line, exclusions, score, price, index.get(line.pk), hours, free))
    return found
