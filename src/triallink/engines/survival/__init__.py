"""Time to event: Kaplan–Meier curves, log-rank tests, Cox models, subgroups."""

from triallink.engines.survival.cox import ChiSquare, CoxModel, cox
from triallink.engines.survival.kaplan_meier import Estimate, SurvivalCurve, kaplan_meier
from triallink.engines.survival.logrank import LogRank, logrank
from triallink.engines.survival.proportional import proportional_hazards
from triallink.engines.survival.subgroups import Forest, SubgroupRow, forest

__all__ = [
    "ChiSquare",
    "CoxModel",
    "Estimate",
    "Forest",
    "LogRank",
    "SubgroupRow",
    "SurvivalCurve",
    "cox",
    "forest",
    "kaplan_meier",
    "logrank",
    "proportional_hazards",
]
