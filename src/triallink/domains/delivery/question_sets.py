"""Question sets of visit reports as data, and the one interpreter that checks answers against them."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from triallink.domains.delivery.errors import AnswerUnknown
from triallink.kernel.refusals import N_

FOLDER = Path(__file__).parent / "question_sets_data"
CHOICES = {
    "yes_no": {"yes": N_("Yes"), "no": N_("No"), "na": N_("Not applicable")},
    "grade": {"good": N_("Good"), "fair": N_("Fair"), "poor": N_("Poor")},
}
MAX_TEXT = 4000
Answers = dict[str, dict[str, str]]


@lru_cache(maxsize=1)
def question_sets() -> dict[str, dict[str, Any]]:
    """Return every question set by the kind of visit it is for."""
    found = (json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json")))
    return {one["code"]: one for one in found}


def questions_of(code: str) -> list[dict[str, Any]]:
    """Return the questions of a set in order."""
    return [question for section in question_sets()[code]["sections"] for question in section["questions"]]


def checked_answers(code: str, answers: Answers) -> Answers:
    """Return the answers that say something, each fit for its question; others are left out.

    Refuses: AnswerUnknown.
    """
    kept: Answers = {}
    for question in questions_of(code):
        given = answers.get(question["code"], {})
        value = str(given.get("value", "")).strip()[:MAX_TEXT]
        comment = str(given.get("comment", "")).strip()[:MAX_TEXT]
        if value and not _fits(question["kind"], value):
            raise AnswerUnknown(field=f"value_{question['code']}", question=question["code"])
        if value or comment:
            kept[question["code"]] = {"value": value, "comment": comment}
    return kept


def unanswered(code: str, answers: Answers) -> list[str]:
    """Return the required questions without an answer."""
    return [
        question["code"]
        for question in questions_of(code)
        if question["is_required"] and not answers.get(question["code"], {}).get("value")
    ]


def findings(code: str, answers: Answers) -> list[tuple[dict[str, Any], str]]:
    """Return the questions answered with "no" or "poor", each with its comment."""
    return [
        (question, answers[question["code"]].get("comment", ""))
        for question in questions_of(code)
        if answers.get(question["code"], {}).get("value") in ("no", "poor")
    ]


def _fits(kind: str, value: str) -> bool:
    if kind in CHOICES:
        return value in CHOICES[kind]
    if kind == "number":
        return value.replace(".", "", 1).isascii() and value.replace(".", "", 1).isdigit() and len(value) < 10
    return True
