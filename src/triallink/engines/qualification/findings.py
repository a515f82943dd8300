"""What audit findings mean for a decision, and how soon a supplier is looked at again."""

from collections.abc import Sequence
from dataclasses import dataclass

# From the gravest on. EU GCP inspectors' words, ICH E6(R3) 3.11.2 leaves the grading to the auditor's procedure.
GRADES = ("critical", "major", "minor")
FULL_TERM_MONTHS = 36
MAJOR_TERM_MONTHS = 24
CRITICAL_TERM_MONTHS = 12


@dataclass(frozen=True)
class FindingFact:
    """One finding as the rule sees it: its grade, whether a CAPA was accepted, and whether it proved effective."""

    number: int
    grade: str
    has_accepted_capa: bool
    is_closed: bool


def decision_blockers(findings: Sequence[FindingFact]) -> list[FindingFact]:
    """Return the findings that stand against an approval, the gravest first.

    A critical finding must be closed by an effectiveness check; a major one needs an accepted CAPA; a minor one
    never stands in the way.
    Raises ValueError for a grade outside GRADES.
    """
    blocking = []
    for finding in findings:
        if finding.grade not in GRADES:
            raise ValueError(f"no grade {finding.grade!r}; there are {', '.join(GRADES)}")
        if finding.grade == "critical" and not finding.is_closed:
            blocking.append(finding)
        if finding.grade == "major" and not (finding.is_closed or finding.has_accepted_capa):
            blocking.append(finding)
    return sorted(blocking, key=lambda finding: (GRADES.index(finding.grade), finding.number))


def requalify_months(findings: Sequence[FindingFact]) -> int:
    """Return for how many months an approval holds at most, by the gravest finding of the audit.

    Returns 36 without a finding above minor, 24 after a major, 12 after a critical one.
    """
    grades = {finding.grade for finding in findings}
    if "critical" in grades:
        return CRITICAL_TERM_MONTHS
    return MAJOR_TERM_MONTHS if "major" in grades else FULL_TERM_MONTHS
