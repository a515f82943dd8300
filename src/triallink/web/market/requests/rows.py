"""Rows of lines as they are typed: kept as text until they are all sound."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from django.http import HttpRequest
from django.utils.translation import gettext as _

from triallink.domains.marketplace.models import RequestLine
from triallink.domains.marketplace.services.terms import LineTerms
from triallink.domains.studies.models import StudySite
from triallink.foundation.sentences import line_words
from triallink.kernel.money import Money

MOST_ROWS = 300
FIELDS = (
    *("service", "quantity", "description", "province", "city", "start_on", "end_on", "hours", "ceiling"),
    *("line", "site"),
)
LARGEST = Decimal(10) ** 9


@dataclass(frozen=True)
class LineRow:
    """One row as typed; `line` is the stored line it began as, whose untyped parts are kept."""

    service: str = ""
    quantity: str = ""
    description: str = ""
    province: str = ""
    city: str = ""
    start_on: str = ""
    end_on: str = ""
    hours: str = ""
    ceiling: str = ""
    line: str = ""
    site: str = ""

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was chosen or typed."""
        return not self.service and not self.quantity and not self.description


def empty_rows(count: int) -> list[LineRow]:
    """Return rows to type into."""
    return [LineRow()] * count


def row_of(line: RequestLine, currency: str) -> LineRow:
    """Return a stored line as a row, described in the reader's language."""
    return LineRow(
        line=str(line.pk),
        site=str(line.site_id or ""),
        service=str(line.service_id),
        quantity=_plain(line.quantity),
        description=line_words(line.description),
        province=line.province,
        city=line.city,
        start_on=line.start_on.isoformat() if line.start_on else "",
        end_on=line.end_on.isoformat() if line.end_on else "",
        hours=_plain(line.hours),
        ceiling=_plain(Money(line.ceiling_minor, currency).amount) if line.ceiling_minor else "",
    )


def read_rows(
    http: HttpRequest,
    currency: str,
    stored: Mapping[int, LineTerms],
    sites: Mapping[int, StudySite],
) -> tuple[list[LineRow], list[LineTerms], str]:
    """Return the rows as typed, the lines they make, and what is wrong with the first bad one ("" if nothing).

    stored  the lines as they stand: what a row does not show (Chinese city, credentials) is kept from them.
    sites   the sites of the study, by id: a chosen one says where the work is.
    """
    blank = [""] * MOST_ROWS
    columns = [(http.POST.getlist(name) or blank)[:MOST_ROWS] for name in FIELDS]
    removed = set(http.POST.getlist("remove"))
    typed = [LineRow(*(value.strip() for value in values)) for values in zip(*columns, strict=False)]
    rows = [row for n, row in enumerate(typed) if str(n) not in removed and not row.is_empty]
    lines: list[LineTerms] = []
    for position, row in enumerate(rows, start=1):
        before = stored.get(next(iter(choices([row.line])), 0))
        try:
            lines.append(_placed(_kept(_line(row, currency), before), row, before, sites))
        except (ValueError, InvalidOperation):
            wrong = _("Line %(position)s: choose a service and give numbers and dates as in the other lines.")
            return rows, [], wrong % {"position": position}
    return rows, lines, ""


def _kept(line: LineTerms, before: LineTerms | None) -> LineTerms:
    """Return a typed line with what its row does not show, as far as it still holds."""
    if before is None:
        return line
    if line.description == line_words(before.description):
        line = replace(line, description=before.description)
    if line.service_id == before.service_id:
        line = replace(line, unit=before.unit, required_credentials=before.required_credentials)
    if (line.province, line.city) == (before.province, before.city):
        line = replace(line, city_zh=before.city_zh)
    return line


def _placed(
    line: LineTerms, row: LineRow, before: LineTerms | None, sites: Mapping[int, StudySite]
) -> LineTerms:
    """Return a typed line at the site chosen for it: a newly chosen one fills in the place, another place ends it."""
    site = sites.get(next(iter(choices([row.site])), 0))
    if site is None:
        return line
    if before is None or before.site_id != site.pk:
        return replace(line, site_id=site.pk, province=site.province, city=site.city, city_zh=site.city_zh)
    return (
        replace(line, site_id=site.pk)
        if (line.province, line.city) == (before.province, before.city)
        else line
    )


def decimal_of(text: str) -> Decimal:
    """Return a typed number; ValueError or InvalidOperation if it is none, or not a sensible one."""
    value = Decimal(text.replace(",", "").replace("，", "").strip())
    if not value.is_finite() or abs(value) > LARGEST:
        raise ValueError(text)
    return value


def choices(texts: Sequence[str]) -> list[int]:
    """Return typed ids, leaving out what is none."""
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19]


def _line(row: LineRow, currency: str) -> LineTerms:
    return LineTerms(
        service_id=int(row.service),
        quantity=decimal_of(row.quantity),
        description=row.description,
        province=row.province[:80],
        city=row.city[:80],
        start_on=dt.date.fromisoformat(row.start_on) if row.start_on else None,
        end_on=dt.date.fromisoformat(row.end_on) if row.end_on else None,
        hours=decimal_of(row.hours) if row.hours else None,
        ceiling_minor=Money.of(decimal_of(row.ceiling), currency).minor if row.ceiling else None,
    )


def _plain(value: Decimal | None) -> str:
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
