"""Central statistical monitoring: does a site's data look like those of all other sites?"""

from triallink.engines.monitoring.battery import Battery, Rules, battery
from triallink.engines.monitoring.catalogue import TESTS, Test
from triallink.engines.monitoring.combination import cauchy
from triallink.engines.monitoring.explanations import Explanation, explain
from triallink.engines.monitoring.fabrication import (
    KINDS,
    StudyData,
    StudyPlan,
    fabricate,
    permuted_sites,
    simulate_study,
)

__all__ = [
    "KINDS",
    "TESTS",
    "Battery",
    "Explanation",
    "Rules",
    "StudyData",
    "StudyPlan",
    "Test",
    "battery",
    "cauchy",
    "explain",
    "fabricate",
    "permuted_sites",
    "simulate_study",
]
