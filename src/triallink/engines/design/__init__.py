"""Trial design: group-sequential boundaries, their cost, and the chances of a trial under way."""

from triallink.engines.design.recursion import ExitProbabilities, exit_probabilities
from triallink.engines.design.sequential import (
    Boundaries,
    Cost,
    conditional_power,
    cost,
    hwang_shih_decani_spending,
    kim_demets_spending,
    obrien_fleming_spending,
    pocock_spending,
    shaped_boundaries,
    spending_boundaries,
)

__all__ = [
    "Boundaries",
    "Cost",
    "ExitProbabilities",
    "conditional_power",
    "cost",
    "exit_probabilities",
    "hwang_shih_decani_spending",
    "kim_demets_spending",
    "obrien_fleming_spending",
    "pocock_spending",
    "shaped_boundaries",
    "spending_boundaries",
]
