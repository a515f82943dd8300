"""Match work with people: an explained fit score, and the clearing of a whole market."""

from triallink.engines.matching.awards import Award, Determination, Shortfall, determine
from triallink.engines.matching.bids import Bid, Line, Rejection, Request, merit_minor
from triallink.engines.matching.candidates import (
    Edges,
    Terms,
    WhyNot,
    Work,
    Workforce,
    candidate_edges,
    why_not,
)
from triallink.engines.matching.clearing import Clearing, clear
from triallink.engines.matching.coalitions import Coalition, Member, build_coalitions
from triallink.engines.matching.coupled import BidTable, CoupledAwards, determine_coupled
from triallink.engines.matching.dual import bound_at
from triallink.engines.matching.fairness import (
    GroupShare,
    QuotaClearing,
    clear_with_quota,
    concentration,
    report,
)
from triallink.engines.matching.fit import Contribution, Exclusion, Fit, count_exclusions, fit, rank
from triallink.engines.matching.market import Market, objective
from triallink.engines.matching.prices import Order, Settlement, Trade, settle, settle_pair, shadow_prices
from triallink.engines.matching.progress import Watch
from triallink.engines.matching.promises import PromiseClearing, clear_with_promises
from triallink.engines.matching.supply import Need, Supply, SupplyTable
from triallink.engines.matching.warm import Reclearing, carry_over, reclear

__all__ = [
    "Award",
    "Bid",
    "BidTable",
    "Clearing",
    "Coalition",
    "Contribution",
    "CoupledAwards",
    "Determination",
    "Edges",
    "Exclusion",
    "Fit",
    "GroupShare",
    "Line",
    "Market",
    "Member",
    "Need",
    "Order",
    "PromiseClearing",
    "QuotaClearing",
    "Reclearing",
    "Rejection",
    "Request",
    "Settlement",
    "Shortfall",
    "Supply",
    "SupplyTable",
    "Terms",
    "Trade",
    "Watch",
    "WhyNot",
    "Work",
    "Workforce",
    "bound_at",
    "build_coalitions",
    "candidate_edges",
    "carry_over",
    "clear",
    "clear_with_promises",
    "clear_with_quota",
    "concentration",
    "count_exclusions",
    "determine",
    "determine_coupled",
    "fit",
    "merit_minor",
    "objective",
    "rank",
    "reclear",
    "report",
    "settle",
    "settle_pair",
    "shadow_prices",
    "why_not",
]
