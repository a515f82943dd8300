"""Changing the size of a trial under way without changing its error: combination tests and the promising zone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from triallink.engines.design.answer import check_error, check_positive
from triallink.engines.design.means import two_means
from triallink.engines.design.operation import conditional_power
from triallink.engines.design.recursion import Array
from triallink.engines.design.sequential import Boundaries

Zone = Literal["unfavourable", "promising", "favourable"]


def combined_z(stage_z: Sequence[float], information: Sequence[float]) -> Array:
    """Return the statistic of the inverse normal combination after each stage.

    stage_z      z of the data of each stage alone, shape (n_stages,).
    information  planned fractions at the ends of the stages, ascending; the weights stay those planned, whatever the
                 stages then had. With the bounds of a group-sequential design at these fractions the error is kept.
    Returns      shape (n_stages,).
    Raises       ValueError if the lengths differ or the fractions do not ascend.
    Source       Cui, Hung, Wang (1999), Biometrics 55; Lehmacher, Wassmer (1999), ibid.
    """
    t, z = np.asarray(information, dtype=np.float64), np.asarray(stage_z, dtype=np.float64)
    if t.shape[0] < z.shape[0] or z.ndim != 1:
        raise ValueError(f"{z.size} stages at {t.size} fractions")
    t = t[: len(z)]
    steps = np.diff(t, prepend=0.0)
    if not (steps > 0).all():
        raise ValueError(f"information fractions must ascend: {t}")
    result: Array = np.cumsum(np.sqrt(steps) * z) / np.sqrt(t)
    return result


def inverse_normal(p_values: Sequence[float], information: Sequence[float]) -> Array:
    """Return `combined_z` of one-sided p-values of the stages.

    Raises  ValueError as `combined_z`, or if a p-value is not between 0 and 1.
    Source  Lehmacher, Wassmer (1999), Biometrics 55.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if not ((p > 0) & (p < 1)).all():
        raise ValueError(f"p-values {p_values}")
    return combined_z((-ndtri(p)).tolist(), information)


def fisher_combination(p_values: Sequence[float]) -> float:
    """Return the p-value of Fisher's product of independent p-values.

    Raises  ValueError if a p-value is not between 0 and 1.
    Source  Fisher (1932), Statistical Methods for Research Workers; Bauer, Köhne (1994), Biometrics 50.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if not ((p > 0) & (p <= 1)).all() or p.size == 0:
        raise ValueError(f"p-values {p_values}")
    product = float(-np.log(p).sum())
    terms = (
        np.cumsum(np.concatenate([[0.0], np.log(product / np.arange(1, p.size))]))
        if product > 0
        else np.zeros(1)
    )
    return float(np.exp(terms - product).sum())


def conditional_error(boundaries: Boundaries, look: int, z: float) -> float:
    """Return the chance under the null hypothesis to reject later, given the value at a look.

    look    1 to n_looks - 1; what is left may be spent on any design of the rest that has this error.
    Raises  ValueError if there is no such look.
    Source  Müller, Schäfer (2001), Biometrics 57.
    """
    return conditional_power(boundaries, look, z, drift=0.0)


@dataclass(frozen=True)
class Interim:
    """A trial with one interim analysis at which its size may grow.

    first       subjects (or events) at the interim analysis.
    planned     subjects at the end as planned.
    largest     subjects at the end at most.
    critical    z-value to be reached at the end.
    power       conditional power wanted.
    """

    first: float
    planned: float
    largest: float
    critical: float
    power: float

    def __post_init__(self) -> None:
        if not 0 < self.first < self.planned <= self.largest:
            raise ValueError(f"sizes must ascend: {self.first}, {self.planned}, {self.largest}")
        if not 0 < self.power < 1:
            raise ValueError(f"a power of {self.power}")


@dataclass(frozen=True)
class Reestimation:
    """The size after an interim analysis.

    zone               in which the conditional power with the planned size lies.
    n                  subjects at the end, not rounded.
    conditional_power  with the planned size and with the new one, at the effect seen.
    critical_second    z of the second stage alone to be reached, with the planned weights.
    """

    zone: Zone
    n: float
    conditional_power: tuple[float, float]
    critical_second: float


def trend_power(interim: Interim, z: float, n: float, *, weighted: bool = True) -> float:
    """Return the conditional power with n subjects at the end if the effect is the one seen so far.

    z         at the interim analysis.
    weighted  the final statistic has the weights planned (Cui–Hung–Wang); otherwise all subjects count alike.
    Raises    ValueError if n does not exceed the interim size.
    Source    Mehta, Pocock (2011), Statistics in Medicine 30, formulas 4 to 6.
    """
    added = n - interim.first
    if added <= 0:
        raise ValueError(f"{n} subjects at the end, {interim.first} at the interim analysis")
    end = interim.planned if weighted else n
    needed = (interim.critical * math.sqrt(end) - z * math.sqrt(interim.first)) / math.sqrt(
        end - interim.first
    )
    return float(ndtr(z * math.sqrt(added / interim.first) - needed))


def promising_from(interim: Interim) -> float:
    """Return the least conditional power from which the size may grow and the unweighted test keeps its error.

    Raises  ValueError if there is none below the power wanted.
    Source  Chen, DeMets, Lan (2004), Statistics in Medicine 23; Mehta, Pocock (2011), table 1.
    """

    def excess(z: float) -> float:
        n = _wanted(interim, z)
        added, planned = n - interim.first, interim.planned - interim.first
        rest = interim.critical * math.sqrt(interim.planned) - z * math.sqrt(interim.first)
        # The unweighted statistic would have to reach this; up to the critical value nothing is inflated.
        bound = (math.sqrt(added / planned) * rest + z * math.sqrt(interim.first)) / math.sqrt(n)
        return bound - interim.critical

    favourable = _z_of_power(interim, interim.power)
    grid = np.linspace(1e-3, favourable - 1e-6, 400)
    values = np.array([excess(float(each)) for each in grid])
    above = np.nonzero(values > 1e-12)[0]
    if not len(above):
        return trend_power(interim, float(grid[0]), interim.planned)
    if above[-1] == len(grid) - 1:
        raise ValueError(f"no conditional power below {interim.power} keeps the error of the unweighted test")
    z = float(brentq(excess, grid[above[-1]], grid[above[-1] + 1], xtol=1e-12))
    return trend_power(interim, z, interim.planned)


def _z_of_power(interim: Interim, power: float) -> float:
    return float(brentq(lambda z: trend_power(interim, z, interim.planned) - power, -10.0, 20.0, xtol=1e-12))


def _wanted(interim: Interim, z: float) -> float:
    """Return the size with the conditional power wanted, at most the largest."""
    if z <= 0:
        return interim.largest
    needed = (interim.critical * math.sqrt(interim.planned) - z * math.sqrt(interim.first)) / math.sqrt(
        interim.planned - interim.first
    )
    root = (needed + float(ndtri(interim.power))) * math.sqrt(interim.first) / z
    return min(interim.largest, interim.first + max(root, 0.0) ** 2)


def promising_zone(interim: Interim, z: float, *, least: float | None = None) -> Reestimation:
    """Return the size of the trial after its interim analysis.

    z       at the interim analysis.
    least   conditional power from which the result is promising; none: `promising_from`, so that the unweighted
            test too keeps its error (Chen, DeMets, Lan).
    Raises  ValueError if least is not below the power wanted.
    Source  Mehta, Pocock (2011), Statistics in Medicine 30.
    """
    start = promising_from(interim) if least is None else least
    if not 0 <= start < interim.power:
        raise ValueError(f"promising from {start}, favourable from {interim.power}")
    now = trend_power(interim, z, interim.planned)
    zone: Zone = "unfavourable" if now < start else "promising" if now < interim.power else "favourable"
    n = max(interim.planned, _wanted(interim, z)) if zone == "promising" else interim.planned
    second = (interim.critical * math.sqrt(interim.planned) - z * math.sqrt(interim.first)) / math.sqrt(
        interim.planned - interim.first
    )
    return Reestimation(zone, n, (now, trend_power(interim, z, n)), second)


def blinded_variance(
    total_variance: float, n: float, *, difference: float = 0.0, ratio: float = 1.0
) -> float:
    """Return the variance within groups from the variance of blinded data.

    total_variance  sample variance of all subjects taken as one group, > 0.
    n               subjects seen, > 1.
    difference      assumed difference of the means; zero: the blinded variance itself.
    ratio           treatment divided by control.
    Raises          ValueError if a value is out of range or the assumed difference explains all variance.
    Source          Kieser, Friede (2003), Statistics in Medicine 22; Gould, Shih (1992).
    """
    check_positive(total_variance=total_variance, n=n, ratio=ratio)
    share = ratio / (1 + ratio) ** 2
    found = total_variance - n / (n - 1) * share * difference**2 if n > 1 else -1.0
    if found <= 0:
        raise ValueError(
            f"a difference of {difference} explains more than the variance {total_variance} of {n}"
        )
    return found


def blinded_size(
    total_variance: float,
    seen: float,
    *,
    difference: float,
    planned: float,
    largest: float = math.inf,
    power: float = 0.9,
    alpha: float = 0.025,
    sided: Literal[1, 2] = 1,
    ratio: float = 1.0,
    adjusted: bool = False,
) -> float:
    """Return the subjects in all after looking at the variance of blinded data.

    seen      subjects whose blinded variance it is.
    planned   subjects planned: the size never falls below, nor above largest.
    adjusted  subtract what the assumed difference adds to the blinded variance.
    Raises    ValueError if a value is out of range.
    Source    Kieser, Friede (2003), Statistics in Medicine 22: the error stays that of the t-test.
    """
    check_error(alpha, sided, power)
    if planned > largest or seen > planned:
        raise ValueError(f"{seen} subjects seen, {planned} planned, {largest} at most")
    variance = blinded_variance(total_variance, seen, difference=difference if adjusted else 0.0, ratio=ratio)
    found = two_means(
        difference=difference, sd=math.sqrt(variance), power=power, alpha=alpha, sided=sided, ratio=ratio
    )
    return min(max(found.n, planned), largest)
