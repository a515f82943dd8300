"""Response-adaptive procedures: targets that are estimated, and Bayesian probabilities (urns: `adaptive_urns`).

After an allocation the response of a subject is reported with `design.observe(state, arm, success)`, at once or
later; allocations in between use what is known by then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from math import comb
from typing import ClassVar

from .design import Design, Outcome, State, Subject, fraction_in, positive_int
from .exact import integer_weights, power


@dataclass(frozen=True, slots=True)
class Responses(State):
    """Subjects, successes and failures per arm; responses may be fewer than subjects."""

    counts: tuple[int, ...]
    successes: tuple[int, ...]
    failures: tuple[int, ...]


def one_more(values: tuple[int, ...], arm: int) -> tuple[int, ...]:
    """Return the values with one more at this place."""
    return (*values[:arm], values[arm] + 1, *values[arm + 1 :])


@dataclass(frozen=True, kw_only=True)
class ResponseAdaptive(Design):
    """A design that learns from successes and failures; arms start equal, so the ratio is equal too."""

    looks_at: ClassVar[str] = "responses"

    def _validate(self) -> None:
        if len(self.open_arms) < 2 or len(set(self.open_ratio)) != 1:
            raise ValueError(
                f"{self.procedure} lets responses decide and is defined for equal ratios only, not {self.ratio!r}"
            )
        self._validate_adaptive()

    def _validate_adaptive(self) -> None:
        """Check the procedure's own parameters."""

    def start(self) -> State:
        zeros = (0,) * len(self.arms)
        return Responses(zeros, zeros, zeros)

    def observe(self, state: State, arm: str, success: bool, subject: Subject | None = None) -> State:
        assert isinstance(state, Responses)
        place = self.arms.index(arm) if arm in self.arms else -1
        if place < 0 or state.successes[place] + state.failures[place] >= state.counts[place]:
            raise ValueError(f"no subject on arm {arm!r} waits for a response in {state!r}")
        if success:
            return replace(state, successes=one_more(state.successes, place))
        return replace(state, failures=one_more(state.failures, place))

    def weights(self, state: Responses) -> tuple[int, ...]:
        """Return the integer weight of every open arm."""
        raise NotImplementedError

    def outcomes(self, state: State, subject: Subject) -> list[Outcome]:
        assert isinstance(state, Responses)
        return [
            Outcome(weight, arm, replace(state, counts=one_more(state.counts, arm)))
            for weight, arm in zip(self.weights(state), self.open_arms, strict=True)
            if weight
        ]


TARGETS = ("urn", "rsihr", "neyman")


@dataclass(frozen=True, kw_only=True)
class ResponseAdaptiveCoin(ResponseAdaptive):
    """Hu and Zhang's doubly adaptive biased coin with a target estimated from the responses.

    target    "urn": 1 / (1 - p); "rsihr": sqrt(p), fewest failures at fixed power; "neyman": sqrt(p (1 - p)), most
              power. p is estimated as (successes + 1/2) / (responses + 1).
    gamma     >= 0; 0 follows the target at random, larger values force it.
    burn_in   subjects per arm before the target is used, >= 1.
    """

    procedure: ClassVar[str] = "response-adaptive-coin"
    target: str = "rsihr"
    gamma: Fraction = Fraction(2)
    burn_in: int = 5

    def _validate_adaptive(self) -> None:
        if self.target not in TARGETS:
            raise ValueError(f"target must be one of {TARGETS}, not {self.target!r}")
        self._set("gamma", fraction_in("gamma", self.gamma, 0))
        positive_int("burn_in", self.burn_in)

    def shares(self, state: Responses) -> tuple[Fraction, ...]:
        """Return the estimated target of every open arm, up to a common factor."""
        shares = []
        for arm in self.open_arms:
            responses = state.successes[arm] + state.failures[arm]
            p = (state.successes[arm] + Fraction(1, 2)) / (responses + 1)
            if self.target == "urn":
                shares.append(1 / (1 - p))
            else:
                shares.append(power(p if self.target == "rsihr" else p * (1 - p), Fraction(1, 2)))
        return tuple(shares)

    def weights(self, state: Responses) -> tuple[int, ...]:
        counts = tuple(state.counts[arm] for arm in self.open_arms)
        if min(counts) < self.burn_in:
            return tuple(max(0, self.burn_in - count) for count in counts)
        return integer_weights(
            [
                share * power(share / count, self.gamma)
                for share, count in zip(self.shares(state), counts, strict=True)
            ]
        )


@dataclass(frozen=True, kw_only=True)
class BayesianAdaptive(ResponseAdaptive):
    """Thompson sampling and its tempered form: the posterior probability of being the best arm, to a power.

    prior     (successes, failures) of the beta prior of every arm, integers >= 1.
    power     "n/2N" (Thall and Wathen: subjects so far over twice the total, needs `total`), or a number >= 0;
              1 is Thompson sampling, 0 equal allocation. Fractional powers are evaluated on the 2**-64 grid.
    burn_in   subjects per arm that are allocated first, in random order, >= 0.
    floor     least probability of every arm, in [0, 1 / number of arms].
    """

    procedure: ClassVar[str] = "bayesian-adaptive"
    prior: tuple[int, int] = (1, 1)
    power: Fraction | str = Fraction(1)
    total: int = 0
    burn_in: int = 0
    floor: Fraction = Fraction(0)

    def _validate_adaptive(self) -> None:
        self._set("prior", tuple(self.prior))
        if len(self.prior) != 2 or any(positive_int("a prior count", count) < 1 for count in self.prior):
            raise ValueError(f"prior must be two integers >= 1, not {self.prior!r}")
        positive_int("total", self.total, 0)
        positive_int("burn_in", self.burn_in, 0)
        if self.power == "n/2N":
            positive_int("total", self.total)
        else:
            self._set("power", fraction_in("power", self.power, 0))
        self._set("floor", fraction_in("floor", self.floor, 0, Fraction(1, len(self.open_arms))))

    def best(self, state: Responses) -> tuple[Fraction, ...]:
        """Return the exact posterior probability of every open arm to have the highest success rate."""
        a, b = self.prior
        return probability_best(
            tuple((a + state.successes[arm], b + state.failures[arm]) for arm in self.open_arms)
        )

    def weights(self, state: Responses) -> tuple[int, ...]:
        counts = tuple(state.counts[arm] for arm in self.open_arms)
        if min(counts) < self.burn_in:
            return tuple(max(0, self.burn_in - count) for count in counts)
        if isinstance(self.power, str):
            tempered = Fraction(min(sum(counts), self.total), 2 * self.total)
        else:
            tempered = self.power
        raw = [power(share, tempered) for share in self.best(state)]
        whole = sum(raw, Fraction(0))
        return integer_weights(_clipped([share / whole for share in raw], self.floor))


def _clipped(shares: list[Fraction], floor: Fraction) -> list[Fraction]:
    """Raise every share to the floor and scale the others down, until none is below it."""
    low: set[int] = set()
    while True:
        below = {place for place, share in enumerate(shares) if share < floor} - low
        if not below:
            return shares
        low |= below
        rest = sum((share for place, share in enumerate(shares) if place not in low), Fraction(0))
        free = 1 - floor * len(low)
        shares = [floor if place in low else share * free / rest for place, share in enumerate(shares)]


@lru_cache(maxsize=1 << 14)
def probability_best(posteriors: tuple[tuple[int, int], ...]) -> tuple[Fraction, ...]:
    """Return for every arm the exact probability that its beta variable is the largest.

    posteriors  (a, b) of every arm's beta distribution, integers >= 1.
    Returns     Fractions in arm order, summing to exactly 1.
    Raises      ValueError if a parameter is below 1.
    Source      Thompson 1933, Biometrika 25:285; the integral is a sum of beta functions.
    """
    for a, b in posteriors:
        if a < 1 or b < 1:
            raise ValueError(f"beta parameters must be integers >= 1: {(a, b)!r}")
    return tuple(
        _best_of(posterior, posteriors[:place] + posteriors[place + 1 :])
        for place, posterior in enumerate(posteriors)
    )


def start_of_best(prior: tuple[int, int], n_arms: int) -> tuple[float, ...]:
    """Return q of every set of arms before any response, see `kernels_arms.bayesian_many`.

    prior    (a, b) of every arm's beta distribution, integers >= 1.
    n_arms   >= 2.
    Returns  2**n_arms numbers, correctly rounded but for the beta functions; the empty set's is 0.
    Raises   nothing.
    Source   definition of q.
    """
    a, b = prior
    by_members = [0.0]
    for members in range(1, n_arms + 1):
        ahead = _best_of((members * a, members * b), ((a, b),) * (n_arms - members))
        by_members.append(float(ahead * _beta(members * a, members * b) / _beta(a, b) ** members))
    return tuple(by_members[chosen.bit_count()] for chosen in range(1 << n_arms))


def _beta(a: int, b: int) -> Fraction:
    """Return the beta function of two positive integers."""
    return Fraction(1, a * comb(a + b - 1, a))


def _best_of(own: tuple[int, int], others: tuple[tuple[int, int], ...]) -> Fraction:
    # F(x) of Beta(a, b) is the sum of C(m, i) x^i (1 - x)^(m - i) over i >= a with m = a + b - 1. The product over
    # the other arms keeps that form with coefficients convolved and m added.
    coefficients, degree = [1], 0
    for a, b in others:
        m = a + b - 1
        terms = [comb(m, i) if i >= a else 0 for i in range(m + 1)]
        product = [0] * (degree + m + 1)
        for i, left in enumerate(coefficients):
            if left:
                for j in range(a, m + 1):
                    product[i + j] += left * terms[j]
        coefficients, degree = product, degree + m
    a, b = own
    # The integral of x^i (1-x)^(degree-i) under Beta(a, b), as ratios of binomial coefficients times a constant:
    # B(a + i, b + degree - i) = 1 / ((s - 1) * C(s - 2, a + i - 1)) with s = a + b + degree.
    s = a + b + degree
    total = sum(
        (Fraction(value, comb(s - 2, a + i - 1)) for i, value in enumerate(coefficients) if value),
        Fraction(0),
    )
    return total * comb(a + b - 2, a - 1) * (a + b - 1) / (s - 1)
