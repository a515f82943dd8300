"""Trial supply: demand in closed form, resupply policies, simulation, and the cheapest plan within risk limits.

`site_order` applies a policy to a real site with the very functions `simulate_supply` runs; `cheapest_plan` searches the
policies. Days count from the start of the study, costs are in minor units.
"""

from .demand import (
    PoissonGamma,
    arm_excess_risk,
    arm_quantile,
    base_stock_buffer,
    site_risk,
    stockout_risk,
)
from .limits import RiskLimits, missed_share_upper, study_stockout_upper
from .model import Arm, Country, Depot, DoseLevel, KitType, LeadTime, Lot, Site, Trial
from .optimizer import (
    NoPlanFound,
    SupplyPlan,
    cheapest_plan,
    evaluate_plan,
    production_quantities,
    quantile_mean_candidates,
    tuned_min_max,
)
from .ordering import HeldKits, SiteOrder, SiteSubject, site_order
from .policies import (
    DepotResupply,
    MinMax,
    ProjectedDemand,
    QuantileMean,
    ResupplyPolicy,
    TriggerResupply,
)
from .scenarios import REFERENCE_SCENARIOS, ample_lots
from .simulation import SupplyOutcomes, simulate_supply

__all__ = [
    "REFERENCE_SCENARIOS",
    "Arm",
    "Country",
    "Depot",
    "DepotResupply",
    "DoseLevel",
    "HeldKits",
    "KitType",
    "LeadTime",
    "Lot",
    "MinMax",
    "NoPlanFound",
    "PoissonGamma",
    "ProjectedDemand",
    "QuantileMean",
    "ResupplyPolicy",
    "RiskLimits",
    "Site",
    "SiteOrder",
    "SiteSubject",
    "SupplyOutcomes",
    "SupplyPlan",
    "Trial",
    "TriggerResupply",
    "ample_lots",
    "arm_excess_risk",
    "arm_quantile",
    "base_stock_buffer",
    "cheapest_plan",
    "evaluate_plan",
    "missed_share_upper",
    "production_quantities",
    "quantile_mean_candidates",
    "simulate_supply",
    "site_order",
    "site_risk",
    "stockout_risk",
    "study_stockout_upper",
    "tuned_min_max",
]
