"""What a portfolio is chosen from and held to: candidate sites with their activations, countries, goal and bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .history import Reals
from .poisson_gamma import PoissonGamma

# Five-point Gauss-Hermite rule of the standard normal law: places and weights of an uncertain opening.
_PLACES = np.array([-2.8569700138728056, -1.355626179974266, 0.0, 1.355626179974266, 2.8569700138728056])
_WEIGHTS = np.array(
    [0.011257411327720693, 0.22207592200561266, 0.5333333333333333, 0.22207592200561266, 0.011257411327720693]
)


@dataclass(frozen=True)
class Activation:
    """One way to activate a site.

    month       when it opens, in months from now; sd_months is the standard deviation of that date.
    cost_minor  what activating then costs, in minor units.
    chance      probability that it opens at all.
    """

    month: float
    cost_minor: int
    sd_months: float = 0.0
    chance: float = 1.0

    def __post_init__(self) -> None:
        if self.month < 0 or self.sd_months < 0 or self.cost_minor < 0 or not 0 <= self.chance <= 1:
            raise ValueError(f"an activation is at least 0 in each figure, its chance in [0, 1], got {self}")


@dataclass(frozen=True)
class CandidateSite:
    """A site that may be chosen.

    site, country  names.
    rates          law of its rate in subjects per month.
    activations    ways to activate it, of which at most one is chosen.
    subject_minor  what each subject costs, in minor units.
    groups         expected share of its subjects in each group that diversity bounds name; 0 where not named.
    """

    site: str
    country: str
    rates: PoissonGamma
    activations: tuple[Activation, ...]
    subject_minor: int = 0
    groups: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.activations or self.subject_minor < 0:
            raise ValueError(
                f"site {self.site}: activations {self.activations}, subject_minor {self.subject_minor}"
            )
        if any(not 0 <= share <= 1 for share in self.groups.values()):
            raise ValueError(f"site {self.site}: shares lie in [0, 1], got {dict(self.groups)}")


@dataclass(frozen=True)
class CountryTerms:
    """What holds for a country if any of its sites is chosen.

    start_minor           cost of starting in the country, in minor units.
    min_sites, max_sites  how many sites it then has.
    max_share             most of all expected subjects.
    is_required           whether it must be chosen.
    """

    country: str
    start_minor: int = 0
    min_sites: int = 1
    max_sites: int | None = None
    max_share: float = 1.0
    is_required: bool = False


@dataclass(frozen=True)
class DiversityBound:
    """The least and most share of expected subjects in a group."""

    group: str
    min_share: float = 0.0
    max_share: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.min_share <= self.max_share <= 1:
            raise ValueError(f"group {self.group}: shares {self.min_share!r} to {self.max_share!r}")


@dataclass(frozen=True)
class Goal:
    """What the portfolio must reach: P(`subjects` within `months`) >= `probability`, and within which bounds.

    budget_minor    most it may cost in expectation: activations, countries and subjects, in minor units.
    min_countries, max_sites  how many countries at least, sites at most.
    """

    subjects: int
    months: float
    probability: float
    budget_minor: int | None = None
    min_countries: int = 1
    max_sites: int | None = None
    countries: tuple[CountryTerms, ...] = ()
    diversity: tuple[DiversityBound, ...] = ()

    def __post_init__(self) -> None:
        if self.subjects < 1 or self.months <= 0 or not 0.5 <= self.probability < 1:
            raise ValueError(
                f"{self.subjects!r} subjects in {self.months!r} months with probability {self.probability!r} "
                "(at least 0.5, below 1)"
            )


def moments(candidate: CandidateSite, activation: Activation, months: float) -> tuple[float, float]:
    """Return mean and variance of the subjects of a site so activated within the months.

    Raises  ValueError if months is negative.
    Source  Anisimov, Fedorov (2007), Stat Med 26:4958; the opening date by a five-point Gauss-Hermite rule.
    """
    exposure, weight = _exposures(activation, months)
    law = candidate.rates
    mean = np.array([law.mean(time) for time in exposure])
    second = np.array([law.variance(time) for time in exposure]) + mean**2
    first = activation.chance * float(weight @ mean)
    return first, activation.chance * float(weight @ second) - first**2


def reach_probability(
    chosen: Mapping[str, Activation], candidates: tuple[CandidateSite, ...], subjects: int, months: float
) -> float:
    """Return the exact P(at least `subjects` within `months`) of sites activated as chosen.

    chosen   site -> its activation.
    Raises   ValueError if a chosen site is no candidate.
    Source   the generating function of the sum is the product of those of the sites; inverted by a fast Fourier
             transform long enough that what wraps around is below 1e-12. Checked against simulation and the closed form.
    """
    known = {candidate.site: candidate for candidate in candidates}
    strange = sorted(set(chosen) - set(known))
    if strange:
        raise ValueError(f"no candidate is called {strange}")
    if subjects <= 0:
        return 1.0
    if not chosen:
        return 0.0
    pairs = [moments(known[site], activation, months) for site, activation in chosen.items()]
    mean, spread = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs) ** 0.5
    # A gamma rate has an exponential tail: its slowest decay is that of the widest site.
    widest = max(months / known[site].rates.rate for site in chosen)
    room = int(max(mean + 12 * spread, subjects) + 40 * (1 + widest)) + 1
    length = 1 << (room - 1).bit_length()
    turn = np.exp(-2j * np.pi * np.arange(length // 2 + 1) / length)
    product = np.ones(len(turn), dtype=complex)
    for site, activation in chosen.items():
        law = known[site].rates
        exposure, weight = _exposures(activation, months)
        own = np.zeros(len(turn), dtype=complex)
        for time, share in zip(exposure, weight, strict=True):
            own += share * np.exp(-law.shape * np.log1p(time / law.rate * (1 - turn)))
        product *= 1 - activation.chance + activation.chance * own
    chances = np.fft.irfft(product, length)
    return float(min(max(1.0 - chances[:subjects].sum(), 0.0), 1.0))


def _exposures(activation: Activation, months: float) -> tuple[Reals, Reals]:
    """Return the months a site enrolls, shape (n,), with the probability of each."""
    if months < 0:
        raise ValueError(f"months is at least 0, got {months!r}")
    if activation.sd_months == 0:
        return np.array([max(months - activation.month, 0.0)]), np.ones(1)
    opening = np.maximum(activation.month + activation.sd_months * _PLACES, 0.0)
    return np.maximum(months - opening, 0.0), _WEIGHTS
