"""Read calendar files: a table (XLSX, CSV) or iCalendar. Every wrong row is named with its reason."""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from zipfile import BadZipFile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from triallink.domains.capacity.errors import FileUnreadable, RowsRefused
from triallink.domains.quality.models import Professional
from triallink.kernel.refusals import N_

MOST_ROWS = 20_000
COLUMNS = {
    "person": ("person", "name", "姓名", "人员"),
    "day": ("day", "date", "日期"),
    "until": ("until", "to", "end", "截止", "结束日期"),
    "kind": ("kind", "type", "类型"),
    "hours": ("hours", "工时", "小时"),
    "note": ("note", "title", "备注", "事项"),
}
# What a row may say: working hours of a day, a leave, or work elsewhere.
KINDS = {
    "hours": "hours", "work": "hours", "上班": "hours", "工时": "hours",
    "commitment": "commitment", "busy": "commitment", "占用": "commitment",
    "leave": "annual", "annual": "annual", "年假": "annual", "休假": "annual", "ill": "ill", "病假": "ill",
    "training": "training", "培训": "training", "parental": "parental", "产假": "parental", "other": "other",
    "其他": "other",
}  # fmt: skip
HOME_ZONE = ZoneInfo("Asia/Shanghai")
WHOLE_DAY = 480  # minutes
Finding = tuple[int, str, str, dict[str, object]]  # row, column, template, params


@dataclass(frozen=True)
class CalendarRow:
    """One row as it is meant: hours of a day, leave, or a commitment."""

    row: int
    professional_id: int
    kind: str  # "hours", "commitment" or a key of LEAVE_KINDS
    start_on: dt.date
    end_on: dt.date
    minutes: int
    note: str


def read_table(content: bytes, file_name: str, people: Iterable[Professional]) -> list[CalendarRow]:
    """Return the rows of a table, or refuse with every row that cannot be read.

    Refuses: FileUnreadable, RowsRefused.
    """
    rows = _xlsx(content) if file_name.lower().endswith((".xlsx", ".xlsm")) else _csv(content)
    head, *body = rows if rows else [[]]
    places = _places(head)
    if "person" not in places or "day" not in places:
        raise FileUnreadable(field="file")
    by_name: dict[str, list[Professional]] = {}
    for one in people:
        for name in {one.name.strip().casefold(), one.name_zh.strip(), str(one.pk)} - {""}:
            by_name.setdefault(name, []).append(one)
    found: list[CalendarRow] = []
    findings: list[Finding] = []
    for number, cells in enumerate(body[:MOST_ROWS], start=2):
        values = {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()}
        if any(values.values()):
            row = _row(number, values, by_name, findings)
            if row is not None:
                found.append(row)
    if findings:
        raise RowsRefused(findings=findings)
    return found


def read_icalendar(content: bytes, professional: Professional) -> list[CalendarRow]:
    """Return the events of an iCalendar file (RFC 5545) as leave or commitments of one professional.

    Whole days are leave, timed events take their minutes of each day; cancelled and transparent ones are left out.
    Refuses: FileUnreadable, RowsRefused.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileUnreadable(field="file") from None
    if "BEGIN:VCALENDAR" not in text:
        raise FileUnreadable(field="file")
    found: list[CalendarRow] = []
    findings: list[Finding] = []
    for number, event in _events(text):
        if (
            event.get("STATUS", ("", ""))[1] == "CANCELLED"
            or event.get("TRANSP", ("", ""))[1] == "TRANSPARENT"
        ):
            continue
        try:
            found += _event_rows(number, event, professional)
        except ValueError as error:
            findings.append(
                (number, "DTSTART", N_("“%(text)s” is not a time of iCalendar."), {"text": str(error)})
            )
    if findings:
        raise RowsRefused(findings=findings)
    return found


def _row(
    number: int, values: dict[str, str], by_name: dict[str, list[Professional]], findings: list[Finding]
) -> CalendarRow | None:
    wrong: list[Finding] = []
    people = by_name.get(values["person"].casefold(), [])
    if not people:
        wrong.append(
            (number, "person", N_("Nobody of your people is called “%(text)s”."), {"text": values["person"]})
        )
    elif len(people) > 1:
        wrong.append(
            (
                number,
                "person",
                N_("Several of your people are called “%(text)s”; give the number of the person."),
                {"text": values["person"]},
            )
        )
    start_on = _date(values["day"])
    if start_on is None:
        wrong.append(
            (number, "day", N_("“%(text)s” is not a date; write 2026-03-31."), {"text": values["day"]})
        )
    until = values.get("until", "")
    end_on = _date(until) if until else start_on
    if until and end_on is None:
        wrong.append((number, "until", N_("“%(text)s” is not a date; write 2026-03-31."), {"text": until}))
    elif start_on and end_on and not start_on <= end_on <= start_on + dt.timedelta(days=370):
        wrong.append(
            (number, "until", N_("The last day lies before the first, or more than a year after it."), {})
        )
    word = values.get("kind", "") or "hours"
    kind = KINDS.get(word.casefold(), "")
    if not kind:
        wrong.append((number, "kind", N_("“%(text)s” is neither hours nor a kind of leave."), {"text": word}))
    minutes = 0
    if kind in ("hours", "commitment"):
        minutes = _minutes(values.get("hours", ""))
        if not 0 <= minutes <= 720:
            wrong.append(
                (
                    number,
                    "hours",
                    N_("“%(text)s” is not a number of hours from 0 to 12."),
                    {"text": values.get("hours", "")},
                )
            )
    findings += wrong
    if wrong or start_on is None or end_on is None:
        return None
    return CalendarRow(number, people[0].pk, kind, start_on, end_on, minutes, values.get("note", "")[:200])


def _minutes(text: str) -> int:
    try:
        return int(Decimal(text) * 60)
    except InvalidOperation:
        return -1


def _date(text: str) -> dt.date | None:
    match = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?", text)
    if match is None:
        return None
    try:
        return dt.date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def _places(head: list[str]) -> dict[str, int]:
    words = [cell.strip().casefold() for cell in head]
    return {name: words.index(word) for name, names in COLUMNS.items() for word in names if word in words}


def _csv(content: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return list(csv.reader(io.StringIO(text)))[: MOST_ROWS + 1]
    raise FileUnreadable(field="file")


def _xlsx(content: bytes) -> list[list[str]]:
    from openpyxl import load_workbook  # loads slowly

    try:
        sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
    except (BadZipFile, KeyError, ValueError, OSError, IndexError):
        raise FileUnreadable(field="file") from None
    rows = []
    for cells in sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=20, values_only=True):
        rows.append([_cell(cell) for cell in cells])
    return rows


def _cell(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return "" if value is None else str(value)


def _events(text: str) -> Iterator[tuple[int, dict[str, tuple[str, str]]]]:
    """Yield (line, {name: (parameters, value)}) of every VEVENT, long lines unfolded."""
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line[:1] in (" ", "\t") and lines:
            lines[-1] = (lines[-1][0], lines[-1][1] + line[1:])
        else:
            lines.append((number, line))
    event: dict[str, tuple[str, str]] | None = None
    begun = 0
    for number, line in lines:
        if line.strip() == "BEGIN:VEVENT":
            event, begun = {}, number
        elif line.strip() == "END:VEVENT" and event is not None:
            yield begun, event
            event = None
        elif event is not None and ":" in line:
            head, _, value = line.partition(":")
            name, _, parameters = head.partition(";")
            event.setdefault(name.upper(), (parameters.upper(), value.strip()))


def _event_rows(
    number: int, event: dict[str, tuple[str, str]], professional: Professional
) -> list[CalendarRow]:
    begin, is_whole = _instant(*event.get("DTSTART", ("", "")))
    end, _ = (
        _instant(*event["DTEND"])
        if "DTEND" in event
        else (begin + dt.timedelta(days=1 if is_whole else 0), is_whole)
    )
    if end < begin or end - begin > dt.timedelta(days=370):
        raise ValueError(event["DTEND"][1])
    title = event.get("SUMMARY", ("", ""))[1].replace("\\,", ",").replace("\\n", " ")[:200]
    if is_whole:
        last = max(begin.date(), end.date() - dt.timedelta(days=1))
        return [CalendarRow(number, professional.pk, "other", begin.date(), last, 0, title)]
    rows = []
    day = begin.date()
    while day <= end.date():
        midnight = dt.datetime.combine(day, dt.time(), begin.tzinfo)
        minutes = int(
            (min(end, midnight + dt.timedelta(days=1)) - max(begin, midnight)).total_seconds() // 60
        )
        if minutes > 0:
            rows.append(
                CalendarRow(number, professional.pk, "commitment", day, day, min(minutes, WHOLE_DAY), title)
            )
        day += dt.timedelta(days=1)
    return rows


def _instant(parameters: str, value: str) -> tuple[dt.datetime, bool]:
    """Return an instant in the professional's zone and whether it is a whole day.

    Raises ValueError with the text if it is neither.
    """
    if re.fullmatch(r"\d{8}", value):
        return dt.datetime.strptime(value, "%Y%m%d").replace(tzinfo=HOME_ZONE), True
    if not re.fullmatch(r"\d{8}T\d{6}Z?", value):
        raise ValueError(value)
    named = re.search(r"TZID=([^;]+)", parameters)
    zone = dt.UTC if value.endswith("Z") else _zone(named[1]) if named else HOME_ZONE
    at = dt.datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=zone)
    return at.astimezone(HOME_ZONE), False


def _zone(name: str) -> dt.tzinfo:
    proper = "/".join(part.capitalize() for part in name.split("/"))
    try:
        return ZoneInfo(proper)
    except (ZoneInfoNotFoundError, ValueError):
        return HOME_ZONE
