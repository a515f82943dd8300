"""A small market of hours: Fei's SMO has coordinators in Shanghai, Ada buys for a hospital there."""

import datetime as dt
from dataclasses import dataclass, field

from tests.conftest import Member

from triallink.domains.accounts.models import Organization
from triallink.domains.capacity.models import Booking, Need, Offer
from triallink.domains.capacity.services.bookings import BookingTerms, book_held, hold_hours
from triallink.domains.capacity.services.calendars import open_calendars
from triallink.domains.capacity.services.orders import NeedTerms, OfferTerms, publish_need, publish_offer
from triallink.domains.quality.models import Professional
from triallink.engines.hours import monday_of
from triallink.kernel.clock import FixedClock, system_clock

PLACES = {
    "Shanghai": ("上海", 31.23, 121.47),
    "Suzhou": ("苏州", 31.30, 120.58),
    "Beijing": ("北京", 39.90, 116.41),
}


def next_monday(weeks: int = 1) -> dt.date:
    """Return a Monday some weeks from the present one."""
    return monday_of(system_clock.now().date()) + dt.timedelta(weeks=weeks)


@dataclass
class Hours:
    """The cast with calendars, and the usual steps."""

    ada: Member
    fei: Member
    site: Organization
    clock: FixedClock = field(default_factory=lambda: FixedClock(system_clock.now()))
    people: list[Professional] = field(default_factory=list)

    def hire(
        self, *names: str, city: str = "Shanghai", role: str = "CRC", of: Member | None = None, **more
    ) -> list[Professional]:
        """Add professionals to an SMO and open their calendars."""
        employer = of or self.fei
        zh, latitude, longitude = PLACES[city]
        made = [
            Professional.objects.create(
                organization=employer.organization, name=name, role=role, level=more.get("level", "senior"),
                city=city, city_zh=zh, province=city, latitude=latitude, longitude=longitude, travel_km=100,
                therapeutic_areas=["oncology"],
            )
            for name in names
        ]  # fmt: skip
        self.people += made
        open_calendars(by=employer.actor, clock=self.clock)
        return made

    def offer(self, person: Professional | None = None, *, of: Member | None = None, **more) -> Offer:
        """Offer hours, of one person or pooled."""
        values = {
            "hours_per_week": 20, "start_on": next_monday(), "end_on": next_monday(5) - dt.timedelta(days=1),
            "floor_minor": 10_000, "instant_price_minor": 12_000, "role": "CRC",
            "professional_id": person.pk if person else None, **more,
        }  # fmt: skip
        return publish_offer(terms=OfferTerms(**values), by=(of or self.fei).actor, clock=self.clock)

    def need(self, **more) -> Need:
        """Ask for hours at the hospital."""
        values = {
            "role": "CRC", "hours_per_week": 10, "start_on": next_monday(),
            "end_on": next_monday(3) - dt.timedelta(days=1), "ceiling_minor": 14_000, "site_id": self.site.pk, **more,
        }  # fmt: skip
        return publish_need(terms=NeedTerms(**values), by=self.ada.actor, clock=self.clock)

    def hold(self, offer: Offer, **more) -> Booking:
        """Hold hours of an offer."""
        values = {
            "offer_id": offer.pk, "hours_per_week": 10, "start_on": next_monday(),
            "end_on": next_monday(3) - dt.timedelta(days=1), "site_id": self.site.pk, **more,
        }  # fmt: skip
        return hold_hours(terms=BookingTerms(**values), by=self.ada.actor, clock=self.clock)

    def booked(self, offer: Offer, **more) -> Booking:
        """Hold and book hours of an offer."""
        return book_held(booking_id=self.hold(offer, **more).pk, by=self.ada.actor, clock=self.clock)
