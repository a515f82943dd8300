"""Match work with people: an explained fit score, and the clearing of a whole market."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Now, not when asked: the module has the name of its function, and the name must not come to mean the module.
from triallink.engines.matching.fit import Contribution, Exclusion, Fit, count_exclusions, fit, rank

if TYPE_CHECKING:
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
        hours_given,
        report,
    )
    from triallink.engines.matching.market import Market, objective
    from triallink.engines.matching.prices import Order, Settlement, Trade, settle, settle_pair, shadow_prices
    from triallink.engines.matching.progress import Watch
    from triallink.engines.matching.promises import PromiseClearing, clear_with_promises
    from triallink.engines.matching.regions import clear_by_region, cut_regions
    from triallink.engines.matching.supply import Need, Supply, SupplyTable
    from triallink.engines.matching.warm import Reclearing, carry_over, reclear

# The clearing brings a compiler with it: half a second for every process, also for those that only rank suppliers.
# A name loads its module when it is first asked for.
_NAMES = {
    "awards": "Award Determination Shortfall determine",
    "bids": "Bid Line Rejection Request merit_minor",
    "candidates": "Edges Terms WhyNot Work Workforce candidate_edges why_not",
    "clearing": "Clearing clear",
    "coalitions": "Coalition Member build_coalitions",
    "coupled": "BidTable CoupledAwards determine_coupled",
    "dual": "bound_at",
    "fairness": "GroupShare QuotaClearing clear_with_quota concentration hours_given report",
    "market": "Market objective",
    "prices": "Order Settlement Trade settle settle_pair shadow_prices",
    "progress": "Watch",
    "promises": "PromiseClearing clear_with_promises",
    "regions": "clear_by_region cut_regions",
    "supply": "Need Supply SupplyTable",
    "warm": "Reclearing carry_over reclear",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

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
    "clear_by_region",
    "clear_with_promises",
    "clear_with_quota",
    "concentration",
    "count_exclusions",
    "cut_regions",
    "determine",
    "determine_coupled",
    "fit",
    "hours_given",
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


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found
