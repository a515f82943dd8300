"""What a study has to buy: service lines from its schedule, sites, subjects and duration."""

from .arithmetic import Operand, Step
from .assumption_catalogue import ASSUMPTIONS, CATALOGUE_VERSION, GROUPS, AssumptionSpec
from .assumptions import Assumptions, check_assumption, spec_of
from .basis import CountryPlan, StudyBasis, VisitPlan, basis_from_protocol
from .lines import UNITS, ServiceLine
from .proposal import SERVICE_CODES, Proposal, VisitWorkload, propose, visit_workload

__all__ = [
    "ASSUMPTIONS", "CATALOGUE_VERSION", "GROUPS", "SERVICE_CODES", "UNITS", "AssumptionSpec", "Assumptions",
    "CountryPlan", "Operand", "Proposal", "ServiceLine", "Step", "StudyBasis", "VisitPlan", "VisitWorkload",
    "basis_from_protocol", "check_assumption", "propose", "spec_of", "visit_workload",
]  # fmt: skip
