"""From the facts of a study and the planner's assumptions to the services it needs."""

from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .assumptions import Assumptions
from .basis import StudyBasis, VisitPlan
from .lines import Scene, ServiceLine
from .site_lines import site_lines
from .study_lines import study_lines

SERVICE_CODES = (
    "SITE_FEASIBILITY", "SITE_STARTUP", "REGULATORY_SUBMISSION", "ETHICS_SUBMISSION", "MONITORING_ONSITE",
    "MONITORING_REMOTE", "SITE_CLOSEOUT", "CRC_HOURS", "PATIENT_RECRUITMENT", "PROJECT_MANAGEMENT", "DATA_MANAGEMENT",
    "EDC_BUILD", "BIOSTATISTICS", "MEDICAL_WRITING", "MEDICAL_MONITORING", "PHARMACOVIGILANCE", "ETMF_MANAGEMENT",
    "RTSM_SETUP", "CENTRAL_LAB", "IMAGING_READ", "TRANSLATION", "QUALITY_AUDIT", "INVESTIGATOR_TRAINING",
    "DRUG_SUPPLY_LOGISTICS",
)  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """Service lines with the basis and the assumptions they were computed from."""

    basis: StudyBasis
    assumptions: Assumptions
    lines: tuple[ServiceLine, ...]

    @property
    def hours(self) -> float:
        """Return the hours of all lines."""
        return float(sum(Decimal(str(item.hours)) for item in self.lines))

    def hours_by_service(self) -> dict[str, float]:
        """Return the hours per service code, in catalogue order."""
        totals = {
            code: sum(
                (Decimal(str(item.hours)) for item in self.lines if item.service_code == code), Decimal(0)
            )
            for code in SERVICE_CODES
        }
        return {code: float(total) for code, total in totals.items() if total}

    def to_dict(self) -> dict[str, Any]:
        """Return the proposal as JSON-ready values."""
        return {
            "basis": asdict(self.basis),
            "assumptions": {
                "catalogue": self.assumptions.catalogue_version,
                "values": self.assumptions.values(),
            },
            "lines": [asdict(item) for item in self.lines],
        }


def propose(basis: StudyBasis, assumptions: Assumptions | None = None) -> Proposal:
    """Return the services a study needs, each with its arithmetic.

    basis        sites and subjects by country, months, visits with their activities.
    assumptions  the planner's figures; the catalogue's defaults if none are given.
    Returns      lines per country (sites, monitoring, work at the site), then lines for the study. Quantities are
                 in the line's unit, hours are working hours; both equal a step of the line's arithmetic. Lines
                 that the study does not need (no randomization, no imaging …) are absent.
    Source       the formulas are this platform's own; where a default leans on a published figure, its rationale
                 in ASSUMPTIONS says so.
    """
    scene = Scene(basis, assumptions or Assumptions())
    lines = [item for plan in basis.countries for item in site_lines(scene, plan)]
    return Proposal(basis, scene.assumptions, (*lines, *study_lines(scene)))


@dataclass(frozen=True)
class VisitWorkload:
    """CRC hours one visit of one subject takes."""

    visit: VisitPlan
    crc_hours: float


def visit_workload(basis: StudyBasis, assumptions: Assumptions | None = None) -> tuple[VisitWorkload, ...]:
    """Return the CRC hours of each visit: a base, at the site or remote, and a share for each activity.

    Hours are rounded half up to two decimals. Consent is counted apart, once per screened subject.
    """
    figures = assumptions or Assumptions()
    each = Decimal(str(figures.value("crc_activity_hours")))
    workload = []
    for visit in basis.visits:
        base = figures.value("crc_remote_visit_hours" if visit.is_remote else "crc_visit_hours")
        hours = Decimal(str(base)) + each * visit.activity_count
        workload.append(VisitWorkload(visit, float(hours.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))))
    return tuple(workload)
