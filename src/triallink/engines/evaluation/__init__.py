"""Compare bids: the best price of one bid with bundles, scores per criterion, and prices too low to be true."""

from triallink.engines.evaluation.price import Bundle, PricedSet, best_price, price_by_line, scaled
from triallink.engines.evaluation.scores import (
    FORMULAS,
    abnormally_low,
    coverage_score,
    experience_score,
    price_score,
    quality_score,
    shared_weights,
    speed_score,
    weighted_total,
)

__all__ = [
    "FORMULAS",
    "Bundle",
    "PricedSet",
    "abnormally_low",
    "best_price",
    "coverage_score",
    "experience_score",
    "price_by_line",
    "price_score",
    "quality_score",
    "scaled",
    "shared_weights",
    "speed_score",
    "weighted_total",
]
