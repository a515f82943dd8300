"""A whole list as a file: CSV or XLSX, safe to open in a spreadsheet."""

import csv
import datetime as dt
import io
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from triallink.foundation.sentences import bilingual
from triallink.kernel.money import MINOR_DIGITS, Money
from triallink.web.listing.spec import ListSpec, Shape

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell

KINDS = ("csv", "xlsx")
MAX_ROWS = 50_000
# A spreadsheet takes text that begins so for a formula, whoever wrote it (OWASP: CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def wants_export(request: HttpRequest) -> bool:
    """Return whether the address asks for the list as a file."""
    return request.GET.get("export") in KINDS


def export(
    request: HttpRequest,
    spec: ListSpec,
    rows: QuerySet[Any] | Sequence[Any],
    *,
    shape: Shape | None = None,
) -> HttpResponse:
    """Return the list, as searched, narrowed and sorted, as a file; at most MAX_ROWS rows."""
    found = spec.all_rows(request, rows, MAX_ROWS)
    found = shape(found) if shape else found
    head = [gettext(column.label) for column in spec.columns]
    lines = [[plain(column.value_of(row)) for column in spec.columns] for row in found]
    kind = request.GET["export"]
    content, media_type = (_csv if kind == "csv" else _xlsx)(head, lines)
    day = timezone.localdate().isoformat()
    return HttpResponse(
        content,
        content_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{spec.name}-{day}.{kind}"'},
    )


def plain(value: Any) -> Any:
    """Return a value a file can hold: text in the reader's language, number, date, instant or money."""
    value = bilingual(value)
    if isinstance(value, dt.datetime):
        return timezone.localtime(value)
    if value is None or isinstance(value, int | float | Decimal | dt.date | Money):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(plain(one)) for one in value)
    return str(value)


def _csv(head: list[str], lines: list[list[Any]]) -> tuple[bytes, str]:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([_inert(name) for name in head])
    writer.writerows([_inert(value) for value in line] for line in lines)
    # The byte order mark tells spreadsheets that Chinese is UTF-8.
    return ("\ufeff" + stream.getvalue()).encode(), "text/csv; charset=utf-8"


def _inert(value: Any) -> Any:
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


def _xlsx(head: list[str], lines: list[list[Any]]) -> tuple[bytes, str]:
    # Loads slowly, and most processes never write a workbook.
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("List")
    sheet.freeze_panes = "A2"
    widths = [_width(name, [line[i] for line in lines[:200]]) for i, name in enumerate(head)]
    for i, width in enumerate(widths):
        sheet.column_dimensions[chr(65 + i) if i < 26 else f"A{chr(39 + i)}"].width = width
    heads = [_cell(sheet, name) for name in head]
    for cell in heads:
        cell.font = Font(bold=True)
    sheet.append(heads)
    for line in lines:
        sheet.append([_cell(sheet, value) for value in line])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _cell(sheet: Any, value: Any) -> "WriteOnlyCell":
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, Money):
        cell = WriteOnlyCell(sheet, value.amount)
        digits = MINOR_DIGITS[value.currency]
        cell.number_format = f'#,##0{"." + "0" * digits if digits else ""} "{value.currency}"'
        return cell
    if isinstance(value, dt.datetime):
        return WriteOnlyCell(sheet, value.replace(tzinfo=None))
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, _CONTROL.sub("", value))
        cell.data_type = "s"  # text stays text, also when it begins with "="
        return cell
    return WriteOnlyCell(sheet, value)


def _width(name: str, values: list[Any]) -> float:
    return min(60, 2 + max(len(str(value)) for value in [name, *values]))
