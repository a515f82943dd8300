"""Junior, senior, expert: what each asks for and what each may do."""

from collections.abc import Mapping
from dataclasses import dataclass

ORDER = ("junior", "senior", "expert")


@dataclass(frozen=True)
class LevelRule:
    """What a level asks for: months of verified experience in the role, studies, and the share of the test."""

    months: int
    studies: int
    test_share: float
    references: int


LEVEL_RULES: Mapping[str, LevelRule] = {
    "junior": LevelRule(months=0, studies=0, test_share=0.8, references=0),
    "senior": LevelRule(months=36, studies=4, test_share=0.85, references=1),
    "expert": LevelRule(months=84, studies=10, test_share=0.9, references=2),
}

# level -> the kinds of work it may be given alone; each level may also do what the one below may.
PERMITTED: Mapping[str, tuple[str, ...]] = {
    "junior": ("routine_visits_supervised", "data_entry", "document_filing", "remote_review"),
    "senior": ("routine_visits_alone", "initiation_visits", "close_out_visits", "urgent_cover"),
    "expert": ("phase1_studies", "co_monitoring", "for_cause_visits", "mentoring"),
}


@dataclass(frozen=True)
class ProfessionalFacts:
    """What is verified of a professional in one role; test_share is None without a passed test."""

    has_valid_gcp: bool
    months: int
    studies: int
    test_share: float | None
    references: int


def level_lacks(level: str, facts: ProfessionalFacts) -> list[str]:
    """Return what is missing for a level: "gcp", "test", "months", "studies", "references"; empty if it is reached.

    Raises ValueError for a level there is not.
    """
    if level not in LEVEL_RULES:
        raise ValueError(f"no level {level!r}; there are {', '.join(ORDER)}")
    rule = LEVEL_RULES[level]
    lacks = {
        "gcp": not facts.has_valid_gcp,
        "test": facts.test_share is None or facts.test_share < rule.test_share,
        "months": facts.months < rule.months,
        "studies": facts.studies < rule.studies,
        "references": facts.references < rule.references,
    }
    return [what for what, is_missing in lacks.items() if is_missing]


def level_of(facts: ProfessionalFacts) -> str:
    """Return the highest level that verified facts reach, "" if not even the first."""
    return next((level for level in reversed(ORDER) if not level_lacks(level, facts)), "")
