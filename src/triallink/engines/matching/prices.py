"""Settlement prices inside both limits, and shadow prices as guidance."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from triallink.engines.matching.clearing import Clearing
from triallink.engines.matching.market import Floats


@dataclass(frozen=True)
class Order:
    """An offer (floor) or a need (ceiling) for hours of one kind.

    limit_minor   least (offer) or most (need) per hour;  arrival   smaller = earlier.
    """

    id: str
    limit_minor: int
    hours: int
    arrival: int = 0

    def __post_init__(self) -> None:
        if self.hours <= 0:
            raise ValueError(f"order {self.id} needs positive hours, got {self.hours!r}")


@dataclass(frozen=True)
class Trade:
    """Hours that change hands; the buyer pays exactly what the seller receives."""

    need_id: str
    offer_id: str
    hours: int
    price_minor: int


@dataclass(frozen=True)
class Settlement:
    """All trades of a double auction at one price; price None = nobody trades."""

    price_minor: int | None
    trades: tuple[Trade, ...]

    @property
    def hours(self) -> int:
        """Hours traded."""
        return sum(trade.hours for trade in self.trades)


def settle_pair(floor_minor: int, ceiling_minor: int, k: Fraction = Fraction(1, 2)) -> int:
    """Return the price of one match: floor plus k of the distance to the ceiling, rounded down.

    k          0 = the seller's floor, 1 = the buyer's ceiling.
    Returns    minor units, inside both limits.
    Raises     ValueError if the limits do not meet or k is outside 0 to 1.
    Source     k-double auction (Chatterjee & Samuelson 1983).
    """
    if not 0 <= k <= 1:
        raise ValueError(f"k lies in 0 to 1, got {k!r}")
    if floor_minor > ceiling_minor:
        raise ValueError(f"the floor {floor_minor} lies above the ceiling {ceiling_minor}")
    return floor_minor + int(Fraction(k) * (ceiling_minor - floor_minor))


def settle(needs: Iterable[Order], offers: Iterable[Order], k: Fraction = Fraction(1, 2)) -> Settlement:
    """Match needs with offers at one price between the limits of the last pair that trades.

    Returns    Settlement: as many hours as can trade with gain, highest needs and lowest offers
               first; equal limits by arrival, then id.
    Raises     ValueError if k is outside 0 to 1.
    Source     k-double auction (Rustichini, Satterthwaite & Williams 1994): budget-balanced and
               inside both limits; not truthful for the marginal traders (Myerson & Satterthwaite).
    """
    wanted = sorted(needs, key=lambda o: (-o.limit_minor, o.arrival, o.id))
    offered = sorted(offers, key=lambda o: (o.limit_minor, o.arrival, o.id))
    pairs: list[tuple[Order, Order, int]] = []
    i = j = 0
    need_left = wanted[0].hours if wanted else 0
    offer_left = offered[0].hours if offered else 0
    while i < len(wanted) and j < len(offered) and wanted[i].limit_minor >= offered[j].limit_minor:
        hours = min(need_left, offer_left)
        pairs.append((wanted[i], offered[j], hours))
        need_left, offer_left = need_left - hours, offer_left - hours
        if need_left == 0:
            i += 1
            need_left = wanted[i].hours if i < len(wanted) else 0
        if offer_left == 0:
            j += 1
            offer_left = offered[j].hours if j < len(offered) else 0
    if not pairs:
        settle_pair(0, 0, k)
        return Settlement(None, ())
    need, offer, _ = pairs[-1]
    price = settle_pair(offer.limit_minor, need.limit_minor, k)
    return Settlement(price, tuple(Trade(n.id, o.id, hours, price) for n, o, hours in pairs))


def shadow_prices(clearing: Clearing, worker_group: ArrayLike) -> dict[object, Floats]:
    """Return what one more hour would save, by group of workers (say, city and role) and week.

    worker_group   shape (n_workers,), a label per worker in the market's order.
    Returns        label -> shape (n_weeks,), cost per hour, averaged over free hours.
    Raises         ValueError if the labels do not match the workers.
    Source         the dual prices that prove the bound.
    """
    labels = np.asarray(worker_group)
    if labels.shape != (clearing.market.n_workers,):
        raise ValueError(f"{clearing.market.n_workers} labels are needed, got shape {labels.shape}")
    names, row = np.unique(labels, return_inverse=True)
    shape = (len(names), clearing.market.n_weeks)
    worth, hours = np.zeros(shape), np.zeros(shape)
    np.add.at(worth, row, clearing.prices * clearing.market.capacity)
    np.add.at(hours, row, clearing.market.capacity)
    mean = worth / np.maximum(hours, 1)
    return {name: mean[at] for at, name in enumerate(names.tolist())}
