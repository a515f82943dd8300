"""Resupply policies: when a site is sent kits, and how many. The same compiled rule serves simulation and real sites.

Every policy turns what is known about a site into two numbers per kit type: order when the position (usable stock plus
kits in transit) falls below `reorder_below`, and then fill it to `fill_to`. What triggers is any one kit type; what is sent
is all of them, so that a shipment does not tell which type ran low.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numba
import numpy as np

from .arrays import Float, Int

# Codes of the policies in compiled code.
_MIN_MAX, _TRIGGER, _PROJECTED, QUANTILE_MEAN = range(4)


@dataclass(frozen=True, kw_only=True)
class ResupplyPolicy(ABC):
    """The frame of a policy.

    review_days      a site is reviewed this often, and whenever a subject enters screening.
    first_shipment   "opening": kits are at the site when it opens; "screening": the first order waits for the first
                     subject in screening, which needs a screening period no shorter than the lead time.
    ships_together   True adds one kit of every blinded type to a shipment that would lack it.
    """

    review_days: int = 7
    first_shipment: Literal["opening", "screening"] = "opening"
    ships_together: bool = True

    def __post_init__(self) -> None:
        if self.review_days < 1:
            raise ValueError(f"review_days must be at least 1, got {self.review_days}")
        if self.first_shipment not in ("opening", "screening"):
            raise ValueError(f"first_shipment must be opening or screening, got {self.first_shipment!r}")

    @abstractmethod
    def windows(self, lead_days: int) -> tuple[int, int]:
        """Return the days of demand looked at to decide whether to order, and how much."""

    @abstractmethod
    def encoded(self, kit_types: tuple[str, ...]) -> tuple[int, float, Int, Int]:
        """Return code, parameter, minimum and maximum per kit type for the compiled rule."""


@dataclass(frozen=True, kw_only=True)
class MinMax(ResupplyPolicy):
    """Order when stock falls below the minimum, up to the maximum; no look at subjects.

    minimum, maximum  kits per kit type.
    Source  the buffer strategy of IRT systems (Oracle IRT Cloud user guide, "Resupply configuration").
    """

    minimum: Mapping[str, int]
    maximum: Mapping[str, int]

    def __post_init__(self) -> None:
        super().__post_init__()
        if set(self.minimum) != set(self.maximum):
            raise ValueError(f"minimum names {sorted(self.minimum)}, maximum {sorted(self.maximum)}")
        for name, least in self.minimum.items():
            if not 0 <= least <= self.maximum[name]:
                raise ValueError(f"kit type {name}: 0 <= {least} <= {self.maximum[name]} does not hold")

    def windows(self, lead_days: int) -> tuple[int, int]:
        return 0, 0

    def encoded(self, kit_types: tuple[str, ...]) -> tuple[int, float, Int, Int]:
        return _MIN_MAX, 0.0, _per_type(self.minimum, kit_types), _per_type(self.maximum, kit_types)


@dataclass(frozen=True, kw_only=True)
class TriggerResupply(ResupplyPolicy):
    """Order when stock does not cover the scheduled visits of the trigger period, up to those of the resupply period.

    Only subjects already at the site count; the buffers stand for those who may still come.
    trigger_days, resupply_days  days of scheduled visits ("trigger weeks", "resupply weeks").
    minimum, maximum             buffers per kit type added to either.
    Source  the projection strategy of IRT systems (Oracle IRT Cloud user guide, "Resupply configuration").
    """

    trigger_days: int
    resupply_days: int
    minimum: Mapping[str, int]
    maximum: Mapping[str, int]

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_windows(self.trigger_days, self.resupply_days)
        for name, least in self.minimum.items():
            if not 0 <= least <= self.maximum.get(name, -1):
                raise ValueError(f"kit type {name}: 0 <= {least} <= {self.maximum.get(name)} does not hold")

    def windows(self, lead_days: int) -> tuple[int, int]:
        return self.trigger_days, self.resupply_days

    def encoded(self, kit_types: tuple[str, ...]) -> tuple[int, float, Int, Int]:
        return _TRIGGER, 0.0, _per_type(self.minimum, kit_types), _per_type(self.maximum, kit_types)


@dataclass(frozen=True, kw_only=True)
class ProjectedDemand(ResupplyPolicy):
    """Order when stock does not cover the expected demand of the trigger period, up to that of the resupply period.

    Expected demand counts known subjects and those expected to come, times a safety factor.
    """

    trigger_days: int
    resupply_days: int
    safety_factor: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_windows(self.trigger_days, self.resupply_days)
        if self.safety_factor <= 0:
            raise ValueError(f"safety_factor must be positive, got {self.safety_factor}")

    def windows(self, lead_days: int) -> tuple[int, int]:
        return self.trigger_days, self.resupply_days

    def encoded(self, kit_types: tuple[str, ...]) -> tuple[int, float, Int, Int]:
        none = np.zeros(len(kit_types), dtype=np.int64)
        return _PROJECTED, float(self.safety_factor), none, none


@dataclass(frozen=True, kw_only=True)
class QuantileMean(ResupplyPolicy):
    """Order when stock falls below a high quantile of demand until the next order can arrive, up to that quantile plus
    the mean demand of the days after.

    probability  of covering the demand between one review and the arrival of what the next one orders, for one kit
                 type at one site.
    long_days    further days covered by their mean demand; longer means fewer shipments and more surplus.
    The short window is the longest lead time plus the days between reviews.
    Source  base-stock policy with a forecast (Zipkin 2000, ch. 6); the two-window floor and ceiling as described for
            clinical supply in the manual of the program 4C Supply.
    """

    probability: float
    long_days: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.probability < 1:
            raise ValueError(f"probability must lie strictly between 0 and 1, got {self.probability}")
        if self.long_days < 0:
            raise ValueError(f"long_days must not be negative, got {self.long_days}")

    def windows(self, lead_days: int) -> tuple[int, int]:
        short = lead_days + self.review_days
        return short, short + self.long_days

    def encoded(self, kit_types: tuple[str, ...]) -> tuple[int, float, Int, Int]:
        none = np.zeros(len(kit_types), dtype=np.int64)
        return QUANTILE_MEAN, float(self.probability), none, none


@dataclass(frozen=True, kw_only=True)
class DepotResupply:
    """How a regional depot is refilled from its central one.

    Its position is what it holds, what is under way to it, and what its sites hold and await. It orders when the position does
    not cover, with the given probability, what its sites draw in trigger_days; it then covers resupply_days. trigger_days
    should be at least its lead time plus review_days.
    """

    trigger_days: int = 28
    resupply_days: int = 84
    review_days: int = 7
    probability: float = 0.999

    def __post_init__(self) -> None:
        _check_windows(self.trigger_days, self.resupply_days)
        if self.review_days < 1 or not 0 < self.probability < 1:
            raise ValueError(f"out of range: {self.review_days=}, {self.probability=}")


@numba.njit(cache=True, nogil=True)
def order_levels(  # pragma: no cover - compiled
    code: int,
    parameter: float,
    minimum: Int,
    maximum: Int,
    known: Float,
    new: Float,
    cover: Int,
    reorder_below: Int,
    fill_to: Int,
) -> None:
    """Write the two levels of every kit type.

    known, new  shape (4, n_kit_types): mean and variance of demand in the short window, then in the long one; of the
                site's subjects and of those who may still come (forecast.known_demand, new_demand).
    cover       shape (n_kit_types,): kits covering the short window with the policy's probability
                (forecast.covering_stock); read by QuantileMean alone.
    """
    for k in range(len(reorder_below)):
        if code == _MIN_MAX:
            reorder_below[k] = minimum[k]
            fill_to[k] = maximum[k]
        elif code == _TRIGGER:
            reorder_below[k] = _ceil(known[0, k]) + minimum[k]
            fill_to[k] = _ceil(known[2, k]) + maximum[k]
        elif code == _PROJECTED:
            reorder_below[k] = _ceil(parameter * (known[0, k] + new[0, k]))
            fill_to[k] = _ceil(parameter * (known[2, k] + new[2, k]))
        else:
            short = known[0, k] + new[0, k]
            reorder_below[k] = cover[k]
            fill_to[k] = reorder_below[k] + _ceil(known[2, k] + new[2, k] - short)
        fill_to[k] = max(fill_to[k], reorder_below[k])


@numba.njit(cache=True, nogil=True)
def order_quantities(  # pragma: no cover - compiled
    position: Int,
    reorder_below: Int,
    fill_to: Int,
    is_blinded: np.ndarray,
    ships_together: bool,
    order: Int,
) -> bool:
    """Write the kits to send of every type and return whether anything is sent."""
    is_triggered = False
    for k in range(len(order)):
        order[k] = 0
        is_triggered |= position[k] < reorder_below[k]
    if not is_triggered:
        return False
    for k in range(len(order)):
        order[k] = max(fill_to[k] - position[k], 0)
        if ships_together and is_blinded[k]:
            order[k] = max(order[k], 1)
    return True


@numba.njit(cache=True, nogil=True)
def _ceil(value: float) -> int:  # pragma: no cover - compiled
    return int(np.ceil(max(value, 0.0) - 1e-9))


def _per_type(kits: Mapping[str, int], kit_types: tuple[str, ...]) -> Int:
    unknown = set(kits) - set(kit_types)
    if unknown:
        raise ValueError(f"the policy names kit types the trial does not have: {sorted(unknown)}")
    return np.array([kits.get(name, 0) for name in kit_types], dtype=np.int64)


def _check_windows(trigger_days: int, resupply_days: int) -> None:
    if not 0 <= trigger_days <= resupply_days:
        raise ValueError(f"0 <= trigger_days <= resupply_days does not hold: {trigger_days}, {resupply_days}")
