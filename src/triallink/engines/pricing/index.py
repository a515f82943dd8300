"""A price index per region and period that discloses nobody: primary and complementary suppression.

What can be learnt from a published table is what it says and what remains when one published part is taken from
another. Both must hold at least `minimum` suppliers, or none at all.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles

NATION = ""
QUARTILE_SUPPLIERS = 5


@dataclass(frozen=True)
class Observation:
    """One price that one supplier asked or was paid, per unit.

    region  where; NATION ("") for a price that belongs to no region.
    period  any sortable name, such as "2026-Q3".
    """

    supplier: str
    region: str
    period: str
    price: float

    def __post_init__(self) -> None:
        if not self.price > 0:
            raise ValueError(f"a price is more than zero, got {self.price!r}")


@dataclass(frozen=True)
class Cell:
    """What may be told of one region (NATION: all) in one period; every figure None if nothing may.

    suppliers  distinct suppliers.
    median     of the suppliers' own median prices, so that nobody counts twice.
    q1, q3     quartiles of the same, told only from QUARTILE_SUPPLIERS suppliers on: with three, they are the prices.
    reason     "few" (fewer suppliers than the minimum), "complement" (it could be worked out for others), or "".
    """

    region: str
    period: str
    suppliers: int | None
    median: float | None
    q1: float | None
    q3: float | None
    reason: str = ""

    @property
    def is_told(self) -> bool:
        """Whether the figures may be shown."""
        return self.reason == ""


def price_cells(observations: Iterable[Observation], minimum: int = 3) -> list[Cell]:
    """Return one cell per region and period that has prices, and one per period for the nation.

    observations  prices of one service in one currency, from one kind of source.
    minimum       fewest distinct suppliers a told figure may rest on, >= 2.
    Returns       cells by period, the nation first, then regions by name.
    Raises        ValueError if minimum is below 2.
    Source        threshold rule with complementary suppression: Hundepool et al., Statistical Disclosure Control
                  (2012), ch. 4; quartiles are linear between order statistics (Hyndman & Fan 1996, type 7).
    """
    if minimum < 2:
        raise ValueError(f"a minimum below 2 tells single prices, got {minimum!r}")
    by_period: dict[str, dict[str, dict[str, list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for seen in observations:
        by_period[seen.period][seen.region][seen.supplier].append(seen.price)
    return [
        cell for period in sorted(by_period) for cell in _period_cells(period, by_period[period], minimum)
    ]


def _period_cells(period: str, regions: Mapping[str, Mapping[str, list[float]]], minimum: int) -> list[Cell]:
    everywhere: dict[str, list[float]] = defaultdict(list)
    for prices in regions.values():
        for supplier, own in prices.items():
            everywhere[supplier].extend(own)
    nation = _cell(NATION, period, everywhere, minimum)
    named = {region: prices for region, prices in regions.items() if region != NATION}
    few = {region for region, prices in named.items() if len(prices) < minimum}
    hidden = few | (_complement(regions, few, minimum) if nation.is_told else set())
    cells = [nation]
    for region in sorted(named):
        if region in few:
            cells.append(_untold(region, period, "few"))
        elif region in hidden:
            cells.append(_untold(region, period, "complement"))
        else:
            cells.append(_cell(region, period, named[region], minimum))
    return cells


def _complement(
    regions: Mapping[str, Mapping[str, list[float]]], few: Collection[str], minimum: int
) -> set[str]:
    """Return further regions to hide, fewest suppliers first, until what remains of the nation tells nobody's price.

    What remains are the prices of hidden regions and of no region at all. The number of their suppliers must be 0
    or at least the minimum.
    """
    hidden = {*few, NATION} & set(regions)
    rest = {supplier for region in hidden for supplier in regions[region]}
    candidates = sorted(set(regions) - hidden, key=lambda region: (len(regions[region]), region))
    more: set[str] = set()
    while rest and len(rest) < minimum and candidates:
        region = candidates.pop(0)
        more.add(region)
        rest |= set(regions[region])
    return more


def _cell(region: str, period: str, prices: Mapping[str, list[float]], minimum: int) -> Cell:
    if len(prices) < minimum:
        return _untold(region, period, "few")
    own = sorted(median(one) for one in prices.values())
    q1 = q3 = None
    if len(own) >= QUARTILE_SUPPLIERS:
        q1, _, q3 = quantiles(own, n=4, method="inclusive")
    return Cell(region, period, len(own), median(own), q1, q3)


def _untold(region: str, period: str, reason: str) -> Cell:
    return Cell(region, period, None, None, None, None, reason)
