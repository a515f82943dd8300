"""Exact tests and intervals of counts."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import lgamma
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, ndtri

from triallink.engines.analysis.tables import checked

# Tables whose probability equals the observed up to rounding count as such (R, SAS: 1e-7 relative).
_EQUAL = 1e-7
_MOST_PATHS = 300_000


def fisher(table: ArrayLike) -> float:
    """Return the two-sided p-value of Fisher's exact test (Freeman and Halton beyond 2 × 2).

    table    whole counts, shape (rows, columns); empty rows and columns are left out.
    Returns  the probability, given the margins, of all tables no more probable than the observed; NaN for a single
             row or column.
    Raises   ValueError for what are no whole counts, or a table too large to be enumerated.
    Source   Freeman, Halton (1951), Biometrika 38, along the network of Mehta, Patel (1983), JASA 78;
             SAS PROC FREQ FISHER; CDISC pilot tables 14-1.02, 14-5.01.
    """
    counts = checked(table, (None, None))
    if (counts != np.round(counts)).any():
        raise ValueError(f"{counts[counts != np.round(counts)][0]} is no whole count")
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0].astype(int)
    if min(counts.shape) < 2:
        return float("nan")
    if counts.shape[0] > counts.shape[1]:
        counts = counts.T
    rows = tuple(sorted(int(each) for each in counts.sum(axis=1)))
    columns = tuple(sorted((int(each) for each in counts.sum(axis=0)), reverse=True))
    log = float(-sum(lgamma(x + 1) for x in counts.ravel()))
    return min(1.0, _Network(columns).share_up_to(rows, log + _EQUAL))


class _Network:
    """Tables column by column: a node is what is left of the rows, a path the cells chosen so far."""

    def __init__(self, columns: tuple[int, ...]) -> None:
        self.columns = columns
        self.visited = 0
        self.longest = lru_cache(maxsize=None)(self._longest)

    def share_up_to(self, rows: tuple[int, ...], limit: float) -> float:
        """Return the probability of tables whose log weight is at most the limit."""
        whole = self._all(0, rows)
        nodes: dict[tuple[int, ...], dict[float, float]] = {rows: {0.0: 1.0}}
        found = 0.0
        for stage in range(len(self.columns)):
            following: dict[tuple[int, ...], dict[float, float]] = defaultdict(lambda: defaultdict(float))
            for left, paths in nodes.items():
                steps = list(self._steps(stage, left))
                for past, ways in paths.items():
                    if past + self.longest(stage, left) <= limit:
                        found += ways * np.exp(past + self._all(stage, left) - whole)
                        continue
                    for rest, log in steps:
                        self._count(1)
                        following[rest][round(past + log, 9)] += ways
            nodes = following
        return float(found + sum(
            ways * np.exp(past - whole) for paths in nodes.values() for past, ways in paths.items() if past <= limit
        ))  # fmt: skip

    def _all(self, stage: int, left: tuple[int, ...]) -> float:
        """Return the log of the sum of weights of all ways to fill the columns from here."""
        return (
            lgamma(sum(left) + 1)
            - sum(lgamma(each + 1) for each in left)
            - sum(lgamma(each + 1) for each in self.columns[stage:])
        )

    def _longest(self, stage: int, left: tuple[int, ...]) -> float:
        """Return the greatest log weight of a way to fill the columns from here."""
        if stage == len(self.columns):
            return 0.0
        self._count(1)
        return max(log + self.longest(stage + 1, rest) for rest, log in self._steps(stage, left))

    def _steps(self, stage: int, left: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], float]]:
        for cells in self._fillings(self.columns[stage], left):
            rest = tuple(sorted(have - cell for have, cell in zip(left, cells, strict=True)))
            yield rest, -sum(lgamma(cell + 1) for cell in cells)

    def _fillings(self, total: int, left: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(left) == 1:
            yield (total,)
            return
        for cell in range(max(0, total - sum(left[1:])), min(left[0], total) + 1):
            self._count(1)
            for others in self._fillings(total - cell, left[1:]):
                yield (cell, *others)

    def _count(self, more: int) -> None:
        self.visited += more
        if self.visited > _MOST_PATHS:
            raise ValueError(f"columns {self.columns} allow too many tables to enumerate; take chi_square")


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence interval."""

    value: float
    lower: float
    upper: float


def exact_odds_ratio(table: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Return the conditional maximum-likelihood odds ratio of a 2 × 2 table with Fisher's exact interval.

    Raises  ValueError for what are no whole counts.
    Source  Fisher (1935), by scipy.stats.contingency; R fisher.test.
    """
    from scipy.stats.contingency import odds_ratio

    counts = checked(table, (2, 2))
    if (counts != np.round(counts)).any():
        raise ValueError(f"{counts[counts != np.round(counts)][0]} is no whole count")
    found = odds_ratio(counts.astype(int), kind="conditional")
    limits = found.confidence_interval(confidence)
    return Interval(float(found.statistic), float(limits.low), float(limits.high))


Method = Literal["clopper-pearson", "wilson", "agresti-coull", "jeffreys", "wald"]


def proportion(
    events: int, n: int, *, method: Method = "clopper-pearson", confidence: float = 0.95
) -> Interval:
    """Return a proportion with its confidence interval.

    method  "clopper-pearson" (exact), "wilson" (score), "agresti-coull", "jeffreys" or "wald".
    Raises  ValueError for events beyond n, an unknown method or confidence outside of (0, 1).
    Source  Clopper, Pearson (1934); Wilson (1927); Brown, Cai, DasGupta (2001), Stat Sci 16; SAS PROC FREQ BINOMIAL.
    """
    if not (0 <= events <= n and n > 0):
        raise ValueError(f"{events} events of {n} make no proportion")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    tail, share = (1 - confidence) / 2, events / n
    z = float(ndtri(1 - tail))
    if method in ("clopper-pearson", "jeffreys"):
        more = 1.0 if method == "clopper-pearson" else 0.5
        shift = 1.0 - more
        low = float(betaincinv(events + shift, n - events + more, tail)) if events else 0.0
        high = float(betaincinv(events + more, n - events + shift, 1 - tail)) if events < n else 1.0
        return Interval(share, low, high)
    if method == "wilson":
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        reach = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    elif method in ("wald", "agresti-coull"):
        size = n + (z * z if method == "agresti-coull" else 0.0)
        middle = (events + (size - n) / 2) / size
        reach = z * float(np.sqrt(middle * (1 - middle) / size))
    else:
        raise ValueError(
            f"method must be clopper-pearson, wilson, agresti-coull, jeffreys or wald, not {method!r}"
        )
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach))


def risk_difference(table: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Return the difference of two proportions, first row minus second, with Newcombe's interval.

    table   counts, shape (2, 2): rows are arms, the first column is the event.
    Raises  ValueError for what are no counts, or an arm without subjects.
    Source  Newcombe (1998), Stat Med 17, method 10; SAS PROC FREQ RISKDIFF(CL=NEWCOMBE).
    """
    counts = checked(table, (2, 2))
    one, other = (
        proportion(int(row[0]), int(row.sum()), method="wilson", confidence=confidence) for row in counts
    )
    value = one.value - other.value
    down = np.hypot(one.value - one.lower, other.upper - other.value)
    up = np.hypot(one.upper - one.value, other.value - other.lower)
    return Interval(value, float(value - down), float(value + up))
