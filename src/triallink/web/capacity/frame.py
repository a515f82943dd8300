"""What every page of hours has: who asks, the tabs, and what things are called."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from babel.dates import format_date
from django.http import HttpRequest
from django.utils.translation import gettext as _

from triallink.domains.accounts.models import Organization
from triallink.domains.capacity.access import OPERATOR_ROLES, may_buy, may_sell
from triallink.domains.capacity.models import (
    BOOKING_STATES,
    CONFIRM_RULES,
    LEAVE_KINDS,
    ORDER_STATES,
    ORIGINS,
    RUN_STATES,
    SOURCE_KINDS,
    URGENCIES,
    Booking,
    Need,
)
from triallink.domains.marketplace.directory.talent import talent_code
from triallink.domains.quality.models import Professional
from triallink.engines.hours import week_number
from triallink.foundation.sentences import reads_chinese, sentence
from triallink.kernel.actor import Actor
from triallink.kernel.vocabulary import (
    CREDENTIAL_KINDS,
    LEVELS,
    PROFESSIONAL_ROLES,
    PROVINCES,
    THERAPEUTIC_AREAS,
)
from triallink.web.navigation import address_of

BOOKING_TONES = {
    "held": "warn", "asked": "warn", "proposed": "info", "confirmed": "good", "declined": "bad", "lapsed": "calm",
    "cancelled": "calm", "fallen": "bad",
}  # fmt: skip
ORDER_TONES = {"open": "good", "withdrawn": "calm", "filled": "info", "past": "calm"}
RUN_TONES = {
    "queued": "calm", "running": "info", "proposed": "warn", "closed": "good", "cancelled": "calm", "failed": "bad",
}  # fmt: skip
Tab = tuple[str, str, bool, int | None]


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def named(english: str, chinese: str) -> str:
    """Return the reader's one of two names, or the other if it is empty."""
    return (chinese or english) if reads_chinese() else (english or chinese)


def name_of(row: Organization | Professional) -> str:
    """Return what an organization or one of one's own people is called."""
    if isinstance(row, Organization):
        return named(row.name_en, row.name_zh)
    return named(row.name, row.name_zh)


def shown(professional: Professional, to: Actor, *, is_known: bool = False) -> str:
    """Return a professional's name, or the code the directory shows of somebody unnamed.

    is_known  the viewer has booked this person and knows who comes.
    """
    if is_known or professional.is_named or professional.organization_id == to.organization_id:
        return name_of(professional)
    return talent_code(professional.pk, professional.role)


def worker_of(booking: Booking, to: Actor) -> str:
    """Return who works a booking, by name once it is confirmed."""
    is_known = booking.state in ("confirmed", "fallen")
    return shown(booking.professional, to, is_known=is_known)


def city_names(cities: Iterable[str] | None = None) -> dict[str, str]:
    """Return city -> its name for the reader, of some cities or of all that are known."""
    known: dict[str, str] = {}
    # A city of professionals only, or of a need only, has its Chinese name there.
    for model in (Organization, Professional, Need):
        rows = (
            model.objects.exclude(city="") if cities is None else model.objects.filter(city__in=list(cities))
        )
        for city, city_zh in rows.order_by().values_list("city", "city_zh").distinct():
            known[city] = known.get(city) or city_zh
    return {city: named(_(city) if city in PROVINCES else city, zh) for city, zh in sorted(known.items())}


def week_label(week_on: dt.date) -> str:
    """Return a week as people name it: "W14 · 5 Apr", 第14周 · 4/5."""
    number = week_number(week_on)
    return _("W%(number)s") % {"number": number} + " · " + day_label(week_on)


def day_label(day: dt.date) -> str:
    """Return a day without its year: 5 Apr, 4/5."""
    chinese = reads_chinese()
    return format_date(day, "M/d" if chinese else "d MMM", locale="zh_Hans_CN" if chinese else "en_GB")


def hours_of(minutes: int | None) -> str:
    """Return minutes as hours, with a half if there is one."""
    whole, rest = divmod(minutes or 0, 60)
    return f"{whole:,}" if not rest else f"{(minutes or 0) / 60:,.1f}"


def told(lines: list[list[object]]) -> list[str]:
    """Return stored templates with their parameters as sentences."""
    return [sentence(str(template), dict(params)) for template, params in lines]  # type: ignore[call-overload]


@dataclass(frozen=True)
class Words:
    """What the templates of hours call things."""

    named: Callable[[str, str], str] = named
    name_of: Callable[[Organization | Professional], str] = name_of
    week: Callable[[dt.date], str] = week_label
    day: Callable[[dt.date], str] = day_label
    hours: Callable[[int | None], str] = hours_of

    roles = PROFESSIONAL_ROLES
    levels = LEVELS
    areas = THERAPEUTIC_AREAS
    credentials = CREDENTIAL_KINDS
    states = BOOKING_STATES
    tones = BOOKING_TONES
    orders = ORDER_STATES
    order_tones = ORDER_TONES
    runs = RUN_STATES
    run_tones = RUN_TONES
    rules = CONFIRM_RULES
    urgencies = URGENCIES
    origins = ORIGINS
    leaves = LEAVE_KINDS
    sources = SOURCE_KINDS


WORDS = Words()


def tabs(actor: Actor, current: str) -> list[Tab]:
    """Return the tabs of hours that somebody may open."""
    found = [("overview", _("Overview")), ("book", _("Order book"))]
    if may_buy(actor):
        found += [("find", _("Find hours")), ("need-list", _("My needs"))]
    if may_sell(actor):
        found += [("calendar", _("Calendars")), ("offer-list", _("My offers"))]
    found += [("booking-list", _("Bookings")), ("run-list", _("Clearing"))]
    if actor.is_operator and actor.has(*OPERATOR_ROLES):
        found += [("market-view", _("Market view"))]
    found += [("public-days", _("Holidays"))]
    addresses = [(label, address_of(f"capacity:{name}"), name == current) for name, label in found]
    return [(label, address, is_here, None) for label, address, is_here in addresses if address is not None]
