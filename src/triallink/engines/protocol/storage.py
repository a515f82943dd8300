"""A protocol as JSON text and back, and its content hash."""

import dataclasses
import hashlib
import json
import types
import typing
from typing import Any

from . import refusal
from .json_source import parse_json
from .model import Protocol
from .refusal import Findings, refuse

FORMAT = "triallink.protocol/1"


def to_json(protocol: Protocol) -> str:
    """Return the protocol as canonical JSON: sorted keys, no white space, values equal to their default left out."""
    return _canonical({"format": FORMAT, "protocol": _plain(protocol)})


def from_json(text: str | bytes) -> Protocol:
    """Return the protocol that `to_json` wrote.

    Raises ProtocolUnreadable with located findings if the text is not such a protocol.
    """
    parsed = parse_json(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    if not isinstance(parsed, dict) or parsed.get("format") != FORMAT:
        raise refuse("format", refusal.MISSING, field=FORMAT)
    findings = Findings()
    protocol = _build(Protocol, parsed.get("protocol"), "protocol", findings)
    findings.refuse_errors()
    return protocol


def content_hash(protocol: Protocol) -> str:
    """Return the SHA-256 of the canonical JSON, hexadecimal; equal protocols have equal hashes."""
    return hashlib.sha256(to_json(protocol).encode()).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            item.name: _plain(getattr(value, item.name))
            for item in dataclasses.fields(value)
            if getattr(value, item.name) != _default(item)
        }
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _default(item: dataclasses.Field[Any]) -> Any:
    if item.default_factory is not dataclasses.MISSING:
        return item.default_factory()
    return item.default


_hints: dict[type, dict[str, Any]] = {}


def _build(kind: Any, value: Any, path: str, findings: Findings) -> Any:
    if not isinstance(value, dict):
        findings.error(path, refusal.OBJECT_EXPECTED)
        return None
    hints = _hints.get(kind) or _hints.setdefault(kind, typing.get_type_hints(kind))
    arguments = {}
    for item in dataclasses.fields(kind):
        if item.name in value:
            arguments[item.name] = _read(hints[item.name], value[item.name], f"{path}.{item.name}", findings)
        elif _default(item) is dataclasses.MISSING:
            findings.error(path, refusal.MISSING, field=item.name)
            arguments[item.name] = None
    return kind(**arguments)


_EXPECTED: dict[type, tuple[type | tuple[type, ...], str]] = {
    str: (str, refusal.TEXT_EXPECTED),
    int: (int, refusal.NUMBER_EXPECTED),
    float: ((int, float), refusal.NUMBER_EXPECTED),
    bool: (bool, refusal.FLAG_EXPECTED),
}


def _read(kind: Any, value: Any, path: str, findings: Findings) -> Any:
    if isinstance(kind, types.UnionType):
        if value is None:
            return None
        kind = next(option for option in typing.get_args(kind) if option is not type(None))
    if typing.get_origin(kind) is tuple:
        if not isinstance(value, list):
            findings.error(path, refusal.LIST_EXPECTED)
            return ()
        inner = typing.get_args(kind)[0]
        return tuple(_read(inner, item, f"{path}[{index}]", findings) for index, item in enumerate(value))
    if dataclasses.is_dataclass(kind):
        return _build(kind, value, path, findings)
    accepted, template = _EXPECTED[kind]
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        findings.error(path, template)
        return kind()
    return float(value) if kind is float and isinstance(value, int | float) else value
