"""A set of assumptions: one value per catalogue entry, immutable and storable."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from .assumption_catalogue import ASSUMPTIONS, CATALOGUE_VERSION, AssumptionSpec

_SPECS = {spec.key: spec for spec in ASSUMPTIONS}


@dataclass(frozen=True)
class Assumptions:
    """Values by key; those that are not listed have the catalogue's default."""

    changed: tuple[tuple[str, float], ...] = ()
    catalogue_version: str = CATALOGUE_VERSION

    def __post_init__(self) -> None:
        for key, value in self.changed:
            check_assumption(key, value)

    def value(self, key: str) -> float:
        """Return the value of a key. Raises ValueError if the catalogue has no such key."""
        return dict(self.changed).get(key, spec_of(key).default)

    def values(self) -> dict[str, float]:
        """Return every value by key, in catalogue order."""
        return {key: self.value(key) for key in _SPECS}

    def with_values(self, values: Mapping[str, float]) -> "Assumptions":
        """Return these assumptions with some values replaced.

        Raises ValueError for an unknown key or a value outside its limits.
        """
        for key, value in values.items():
            check_assumption(key, value)
        merged = {**self.values(), **values}
        changed = tuple(
            (key, float(merged[key])) for key, spec in _SPECS.items() if merged[key] != spec.default
        )
        return Assumptions(changed, self.catalogue_version)

    def to_json(self) -> str:
        """Return canonical JSON with every value, so that a later change of a default changes nothing stored."""
        return json.dumps({"catalogue": self.catalogue_version, "values": self.values()}, sort_keys=True)

    @staticmethod
    def from_json(text: str) -> "Assumptions":
        """Return what `to_json` wrote. Keys the catalogue no longer has are refused with ValueError."""
        stored = json.loads(text)
        if not isinstance(stored, dict) or not isinstance(stored.get("values"), dict):
            raise ValueError(f"not a set of assumptions: {text[:60]!r}")
        return Assumptions(catalogue_version=str(stored.get("catalogue", ""))).with_values(stored["values"])


def spec_of(key: str) -> AssumptionSpec:
    """Return the catalogue entry of a key. Raises ValueError if there is none."""
    if key not in _SPECS:
        raise ValueError(f"unknown assumption {key!r}")
    return _SPECS[key]


def check_assumption(key: str, value: float) -> None:
    """Raise ValueError if the value is not a number within the limits of its assumption."""
    spec = spec_of(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{key} must be a number, not {value!r}")
    if not spec.minimum <= value <= spec.maximum:
        raise ValueError(
            f"{key} must be between {spec.minimum:g} and {spec.maximum:g} {spec.unit}, not {value:g}"
        )
