"""Exact properties of a design: how balanced it keeps the arms, and how well the next arm can be guessed.

Probabilities of situations are carried forward in double precision (rounding below 1e-12); the situations, their
deviations from the ratio and the tests "is it balanced", "is it certain", "which arm is behind" are exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.sparse import csr_matrix

from .chain import Chain, step_probabilities
from .design import Design
from .kernels_maximum import shortfall
from .layers import Layer, layers, scaled_deviation

MAX_STATES = 2_000_000

# An imbalance that is exceeded more rarely than this adds nothing to a mean that double precision could hold.
NEVER = 1e-18


@dataclass(frozen=True, slots=True)
class Steps:
    """Properties at every subject 1..n, each a tuple of length n.

    balance       probability of meeting the ratio exactly after this subject.
    sd            standard deviation of the imbalance after this subject, subjects.
    mean_abs      expected absolute imbalance after this subject, subjects.
    expected_max  expected largest absolute imbalance up to this subject, subjects.
    arm           unconditional probability of every arm for this subject.
    guess         probability of a correct guess of this subject's arm by the convergence strategy.
    """

    balance: tuple[float, ...]
    sd: tuple[float, ...]
    mean_abs: tuple[float, ...]
    expected_max: tuple[float, ...]
    arm: tuple[tuple[float, ...], ...]
    guess: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Properties:
    """Exact operating characteristics of a design over n subjects.

    The imbalance of two arms is 2 (n_1 - n * share_1), which is n_1 - n_2 for 1:1; of more arms it is the largest
    |n_k - n * share_k|. Guessing strategies: "convergence" guesses the arm furthest behind its share, "directional"
    the arm furthest ahead (the divergence strategy of randomizeR), "optimal" the most probable arm; equally good
    guesses are drawn at random.

    mean_balance       mean over subjects of the probability that the ratio is met exactly.
    final_sd           standard deviation of the final imbalance, subjects.
    final_mean_abs     expected absolute final imbalance, subjects.
    final_loss         expected squared final imbalance over n, subjects.
    expected_max       expected largest absolute imbalance on the way, subjects.
    worst              largest possible absolute imbalance on the way, subjects.
    entropy            mean conditional entropy of an allocation, nats.
    deterministic      mean share of allocations that are certain beforehand.
    guess_convergence, guess_directional, guess_optimal  mean probability of a correct guess.
    distribution       the final imbalance (signed for two arms) and its probability.
    steps              the same along the way.
    """

    procedure: str
    n: int
    mean_balance: float
    final_sd: float
    final_mean_abs: float
    final_loss: float
    expected_max: float
    worst: float
    entropy: float
    deterministic: float
    guess_convergence: float
    guess_directional: float
    guess_optimal: float
    distribution: tuple[tuple[float, float], ...]
    steps: Steps


def imbalance(counts: np.ndarray, ratio: tuple[int, ...]) -> np.ndarray:
    """Return the imbalance of rows of counts as defined in `Properties`.

    counts   shape (n_rows, n_arms), subjects, integers >= 0.
    ratio    integers >= 0, length n_arms.
    Returns  shape (n_rows,), subjects; signed for two arms.
    Raises   nothing.
    Source   Zhao et al. 2012, Pharm Stat 11:39 for 1:1.
    """
    total = sum(ratio)
    if len(ratio) == 2:
        return 2 * scaled_deviation(counts, ratio)[:, 0] / total
    return np.abs(scaled_deviation(counts, ratio)).max(axis=1) / total


def properties(design: Design, n: int, *, max_states: int = MAX_STATES) -> Properties:
    """Return the exact properties of a design over n subjects, by dynamic programming.

    design      looks at earlier allocations only; others are simulated, see `simulate`.
    n           subjects, 1 to about 400 for two arms.
    max_states  refuse beyond this many situations.
    Returns     Properties.
    Raises      ValueError if the design needs subjects or responses, is exhausted before n, or has too many states.
    Source      definitions of Zhao et al. 2012, Pharm Stat 11:39; vectors zhao2012 and randomizer_exact.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n!r}")
    chain = layers(design, n, max_states)
    spread = [np.abs(imbalance(layer.counts, design.ratio)) for layer in chain]
    moves = [
        csr_matrix((layer.share, (layer.target, layer.source)), shape=(layer.n_next, len(layer.counts)))
        for layer in chain[:-1]
    ]
    mass = np.ones(1)
    masses = [mass, *(mass := move @ mass for move in moves)]
    largest = _largest(chain, moves, masses, design.ratio)
    record: dict[str, list[float]] = {name: [] for name in ("balance", "sd", "mean_abs", "guess")}
    arm: list[tuple[float, ...]] = []
    sums = np.zeros(4)
    for step, layer in enumerate(chain[:-1]):
        after, mass = chain[step + 1], masses[step]
        converge, direct, optimal = _guesses(layer, design.ratio)
        sums += (mass @ _entropy(layer.chances), mass @ layer.certain, mass @ direct, mass @ optimal)
        record["guess"].append(float(mass @ converge))
        arm.append(tuple(float(p) for p in mass @ layer.chances))
        reached = _rounded(after.counts, design.ratio)
        mass = masses[step + 1]
        signed = imbalance(after.counts, design.ratio)
        record["balance"].append(float(mass[reached == 0].sum()))
        mean = float(mass @ signed) if len(design.ratio) == 2 else 0.0
        record["sd"].append(float(np.sqrt(max(0.0, mass @ signed**2 - mean**2))))
        record["mean_abs"].append(float(mass @ np.abs(signed)))
    signed = imbalance(chain[-1].counts, design.ratio)
    values = sorted(set(signed.tolist()))
    return Properties(
        procedure=design.procedure,
        n=n,
        mean_balance=float(np.mean(record["balance"])),
        final_sd=record["sd"][-1],
        final_mean_abs=record["mean_abs"][-1],
        final_loss=float(mass @ signed**2) / n,
        expected_max=largest[-1],
        worst=float(max(part.max() for part in spread)),
        entropy=float(sums[0]) / n,
        deterministic=float(sums[1]) / n,
        guess_convergence=float(np.mean(record["guess"])),
        guess_directional=float(sums[2]) / n,
        guess_optimal=float(sums[3]) / n,
        distribution=tuple((value, float(mass[signed == value].sum())) for value in values),
        steps=Steps(
            tuple(record["balance"]),
            tuple(record["sd"]),
            tuple(record["mean_abs"]),
            largest,
            tuple(arm),
            tuple(record["guess"]),
        ),
    )


def _largest(
    chain: list[Layer], moves: list[csr_matrix], masses: list[np.ndarray], ratio: tuple[int, ...]
) -> tuple[float, ...]:
    """Return the expected largest absolute imbalance up to every subject.

    It is the sum over levels of the distance to the next level times the probability that this level is exceeded.
    """
    reached = np.concatenate([_rounded(layer.counts, ratio) for layer in chain])
    levels, met = np.unique(reached, return_inverse=True)
    mass = np.concatenate(masses)
    beyond = np.append(np.cumsum(np.bincount(met, mass, len(levels))[:0:-1])[::-1], 0.0)
    needed = int(np.argmax(beyond < NEVER))
    begins = np.cumsum([0, *(len(layer.counts) for layer in chain)])
    entering = np.concatenate([[0], *(np.diff(move.indptr) for move in moves)])
    unit = (2 if len(ratio) == 2 else 1) / sum(ratio)
    found = shortfall(
        begins,
        np.concatenate([[0], np.cumsum(entering)]).astype(np.int64),
        np.concatenate([move.indices + begin for move, begin in zip(moves, begins, strict=False)]),
        np.concatenate([move.data for move in moves]),
        met.astype(np.int64),
        mass,
        np.diff(levels)[:needed] * unit,
    )
    return tuple((found[1:] + float(levels[0]) * unit).tolist())


def _rounded(counts: np.ndarray, ratio: tuple[int, ...]) -> np.ndarray:
    """Return the absolute imbalance as an exact integer multiple of a common unit."""
    return np.abs(scaled_deviation(counts, ratio)).max(axis=1)


def _entropy(chances: np.ndarray) -> np.ndarray:
    safe = np.where(chances > 0, chances, 1.0)
    return -(chances * np.log(safe)).sum(axis=1)


def _guesses(layer: Layer, ratio: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the probability of a correct guess in every node for the three strategies."""
    open_arms = np.array([share > 0 for share in ratio])
    # Behind or ahead per unit of share, compared over the common multiple of the ratio.
    common = int(np.lcm.reduce([share for share in ratio if share]))
    stretch = np.array([common // share if share else 0 for share in ratio], dtype=np.int64)
    ahead = scaled_deviation(layer.counts, ratio) * stretch
    low = np.where(open_arms, ahead, np.iinfo(np.int64).max)
    high = np.where(open_arms, ahead, np.iinfo(np.int64).min)

    def mean_over(chosen: np.ndarray) -> np.ndarray:
        return (layer.chances * chosen).sum(axis=1) / chosen.sum(axis=1)

    converge = mean_over(low == low.min(axis=1, keepdims=True))
    direct = mean_over(high == high.max(axis=1, keepdims=True))
    return converge, direct, layer.chances.max(axis=1)


def sequences(design: Design, n: int) -> Iterator[tuple[tuple[str, ...], Fraction]]:
    """Yield every sequence of n arms that can occur, with its exact probability.

    design   looks at earlier allocations only.
    n        subjects; there are up to n_arms ** n sequences.
    Yields   (arms, probability); probabilities sum to exactly 1.
    Raises   ValueError if the design needs subjects or responses, or is exhausted before n.
    Source   enumeration; randomizer_exact.json.
    """
    chain = Chain(design)

    def extend(
        done: tuple[str, ...], masses: dict[int, Fraction]
    ) -> Iterator[tuple[tuple[str, ...], Fraction]]:
        if len(done) == n:
            yield done, sum(masses.values(), Fraction(0))
            return
        parts: dict[int, dict[int, Fraction]] = {}
        for state, mass in masses.items():
            law = chain.law(state)
            for weight, arm, after in zip(law.weights, law.arms, law.following, strict=True):
                part = parts.setdefault(arm, {})
                part[after] = part.get(after, Fraction(0)) + mass * weight / law.total
        for arm in sorted(parts):
            yield from extend((*done, design.arms[arm]), parts[arm])

    yield from extend((), {0: Fraction(1)})


@dataclass(frozen=True, slots=True)
class RatioCheck:
    """Whether every step has the planned ratio beforehand.

    worst    the largest absolute difference between an arm's probability at a step and its share.
    step     the subject (from 1) at which it occurs; 0 if there is none.
    """

    holds: bool
    worst: Fraction
    step: int


def ratio_preservation(design: Design, n: int) -> RatioCheck:
    """Return whether the unconditional allocation ratio is exactly the planned one at every step.

    design   looks at earlier allocations only.
    n        subjects, up to about 40 (exact rational arithmetic).
    Returns  RatioCheck; `holds` means equality, not closeness.
    Raises   ValueError as `step_probabilities`.
    Source   Kuznetsova & Tymofyeyev 2012, Stat Med 31:701: departures invite accidental and selection bias.
    """
    total = sum(design.ratio)
    shares = {arm: Fraction(share, total) for arm, share in zip(design.arms, design.ratio, strict=True)}
    worst, where = Fraction(0), 0
    for step, chances in enumerate(step_probabilities(design, n), start=1):
        gap = max(abs(chances[arm] - shares[arm]) for arm in design.arms)
        if gap > worst:
            worst, where = gap, step
    return RatioCheck(worst == 0, worst, where)
