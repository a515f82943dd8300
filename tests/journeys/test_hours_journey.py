"""Idle hours are sold, booked at once, cleared in batch, and covered when somebody falls ill; in both languages."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect
from tests.domains.capacity.conftest import hours  # noqa: F401 - the scene
from tests.domains.capacity.hours_scene import Hours, next_monday
from tests.journeys.walk import Walk

from triallink.domains.capacity.models import BookedDay, Booking, ClearingRun, Need, Offer
from triallink.domains.quality.models import Professional
from triallink.foundation.audit import verify
from triallink.foundation.jobs import run_job
from triallink.kernel.clock import system_clock

pytestmark = pytest.mark.browser
FIRST, LAST = next_monday(), next_monday(3) - dt.timedelta(days=3)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_from_idle_hours_to_a_substitute(visit, live_site, hours: Hours, hua, locale):
    hours.clock = system_clock
    mei, bo, _an = hours.hire("Mei", "Bo", "An")
    seller, buyer, operator = (Walk(visit(who, locale)) for who in (hours.fei, hours.ada, hua))
    _sell(seller, mei, public="120")
    first = _ask(buyer, hours, hours_per_week=10)
    booked = _book_at_once(buyer, first)
    assert (booked.professional, booked.state) == (mei, "confirmed")
    _sell(seller, bo, public="")
    _ask(buyer, hours, hours_per_week=8)
    proposed = _clear(operator, buyer)
    for side in (buyer, seller):
        _accept(side, proposed)
    live_site.settle()
    proposed.refresh_from_db()
    # The clearing knows nobody cheaper than the sealed floor of either offer; its price lies between the limits.
    assert (proposed.state, proposed.price_minor) == ("confirmed", 12_000)
    _fall_ill(seller, booked)
    substitute = Booking.objects.latest("pk")
    assert (substitute.origin, substitute.state, substitute.replaces) == ("substitute", "confirmed", booked)
    assert not BookedDay.objects.filter(professional=None).exists()
    live_site.settle()
    assert all(report.broken_at is None for report in verify())


def _sell(seller: Walk, person: Professional, *, public: str) -> Offer:
    page = seller.open("/hours/")
    seller.press("Sell hours")
    seller.field("Whose hours").select_option(str(person.pk))
    seller.field("Hours a week").fill("16")
    seller.field("First day").fill(FIRST.isoformat())
    seller.field("Last day").fill(LAST.isoformat())
    seller.field("Floor price per hour").fill("100")
    seller.field("Public price per hour").fill(public)
    seller.press("Put it on the order book")
    offer = Offer.objects.get(pk=seller.arrives(r"/hours/offers/(\d+)/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(person.name)
    seller.shot(f"hours-1-offer-{offer.pk}")
    return offer


def _ask(buyer: Walk, scene: Hours, *, hours_per_week: int) -> Need:
    buyer.open("/hours/needs/new/")
    buyer.field("Site").select_option(str(scene.site.pk))
    buyer.field("Hours a week").fill(str(hours_per_week))
    buyer.field("First day").fill(FIRST.isoformat())
    buyer.field("Last day").fill(LAST.isoformat())
    buyer.field("Ceiling per hour").fill("140")
    buyer.press("Put it on the order book")
    return Need.objects.get(pk=buyer.arrives(r"/hours/needs/(\d+)/$"))


def _book_at_once(buyer: Walk, need: Need) -> Booking:
    buyer.reads("It can be booked at once: search for hours from here.")
    buyer.press("Find hours for it")
    buyer.shot("hours-2-find")
    buyer.press("Hold for 10 minutes")
    booking = Booking.objects.get(pk=buyer.arrives(r"/hours/bookings/(\d+)/$"))
    expect(buyer.page.locator("[data-countdown]").first).to_contain_text(re.compile(r"00:0\d:\d\d|00:10:00"))
    buyer.press("Book")
    buyer.reads("Confirmed")
    buyer.shot("hours-3-booked")
    booking.refresh_from_db()
    assert booking.need_id == need.pk
    return booking


def _clear(operator: Walk, buyer: Walk) -> Booking:
    operator.open("/hours/clearing/")
    operator.press("Start the clearing")
    run = ClearingRun.objects.get(pk=operator.arrives(r"/hours/clearing/(\d+)/$"))
    assert run.job_id is not None
    run_job(run.job_id)
    operator.open(f"/hours/clearing/{run.pk}/")
    operator.reads("Settlement price")
    operator.shot("hours-4-clearing")
    return Booking.objects.get(run=run)


def _accept(side: Walk, booking: Booking) -> None:
    side.open(f"/hours/bookings/{booking.pk}/")
    side.reads("Why this match")
    side.press("Accept")
    side.reads("Accepted.")


def _fall_ill(seller: Walk, booking: Booking) -> None:
    # From the person's own calendar, where the illness is known first.
    seller.open(f"/hours/calendar/{booking.professional_id}/")
    seller.press("Fell ill")
    seller.field("First day").fill(FIRST.isoformat())
    seller.field("Last day").fill((FIRST + dt.timedelta(days=4)).isoformat())
    seller.press("What is affected?")
    expect(seller.page.get_by_role("link", name=booking.reference)).to_be_visible()
    seller.press("Record it and find substitutes")
    seller.page.wait_for_url(re.compile(r"/hours/cover/$"))
    seller.shot("hours-5-cover")
    seller.press("Book the substitute")
    seller.arrives(r"/hours/bookings/(\d+)/$")
    seller.shot("hours-6-substitute")
