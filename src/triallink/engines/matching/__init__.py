"""Match work with people: an explained fit score."""

from triallink.engines.matching.fit import Contribution, Exclusion, Fit, count_exclusions, fit, rank
from triallink.engines.matching.supply import Need, Supply, SupplyTable

__all__ = [
    "Contribution",
    "Exclusion",
    "Fit",
    "Need",
    "Supply",
    "SupplyTable",
    "count_exclusions",
    "fit",
    "rank",
]
