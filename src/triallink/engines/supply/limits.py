"""The risks a supply plan must keep, and what simulated courses say about them."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log

from scipy import stats

from .simulation import SupplyOutcomes


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """What a plan must keep.

    missed_share    share of dispensing visits that cannot be served.
    study_stockout  probability that any subject at any site of the study meets an empty shelf.
    production      probability that the quantity produced does not last.
    confidence      None judges the simulated shares themselves; 0.95 asks that the upper ends of their one-sided 95 %
                    intervals keep the limits, so that luck in the courses cannot pass a plan.
    """

    missed_share: float = 0.001
    study_stockout: float = 0.01
    production: float = 0.01
    confidence: float | None = None

    def __post_init__(self) -> None:
        for name in ("missed_share", "study_stockout", "production"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must lie in [0, 1), got {getattr(self, name)}")
        if self.confidence is not None and not 0 < self.confidence < 1:
            raise ValueError(f"confidence must lie in (0, 1), got {self.confidence}")

    def are_met(self, outcomes: SupplyOutcomes) -> bool:
        """Return whether the simulated shares, or with a confidence their upper limits, keep the limits."""
        if self.confidence is None:
            missed, stockout = outcomes.missed_share, outcomes.study_stockout_risk
        else:
            missed = missed_share_upper(outcomes, self.confidence)
            stockout = study_stockout_upper(outcomes, self.confidence)
        return missed <= self.missed_share and stockout <= self.study_stockout

    def are_out_of_reach(self, outcomes: SupplyOutcomes) -> bool:
        """Return whether a few courses already rule the limits out, with 99.9 % confidence for the stock-out risk."""
        hits = int((outcomes.missed_visits > 0).sum())
        surely_at_least = stats.beta.ppf(0.001, hits, outcomes.n_simulations - hits + 1) if hits else 0.0
        return outcomes.missed_share > 5 * self.missed_share or surely_at_least > self.study_stockout

    def check_courses(self, n_simulations: int) -> None:
        """Raise ValueError if so few courses cannot show the limits, not even without a single stock-out."""
        if self.confidence is None:
            return
        if self.study_stockout == 0:
            raise ValueError(
                f"no number of courses shows a stock-out risk of 0 with confidence {self.confidence}"
            )
        needed = ceil(log(1 - self.confidence) / log(1 - self.study_stockout))
        if n_simulations < needed:
            raise ValueError(
                f"{n_simulations} courses cannot show a stock-out risk of {self.study_stockout} with confidence "
                f"{self.confidence}: at least {needed} are needed"
            )


def study_stockout_upper(outcomes: SupplyOutcomes, confidence: float) -> float:
    """Return the upper end of the one-sided interval of the study stock-out risk.

    confidence  in (0, 1).
    Returns     probability.
    Source      Clopper & Pearson (1934), Biometrika 26:404: exact for courses that are drawn independently.
    """
    hits, n = int((outcomes.missed_visits > 0).sum()), outcomes.n_simulations
    return float(stats.beta.ppf(confidence, hits + 1, n - hits)) if hits < n else 1.0


def missed_share_upper(outcomes: SupplyOutcomes, confidence: float) -> float:
    """Return an upper limit of the share of dispensing visits that cannot be served.

    The upper limit of the probability of a course with missed visits, times the largest share missed in a simulated
    course (one visit where none missed any). It is cautious: courses with missed visits are taken as bad as the worst.
    confidence  in (0, 1).
    Returns     share of visits.
    Source      study_stockout_upper().
    """
    shares = outcomes.missed_visits / outcomes.visits.clip(min=1)
    least = 1 / max(float(outcomes.visits.mean()), 1.0)
    return study_stockout_upper(outcomes, confidence) * max(float(shares.max()), least)
