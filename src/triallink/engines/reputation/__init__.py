"""Reputation from completed work: every figure shrunk to the mean of its service, with cases and interval."""

from triallink.engines.reputation.shrinkage import (
    CASES_OF_PRIOR,
    FORMULAS,
    WEIGHTS,
    Estimate,
    Tally,
    overall,
    shrunk_mean,
    shrunk_rate,
    shrunk_share,
)

__all__ = [
    "CASES_OF_PRIOR",
    "FORMULAS",
    "WEIGHTS",
    "Estimate",
    "Tally",
    "overall",
    "shrunk_mean",
    "shrunk_rate",
    "shrunk_share",
]
