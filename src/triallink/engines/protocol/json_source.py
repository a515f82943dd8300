"""Reading JSON that a stranger sent: bounded, strict, and every problem with its place."""

import json
import math
from collections import Counter
from typing import Any, BinaryIO

from triallink.kernel.text import is_storable

from . import refusal
from .refusal import Findings, refuse

MEGABYTE = 1_000_000
MAXIMUM_BYTES = 50 * MEGABYTE
MAXIMUM_DEPTH = 60
# No protocol quantity needs more; longer digit strings are an attack on the parser.
MAXIMUM_DIGITS = 15


class _BadNumber:
    """Stands in for a number JSON should not hold, until the walk can say where it is."""


_BAD_NUMBER = _BadNumber()


def read_bytes(source: bytes | BinaryIO, maximum_bytes: int = MAXIMUM_BYTES) -> bytes:
    """Return the whole content, never holding more than the limit.

    Raises ProtocolUnreadable if the content is larger than the limit or empty.
    """
    data = source if isinstance(source, bytes) else source.read(maximum_bytes + 1)
    if len(data) > maximum_bytes:
        raise refuse("", refusal.TOO_LARGE, limit_mb=round(maximum_bytes / MEGABYTE, 1))
    if not data.strip():
        raise refuse("", refusal.EMPTY)
    return data


def parse_json(data: bytes, maximum_depth: int = MAXIMUM_DEPTH) -> Any:
    """Return the JSON value.

    Raises ProtocolUnreadable for a wrong encoding or syntax (with line and column), nesting beyond the
    limit, duplicate keys, numbers that are not finite or have more than 15 digits before the point, and
    characters that cannot be stored (NUL, lone surrogates).
    """
    text = _decode(data)
    duplicates: dict[int, str] = {}
    kept: list[dict[str, Any]] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(items)
        if len(value) < len(items):
            counts = Counter(key for key, _ in items)
            duplicates[id(value)] = next(key for key in value if counts[key] > 1)
            kept.append(value)
        return value

    try:
        parsed = json.loads(
            text, object_pairs_hook=pairs, parse_constant=_constant, parse_int=_integer, parse_float=_real
        )
    except json.JSONDecodeError as error:
        place = f"{error.lineno}:{error.colno}"
        raise refuse(place, refusal.BAD_SYNTAX, line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise refuse("", refusal.TOO_DEEP, limit=maximum_depth) from None
    _check(parsed, duplicates, maximum_depth)
    return parsed


def _decode(data: bytes) -> str:
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        name = encoding.removesuffix("-sig").upper()
        raise refuse(f"{line}:{column}", refusal.BAD_ENCODING, encoding=name, offset=error.start) from None


def _constant(_text: str) -> _BadNumber:
    return _BAD_NUMBER


def _integer(text: str) -> int | _BadNumber:
    return int(text) if len(text) <= MAXIMUM_DIGITS + 1 else _BAD_NUMBER


def _real(text: str) -> float | _BadNumber:
    value = float(text)
    return value if math.isfinite(value) and abs(value) < 10**MAXIMUM_DIGITS else _BAD_NUMBER


def _check(parsed: Any, duplicates: dict[int, str], maximum_depth: int) -> None:
    """Walk the value without recursion and refuse what a parser lets through."""
    findings = Findings()
    waiting: list[tuple[Any, str, int]] = [(parsed, "", 1)]
    while waiting:
        value, path, depth = waiting.pop()
        if depth > maximum_depth:
            raise refuse(_shortened(path), refusal.TOO_DEEP, limit=maximum_depth)
        if isinstance(value, dict):
            if id(value) in duplicates:
                findings.error(path, refusal.DUPLICATE_KEY, key=duplicates[id(value)][:60])
            for key, item in value.items():
                if not is_storable(key):
                    findings.error(path, refusal.BAD_CHARACTER)
                    continue
                waiting.append((item, join(path, key), depth + 1))
        elif isinstance(value, list):
            waiting.extend((item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value))
        elif isinstance(value, str):
            if not is_storable(value):
                findings.error(path, refusal.BAD_CHARACTER)
        elif value is _BAD_NUMBER:
            findings.error(path, refusal.BAD_NUMBER)
    findings.refuse_errors()


def join(path: str, key: str) -> str:
    """Return the JSON path of a key below a path."""
    key = key if len(key) <= 60 else key[:57] + "…"
    return f"{path}.{key}" if path else key


def _shortened(path: str) -> str:
    return path if len(path) <= 200 else path[:197] + "…"
