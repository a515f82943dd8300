"""Hazard ratios of one treatment within subgroups, as a forest plot shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from triallink.engines.survival.cox import ChiSquare, CoxModel, cox
from triallink.engines.survival.kaplan_meier import Estimate
from triallink.engines.survival.observations import Observations, labels_of, observations, strata_of
from triallink.engines.survival.partial_likelihood import Ties

_UNKNOWN = Estimate(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class SubgroupRow:
    """One line of a forest plot; `subgroup` is empty for all subjects together.

    subjects, events  per arm, the reference first.
    hazard_ratio      NaN where the likelihood has no maximum, for example when an arm has no event.
    """

    subgroup: str
    level: Any
    subjects: tuple[int, int]
    events: tuple[int, int]
    hazard_ratio: Estimate
    p_value: float


@dataclass(frozen=True)
class Forest:
    """All rows, and for each subgroup the test whether the treatment acts differently in its levels."""

    arms: tuple[Any, Any]
    rows: tuple[SubgroupRow, ...]
    interactions: Mapping[str, ChiSquare | None]


def forest(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    subgroups: Mapping[str, ArrayLike],
    *,
    reference: Any = None,
    strata: ArrayLike | Sequence[ArrayLike] | None = None,
    ties: Ties = "efron",
    confidence: float = 0.95,
) -> Forest:
    """Return the hazard ratio of two arms in all subjects and in each level of each subgroup.

    time, event  shape (n,), see `kaplan_meier`.
    arm          shape (n,), two labels.
    subgroups    by name, labels of shape (n,).
    reference    the arm in the denominator; the first in order unless told.
    strata       of every model, see `cox`.
    Returns      rows, and per subgroup the likelihood-ratio test of arm × subgroup (None where it cannot be fitted).
    Raises       ValueError for arms other than two, or malformed observations.
    Source       Cuzick (2005), Lancet 365, on subgroups; the models are `cox`.
    """
    seen = observations(time, event)
    arms, index = labels_of(arm, seen.n, "arm")
    if len(arms) != 2:
        raise ValueError(f"a forest compares two arms, not {arms}")
    if reference is not None and reference not in arms:
        raise ValueError(f"reference {reference!r} is none of {arms}")
    if reference == arms[1]:
        arms, index = arms[::-1], 1 - index
    stratum = strata_of(strata, seen.n)
    treated = index.astype(np.float64)

    def row(name: str, level: Any, inside: NDArray[np.bool_]) -> SubgroupRow:
        of_arm = [inside & (index == place) for place in (0, 1)]
        model = _model(seen, {"arm": treated}, stratum, inside, ties, confidence)
        return SubgroupRow(
            name,
            level,
            (int(of_arm[0].sum()), int(of_arm[1].sum())),
            (int(seen.event[of_arm[0]].sum()), int(seen.event[of_arm[1]].sum())),
            model.hazard_ratio("arm") if model else _UNKNOWN,
            float(model.p_values[0]) if model else float("nan"),
        )

    everybody = np.ones(seen.n, dtype=np.bool_)
    rows = [row("", None, everybody)]
    interactions: dict[str, ChiSquare | None] = {}
    for name, values in subgroups.items():
        levels, level = labels_of(values, seen.n, name)
        rows += [row(name, label, level == place) for place, label in enumerate(levels)]
        main = {f"{name}={label}": (level == place) * 1.0 for place, label in enumerate(levels) if place}
        crossed = {f"arm×{key}": treated * column for key, column in main.items()}
        without = _model(seen, {"arm": treated, **main}, stratum, everybody, ties, confidence)
        with_it = _model(seen, {"arm": treated, **main, **crossed}, stratum, everybody, ties, confidence)
        interactions[name] = _gain(without, with_it) if crossed and without and with_it else None
    return Forest((arms[0], arms[1]), tuple(rows), interactions)


def _model(
    seen: Observations,
    covariates: Mapping[str, NDArray[np.float64]],
    stratum: NDArray[np.int64],
    inside: NDArray[np.bool_],
    ties: Ties,
    confidence: float,
) -> CoxModel | None:
    """Return the fitted model, or None where these subjects do not determine one."""
    chosen = {name: column[inside] for name, column in covariates.items()}
    try:
        return cox(
            seen.time[inside],
            seen.event[inside],
            chosen,
            strata=stratum[inside],
            ties=ties,
            confidence=confidence,
        )
    except ValueError:
        return None


def _gain(without: CoxModel, with_it: CoxModel) -> ChiSquare:
    statistic = max(0.0, 2 * (with_it.log_likelihoods[1] - without.log_likelihoods[1]))
    df = len(with_it.names) - len(without.names)
    return ChiSquare(statistic, df, float(chdtrc(df, statistic)))
