"""Designs read back from their versioned JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .design import Design
from .registry import BY_NAME


def design_from_dict(plain: Mapping[str, Any]) -> Design:
    """Return the design that `Design.as_dict` described.

    plain    the mapping, nested designs included.
    Returns  a validated design, equal to the original.
    Raises   ValueError for an unknown procedure, another version, unknown or missing parameters.
    Source   own format, version in every text.
    """
    name, version = plain.get("procedure"), plain.get("version")
    if not isinstance(name, str) or name not in BY_NAME:
        raise ValueError(f"unknown procedure {name!r}")
    kind = BY_NAME[name].design
    if version != kind.version:
        raise ValueError(f"{name} version {version!r} is not the known version {kind.version}")
    values: dict[str, Any] = {
        key: design_from_dict(value) if key == "design" else value
        for key, value in plain.items()
        if key not in ("procedure", "version")
    }
    try:
        return kind(**values)
    except TypeError as refused:
        raise ValueError(f"parameters {sorted(values)!r} do not describe {name}: {refused}") from None


def design_from_json(text: str) -> Design:
    """Return the design written by `Design.to_json`.

    text     JSON text.
    Returns  a validated design, equal to the original.
    Raises   ValueError if it is not JSON of a known design.
    Source   own format.
    """
    plain = json.loads(text)
    if not isinstance(plain, dict):
        raise ValueError(f"not a design: {text[:80]!r}")
    return design_from_dict(plain)
