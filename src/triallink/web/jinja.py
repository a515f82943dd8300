"""The Jinja2 environment: what every template may use."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

import orjson
from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_compact_decimal, get_currency_symbol
from django.conf import settings
from django.contrib.messages import get_messages
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from triallink.foundation.sentences import bilingual, event_words, line_words, reads_chinese, sentence
from triallink.kernel.money import MINOR_DIGITS, Money
from triallink.kernel.vocabulary import COUNTED_UNITS, UNITS
from triallink.web.assets import asset, icon
from triallink.web.forms import control
from triallink.web.listing.view import list_link
from triallink.web.navigation import address_of
from triallink.web.shell import shell_of, study_links
from triallink.web.ui import Macros


def environment(**options: Any) -> Environment:
    """Return the environment Django's Jinja2 backend renders with; an undefined name is an error."""
    options.update(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    options.setdefault("extensions", []).extend(["jinja2.ext.i18n", "jinja2.ext.do"])
    env = Environment(**options)
    env.install_gettext_callables(translation.gettext, translation.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.policies["ext.i18n.trimmed"] = True
    env.globals.update(
        url=url,
        has_url=has_url,
        url_if=address_of,
        asset=asset,
        list_link=list_link,
        icon=icon,
        ui=Macros(env),
        shell_of=shell_of,
        study_links=study_links,
        login_url=settings.LOGIN_URL,
        bilingual=bilingual,
        language=translation.get_language,
        get_messages=get_messages,
        is_demo=settings.DEMO,
        now=timezone.localtime,
    )
    env.filters.update(
        country=country,
        unit_word=unit_word,
        date=date,
        instant=instant,
        number=number,
        compact=compact,
        percent=percent,
        money=money,
        tojson_attr=tojson_attr,
        control=control,
        action_words=action_words,
        sum_of_characters=sum_of_characters,
        bilingual=bilingual,
        line_words=line_words,
        translate=translated,
        sentence=sentence,
    )
    return env


def translated(text: Any) -> str:
    """Return marked text in the reader's language; unlike `_()` it may hold a percent sign."""
    return translation.gettext(str(text)) if text else ""


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """Return the address of a named page."""
    return reverse(name, args=args, kwargs=kwargs)


def has_url(name: str) -> bool:
    """Return whether a page of this name (without arguments) exists."""
    try:
        reverse(name)
    except NoReverseMatch:
        return False
    return True


# Parsed once: Babel parses a locale given by name again for every figure, and a matrix has a thousand.
ENGLISH, CHINESE = Locale.parse("en_GB"), Locale.parse("zh_Hans_CN")


def babel_locale() -> Locale:
    """Return the reader's locale."""
    return CHINESE if reads_chinese() else ENGLISH


def country(code: str) -> str:
    """Return a country's name in the reader's language; a code that is none stands for itself."""
    return babel_locale().territories.get(code, code) or "–"


def unit_word(code: str, quantity: Decimal | float | None = None) -> str:
    """Return the reader's word for a unit, as it stands behind a quantity if one is given.

    A unit outside the list (%, day) stands for itself.
    """
    is_one = quantity is None or (quantity == 1 and not reads_chinese())
    words = UNITS if is_one else COUNTED_UNITS
    return translation.gettext(words[code]) if code in words else code


def date(value: dt.date | dt.datetime | None, style: str = "medium") -> str:
    """Return a date as the reader writes it."""
    if value is None:
        return "–"
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value).date()
    return _written_date(value, style, reads_chinese())


# A page has the same few days again and again, and Babel takes longer for one than the rest of its row does.
@lru_cache(maxsize=8192)
def _written_date(value: dt.date, style: str, is_chinese: bool) -> str:
    return format_date(value, style, locale=CHINESE if is_chinese else ENGLISH)


def instant(value: dt.datetime | None, style: str = "short") -> str:
    """Return an instant in the reader's zone and spelling."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    pattern = "d MMM y HH:mm" if babel_locale() is ENGLISH else "y年M月d日 HH:mm"
    return format_datetime(local, pattern if style == "short" else style, locale=babel_locale())


def number(value: float | int | Decimal | None, decimals: int | None = None) -> str:
    """Return a number as the reader writes it."""
    if value is None:
        return "–"
    # Written by hand as both locales write it (a test compares with babel, which takes thirty times as long).
    if isinstance(value, int) and not decimals:
        return f"{value:,}"
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if decimals is not None:
        return f"{exact:,.{decimals}f}"
    return f"{exact:,.3f}".rstrip("0").rstrip(".")


def compact(value: float | int | None) -> str:
    """Return a number in short: 1.2M, 120万."""
    return "–" if value is None else format_compact_decimal(value, locale=babel_locale(), fraction_digits=1)


def percent(value: float | None, decimals: int = 0) -> str:
    """Return a share (0–1) in percent."""
    if value is None:
        return "–"
    # Both locales write it so; of the shown digits, as babel does, not of the binary fraction.
    return f"{Decimal(str(value)).scaleb(2):,.{decimals}f}%"


def money(value: Money | int | None, currency: str = "CNY", *, whole: bool = False) -> str:
    """Return an amount as the reader writes it; a bare int is minor units of `currency`."""
    if value is None:
        return "–"
    minor, currency = (value.minor, value.currency) if isinstance(value, Money) else (value, currency)
    return money_writer(currency, babel_locale(), whole)(minor)


@cache
def money_writer(currency: str, locale: Locale, whole: bool = False) -> Callable[[int], str]:
    """Return what writes minor units of a currency for a reader: by hand, as both locales do.

    A test compares with babel, which takes sixty times as long; a comparison of bids has a thousand amounts.
    """
    sign, digits = get_currency_symbol(currency, locale), MINOR_DIGITS[currency]
    scale = 10**digits

    def write(minor: int) -> str:
        major, rest = divmod(abs(minor), scale)
        if whole:
            major += 2 * rest + major % 2 > scale  # half to even, as babel rounds
        fraction = f".{rest:0{digits}}" if digits and not whole else ""
        return f"{'-' if minor < 0 else ''}{sign}{major:,}{fraction}"

    return write


def tojson_attr(value: Any) -> Markup:
    """Return JSON safe inside a quoted HTML attribute or a script block."""
    raw = orjson.dumps(value, default=str).decode()
    escaped = (
        raw.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e").replace("'", "\\u0027")
    )
    return Markup(escaped)


def action_words(action: str) -> str:
    """Return the name of an event as words in the reader's language."""
    return translation.gettext(event_words(action))


def sum_of_characters(text: str) -> int:
    """Return a small whole number that is always the same for a text; it picks an avatar's colour."""
    return sum(map(ord, text))
