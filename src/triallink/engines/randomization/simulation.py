"""Simulated trials: who arrives, where and when, how they respond, and whether they stay; then the arms.

Everything about the subjects is drawn from `numpy.random.Generator(PCG64(seed))`, the arms from draws of the same
generator through `batch`. The same arguments give the same trials on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .batch import batch
from .design import Design, Factor, as_factors, covariates_of, factors_of


@dataclass(frozen=True)
class Population:
    """The covariate model: the joint law of factor levels and the laws of numeric covariates.

    factors    with listed levels.
    shares     factor name to the probabilities of its levels; levels are equally likely where it is left out.
    profiles   instead of `shares`, the joint law: ((level, level, ...), weight) in the order of the factors. Rows of
               a real study with weight 1 resample that study.
    numeric    covariate name to (mean, standard deviation) of a normal law, rounded to 3 decimals.
    """

    factors: tuple[Factor, ...] = ()
    shares: Mapping[str, Sequence[float]] = field(default_factory=dict)
    profiles: tuple[tuple[tuple[str, ...], float], ...] = ()
    numeric: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", as_factors(self.factors))
        names = [factor.name for factor in self.factors]
        if self.profiles and self.shares:
            raise ValueError("give either shares or joint profiles, not both")
        for name, shares in self.shares.items():
            if name not in names:
                raise ValueError(f"shares of the unknown factor {name!r}, not one of {names!r}")
            levels = self.factors[names.index(name)].levels
            if len(shares) != len(levels) or min(shares) < 0 or abs(sum(shares) - 1) > 1e-9:
                raise ValueError(f"shares of {name!r} must be {len(levels)} probabilities: {shares!r}")
        for levels_, weight in self.profiles:
            if len(levels_) != len(names) or weight < 0:
                raise ValueError(
                    f"a profile needs one level per factor and a weight >= 0: {(levels_, weight)!r}"
                )
            for factor, level in zip(self.factors, levels_, strict=True):
                if level not in factor.levels:
                    raise ValueError(f"factor {factor.name!r} has no level {level!r}, only {factor.levels!r}")

    def draw(self, shape: tuple[int, int], rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return for every factor an array of level places, shape (n_trials, n), uint8."""
        if self.profiles:
            weights = np.array([weight for _, weight in self.profiles], dtype=float)
            which = rng.choice(len(weights), size=shape, p=weights / weights.sum())
            table = np.array(
                [
                    [f.levels.index(v) for f, v in zip(self.factors, row, strict=True)]
                    for row, _ in self.profiles
                ]
            )
            return {f.name: table[which, k].astype(np.uint8) for k, f in enumerate(self.factors)}
        return {
            f.name: rng.choice(len(f.levels), size=shape, p=self.shares.get(f.name)).astype(np.uint8)
            for f in self.factors
        }


@dataclass(frozen=True, slots=True)
class Site:
    """A site that enrols as a Poisson process from its opening on.

    rate      subjects per month, > 0.
    opens_at  months after the study's start, >= 0.
    """

    name: str
    rate: float
    opens_at: float = 0.0

    def __post_init__(self) -> None:
        if not self.rate > 0 or self.opens_at < 0:
            raise ValueError(
                f"site {self.name!r} needs a rate > 0 and an opening >= 0: {(self.rate, self.opens_at)!r}"
            )


@dataclass(frozen=True, slots=True)
class Trials:
    """Simulated trials.

    arms      shape (n_trials, n), int8: places in `design.arms`.
    levels    factor name to level places, shape (n_trials, n).
    numeric   covariate name to values, shape (n_trials, n).
    months    arrival times, shape (n_trials, n), months; zeros without sites.
    retained  shape (n_trials, n), bool: False for subjects who dropped out.
    success   shape (n_trials, n), bool: the response on the arm that was given.
    """

    design: Design
    arms: np.ndarray
    levels: Mapping[str, np.ndarray]
    numeric: Mapping[str, np.ndarray]
    months: np.ndarray
    retained: np.ndarray
    success: np.ndarray


def simulate(
    design: Design,
    *,
    trials: int,
    subjects: int,
    seed: int,
    population: Population | None = None,
    sites: Sequence[Site] = (),
    success: Sequence[float] = (),
    dropout: float | Sequence[float] = 0.0,
) -> Trials:
    """Return simulated trials of a design.

    design      any design; a factor named "site" takes its levels from `sites`.
    trials      number of trials, >= 1; subjects per trial, >= 1; seed of the generator, >= 0.
    population  the covariate model; factors of the design that it lacks are drawn with equal probabilities.
    sites       where subjects are enrolled; the first `subjects` arrivals over all sites are taken.
    success     probability of success on every arm; all 0 when left out.
    dropout     probability that a subject drops out, one for all or one per arm.
    Returns     Trials.
    Raises      ValueError if a number is out of range, or the design needs what the model lacks.
    Source      Poisson arrivals: Anisimov & Fedorov 2007, Stat Med 26:4958.
    """
    if trials < 1 or subjects < 1 or seed < 0:
        raise ValueError(f"trials and subjects must be >= 1 and seed >= 0: {(trials, subjects, seed)!r}")
    rng = np.random.Generator(np.random.PCG64(seed))
    shape = (trials, subjects)
    population = population or Population()
    wanted = factors_of(design)
    levels = population.draw(shape, rng)
    months = np.zeros(shape)
    if sites:
        levels["site"], months = _arrivals(sites, shape, rng)
    for factor in wanted:
        if factor.name not in levels:
            if not factor.levels:
                raise ValueError(f"factor {factor.name!r} lists no levels and the model does not draw it")
            levels[factor.name] = rng.integers(0, len(factor.levels), shape).astype(np.uint8)
    _same_levels(wanted, population, sites)
    numeric = {name: rng.normal(mean, sd, shape).round(3) for name, (mean, sd) in population.numeric.items()}
    rates = np.array(success if len(success) else [0.0] * len(design.arms), dtype=float)
    leave = np.broadcast_to(np.asarray(dropout, dtype=float), (len(design.arms),))
    if (
        len(rates) != len(design.arms)
        or ((rates < 0) | (rates > 1)).any()
        or ((leave < 0) | (leave > 1)).any()
    ):
        raise ValueError(f"success and dropout must be probabilities per arm: {success!r}, {dropout!r}")
    # One latent number per subject decides its response on every arm: the same subject does better on better arms.
    would = rng.random(shape)[..., None] < rates
    arms = batch(
        design,
        rng.integers(0, 2**64, shape, dtype=np.uint64),
        np.stack([levels[f.name] for f in wanted], axis=-1) if wanted else None,
        would.astype(np.uint8),
        _stacked(numeric, covariates_of(design)),
    )
    retained = rng.random(shape) >= leave[arms]
    given = np.take_along_axis(would, arms[..., None].astype(np.int64), axis=2)[..., 0]
    return Trials(design, arms, levels, numeric, months, retained, given)


def _stacked(numeric: Mapping[str, np.ndarray], names: Sequence[str]) -> np.ndarray | None:
    missing = [name for name in names if name not in numeric]
    if missing:
        raise ValueError(f"the population has no covariate {missing!r}")
    return np.stack([numeric[name] for name in names], axis=-1) if names else None


def _same_levels(wanted: Sequence[Factor], population: Population, sites: Sequence[Site]) -> None:
    drawn = {factor.name: factor.levels for factor in population.factors}
    if sites:
        drawn["site"] = tuple(site.name for site in sites)
    for factor in wanted:
        if factor.name in drawn and factor.levels != drawn[factor.name]:
            raise ValueError(
                f"factor {factor.name!r} has levels {factor.levels!r} in the design and {drawn[factor.name]!r} in the model"
            )


def _arrivals(
    sites: Sequence[Site], shape: tuple[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the site and the month of the first arrivals of every trial, in order of time."""
    trials, subjects = shape
    places = np.zeros(shape, dtype=np.uint8 if len(sites) <= 256 else np.int32)
    months = np.zeros(shape)
    scale = np.array([1 / site.rate for site in sites])[:, None]
    opens = np.array([site.opens_at for site in sites])[:, None]
    for trial in range(trials):
        at = opens + np.cumsum(rng.exponential(scale, (len(sites), subjects)), axis=1)
        first = np.argpartition(at, subjects - 1, axis=None)[:subjects]
        first = first[np.argsort(at.ravel()[first], kind="stable")]
        places[trial] = first // subjects
        months[trial] = at.ravel()[first]
    return places, months
