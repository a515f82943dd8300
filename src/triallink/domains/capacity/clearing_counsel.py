"""Why a clearing left an order open, and what would have matched it; in memory, for every order of a market.

Sealed limits stay sealed: a price is named only with MIN_PARTIES organizations behind it, and only in steps.
"""

from collections.abc import Sequence

from triallink.domains.capacity.clearing_market import OpenMarket
from triallink.domains.capacity.models import Need, Offer
from triallink.domains.capacity.selectors.counsel import MIN_PARTIES, PRICE_STEP, Line, price_text
from triallink.domains.capacity.services.orders import LEVELS_FROM
from triallink.engines.hours import week_number
from triallink.kernel.refusals import N_


class Explainer:
    """Explains the open orders of one market."""

    def __init__(self, market: OpenMarket, floors: dict[int, int], ceilings: dict[int, int]) -> None:
        self.market, self.floors, self.ceilings = market, floors, ceilings
        self.paired_needs: dict[int, int] = {}
        self.paired_offers: dict[int, int] = {}
        for pair in market.pairs:
            self.paired_needs[pair.need.pk] = self.paired_needs.get(pair.need.pk, 0) + 1
            self.paired_offers[pair.offer.pk] = self.paired_offers.get(pair.offer.pk, 0) + 1
        self.offers_in: dict[str, list[Offer]] = {}
        for offer in market.offers:
            for city in offer.cities:
                self.offers_in.setdefault(city, []).append(offer)
        self.needs_in: dict[str, list[Need]] = {}
        for need in market.needs:
            self.needs_in.setdefault(need.city, []).append(need)

    def of_need(self, need: Need) -> list[Line]:
        """Return why a need was left open."""
        if count := self.paired_needs.get(need.pk):
            return [
                [
                    N_("%(count)s offers could serve it, but other needs made better use of their hours."),
                    {"count": count},
                ]
            ]
        near = [
            one for one in self.offers_in.get(need.city, ()) if one.organization_id != need.organization_id
        ]
        if not near:
            return [[N_("Nobody offers this role in this city."), {}]]
        ceiling = self.ceilings.get(need.pk, 0)
        block = need.block_hours or need.hours_per_week
        able = [one for one in near if need.level in LEVELS_FROM and one.level in LEVELS_FROM[need.level]]
        in_time = [one for one in able if one.start_on <= need.start_on and need.end_on <= one.end_on]
        paid = [one for one in able if self.floors.get(one.pk, 10**12) <= ceiling]
        lines: list[Line] = []
        dear = [one for one in in_time if one not in paid and one.hours_per_week >= block]
        if dear:
            lines.append(self._price_up(dear))
        later = [one for one in paid if one not in in_time and one.start_on > need.start_on]
        if later:
            first = min(one.start_on for one in later)
            lines.append(
                [
                    N_("From week %(week)s (%(day)s) it would match %(count)s offers."),
                    {"week": week_number(first), "day": first.isoformat(), "count": len(later)},
                ]
            )
        small = [one for one in paid if one in in_time and one.hours_per_week < block]
        if small:
            hours = max(one.hours_per_week for one in small)
            lines.append(
                [
                    N_("With %(hours)s hours a week it would match %(count)s offers in this window."),
                    {"hours": hours, "count": len(small)},
                ]
            )
        return lines or [
            [
                N_(
                    "%(count)s offers are in this city, but nobody qualified has enough hours free in every week."
                ),
                {"count": len(near)},
            ]
        ]

    def of_offer(self, offer: Offer) -> list[Line]:
        """Return why an offer was left open."""
        if count := self.paired_offers.get(offer.pk):
            return [[N_("%(count)s needs fit, but others serve them at less total cost."), {"count": count}]]
        near = [need for city in offer.cities for need in self.needs_in.get(city, ())]
        near = [need for need in near if need.organization_id != offer.organization_id]
        if not near:
            return [[N_("Nobody needs this role in these cities."), {}]]
        floor = self.floors.get(offer.pk, 0)
        in_time = [one for one in near if offer.start_on <= one.start_on and one.end_on <= offer.end_on]
        paid = [one for one in near if self.ceilings.get(one.pk, 0) >= floor]
        lines: list[Line] = []
        poor = [one for one in in_time if one not in paid]
        if poor:
            lines.append(self._price_down(poor))
        early = [one for one in paid if one not in in_time]
        if early:
            first = min(early, key=lambda one: one.start_on)
            lines.append(
                [
                    N_("From week %(week)s (%(first)s to %(last)s) it would match %(count)s needs."),
                    {
                        "week": week_number(first.start_on), "first": first.start_on.isoformat(),
                        "last": first.end_on.isoformat(), "count": len(early),
                    },
                ]
            )  # fmt: skip
        return lines or [
            [
                N_("%(count)s needs of this role are in other cities or ask for another level."),
                {"count": len(near)},
            ]
        ]

    def _price_up(self, offers: Sequence[Offer]) -> Line:
        if len({one.organization_id for one in offers}) < MIN_PARTIES:
            return [N_("A higher ceiling would match %(count)s offers."), {"count": len(offers)}]
        price = -(-sorted(self.floors[one.pk] for one in offers)[MIN_PARTIES - 1] // PRICE_STEP) * PRICE_STEP
        return [
            N_("At %(price)s an hour it would match at least %(count)s offers."),
            {"price": price_text(price, offers[0].currency), "count": MIN_PARTIES},
        ]

    def _price_down(self, needs: Sequence[Need]) -> Line:
        if len({one.organization_id for one in needs}) < MIN_PARTIES:
            return [N_("A lower floor would match %(count)s needs."), {"count": len(needs)}]
        price = sorted((self.ceilings[one.pk] for one in needs), reverse=True)[MIN_PARTIES - 1]
        return [
            N_("At %(price)s an hour it would match at least %(count)s needs."),
            {"price": price_text(price // PRICE_STEP * PRICE_STEP, needs[0].currency), "count": MIN_PARTIES},
        ]
