"""SAS transport files, version 5: what authorities take. Checked byte by byte before anything is written.

Source: SAS Institute, TS-140, "The Record Layout of a Data Set in SAS Transport (XPORT) Format"; FDA Study Data Technical
Conformance Guide, section 3.3.
"""

import math
import re
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from triallink.engines.datasets import findings as f
from triallink.engines.datasets.findings import MANY, DatasetRefused, Finding, errors
from triallink.engines.datasets.ibm import LARGEST, SMALLEST, from_ibm, to_ibm
from triallink.engines.datasets.model import Dataset, Variable

LONGEST_NAME, LONGEST_LABEL, LONGEST_VALUE, MOST_VARIABLES = 8, 40, 200, 9999
RECORD = 80
_SAS_EPOCH = date(1960, 1, 1)
# SAS knows no time zones: the hands of the clock are counted from here.
_SAS_MIDNIGHT = datetime(1960, 1, 1, tzinfo=UTC)
_NAME = re.compile(r"[A-Z_][A-Z0-9_]*\Z", re.IGNORECASE | re.ASCII)
_NAMESTR = struct.Struct(">hhhh8s40s8shhh2s8shhl52s")
_LIBRARY = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!" + b"0" * 30 + b"  "
_MEMBER_START = b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!"
_DESCRIPTOR = b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!" + b"0" * 30 + b"  "
_NAMESTR_START = b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!"
_OBSERVATIONS = b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!" + b"0" * 30 + b"  "
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?\Z", re.ASCII)
_WIDEST = 32767
_FORMAT = re.compile(r"([A-Z$_]*[A-Z_]|[A-Z$_]*)(\d+)?(?:\.(\d+)?)?\Z", re.IGNORECASE)
Encoding = Literal["ascii", "utf-8", "gb18030", "cp1252"]
Transliterate = Callable[[str], str]


def transport_form(dataset: Dataset) -> Dataset:
    """Return a dataset with the values XPT would hold: SAS dates as days from 1960-01-01, decimals as numbers.

    Raises  DatasetRefused if a date that is stored as a number is not complete.
    """
    problems: list[Finding] = []
    columns, variables = [], []
    for variable in dataset.variables:
        column = dataset.frame[variable.name]
        if variable.data_type in ("date", "datetime", "time") and variable.target_type:
            days = [
                _day_number(text, variable, dataset, row, problems)
                for row, text in enumerate(column, start=1)
            ]
            column = pl.Series(variable.name, days, dtype=pl.Float64)
        elif variable.is_numeric_in_transport:
            column = column.cast(pl.Float64, strict=False)
        else:
            column = column.cast(pl.String).fill_null("")
        columns.append(column)
        kind: Literal["double", "string"] = "double" if variable.is_numeric_in_transport else "string"
        variables.append(replace(variable, data_type=kind, target_type=""))
    if problems:
        raise DatasetRefused(problems)
    return replace(dataset, variables=tuple(variables), frame=pl.DataFrame(columns))


def _day_number(
    text: str | None, variable: Variable, dataset: Dataset, row: int, problems: list[Finding]
) -> float | None:
    if not text:
        return None
    try:
        if variable.data_type == "date":
            return float((date.fromisoformat(text) - _SAS_EPOCH).days)
        if variable.data_type == "datetime":
            moment = datetime.fromisoformat(text)
            return (moment.replace(tzinfo=UTC) - _SAS_MIDNIGHT).total_seconds()
        hands = _TIME.match(text)
        if hands is None:
            raise ValueError(f"{text!r} is not a time")
        return int(hands[1]) * 3600 + int(hands[2]) * 60 + float(hands[3] or 0)
    except ValueError:
        problems.append(Finding(f.NOT_A_DATE, {"found": text}, dataset.name, variable.name, row))
        return None


def check_xpt(
    dataset: Dataset, *, encoding: Encoding = "ascii", enforce_length: bool = True
) -> list[Finding]:
    """Return everything that would be cut, changed or lost if the dataset were written as XPT version 5.

    encoding        what the texts are written in; authorities take ascii.
    enforce_length  report values longer than their variable's declared length.
    """
    found = _check_names(dataset, encoding)
    for variable in dataset.variables:
        if max(_format_parts(variable.display_format)[1:]) > _WIDEST:
            params = {"found": variable.display_format[:40], "limit": _WIDEST}
            found.append(Finding(f.BAD_FORMAT, params, dataset.name, variable.name))
        column = dataset.frame[variable.name]
        if variable.is_numeric_in_transport:
            found += _check_numbers(dataset, variable, column)
        else:
            limit = variable.length if enforce_length and variable.length else LONGEST_VALUE
            found += _check_texts(
                dataset, variable, column.cast(pl.String), min(limit, LONGEST_VALUE), encoding
            )
    return found


def _check_names(dataset: Dataset, encoding: Encoding) -> list[Finding]:
    found: list[Finding] = []
    if not dataset.variables:
        found.append(Finding(f.NO_VARIABLES, {}, dataset.name))
    if len(dataset.variables) > MOST_VARIABLES:
        params = {"limit": MOST_VARIABLES, "count": len(dataset.variables)}
        found.append(Finding(f.TOO_MANY_VARIABLES, params, dataset.name))
    seen: set[str] = set()
    labels = [(dataset.name, dataset.label, "")]
    labels += [(variable.name, variable.label, variable.name) for variable in dataset.variables]
    for name, label, variable_name in labels:
        if len(name) > LONGEST_NAME:
            found.append(Finding(f.NAME_TOO_LONG, {"limit": LONGEST_NAME}, dataset.name, variable_name))
        elif not _NAME.match(name):
            found.append(Finding(f.NAME_CHARACTERS, {}, dataset.name, variable_name))
        elif variable_name and name != name.upper():
            found.append(Finding(f.NAME_IN_CAPITALS, {}, dataset.name, variable_name, severity="warning"))
        if variable_name and name.upper() in seen:
            found.append(Finding(f.NAME_TWICE, {"name": name}, dataset.name, variable_name))
        if variable_name:
            seen.add(name.upper())
        try:
            taken = len(label.encode(encoding))
        except UnicodeEncodeError:
            words = {"found": label[:40], "encoding": encoding}
            found.append(Finding(f.NOT_ENCODABLE, words, dataset.name, variable_name))
            continue
        if taken > LONGEST_LABEL:
            sizes = {"bytes": taken, "limit": LONGEST_LABEL}
            found.append(Finding(f.LABEL_TOO_LONG, sizes, dataset.name, variable_name))
    return found


def _check_numbers(dataset: Dataset, variable: Variable, column: pl.Series) -> list[Finding]:
    found: list[Finding] = []
    if variable.target_type and variable.data_type in ("date", "datetime", "time"):
        for row, text in enumerate(column, start=1):
            _day_number(text, variable, dataset, row, found)
        return found[:MANY]
    numbers = column.cast(pl.Float64, strict=False)
    magnitude = numbers.abs()
    lost = numbers.is_null() & column.is_not_null() & (column.cast(pl.String) != "")
    outside = (
        lost | (~numbers.is_finite()) | (magnitude > LARGEST) | ((magnitude > 0) & (magnitude < SMALLEST))
    )
    for row in outside.fill_null(value=False).arg_true()[:MANY]:
        found.append(
            Finding(f.NUMBER_RANGE, {"found": str(column[row])}, dataset.name, variable.name, row + 1)
        )
    if variable.data_type == "decimal":
        for row, text in enumerate(column, start=1):
            if text and _loses_digits(text):
                params = {"found": text[:60]}
                found.append(Finding(f.NUMBER_DIGITS, params, dataset.name, variable.name, row))
    if column.dtype == pl.Int64:
        for row in (column.abs() > 2**53).fill_null(value=False).arg_true()[:MANY]:
            found.append(
                Finding(f.NUMBER_DIGITS, {"found": str(column[row])}, dataset.name, variable.name, row + 1)
            )
    return found


def _loses_digits(text: str) -> bool:
    """Say whether a decimal is more exact than the number it becomes; what is no number is told elsewhere."""
    try:
        number = float(text)
        return math.isfinite(number) and Decimal(repr(number)) != Decimal(text)
    except (ValueError, InvalidOperation):
        return False


def _check_texts(
    dataset: Dataset, variable: Variable, column: pl.Series, limit: int, encoding: Encoding
) -> list[Finding]:
    # In an ASCII text a character is a byte, so that only the others need a look one by one.
    suspects = ((column.str.len_bytes() > limit) | (column.str.contains(r"[^\x00-\x7F]"))).fill_null(
        value=False
    )
    blanks = column.str.contains(r"[^ \x00][ \x00]+\z").fill_null(value=False)
    found: list[Finding] = [
        Finding(f.BLANKS_LOST, {}, dataset.name, variable.name, row + 1, "warning")
        for row in blanks.arg_true()[:MANY]
    ]
    for row in suspects.arg_true():
        if len(found) >= 2 * MANY:
            break
        place = (dataset.name, variable.name, row + 1)
        try:
            taken = len(column[row].encode(encoding))
        except UnicodeEncodeError as error:
            shown = column[row][error.start : error.start + 20]
            found.append(Finding(f.NOT_ENCODABLE, {"found": shown, "encoding": encoding}, *place))
            continue
        if taken > limit:
            template = f.VALUE_TOO_LONG if limit == LONGEST_VALUE else f.LENGTH_TOO_SHORT
            found.append(Finding(template, {"bytes": taken, "limit": limit}, *place))
    return found


def transliterated(dataset: Dataset, transliterate: Transliterate) -> tuple[Dataset, list[Finding]]:
    """Return a dataset whose texts and labels are ASCII, and a warning for every text that was changed.

    transliterate  a function from text to text, such as Chinese to pinyin; what it leaves non-ASCII is found by
                   `check_xpt` afterwards. Nothing is transliterated unless it is asked for.
    """
    changed: list[Finding] = []

    def written(text: str, variable: str = "", row: int | None = None) -> str:
        if text.isascii():
            return text
        result = transliterate(text)
        params = {"found": text[:60], "written": result[:60]}
        changed.append(Finding(f.TRANSLITERATED, params, dataset.name, variable, row, "warning"))
        return result

    columns = []
    for variable in dataset.variables:
        column = dataset.frame[variable.name]
        if column.dtype == pl.String:
            texts = [
                text if text is None else written(text, variable.name, row)
                for row, text in enumerate(column, 1)
            ]
            column = pl.Series(variable.name, texts, dtype=pl.String)
        columns.append(column)
    variables = tuple(replace(each, label=written(each.label, each.name)) for each in dataset.variables)
    label = written(dataset.label)
    return replace(dataset, label=label, variables=variables, frame=pl.DataFrame(columns)), changed


def write_xpt(
    datasets: Sequence[Dataset],
    *,
    created: datetime,
    modified: datetime | None = None,
    encoding: Encoding = "ascii",
    enforce_length: bool = True,
) -> bytes:
    """Return datasets as one SAS transport file, version 5.

    datasets  one by the rules of the authorities; the format allows several.
    created   stands in the header; there is no clock here.
    Raises    DatasetRefused with every value, name and label that would be cut, changed or lost.
    """
    found = [
        finding
        for dataset in datasets
        for finding in errors(check_xpt(dataset, encoding=encoding, enforce_length=enforce_length))
    ]
    if found:
        raise DatasetRefused(found)
    stamps = (_stamp(created), _stamp(modified or created))
    first = b"SAS     SAS     SASLIB  9.4     Linux   " + b" " * 24 + stamps[0]
    parts = [_LIBRARY, first, stamps[1].ljust(RECORD)]
    for dataset in datasets:
        parts.append(_member(transport_form(dataset), stamps, encoding))
    return b"".join(parts)


def _member(dataset: Dataset, stamps: tuple[bytes, bytes], encoding: Encoding) -> bytes:
    name = dataset.name.encode("ascii").ljust(8)
    columns: list[NDArray[np.uint8]] = []
    namestrs: list[bytes] = []
    position = 0
    for number, variable in enumerate(dataset.variables, start=1):
        column = dataset.frame[variable.name]
        is_number = variable.data_type == "double"
        if is_number:
            special = {row: code for (name_, row), code in dataset.missing.items() if name_ == variable.name}
            raw = to_ibm(column.fill_null(float("nan")).to_numpy(), special)
        else:
            raw = _text_bytes(column, variable.length, encoding)
        namestrs.append(_namestr(variable, number, raw.shape[1], position, encoding))
        columns.append(raw)
        position += raw.shape[1]
    rows = (
        np.concatenate(columns, axis=1) if dataset.frame.height else np.empty((0, position), dtype=np.uint8)
    )
    described = b"".join(namestrs)
    return b"".join(
        [
            _MEMBER_START + b"0" * 16 + b"01600000000140  ",
            _DESCRIPTOR,
            b"SAS     " + name + b"SASDATA 9.4     Linux   " + b" " * 24 + stamps[0],
            stamps[1] + b" " * 16 + dataset.label.encode(encoding).ljust(LONGEST_LABEL) + b" " * 8,
            _NAMESTR_START + f"000000{len(namestrs):04d}".encode() + b"0" * 20 + b"  ",
            described.ljust(_padded(len(described))),
            _OBSERVATIONS,
            rows.tobytes().ljust(_padded(rows.size)),
        ]
    )


def _text_bytes(column: pl.Series, length: int | None, encoding: Encoding) -> NDArray[np.uint8]:
    texts = [text.encode(encoding) for text in column.to_list()]
    width = max([1, min(length or 1, LONGEST_VALUE), *map(len, texts)])
    padded = b"".join(text.ljust(width) for text in texts)
    return np.frombuffer(padded, dtype=np.uint8).reshape(-1, width)


def _namestr(variable: Variable, number: int, length: int, position: int, encoding: Encoding) -> bytes:
    format_name, width, decimals = _format_parts(variable.display_format)
    return _NAMESTR.pack(
        1 if variable.data_type == "double" else 2,
        0,
        length,
        number,
        variable.name.upper().encode("ascii").ljust(8),
        variable.label.encode(encoding).ljust(LONGEST_LABEL),
        format_name.encode("ascii").ljust(8),
        width,
        decimals,
        0,
        b"\0\0",
        b" " * 8,
        0,
        0,
        position,
        b"\0" * 52,
    )


def _format_parts(display_format: str) -> tuple[str, int, int]:
    found = _FORMAT.match(display_format)
    if not found or len(found[1]) > 8:
        return "", 0, 0
    return found[1].upper(), int(found[2] or 0), int(found[3] or 0)


def _stamp(moment: datetime) -> bytes:
    months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    year = moment.year % 100
    return f"{moment.day:02d}{months[moment.month - 1]}{year:02d}:{moment:%H:%M:%S}".encode()


def _padded(size: int) -> int:
    return -(-size // RECORD) * RECORD


def read_xpt(content: bytes, *, encoding: str | None = None) -> tuple[Dataset, ...]:
    """Return the datasets of a SAS transport file, version 5.

    encoding  of the texts; None: ASCII if that is all there is, else UTF-8 if it is valid, else Windows-1252.
    Returns   numbers as Float64 with null where missing, texts without their trailing blanks; rows of nothing but
              blanks at the very end cannot be told from padding and are taken for it, as SAS does.
    Raises    DatasetRefused if the content is not such a file or ends too early.
    """
    if content[:40] != _LIBRARY[:40]:
        raise _not_xpt("LIBRARY HEADER RECORD", 0)
    position, datasets = 3 * RECORD, []
    while position < len(content):
        dataset, position = _read_member(content, position, encoding)
        datasets.append(dataset)
    return tuple(datasets)


def _read_member(content: bytes, start: int, encoding: str | None) -> tuple[Dataset, int]:
    if content[start : start + 48] != _MEMBER_START:
        raise _not_xpt("MEMBER HEADER RECORD", start)
    described = content[start + 2 * RECORD : start + 4 * RECORD]
    counted = content[start + 4 * RECORD : start + 5 * RECORD]
    if len(counted) < RECORD or counted[:48] != _NAMESTR_START:
        raise _not_xpt("NAMESTR HEADER RECORD", start + 4 * RECORD)
    size = int(content[start + 74 : start + 78] or b"0") if content[start + 74 : start + 78].isdigit() else 0
    count = int(counted[54:58]) if counted[54:58].isdigit() else -1
    if size not in (136, 140) or count < 0:
        raise _not_xpt("NAMESTR HEADER RECORD", start + 4 * RECORD)
    begin = start + 5 * RECORD
    data = begin + _padded(size * count) + RECORD
    if len(content) < data:
        raise DatasetRefused([Finding(f.TRUNCATED, {"offset": len(content), "detail": "NAMESTR"})])
    if content[data - RECORD : data - RECORD + 48] != _OBSERVATIONS[:48]:
        raise _not_xpt("OBS HEADER RECORD", data - RECORD)
    fields = [
        _NAMESTR.unpack(content[begin + size * i : begin + size * i + size].ljust(140, b"\0"))
        for i in range(count)
    ]
    total = sum(each[2] for each in fields)
    for number, each in enumerate(fields):
        kind, length, place = each[0], each[2], each[14]
        fits = place >= 0 and length > 0 and place + length <= total
        if not fits or kind not in (1, 2) or (kind == 1 and not 2 <= length <= 8):
            raise _not_xpt("NAMESTR", begin + size * number)
    names = [each[4].decode("ascii", "replace").strip(" \0") for each in fields]
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        raise DatasetRefused([Finding(f.NAME_TWICE, {"name": twice}, variable=twice)])
    end = _end_of_rows(content, data)
    rows = _rows(content[data:end], total, end)
    name = described[8:16].decode("ascii", "replace").strip()
    label = _text(described[RECORD + 32 : RECORD + 72], encoding)
    return _dataset(name, label, fields, rows, encoding), end


def _end_of_rows(content: bytes, start: int) -> int:
    """Return where the rows of a member end: at the next member, which starts a record, or with the file."""
    found = content.find(_MEMBER_START, start)
    while found >= 0 and (found - start) % RECORD:
        found = content.find(_MEMBER_START, found + 1)
    return len(content) if found < 0 else found


def _rows(block: bytes, width: int, end: int) -> NDArray[np.uint8]:
    """Return the rows of a block of whole records; `end` is where in the file it ends.

    Raises  DatasetRefused if the block stops within a record, or after the first bytes of a row.
    """
    if width == 0:
        return np.empty((0, 0), dtype=np.uint8)
    count = len(block) // width
    rest = block[count * width :]
    if len(block) % RECORD or len(rest) >= RECORD or rest.strip(b" \0"):
        raise DatasetRefused([Finding(f.TRUNCATED, {"offset": end, "detail": "OBS"})])
    rows = np.frombuffer(block, dtype=np.uint8, count=count * width).reshape(count, width)
    # What is left of the last record is blanks; with short rows whole rows of blanks fit into it.
    spare = (RECORD - 1) // width
    while count and spare and (rows[count - 1] == 0x20).all():
        count, spare = count - 1, spare - 1
    return rows[:count]


def _dataset(
    name: str, label: str, fields: list[tuple], rows: NDArray[np.uint8], encoding: str | None
) -> Dataset:
    variables: list[Variable] = []
    columns: list[pl.Series] = []
    missing: dict[tuple[str, int], str] = {}
    for kind, _, length, _, raw_name, raw_label, raw_format, width, decimals, *_, position, _ in fields:
        block = np.ascontiguousarray(rows[:, position : position + length])
        variable_name = raw_name.decode("ascii", "replace").strip(" \0")
        if kind == 1:
            values, absent, special = from_ibm(block)
            column = pl.Series(variable_name, values).set(pl.Series(absent), None)
            missing |= {(variable_name, row): code for row, code in special.items()}
        else:
            column = _text_column(variable_name, block, encoding)
        columns.append(column)
        variables.append(
            Variable(
                name=variable_name,
                label=_text(raw_label, encoding),
                data_type="double" if kind == 1 else "string",
                length=length,
                display_format=_shown_format(raw_format, width, decimals),
            )
        )
    return Dataset(name, label, tuple(variables), pl.DataFrame(columns), missing=missing)


def _text_column(name: str, block: NDArray[np.uint8], encoding: str | None) -> pl.Series:
    if block.shape[0] == 0:
        return pl.Series(name, [], dtype=pl.String)
    texts = block.view(f"S{block.shape[1]}")[:, 0]
    return pl.Series(name, [_text(bytes(text), encoding) for text in texts], dtype=pl.String)


def _text(raw: bytes, encoding: str | None) -> str:
    stripped = raw.rstrip(b" \0")
    if encoding is not None:
        return stripped.decode(encoding, "replace")
    try:
        return stripped.decode("utf-8")
    except UnicodeDecodeError:
        return stripped.decode("cp1252", "replace")


def _shown_format(raw: bytes, width: int, decimals: int) -> str:
    name = raw.decode("ascii", "replace").strip(" \0")
    if not name and not width:
        return ""
    return f"{name}{width or ''}.{decimals or ''}"


def _not_xpt(detail: str, offset: int) -> DatasetRefused:
    return DatasetRefused([Finding(f.NOT_THIS_FORMAT, {"detail": detail, "offset": offset})])


def same_values(left: Dataset, right: Dataset) -> Iterable[str]:
    """Give a line for every variable in which two datasets in transport form differ."""
    if left.frame.columns != right.frame.columns:
        yield f"variables {left.frame.columns} and {right.frame.columns}"
        return
    for name in left.frame.columns:
        if not left.frame[name].equals(right.frame[name], null_equal=True):
            yield name
