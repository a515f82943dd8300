"""Question sets of visit reports as data; the interpreter is the engine's."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from triallink.domains.delivery.errors import AnswerUnknown
from triallink.engines import questions as engine
from triallink.kernel.refusals import N_

Answers = engine.Answers
FOLDER = Path(__file__).parent / "question_sets_data"
CHOICES = {
    "yes_no": {"yes": N_("Yes"), "no": N_("No"), "na": N_("Not applicable")},
    "grade": {"good": N_("Good"), "fair": N_("Fair"), "poor": N_("Poor")},
}


@lru_cache(maxsize=1)
def question_sets() -> dict[str, dict[str, Any]]:
    """Return every question set by the kind of visit it is for."""
    found = (json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json")))
    return {one["code"]: one for one in found}


def questions_of(code: str) -> list[dict[str, Any]]:
    """Return the questions of a set in order."""
    return engine.questions_of(question_sets()[code])


def checked_answers(code: str, answers: Answers) -> Answers:
    """Return the answers that say something, each fit for its question; others are left out.

    Refuses: AnswerUnknown.
    """
    try:
        return engine.checked_answers(question_sets()[code], answers)
    except engine.AnswerUnfit as unfit:
        raise AnswerUnknown(field=f"value_{unfit.question}", question=unfit.question) from unfit


def unanswered(code: str, answers: Answers) -> list[str]:
    """Return the required questions without an answer."""
    return engine.unanswered(question_sets()[code], answers)


def findings(code: str, answers: Answers) -> list[tuple[dict[str, Any], str]]:
    """Return the questions answered with "no" or "poor", each with its comment."""
    return engine.weak_answers(question_sets()[code], answers)
