"""A small market: Ada asks for two lines of work; Ben, Fei and Gao sell. Stories run on a clock in the past."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from triallink.domains.marketplace.models import Bid, Request, RequestLine, ServiceType
from triallink.domains.marketplace.services.bid_content import BidContent, BundleOffer, LineOffer, ShareOffer
from triallink.domains.marketplace.services.bids import save_bid, submit_bid
from triallink.domains.marketplace.services.closing import close_request
from triallink.domains.marketplace.services.coalitions import confirm_coalition
from triallink.domains.marketplace.services.invitations import invite_suppliers
from triallink.domains.marketplace.services.requests import create_request, publish_request
from triallink.domains.marketplace.services.terms import LineTerms, RequestTerms
from triallink.kernel.clock import FixedClock

BEGIN = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@dataclass
class Market:
    """The people, the clock, and the steps of a story."""

    ada: object
    ben: object
    fei: object
    gao: object
    clock: FixedClock = field(default_factory=lambda: FixedClock(BEGIN))
    study_id: int | None = None

    def service(self, code: str = "monitoring_visit") -> ServiceType:
        """Return a service with the given code."""
        made, _ = ServiceType.objects.get_or_create(
            code=code,
            defaults={
                "name": {"en": code, "zh": code},
                "description": {"en": "", "zh": ""},
                "category": "monitoring",
                "unit": "visit",
            },
        )
        return made

    def terms(self, **more: object) -> RequestTerms:
        """Return ordinary terms, with bids due in ten days."""
        values = {
            "title": {"en": "Monitoring of 12 sites", "zh": "12家中心监查"},
            "bids_due_at": self.clock.now() + 10 * DAY,
            **more,
        }
        return RequestTerms(**values)

    def lines(self, count: int = 2) -> list[LineTerms]:
        """Return lines of ten visits each."""
        service = self.service()
        return [
            LineTerms(service_id=service.pk, quantity=Decimal(10), province="Shanghai", city="Shanghai")
            for _ in range(count)
        ]

    def draft(self, *, lines: int = 2, is_demo: bool = True, **terms: object) -> Request:
        """Return a draft of Ada's."""
        return create_request(
            terms=self.terms(**terms),
            lines=self.lines(lines),
            study_id=self.study_id,
            is_demo=is_demo,
            by=self.ada.actor,
            clock=self.clock,
        )

    def published(self, *, invite: tuple = (), **terms: object) -> Request:
        """Return a published request of Ada's."""
        request = self.draft(**terms)
        if invite:
            invite_suppliers(
                request_id=request.pk,
                organization_ids=[member.organization.pk for member in invite],
                by=self.ada.actor,
                clock=self.clock,
            )
        return publish_request(request_id=request.pk, by=self.ada.actor, clock=self.clock)

    def content(self, request: Request, price_minor: int, **more: object) -> BidContent:
        """Return an offer of every line at one unit price."""
        lines = tuple(LineOffer(line.pk, price_minor) for line in self.lines_of(request))
        return BidContent(lines=lines, **more)

    def lines_of(self, request: Request) -> list[RequestLine]:
        """Return a request's lines in order."""
        return list(request.lines.all())

    def drafted(self, request: Request, who, price_minor: int, **more: object) -> Bid:
        """Return a draft bid."""
        content = self.content(request, price_minor, **more)
        return save_bid(request_id=request.pk, content=content, by=who.actor, clock=self.clock)

    def bid(self, request: Request, who, price_minor: int, **more: object) -> Bid:
        """Return a submitted bid."""
        draft = self.drafted(request, who, price_minor, **more)
        return submit_bid(bid_id=draft.pk, by=who.actor, clock=self.clock)

    def coalition(self, request: Request, lead, partner, price_minor: int) -> Bid:
        """Return a submitted bid of two organizations, half and half, with a bundle."""
        lines = self.lines_of(request)
        shares = tuple(
            ShareOffer(line.pk, member.organization.pk, 50) for line in lines for member in (lead, partner)
        )
        bundle = BundleOffer("Both", price_minor * 18, tuple(line.pk for line in lines))
        draft = self.drafted(request, lead, price_minor, shares=shares, bundles=(bundle,))
        confirm_coalition(bid_id=draft.pk, by=partner.actor, clock=self.clock)
        return submit_bid(bid_id=draft.pk, by=lead.actor, clock=self.clock)

    def close(self, request: Request) -> Request:
        """Let the deadline come."""
        request.refresh_from_db()
        self.clock.at = request.closes_at + dt.timedelta(seconds=1)
        close_request(request_id=request.pk, clock=self.clock)
        request.refresh_from_db()
        return request
