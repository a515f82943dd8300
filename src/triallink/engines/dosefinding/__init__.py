"""Dose finding: the designs of phase I trials behind one interface.

`design.recommend("1NNN 2NTN")` names the next dose, `design.select_dose(...)` the maximum tolerated dose;
`decision_table`, `simulate` and `exact_characteristics` show how a design behaves. Dose levels count from 1.
"""

from .blrm import BLRM, IntervalProbabilities
from .crm import CRM, ModelFit
from .design import Action, Decisions, Design, Recommendation, TrialStates
from .interval import BOIN, MTPI, MTPI2, TPI, I3Plus3, IntervalDesign
from .outcomes import Cohort, Outcomes
from .rules import ThreePlusThree
from .simulation import OperatingCharacteristics, exact_characteristics, simulate
from .skeleton import indifference_skeleton
from .table import Pathway, TableRow, decision_table, transition_pathways
from .two_parameter import TwoParameterCRM

__all__ = [
    "BLRM",
    "BOIN",
    "CRM",
    "MTPI",
    "MTPI2",
    "TPI",
    "Action",
    "Cohort",
    "Decisions",
    "Design",
    "I3Plus3",
    "IntervalDesign",
    "IntervalProbabilities",
    "ModelFit",
    "OperatingCharacteristics",
    "Outcomes",
    "Pathway",
    "Recommendation",
    "TableRow",
    "ThreePlusThree",
    "TrialStates",
    "TwoParameterCRM",
    "decision_table",
    "exact_characteristics",
    "indifference_skeleton",
    "simulate",
    "transition_pathways",
]
