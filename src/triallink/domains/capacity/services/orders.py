"""Offering hours and asking for hours."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F, Sum

from triallink.domains.accounts.models import Organization
from triallink.domains.capacity.access import own_need, own_offer, require_buyer, require_seller
from triallink.domains.capacity.errors import (
    DatesTurned,
    HoursOutOfRange,
    NobodyFree,
    PlaceMissing,
    PriceBelowFloor,
    PriceOutOfRange,
    TermsOutOfRange,
    WindowPast,
    WindowTooLong,
    WordUnknown,
    WrongState,
)
from triallink.domains.capacity.events import NeedPublished, NeedWithdrawn, OfferPublished, OfferWithdrawn
from triallink.domains.capacity.models import (
    CONFIRM_RULES,
    URGENCIES,
    Need,
    NeedWeek,
    Offer,
    OfferWeek,
    OrderLimit,
    StaffDay,
)
from triallink.domains.capacity.services.days import HORIZON_WEEKS, horizon, open_days
from triallink.domains.capacity.services.topics import tell_book
from triallink.domains.capacity.work_calendar import calendar_of
from triallink.domains.quality.access import own_professional, require_able, require_not_suspended
from triallink.domains.quality.models import Professional
from triallink.domains.quality.selectors import able_to_work
from triallink.domains.studies.access import study_for
from triallink.engines.hours import mondays
from triallink.foundation.record import record
from triallink.foundation.tenancy import reading_as
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound
from triallink.kernel.vocabulary import CREDENTIAL_KINDS, LEVELS, PROFESSIONAL_ROLES

MOST_OFFERED, MOST_NEEDED, MOST_NOTICE = 2000, 400, 60
LEVELS_FROM = {"junior": tuple(LEVELS), "senior": ("senior", "expert"), "expert": ("expert",)}


@dataclass(frozen=True)
class OfferTerms:
    """What a seller states of an offer.

    professional_id       one named person, or None for anybody of the role and at least the level.
    floor_minor           least per hour in the batch clearing; nobody else ever sees it.
    instant_price_minor   public price per hour for booking at once; None = batch clearing only.
    """

    hours_per_week: int
    start_on: dt.date
    end_on: dt.date
    floor_minor: int
    professional_id: int | None = None
    role: str = ""
    level: str = "junior"
    instant_price_minor: int | None = None
    cities: Sequence[str] = ()
    site_ids: Sequence[int] = ()
    least_hours_per_week: int = 1
    conditions: str = ""
    confirm_rule: str = "instant"
    notice_days: int = 7
    fee_percent: int = 50
    currency: str = "CNY"


@dataclass(frozen=True)
class NeedTerms:
    """What a buyer states of a need.

    site_id       a hospital of the directory; its city is taken. Without one, the city is named.
    block_hours   0: one person does all; else several may share blocks of so many hours a week.
    ceiling_minor most per hour in the batch clearing; nobody else ever sees it.
    """

    role: str
    hours_per_week: int
    start_on: dt.date
    end_on: dt.date
    ceiling_minor: int
    site_id: int | None = None
    city: str = ""
    level: str = "junior"
    block_hours: int = 0
    therapeutic_area: str = ""
    required_credentials: Sequence[str] = ()
    urgency: str = "normal"
    study_id: int | None = None
    about: str = ""
    currency: str = "CNY"


@dataclass(frozen=True)
class Place:
    """A city as addresses state it."""

    city: str
    city_zh: str = ""
    province: str = ""
    latitude: float | None = None
    longitude: float | None = None
    site: Organization | None = field(default=None, compare=False)


@transaction.atomic
def publish_offer(*, terms: OfferTerms, by: Actor, clock: Clock = system_clock) -> Offer:
    """Offer hours for sale. In a short week, or where less is free, less is offered.

    Refuses: NotAllowed, NotFound, WordUnknown, DatesTurned, WindowPast, WindowTooLong, HoursOutOfRange,
        PriceOutOfRange, PriceBelowFloor, TermsOutOfRange, NobodyFree, SupplierStopped, CredentialRunOut.
    Emits: OfferPublished.
    """
    organization_id = require_seller(by)
    require_not_suspended(organization_id)
    today = clock.now().date()
    start_on, end_on = _window(terms.start_on, terms.end_on, today)
    if not 1 <= terms.hours_per_week <= MOST_OFFERED:
        raise HoursOutOfRange(field="hours_per_week", minimum=1, maximum=MOST_OFFERED)
    least = min(terms.least_hours_per_week, terms.hours_per_week)
    if not 1 <= least <= 60:
        raise HoursOutOfRange(field="least_hours_per_week", minimum=1, maximum=60)
    _check_price(terms.floor_minor, "floor")
    if terms.instant_price_minor is not None:
        _check_price(terms.instant_price_minor, "instant_price")
        if terms.instant_price_minor < terms.floor_minor:
            raise PriceBelowFloor(field="instant_price")
    if terms.confirm_rule not in CONFIRM_RULES:
        raise WordUnknown(field="confirm_rule", word=terms.confirm_rule)
    _check_range(terms.notice_days, MOST_NOTICE, "notice_days")
    _check_range(terms.fee_percent, 100, "fee_percent")
    people = _people_of(terms, organization_id, by)
    cities = list(dict.fromkeys(city.strip() for city in terms.cities if city.strip()))
    lead = people[0]
    offer = Offer.objects.create(
        organization_id=organization_id,
        professional=lead if terms.professional_id else None,
        role=lead.role if terms.professional_id else terms.role,
        level=lead.level if terms.professional_id else terms.level,
        hours_per_week=terms.hours_per_week,
        least_hours_per_week=least,
        start_on=start_on,
        end_on=end_on,
        cities=cities or sorted({one.city for one in people if one.city}),
        site_ids=list(terms.site_ids),
        instant_price_minor=terms.instant_price_minor,
        currency=terms.currency,
        conditions=terms.conditions.strip(),
        confirm_rule=terms.confirm_rule,
        notice_days=terms.notice_days,
        fee_percent=terms.fee_percent,
        created_at=clock.now(),
    )
    OfferWeek.objects.bulk_create(_offer_weeks(offer, [one.pk for one in people]))
    with reading_as(organization_id):
        OrderLimit.objects.create(organization_id=organization_id, offer=offer, limit_minor=terms.floor_minor)
    tell_book()
    record(
        OfferPublished(offer_id=offer.pk, organization_id=organization_id),
        by=by,
        about=("hour_offer", offer.pk),
        change={"hours_per_week": [None, offer.hours_per_week], "price": [None, offer.instant_price_minor]},
        clock=clock,
    )
    return offer


@transaction.atomic
def withdraw_offer(*, offer_id: int, by: Actor, clock: Clock = system_clock) -> Offer:
    """Take an offer off the book; bookings made from it stay.

    Refuses: NotAllowed, NotFound, WrongState.
    Emits: OfferWithdrawn.
    """
    require_seller(by)
    offer = Offer.objects.select_for_update().get(pk=own_offer(offer_id, to=by).pk)
    if offer.state != "open":
        raise WrongState
    offer.state = "withdrawn"
    offer.save(update_fields=["state"])
    tell_book()
    record(
        OfferWithdrawn(offer_id=offer.pk, organization_id=offer.organization_id),
        by=by,
        about=("hour_offer", offer.pk),
        change={"state": ["open", "withdrawn"]},
        clock=clock,
    )
    return offer


@transaction.atomic
def publish_need(*, terms: NeedTerms, by: Actor, clock: Clock = system_clock) -> Need:
    """Ask for hours.

    Refuses: NotAllowed, NotFound, WordUnknown, DatesTurned, WindowPast, WindowTooLong, HoursOutOfRange,
        PriceOutOfRange, PlaceMissing.
    Emits: NeedPublished.
    """
    organization_id = require_buyer(by)
    start_on, end_on = _window(terms.start_on, terms.end_on, clock.now().date())
    for field_name, value, words in (
        ("role", terms.role, PROFESSIONAL_ROLES),
        ("level", terms.level, LEVELS),
        ("urgency", terms.urgency, URGENCIES),
        *(("required_credentials", kind, CREDENTIAL_KINDS) for kind in terms.required_credentials),
    ):
        if value not in words:
            raise WordUnknown(field=field_name, word=value)
    if not 1 <= terms.hours_per_week <= MOST_NEEDED:
        raise HoursOutOfRange(field="hours_per_week", minimum=1, maximum=MOST_NEEDED)
    if terms.block_hours and (terms.hours_per_week % terms.block_hours or not 0 < terms.block_hours <= 40):
        raise HoursOutOfRange(field="block_hours", minimum=1, maximum=min(40, terms.hours_per_week))
    _check_price(terms.ceiling_minor, "ceiling")
    place = place_of(site_id=terms.site_id, city=terms.city)
    study_id = study_for(terms.study_id, to=by).pk if terms.study_id else None
    need = Need.objects.create(
        organization_id=organization_id,
        study_id=study_id,
        site=place.site,
        role=terms.role,
        level=terms.level,
        hours_per_week=terms.hours_per_week,
        block_hours=terms.block_hours,
        start_on=start_on,
        end_on=end_on,
        city=place.city,
        city_zh=place.city_zh,
        province=place.province,
        latitude=place.latitude,
        longitude=place.longitude,
        therapeutic_area=terms.therapeutic_area,
        required_credentials=list(terms.required_credentials),
        urgency=terms.urgency,
        currency=terms.currency,
        about=terms.about.strip(),
        created_at=clock.now(),
    )
    NeedWeek.objects.bulk_create(need_weeks(need))
    with reading_as(organization_id):
        OrderLimit.objects.create(organization_id=organization_id, need=need, limit_minor=terms.ceiling_minor)
    tell_book()
    record(
        NeedPublished(need_id=need.pk, organization_id=organization_id),
        by=by,
        about=("hour_need", need.pk),
        study_id=study_id,
        change={"hours_per_week": [None, need.hours_per_week], "city": [None, need.city]},
        clock=clock,
    )
    return need


@transaction.atomic
def withdraw_need(*, need_id: int, by: Actor, clock: Clock = system_clock) -> Need:
    """Take a need off the book; what was booked for it stays.

    Refuses: NotAllowed, NotFound, WrongState.
    Emits: NeedWithdrawn.
    """
    require_buyer(by)
    need = Need.objects.select_for_update(of=("self",)).get(pk=own_need(need_id, to=by).pk)
    if need.state != "open":
        raise WrongState
    need.state = "withdrawn"
    need.save(update_fields=["state"])
    tell_book()
    record(
        NeedWithdrawn(need_id=need.pk, organization_id=need.organization_id),
        by=by,
        about=("hour_need", need.pk),
        study_id=need.study_id,
        change={"state": ["open", "withdrawn"]},
        clock=clock,
    )
    return need


def place_of(*, site_id: int | None, city: str) -> Place:
    """Return the place of a site, or of a city by what organizations of it state.

    Refuses: PlaceMissing, NotFound.
    """
    if site_id:
        site = Organization.objects.filter(pk=site_id, kind="site", is_active=True).first()
        if site is None:
            raise NotFound
        return Place(site.city, site.city_zh, site.province, site.latitude, site.longitude, site)
    if not city.strip():
        raise PlaceMissing(field="city")
    for rows in (Organization.objects, Professional.objects):
        known = rows.filter(city=city.strip(), latitude__isnull=False).order_by("id").first()
        if known is not None:
            return Place(known.city, known.city_zh, known.province, known.latitude, known.longitude)
    return Place(city.strip())


def need_weeks(need: Need) -> list[NeedWeek]:
    """Return the weeks of a need with the minutes wanted in each."""
    calendar = calendar_of(need.start_on, need.end_on)
    return [
        NeedWeek(
            need=need,
            week_on=week_on,
            needed_minutes=calendar.quota(need.hours_per_week, week_on, need.start_on, need.end_on),
        )
        for week_on in mondays(need.start_on, need.end_on)
    ]


def people_behind(offer: Offer, on: dt.date) -> list[Professional]:
    """Return the professionals who may work an offer's hours; nobody whose licence has run out by its first day."""
    rows = Professional.objects.filter(
        organization_id=offer.organization_id,
        role=offer.role,
        level__in=LEVELS_FROM[offer.level],
        is_active=True,
    )
    if offer.professional_id:
        rows = Professional.objects.filter(pk=offer.professional_id)
    return list(able_to_work(rows, on).order_by("id"))


def _people_of(terms: OfferTerms, organization_id: int, by: Actor) -> list[Professional]:
    if terms.professional_id:
        require_able(terms.professional_id, terms.start_on)
        return [own_professional(terms.professional_id, to=by)]
    if terms.role not in PROFESSIONAL_ROLES:
        raise WordUnknown(field="role", word=terms.role)
    if terms.level not in LEVELS:
        raise WordUnknown(field="level", word=terms.level)
    people = people_behind(
        Offer(organization_id=organization_id, role=terms.role, level=terms.level), terms.start_on
    )
    if not people:
        raise NobodyFree(
            field="hours_per_week", week=terms.start_on.isoformat(), free=0, wanted=terms.hours_per_week
        )
    return people


def _offer_weeks(offer: Offer, professional_ids: list[int]) -> list[OfferWeek]:
    """Return the weeks of an offer; refuse NobodyFree if some full week has nothing behind it."""
    open_days(professional_ids, offer.start_on, offer.end_on)
    calendar = calendar_of(offer.start_on, offer.end_on)
    rows = (
        StaffDay.objects.filter(
            professional_id__in=professional_ids, day__range=(offer.start_on, offer.end_on), leave_count=0
        )
        .values_list("day")
        .annotate(
            free=Sum(F("workable_minutes") - F("committed_minutes") - F("held_minutes") - F("booked_minutes"))
        )
    )
    free: dict[dt.date, int] = {}
    for day, minutes in rows:
        week_on = day - dt.timedelta(days=day.weekday())
        free[week_on] = free.get(week_on, 0) + minutes
    weeks = []
    for week_on in mondays(offer.start_on, offer.end_on):
        wanted = calendar.quota(offer.hours_per_week, week_on, offer.start_on, offer.end_on)
        there = free.get(week_on, 0)
        if wanted and there < wanted:
            raise NobodyFree(
                field="hours_per_week",
                week=week_on.isoformat(),
                free=round(there / 60, 1),
                wanted=round(wanted / 60, 1),
            )
        weeks.append(OfferWeek(offer=offer, week_on=week_on, offered_minutes=wanted))
    return weeks


def _window(start_on: dt.date, end_on: dt.date, today: dt.date) -> tuple[dt.date, dt.date]:
    if end_on < start_on:
        raise DatesTurned(field="end_on")
    if start_on < today:
        raise WindowPast(field="start_on")
    if end_on > horizon(today):
        raise WindowTooLong(field="end_on", weeks=HORIZON_WEEKS)
    return start_on, end_on


def _check_price(minor: int, name: str) -> None:
    if not 0 < minor < 10**9:
        raise PriceOutOfRange(field=name)


def _check_range(value: int, most: int, name: str) -> None:
    if not 0 <= value <= most:
        raise TermsOutOfRange(field=name, minimum=0, maximum=most)
