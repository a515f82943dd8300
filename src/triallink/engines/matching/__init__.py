"""Match work with people: an explained fit score, and the clearing of a whole market."""

from triallink.engines.matching.awards import Award, Determination, Shortfall, determine
from triallink.engines.matching.bids import Bid, Line, Rejection, Request, merit_minor
from triallink.engines.matching.clearing import Clearing, clear
from triallink.engines.matching.dual import bound_at
from triallink.engines.matching.fit import Contribution, Exclusion, Fit, count_exclusions, fit, rank
from triallink.engines.matching.market import Market, objective
from triallink.engines.matching.progress import Watch
from triallink.engines.matching.supply import Need, Supply, SupplyTable
from triallink.engines.matching.warm import Reclearing, carry_over, reclear

__all__ = [
    "Award",
    "Bid",
    "Clearing",
    "Contribution",
    "Determination",
    "Exclusion",
    "Fit",
    "Line",
    "Market",
    "Need",
    "Reclearing",
    "Rejection",
    "Request",
    "Shortfall",
    "Supply",
    "SupplyTable",
    "Watch",
    "bound_at",
    "carry_over",
    "clear",
    "count_exclusions",
    "determine",
    "fit",
    "merit_minor",
    "objective",
    "rank",
    "reclear",
]
