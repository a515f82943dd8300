"""Many trials at once: the same allocations as the exact core, from integer tables and compiled loops.

For given draws the result equals that of `allocate` bit for bit. Designs without a compiled loop, and the rare
trials a compiled loop is not certain about, are run by the exact core itself.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm

import numpy as np

from . import (
    kernels,
    kernels_arms,
    kernels_blocks,
    kernels_optimal,
    kernels_power,
    kernels_real,
    kernels_urns,
)
from .adaptive import BayesianAdaptive, ResponseAdaptiveCoin, start_of_best
from .adaptive_urns import RandomizedPlayTheWinner
from .batch_caps import capped_batch, table_design
from .blocks import HiddenBlocks
from .design import Design, Factor, Subject, adapts, covariates_of, factors_of
from .exact import integer_weights
from .minimization import HuHu, Minimization, Shao, biased_coin_weights
from .optimal import AtkinsonOptimal
from .strata import Capped, RatioPreserving, Stratified
from .tables import UNIT, Tables, last_positive, limits_of, tables

NO_RESPONSES = np.zeros((0, 0, 0), dtype=np.uint8)
NO_GROUPS = np.zeros((0, 0), dtype=np.int32)
# Beyond this many arms the sets of arms that `bayesian_many` follows are too many; the exact core takes over.
MOST_ARMS = 8
NO_LEVELS = np.zeros((1, 1, 0), dtype=np.uint8)


def batch(
    design: Design,
    u: np.ndarray,
    levels: np.ndarray | None = None,
    responses: np.ndarray | None = None,
    covariates: np.ndarray | None = None,
) -> np.ndarray:
    """Return the arms of many trials, equal to those of `allocate` for the same draws.

    design     any design; factors it uses must list their levels.
    u          shape (n_trials, n), uint64; each stands for u = value / 2**64.
    levels     shape (n_trials, n, n_factors), integers: the place of the subject's level in each factor's list.
    responses  shape (n_trials, n, n_arms), 0 or 1: whether the subject would respond on each arm; it is known
               before the next subject arrives.
    covariates shape (n_trials, n, n_covariates), float64, for designs with numeric covariates; each is read as the
               decimal it prints as.
    Returns    shape (n_trials, n), int8: places in `design.arms`.
    Raises     ValueError if shapes do not fit, levels or responses are missing, or the design is exhausted.
    Source     equality with the exact core is tested for every procedure.
    """
    draws = np.ascontiguousarray(u, dtype=np.uint64)
    if draws.ndim != 2:
        raise ValueError(f"u must have shape (n_trials, n), not {draws.shape}")
    factors = factors_of(design)
    cells = _checked_levels(design, factors, draws, levels)
    answers = _checked_responses(design, draws, responses)
    numbers = _checked_covariates(design, draws, covariates)
    if isinstance(design, RatioPreserving):
        # Parts are listed in the order of their arms, so the same draw finds a part of the same arm.
        return np.array(design.parts, dtype=np.int8)[
            batch(design.design, draws, levels, covariates=covariates)
        ]
    if isinstance(design, BayesianAdaptive) and len(design.open_arms) <= MOST_ARMS:
        return _bayesian(design, draws, answers)
    if isinstance(design, ResponseAdaptiveCoin):
        return _target_coin(design, draws, answers)
    if isinstance(design, RandomizedPlayTheWinner):
        return _play_the_winner(design, draws, answers)
    if isinstance(design, Capped) and (inner := table_design(design)) is not None:
        if not isinstance(design.design, Stratified):
            return capped_batch(design, inner, factors, draws, cells, answers, NO_GROUPS, 1)
        own = [factors.index(factor) for factor in design.design.factors]
        strides, n_strata = _strides(design.design.factors)
        groups = (cells[:, :, own].astype(np.int64) @ strides).astype(np.int32)
        return capped_batch(design, inner, factors, draws, cells, answers, groups, n_strata)
    if isinstance(design, HiddenBlocks):
        return _hidden(design, design, draws, NO_GROUPS, 1, cells)
    if design.looks_at != "subject":
        return _walk(tables(design), draws, NO_GROUPS, 1, answers)
    if isinstance(design, Stratified) and design.design.looks_at != "subject":
        strides, n_strata = _strides(design.factors)
        groups = (cells.astype(np.int64) @ strides).astype(np.int32)
        if isinstance(design.design, HiddenBlocks):
            return _hidden(design, design.design, draws, groups, n_strata, cells)
        # In portions, so that the states of all strata of a portion stay within about 200 MB.
        portion = max(1, 50_000_000 // n_strata)
        parts = [slice(start, start + portion) for start in range(0, len(draws), portion)]
        known = tables(design.design)
        return np.concatenate(
            [
                _walk(known, draws[p], groups[p], n_strata, answers[p] if answers.size else answers)
                for p in parts
            ]
        )
    if isinstance(design, HuHu | Shao):
        return _linear(design, draws, cells)
    if isinstance(design, Minimization):
        return _minimize(design, draws, cells)
    if isinstance(design, AtkinsonOptimal):
        return _atkinson(design, draws, cells, numbers)
    return one_by_one(design, draws, cells, answers, numbers)


def _checked_covariates(design: Design, u: np.ndarray, covariates: np.ndarray | None) -> np.ndarray:
    wanted = (*u.shape, len(covariates_of(design)))
    if not wanted[2]:
        return np.zeros(wanted)
    if covariates is None or covariates.shape != wanted:
        raise ValueError(
            f"covariates must have shape {wanted}, not {None if covariates is None else covariates.shape}"
        )
    return np.ascontiguousarray(covariates, dtype=np.float64)


def _checked_levels(
    design: Design, factors: tuple[Factor, ...], u: np.ndarray, levels: np.ndarray | None
) -> np.ndarray:
    if not factors:
        return np.zeros((*u.shape, 0), dtype=np.uint8)
    if levels is None or levels.shape != (*u.shape, len(factors)):
        raise ValueError(
            f"levels must have shape {(*u.shape, len(factors))}, not {None if levels is None else levels.shape}"
        )
    for place, factor in enumerate(factors):
        if not 0 < len(factor.levels) <= 256:
            raise ValueError(f"factor {factor.name!r} of {design.procedure} needs 1 to 256 listed levels")
        low, high = int(levels[..., place].min()), int(levels[..., place].max())
        if low < 0 or high >= len(factor.levels):
            raise ValueError(
                f"factor {factor.name!r} has levels 0..{len(factor.levels) - 1}, not {low}..{high}"
            )
    return np.ascontiguousarray(levels, dtype=np.uint8)


def _checked_responses(design: Design, u: np.ndarray, responses: np.ndarray | None) -> np.ndarray:
    if not adapts(design):
        return NO_RESPONSES
    wanted = (*u.shape, len(design.arms))
    if responses is None or responses.shape != wanted:
        raise ValueError(
            f"responses must have shape {wanted}, not {None if responses is None else responses.shape}"
        )
    return np.ascontiguousarray(responses, dtype=np.uint8)


def _walk(
    known: Tables, u: np.ndarray, groups: np.ndarray, n_groups: int, responses: np.ndarray
) -> np.ndarray:
    out = np.zeros(u.shape, dtype=np.int8)
    current = np.zeros((u.shape[0], n_groups), dtype=np.int32)
    reached = np.zeros(u.shape[0], dtype=np.int64)
    while not kernels.walk(*known.arrays(), u, groups, responses, current, reached, out):
        waiting = np.flatnonzero(reached < u.shape[1])
        stand = current[waiting, groups[waiting, reached[waiting]] if groups.size else 0]
        known.expand(np.unique(stand))
    return out


def _bayesian(design: BayesianAdaptive, u: np.ndarray, responses: np.ndarray) -> np.ndarray:
    out, unsure = np.zeros(u.shape, dtype=np.int8), np.zeros(u.shape[0], dtype=bool)
    tempered = -1.0 if isinstance(design.power, str) else float(design.power)
    answers = np.ascontiguousarray(responses[:, :, list(design.open_arms)])
    rules = (*design.prior, tempered, design.total, design.burn_in, float(design.floor))
    if len(design.open_arms) == 2:
        kernels_real.bayesian_two(u, answers, *rules, out, unsure)
    else:
        start = start_of_best(design.prior, len(design.open_arms))
        kernels_arms.bayesian_many(
            design.open_arms, u, answers, np.array(start), *rules, *kernels_power.TABLES, out, unsure
        )
    return _settled(design, _in_place(design, out), unsure, u, NO_LEVELS, responses)


def _target_coin(design: ResponseAdaptiveCoin, u: np.ndarray, responses: np.ndarray) -> np.ndarray:
    out, unsure = np.zeros(u.shape, dtype=np.int8), np.zeros(u.shape[0], dtype=bool)
    target = {"urn": kernels_real.URN, "rsihr": kernels_real.RSIHR, "neyman": kernels_real.NEYMAN}[
        design.target
    ]
    places = np.array(design.open_arms, dtype=np.int64)
    kernels_real.target_coin(u, responses, places, target, float(design.gamma), design.burn_in, out, unsure)
    return _settled(design, _in_place(design, out), unsure, u, NO_LEVELS, responses)


def _play_the_winner(design: RandomizedPlayTheWinner, u: np.ndarray, responses: np.ndarray) -> np.ndarray:
    n_open = len(design.open_arms)
    if n_open * design.initial + u.shape[1] * (n_open - 1) * design.reward >= kernels_urns.MOST_BALLS:
        return _walk(tables(design), u, NO_GROUPS, 1, responses)
    out = np.zeros(u.shape, dtype=np.int8)
    places = np.array(design.open_arms, dtype=np.int64)
    kernels_urns.play_the_winner(u, responses, places, design.initial, design.reward, out)
    return _in_place(design, out)


def _atkinson(
    design: AtkinsonOptimal, u: np.ndarray, levels: np.ndarray, covariates: np.ndarray
) -> np.ndarray:
    out, unsure = np.zeros(u.shape, dtype=np.int8), np.zeros(u.shape[0], dtype=bool)
    starts, size = [], len(design.open_arms)
    for factor in design.factors:
        starts.append(size)
        size += len(factor.levels) - 1
    size += len(design.covariates)
    kernels_optimal.atkinson(
        design.open_arms,
        (0,) * (-(-size // 4) * 4),
        u,
        levels,
        np.array(starts, dtype=np.int64),
        covariates,
        size,
        np.array(design.open_ratio, dtype=np.float64),
        out,
        unsure,
    )
    return _settled(design, _in_place(design, out), unsure, u, levels, NO_RESPONSES, covariates)


def _hidden(
    design: HiddenBlocks | Stratified,
    blocks: HiddenBlocks,
    u: np.ndarray,
    groups: np.ndarray,
    n_groups: int,
    levels: np.ndarray,
) -> np.ndarray:
    out, unsure = np.zeros(u.shape, dtype=np.int8), np.zeros(u.shape[0], dtype=bool)
    weights = np.array(blocks.size_weights) / sum(blocks.size_weights)
    kernels_blocks.hidden_blocks(
        u, groups, n_groups, np.array(blocks.compositions()), weights, blocks.most_running(), out, unsure
    )
    return _settled(design, _in_place(design, out), unsure, u, levels, NO_RESPONSES)


def _settled(
    design: Design,
    out: np.ndarray,
    unsure: np.ndarray,
    u: np.ndarray,
    levels: np.ndarray,
    responses: np.ndarray,
    covariates: np.ndarray | None = None,
) -> np.ndarray:
    """Return the arms with every unsure trial repeated by the exact core."""
    again = np.flatnonzero(unsure)
    if len(again):
        out[again] = one_by_one(
            design,
            u[again],
            levels[again] if levels.shape[2] else np.zeros((len(again), u.shape[1], 0), dtype=np.uint8),
            responses[again] if responses.size else responses,
            covariates[again] if covariates is not None else None,
        )
    return out


def _strides(factors: tuple[Factor, ...]) -> tuple[np.ndarray, int]:
    strides, size = [], 1
    for factor in factors:
        strides.append(size)
        size *= len(factor.levels)
    return np.array(strides, dtype=np.int64), size


def _offsets(factors: tuple[Factor, ...]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum([len(factor.levels) for factor in factors])[:-1]]).astype(np.int64)


def _two_limits(p: Fraction) -> tuple[np.ndarray, np.ndarray]:
    """Return limits and certainty of the first arm when it is behind, level and ahead."""
    behind = (p.numerator, p.denominator - p.numerator)
    cases = (behind, (1, 1), behind[::-1])
    limits = np.array([limits_of(weights)[0] for weights in cases], dtype=np.uint64)
    return limits, np.array([int(last_positive(weights) == 0) for weights in cases], dtype=np.int64)


def _in_place(design: Design, out: np.ndarray) -> np.ndarray:
    """Return places among all arms for places among open arms."""
    return np.array(design.open_arms, dtype=np.int8)[out]


def _linear(design: HuHu | Shao, u: np.ndarray, levels: np.ndarray) -> np.ndarray:
    if isinstance(design, HuHu):
        shares = integer_weights([design.overall, design.stratum, *(f.weight for f in design.factors)])
    else:
        shares = (0, 1, *(0 for _ in design.factors))
    n_arms = len(design.open_arms)
    if n_arms == 2:
        return _balance(design, u, levels, shares, by_sign=False)
    if sum(shares) * u.shape[1] >= 1 << 62:
        return one_by_one(design, u, levels, NO_RESPONSES)
    strides, n_strata = _strides(design.factors)
    limits, last = _tie_limits((1,) * n_arms, design.p)
    out = np.zeros(u.shape, dtype=np.int8)
    kernels.balance_many(
        u,
        levels,
        _offsets(design.factors),
        np.array(shares[2:], dtype=np.int64),
        shares[0],
        shares[1],
        strides,
        n_strata,
        limits,
        last,
        out,
    )
    return _in_place(design, out)


def _tie_limits(ratio: tuple[int, ...], p: Fraction) -> tuple[np.ndarray, np.ndarray]:
    """Return cumulative limits and the last possible arm for every set of tied arms (bit k: arm k is tied)."""
    limits = np.zeros((1 << len(ratio), len(ratio) - 1), dtype=np.uint64)
    last = np.zeros(1 << len(ratio), dtype=np.int64)
    for ties in range(1, 1 << len(ratio)):
        tied = [k for k in range(len(ratio)) if ties >> k & 1]
        weights = biased_coin_weights(ratio, tied, p)
        limits[ties], last[ties] = limits_of(weights), last_positive(weights)
    return limits, last


def _balance(
    design: HuHu | Shao | Minimization,
    u: np.ndarray,
    levels: np.ndarray,
    shares: tuple[int, ...],
    *,
    by_sign: bool,
) -> np.ndarray:
    if sum(shares) * u.shape[1] >= 1 << 62:
        return one_by_one(design, u, levels, NO_RESPONSES)
    strides, n_strata = _strides(design.factors)
    out = np.zeros(u.shape, dtype=np.int8)
    kernels.balance_two(
        u,
        levels,
        _offsets(design.factors),
        np.array(shares[2:], dtype=np.int64),
        shares[0],
        shares[1],
        strides,
        n_strata if shares[1] else 1,
        by_sign,
        *_two_limits(design.p),
        out,
    )
    return _in_place(design, out)


def _minimize(design: Minimization, u: np.ndarray, levels: np.ndarray) -> np.ndarray:
    shares = (
        integer_weights([f.weight for f in design.factors]) if any(f.weight for f in design.factors) else ()
    )
    if not shares:
        return one_by_one(design, u, levels, NO_RESPONSES)
    ratio = tuple(share // gcd(*design.open_ratio) for share in design.open_ratio)
    if ratio == (1, 1):
        return _balance(design, u, levels, (0, 0, *shares), by_sign=design.measure != "variance")
    common = lcm(*ratio)
    stretch = np.array([common // share for share in ratio], dtype=np.int64)
    # Integers of the largest possible score must fit in 63 bits; a greater ratio is left to the exact core.
    if sum(shares) * len(ratio) ** 2 * (common * u.shape[1]) ** 2 >= 1 << 62:
        return one_by_one(design, u, levels, NO_RESPONSES)
    limits, last = _tie_limits(ratio, design.p)
    measure = {"range": kernels.RANGE, "variance": kernels.VARIANCE, "sd": kernels.SD}[design.measure]
    if measure == kernels.SD and len(ratio) == 2:
        measure = (
            kernels.RANGE
        )  # the standard deviation of two values is their range over the square root of two
    outside, inside = (
        square_tables() if measure == kernels.SD else (np.ones(1, np.int64), np.ones(1, np.int64))
    )
    out = np.zeros(u.shape, dtype=np.int8)
    unsure = np.zeros(u.shape[0], dtype=bool)
    kernels.minimize(
        u,
        levels,
        _offsets(design.factors),
        np.array(shares, dtype=np.int64),
        stretch,
        measure,
        limits,
        last,
        outside,
        inside,
        out,
        unsure,
    )
    return _settled(design, _in_place(design, out), unsure, u, levels, NO_RESPONSES)


@lru_cache(maxsize=1)
def square_tables() -> tuple[np.ndarray, np.ndarray]:
    """Return the square-root tables for values below 2**20, enough for 500 subjects on three arms."""
    outside, inside = kernels.square_tables(1 << 20)
    return outside, inside


def one_by_one(
    design: Design,
    u: np.ndarray,
    levels: np.ndarray,
    responses: np.ndarray,
    covariates: np.ndarray | None = None,
) -> np.ndarray:
    """Return the arms of many trials from the exact core, one allocation after the other.

    design, u, levels, responses, covariates  as for `batch`, already of the right shape.
    Returns  shape (n_trials, n), int8.
    Raises   ValueError as `allocate`.
    Source   the definition of `batch`.
    """
    factors = factors_of(design)
    adaptive = responses.size > 0
    out = np.zeros(u.shape, dtype=np.int8)
    for trial in range(u.shape[0]):
        state = design.start()
        for i in range(u.shape[1]):
            names = {
                f.name: f.levels[level] for f, level in zip(factors, levels[trial, i].tolist(), strict=True)
            }
            numbers = (
                {}
                if covariates is None
                else dict(zip(covariates_of(design), covariates[trial, i].tolist(), strict=True))
            )
            subject = Subject(str(i + 1), names, numbers)
            outcomes = design.outcomes(state, subject)
            target = int(u[trial, i]) * sum(outcome.weight for outcome in outcomes)
            cumulative = 0
            for outcome in outcomes:
                cumulative += outcome.weight
                if target < cumulative * UNIT:
                    break
            out[trial, i], state = outcome.arm, outcome.state
            if adaptive:
                success = bool(responses[trial, i, outcome.arm])
                state = design.observe(state, design.arms[outcome.arm], success, subject)
    return out
