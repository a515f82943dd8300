"""Where the stories are told: a clock that moves, the cast, and the usual steps of a request."""

import datetime as dt
import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from triallink.demo.cast import PASSWORD, Company
from triallink.demo.supply import unit_price
from triallink.domains.marketplace.models import Bid, Request, RequestLine, ServiceType
from triallink.domains.marketplace.services.bid_content import (
    BidContent,
    BundleOffer,
    LineOffer,
    ShareOffer,
    StaffOffer,
)
from triallink.domains.marketplace.services.bids import save_bid, submit_bid
from triallink.domains.marketplace.services.closing import close_request
from triallink.domains.marketplace.services.coalitions import confirm_coalition
from triallink.domains.marketplace.services.requests import create_request, publish_request
from triallink.domains.marketplace.services.terms import LineTerms, RequestTerms
from triallink.domains.quality.models import Professional
from triallink.domains.quality.selectors import blocked_by
from triallink.foundation.models import Notice
from triallink.foundation.outbox import dispatch_waiting
from triallink.kernel.actor import Actor
from triallink.kernel.clock import FixedClock

# A story yields the instants it waits for; between them it acts.
Tale = Callable[["Stage"], Iterator[dt.datetime]]
NEWS_AT_ONCE = 500
WORKING_HOURS = 9  # most of what people do, they do in the day


@dataclass(frozen=True)
class Work:
    """One line to ask for: a service, how much of it, and where."""

    service: str
    quantity: int
    place: tuple[str, str, str] = ("", "", "")  # province, city, 城市
    about: str = ""
    site_id: int | None = None


class Stage:
    """Tells stories in the order of their instants, so that every audit trail reads forward."""

    def __init__(self, company: Company, now: dt.datetime, seed: int) -> None:
        self.company = company
        self.now = now
        self.clock = FixedClock(now)
        self.seed = seed
        self.services = {service.code: service for service in ServiceType.objects.filter(is_active=True)}
        self.study_of: dict[str, int] = {}

    def tell(self, tales: Sequence[Tale]) -> None:
        """Tell all stories, each continuing at the instant it asked for, and deliver the news of every step."""
        waiting: list[tuple[dt.datetime, int, Iterator[dt.datetime]]] = []
        for number, tale in enumerate(tales):
            self._wait_for_next(waiting, number, tale(self))
        while waiting:
            at, number, told = heapq.heappop(waiting)
            self.clock.at = at
            self._wait_for_next(waiting, number, told)
            self._deliver_news()

    def _wait_for_next(
        self,
        waiting: list[tuple[dt.datetime, int, Iterator[dt.datetime]]],
        number: int,
        told: Iterator[dt.datetime],
    ) -> None:
        at = next(told, None)
        if at is not None:
            assert at <= self.now, f"a story acts in the future: {at}"
            heapq.heappush(waiting, (at, number, told))

    def _deliver_news(self) -> None:
        at = self.clock.now()
        # It stops when nothing waits any more, also nothing that handlers have said meanwhile.
        while dispatch_waiting(NEWS_AT_ONCE, clock=self.clock) == NEWS_AT_ONCE:
            pass
        # Handlers date a notice by the real clock; in the story it came with its event.
        Notice.objects.filter(at__gt=at).update(at=at)

    def ago(self, days: float, hour: float = 0) -> dt.datetime:
        """Return an instant some days ago, some hours later."""
        return self.now - dt.timedelta(days=days) + dt.timedelta(hours=hour)

    def ahead(self, days: float) -> dt.datetime:
        """Return an instant some days ahead."""
        return self.now + dt.timedelta(days=days)

    def who(self, key: str) -> Actor:
        """Return one of the cast, or the business desk of an organization written as "smo:5"."""
        if ":" in key:
            kind, _, position = key.partition(":")
            return self.company.stranger(kind, int(position))
        return self.company.actors[key]

    def luck(self, *about: object) -> Random:
        """Return a generator of its own for something, so that one story does not change another's numbers."""
        return Random(f"triallink-story-{self.seed}-{'-'.join(map(str, about))}")

    def lines(self, *works: Work) -> list[LineTerms]:
        """Return the lines of a request."""
        start = self.clock.now().date() + dt.timedelta(days=45)
        return [
            LineTerms(
                service_id=self.services[work.service].pk,
                quantity=Decimal(work.quantity),
                description=work.about,
                province=work.place[0],
                city=work.place[1],
                city_zh=work.place[2],
                site_id=work.site_id,
                start_on=start,
                end_on=start + dt.timedelta(days=365),
            )
            for work in works
        ]

    def draft(
        self, buyer: str, terms: RequestTerms, works: Sequence[Work], study: str | None = None
    ) -> Request:
        """Draft a request."""
        return create_request(
            terms=terms,
            lines=self.lines(*works),
            study_id=self.study_of[study] if study else None,
            is_demo=True,
            by=self.who(buyer),
            clock=self.clock,
        )

    def publish(self, request: Request, buyer: str) -> Request:
        """Publish a request."""
        return publish_request(request_id=request.pk, by=self.who(buyer), clock=self.clock)

    def content(
        self,
        request: Request,
        bidder: Actor,
        factor: float,
        *,
        bundle: bool = False,
        staff: bool = False,
        partners: Sequence[str] = (),
        message: str = "",
    ) -> BidContent:
        """Return an offer at usual prices times a factor."""
        luck = self.luck(request.reference, bidder.label)
        lines = list(request.lines.select_related("service"))
        prices = {line.pk: self._price(line, factor * luck.uniform(0.96, 1.05)) for line in lines}
        return BidContent(
            lines=tuple(LineOffer(line.pk, prices[line.pk]) for line in lines),
            bundles=_bundles(lines, prices) if bundle else (),
            staffing=self._staffing(lines, bidder) if staff else (),
            shares=self._shares(lines, bidder, partners),
            lead_time_days=luck.choice((7, 14, 14, 21, 30)),
            valid_until_on=self.now.date() + dt.timedelta(days=90),
            message=message,
        )

    def _price(self, line: RequestLine, factor: float) -> int:
        return max(1, round(unit_price(line.service) * factor)) * 100

    def _staffing(self, lines: Sequence[RequestLine], bidder: Actor) -> tuple[StaffOffer, ...]:
        offers: list[StaffOffer] = []
        taken: set[int] = set()
        for line in lines:
            people = list(
                Professional.objects.filter(
                    organization_id=bidder.own_organization_id, role__in=line.service.roles, is_active=True
                )
                .exclude(pk__in=taken)
                .order_by("-years_experience", "id")
            )
            blocked = blocked_by({one.pk for one in people}, self.clock.now().date())
            person = next((one for one in people if one.pk not in blocked), None)
            if person is not None:
                taken.add(person.pk)
                offers.append(StaffOffer(line.pk, person.pk, Decimal(40 + 8 * len(taken))))
        return tuple(offers)

    def _shares(
        self, lines: Sequence[RequestLine], bidder: Actor, partners: Sequence[str]
    ) -> tuple[ShareOffer, ...]:
        if not partners:
            return ()
        part = 60 // (len(partners) + 1)
        lead = 100 - part * len(partners)
        members = [(bidder.own_organization_id, lead)]
        members += [(self.who(partner).own_organization_id, part) for partner in partners]
        return tuple(ShareOffer(line.pk, member, percent) for line in lines for member, percent in members)

    def save(self, request: Request, bidder: str, factor: float, **more: object) -> Bid:
        """Save a bidder's draft."""
        by = self.who(bidder)
        content = self.content(request, by, factor, **more)  # type: ignore[arg-type]
        return save_bid(request_id=request.pk, content=content, by=by, clock=self.clock)

    def bid(self, request: Request, bidder: str, factor: float, **more: object) -> Bid:
        """Save and submit a bid; coalition partners confirm at once."""
        draft = self.save(request, bidder, factor, **more)
        for partner in more.get("partners", ()):  # type: ignore[attr-defined]
            confirm_coalition(bid_id=draft.pk, by=self.who(partner), clock=self.clock)
        return submit_bid(bid_id=draft.pk, by=self.who(bidder), clock=self.clock)

    def close(self, request: Request) -> Request:
        """Close a request whose deadline has come."""
        assert close_request(request_id=request.pk, clock=self.clock), f"{request} did not close"
        request.refresh_from_db()
        return request

    @property
    def password(self) -> str:
        """Return what the cast signs with."""
        return PASSWORD


def _bundles(lines: Sequence[RequestLine], prices: dict[int, int]) -> tuple[BundleOffer, ...]:
    """Return two bundles of which one may be taken: the first two lines 8 % off, all lines 11 % off."""

    def at(chosen: Sequence[RequestLine], share: float, name: str) -> BundleOffer:
        whole = sum(prices[line.pk] * line.quantity for line in chosen)
        return BundleOffer(
            name, round(float(whole) * share / 100) * 100, tuple(line.pk for line in chosen), "A"
        )

    found = [at(lines[:2], 0.92, "Start together 启动组合")]
    if len(lines) > 2:
        found.append(at(lines, 0.89, "Everything 整体打包"))
    return tuple(found)
