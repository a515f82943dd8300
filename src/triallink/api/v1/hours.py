"""Hours: the order book, one's own offers and needs, search, bookings, calendars."""

import datetime as dt
from dataclasses import asdict
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.days import Day
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.capacity.access import (
    booking_for,
    own_need,
    own_offer,
    require_buyer,
    visible_bookings,
)
from triallink.domains.capacity.models import Booking, Need, Offer
from triallink.domains.capacity.selectors.book import book_weeks, order_book
from triallink.domains.capacity.selectors.calendars import staff_grid
from triallink.domains.capacity.selectors.finding import Wanted, find_hours
from triallink.domains.capacity.selectors.market_view import market_view
from triallink.domains.capacity.services import bookings, calendars, orders
from triallink.domains.capacity.services.orders import NeedTerms, OfferTerms, Place, place_of

router = Router()
Id = Path(ge=1, lt=2**63)
Minor = Field(ge=1, lt=10**9)


class OfferIn(Schema):
    """Hours for sale. `floor_minor` is sealed: nobody else ever reads it."""

    hours_per_week: int = Field(ge=1, le=2000)
    start_on: Day
    end_on: Day
    floor_minor: int = Minor
    professional_id: int | None = Field(None, ge=1, lt=2**63)
    role: str = Field("", max_length=8)
    level: str = Field("junior", max_length=8)
    instant_price_minor: int | None = Field(None, ge=1, lt=10**9)
    cities: list[str] = Field(default_factory=list, max_length=50)
    least_hours_per_week: int = Field(1, ge=1, le=60)
    conditions: str = Field("", max_length=1000)
    confirm_rule: Literal["instant", "ask"] = "instant"
    notice_days: int = Field(7, ge=0, le=60)
    fee_percent: int = Field(50, ge=0, le=100)


class HourOfferOut(Schema):
    """One's own offer, without its floor."""

    id: int
    professional_id: int | None
    role: str
    level: str
    hours_per_week: int
    start_on: Day
    end_on: Day
    cities: list[str]
    instant_price_minor: int | None
    currency: str
    state: str


class NeedIn(Schema):
    """Hours wanted. `ceiling_minor` is sealed: nobody else ever reads it."""

    role: str = Field(max_length=8)
    hours_per_week: int = Field(ge=1, le=400)
    start_on: Day
    end_on: Day
    ceiling_minor: int = Minor
    site_id: int | None = Field(None, ge=1, lt=2**63)
    city: str = Field("", max_length=80)
    level: str = Field("junior", max_length=8)
    block_hours: int = Field(0, ge=0, le=40)
    therapeutic_area: str = Field("", max_length=24)
    required_credentials: list[str] = Field(default_factory=list, max_length=10)
    urgency: str = Field("normal", max_length=8)
    study_id: int | None = Field(None, ge=1, lt=2**63)
    about: str = Field("", max_length=1000)


class NeedOut(Schema):
    """One's own need, without its ceiling."""

    id: int
    role: str
    level: str
    hours_per_week: int
    start_on: Day
    end_on: Day
    city: str
    urgency: str
    state: str


class BookingOut(Schema):
    """One booking; prices per hour in minor units."""

    id: int
    reference: str
    state: str
    origin: str
    buyer_id: int
    seller_id: int
    need_id: int | None
    offer_id: int | None
    role: str
    city: str
    hours_per_week: int
    start_on: Day
    end_on: Day
    price_minor: int
    currency: str
    held_until: dt.datetime | None
    fee_minor: int


class BookCellOut(Schema):
    """One city, role and week of the order book."""

    city: str
    role: str
    week_on: Day
    offered_minutes: int
    needed_minutes: int
    lowest_price_minor: int | None


class ShadowPriceOut(Schema):
    """What one more hour would have been worth to the latest clearing."""

    city: str
    role: str
    week_on: Day
    price_minor: int


class LiquidityOut(Schema):
    """Minutes in the book for one week, and how many of those needed meet an offer in their city and role."""

    week_on: Day
    offered: int
    needed: int
    meeting: int
    share: float


class FillOut(Schema):
    """Minutes needed and covered in one week."""

    week_on: Day
    needed: int
    covered: int
    share: float


class MatchTimeOut(Schema):
    """Hours from asking to the first confirmed booking."""

    week_on: Day
    needs: int
    median_hours: float
    slow_hours: float


class HourPriceOut(Schema):
    """The mean settled price of a role in one week; its first week is 100."""

    role: str
    week_on: Day
    price_minor: int
    minutes: int
    index: float


class MarketOut(Schema):
    """The market of hours as its operator sees it."""

    pressure: list[BookCellOut]
    shadow_prices: list[ShadowPriceOut]
    liquidity: list[LiquidityOut]
    fill_rate: list[FillOut]
    time_to_match: list[MatchTimeOut]
    prices: list[HourPriceOut]


class FoundOut(Schema):
    """An offer that can be booked at once as asked."""

    offer_id: int
    seller_id: int
    price_minor: int
    total_minor: int
    travel_minutes: int | None
    free_minutes: list[int]


class HoldIn(Schema):
    """What to hold for ten minutes."""

    offer_id: int = Field(ge=1, lt=2**63)
    hours_per_week: int = Field(ge=1, le=60)
    start_on: Day
    end_on: Day
    need_id: int | None = Field(None, ge=1, lt=2**63)
    site_id: int | None = Field(None, ge=1, lt=2**63)
    city: str = Field("", max_length=80)


class BookingAnswerIn(Schema):
    """Yes or no."""

    is_accepted: bool


class CancellationIn(Schema):
    """Why."""

    why: str = Field(max_length=500)


class DayIn(Schema):
    """How long one day of one professional can be worked."""

    professional_id: int = Field(ge=1, lt=2**63)
    day: Day
    minutes: int = Field(ge=0, le=720)


class WeekOut(Schema):
    """One professional's week in minutes."""

    professional_id: int
    week_on: Day
    workable: int
    committed: int
    held: int
    booked: int
    free: int


class OfferPage(Schema):
    """A page of offers."""

    items: list[HourOfferOut]
    next_cursor: str


class NeedPage(Schema):
    """A page of needs."""

    items: list[NeedOut]
    next_cursor: str


class BookingPage(Schema):
    """A page of bookings."""

    items: list[BookingOut]
    next_cursor: str


@router.get("/book", auth=scope("hours:read"), response=list[BookCellOut])
def get_book(
    request: HttpRequest, role: str = Query("", max_length=8), city: str = Query("", max_length=80)
) -> list[dict[str, Any]]:
    """Return the order book of the coming twelve weeks."""
    return [
        {
            "city": cell.city,
            "role": cell.role,
            "week_on": cell.week_on,
            "offered_minutes": cell.offered,
            "needed_minutes": cell.needed,
            "lowest_price_minor": cell.best_minor,
        }
        for row in order_book(weeks=book_weeks(), role=role, city=city)
        for cell in row.cells
        if cell.offers or cell.needs
    ]


@router.get("/market", auth=scope("hours:read"), response=MarketOut)
def market(request: HttpRequest, role: str = Query("", max_length=8)) -> dict[str, Any]:
    """Return the operator's view of the market: pressure, shadow prices, liquidity, fill rate, time to match, prices."""
    view = market_view(to=actor_of(request), role=role)
    return {
        "pressure": [
            {
                "city": cell.city,
                "role": cell.role,
                "week_on": cell.week_on,
                "offered_minutes": cell.offered,
                "needed_minutes": cell.needed,
                "lowest_price_minor": cell.best_minor,
            }
            for row in view.pressure
            for cell in row.cells
            if cell.offers or cell.needs
        ],
        "shadow_prices": [asdict(one) for one in view.shadow],
        "liquidity": [{**asdict(one), "share": one.share} for one in view.liquidity],
        "fill_rate": [{**asdict(one), "share": one.share} for one in view.fill],
        "time_to_match": [asdict(one) for one in view.matched],
        "prices": [asdict(one) for one in view.prices],
    }


@router.get("/find", auth=scope("hours:read"), response=list[FoundOut])
def find(
    request: HttpRequest,
    start_on: Day,
    end_on: Day,
    role: str = Query("CRC", max_length=8),
    level: Literal["junior", "senior", "expert"] = "junior",
    hours_per_week: int = Query(8, ge=1, le=60),
    city: str = Query("", max_length=80),
) -> list[dict[str, Any]]:
    """Return what can be booked at once."""
    actor = actor_of(request)
    require_buyer(actor)
    place = place_of(site_id=None, city=city) if city.strip() else Place("")
    last = min(max(start_on, end_on), start_on + dt.timedelta(weeks=27))
    wanted = Wanted(role, hours_per_week, start_on, last, place, level)
    return [
        {
            "offer_id": one.offer.pk,
            "seller_id": one.offer.organization_id,
            "price_minor": one.offer.instant_price_minor,
            "total_minor": one.total_minor,
            "travel_minutes": one.minutes,
            "free_minutes": one.free,
        }
        for one in find_hours(wanted, to=actor)[:100]
    ]


@router.get("/offers", auth=scope("hours:read"), response=OfferPage)
def list_offers(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return one's own offers."""
    rows = Offer.objects.filter(organization_id=actor_of(request).own_organization_id)
    return page_of(rows, paging, lambda row: row)


@router.post("/offers", auth=scope("hours:write"), response={201: HourOfferOut})
def publish_offer(request: HttpRequest, body: OfferIn) -> Status[Offer]:
    """Offer hours."""
    return Status(201, orders.publish_offer(terms=OfferTerms(**body.dict()), by=actor_of(request)))


@router.get("/offers/{offer_id}", auth=scope("hours:read"), response=HourOfferOut)
def get_offer(request: HttpRequest, offer_id: int = Id) -> Offer:
    """Return one's own offer."""
    return own_offer(offer_id, to=actor_of(request))


@router.post("/offers/{offer_id}/withdraw", auth=scope("hours:write"), response=HourOfferOut)
def withdraw_offer(request: HttpRequest, offer_id: int = Id) -> Offer:
    """Take an offer off the book."""
    return orders.withdraw_offer(offer_id=offer_id, by=actor_of(request))


@router.get("/needs", auth=scope("hours:read"), response=NeedPage)
def list_needs(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return one's own needs."""
    rows = Need.objects.filter(organization_id=actor_of(request).own_organization_id)
    return page_of(rows, paging, lambda row: row)


@router.post("/needs", auth=scope("hours:write"), response={201: NeedOut})
def publish_need(request: HttpRequest, body: NeedIn) -> Status[Need]:
    """Ask for hours."""
    return Status(201, orders.publish_need(terms=NeedTerms(**body.dict()), by=actor_of(request)))


@router.get("/needs/{need_id}", auth=scope("hours:read"), response=NeedOut)
def get_need(request: HttpRequest, need_id: int = Id) -> Need:
    """Return one's own need."""
    return own_need(need_id, to=actor_of(request))


@router.post("/needs/{need_id}/withdraw", auth=scope("hours:write"), response=NeedOut)
def withdraw_need(request: HttpRequest, need_id: int = Id) -> Need:
    """Take a need off the book."""
    return orders.withdraw_need(need_id=need_id, by=actor_of(request))


@router.get("/bookings", auth=scope("hours:read"), response=BookingPage)
def list_bookings(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return the bookings of one's organization."""
    return page_of(visible_bookings(to=actor_of(request)), paging, lambda row: row)


@router.post("/bookings", auth=scope("hours:write"), response={201: BookingOut})
def hold_hours(request: HttpRequest, body: HoldIn) -> Status[Booking]:
    """Hold hours for ten minutes."""
    terms = bookings.BookingTerms(**body.dict())
    return Status(201, bookings.hold_hours(terms=terms, by=actor_of(request)))


@router.get("/bookings/{booking_id}", auth=scope("hours:read"), response=BookingOut)
def get_booking(request: HttpRequest, booking_id: int = Id) -> Booking:
    """Return one booking."""
    return booking_for(booking_id, to=actor_of(request))


@router.post("/bookings/{booking_id}/book", auth=scope("hours:write"), response=BookingOut)
def book_held(request: HttpRequest, booking_id: int = Id) -> Booking:
    """Book what is held."""
    return bookings.book_held(booking_id=booking_id, by=actor_of(request))


@router.post("/bookings/{booking_id}/answer", auth=scope("hours:write"), response=BookingOut)
def answer_booking(request: HttpRequest, body: BookingAnswerIn, booking_id: int = Id) -> Booking:
    """Say yes or no to a booking or a proposal."""
    by = actor_of(request)
    return bookings.answer_booking(booking_id=booking_id, is_accepted=body.is_accepted, by=by)


@router.post("/bookings/{booking_id}/cancel", auth=scope("hours:write"), response=BookingOut)
def cancel_booking(request: HttpRequest, body: CancellationIn, booking_id: int = Id) -> Booking:
    """Cancel at the agreed terms."""
    return bookings.cancel_booking(booking_id=booking_id, why=body.why, by=actor_of(request))


@router.get("/calendar", auth=scope("hours:read"), response=list[WeekOut])
def get_calendar(
    request: HttpRequest, first: Day, weeks: int = Query(8, ge=1, le=27)
) -> list[dict[str, Any]]:
    """Return the weeks of one's own people."""
    first = min(max(first, dt.date(2000, 1, 3)), dt.date(2200, 1, 6))
    grid = staff_grid(first=first, weeks=weeks, to=actor_of(request))
    return [
        {
            "professional_id": row.professional.pk,
            "week_on": cell.week_on,
            "workable": cell.workable,
            "committed": cell.committed,
            "held": cell.held,
            "booked": cell.booked,
            "free": cell.free,
        }
        for row in grid.rows
        for cell in row.weeks
    ]


@router.post("/calendar", auth=scope("hours:write"), response={204: None})
def set_hours(request: HttpRequest, body: list[DayIn]) -> Status[None]:
    """Set how long days of one's own people can be worked, all or none."""
    hours = [calendars.DayHours(**one.dict()) for one in body[:5000]]
    calendars.set_hours(hours=hours, by=actor_of(request))
    return Status(204, None)
