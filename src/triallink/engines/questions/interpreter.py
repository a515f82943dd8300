"""A question set is plain data: sections of questions; here is everything that is done with one.

    {"code": "cro", "version": 2, "title": {"en": …, "zh": …}, "sections": [
        {"title": {…}, "questions": [
            {"code": "QMS1", "kind": "yes_no", "is_required": true, "cites": "ICH E6(R3) 3.10", "text": {…},
             "asked_if": {"question": "QMS0", "is": "yes"}, "needs_document": true}]}]}

kind: yes_no, grade, choice (its own "choices"), number, date, line or text. `asked_if` and `needs_document` are optional.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

CHOICES = {
    "yes_no": {
        "yes": {"en": "Yes", "zh": "是"},
        "no": {"en": "No", "zh": "否"},
        "na": {"en": "Not applicable", "zh": "不适用"},
    },
    "grade": {
        "good": {"en": "Good", "zh": "良好"},
        "fair": {"en": "Fair", "zh": "一般"},
        "poor": {"en": "Poor", "zh": "较差"},
    },
}
KINDS = (*CHOICES, "choice", "number", "date", "line", "text")
WEAK = ("no", "poor")
MAX_TEXT = 4000
MAX_DIGITS = 9

QuestionSet = Mapping[str, Any]
# question code -> {"value": …, "comment": …}
Answers = dict[str, dict[str, str]]


class AnswerUnfit(ValueError):
    """An answer does not fit its question."""

    def __init__(self, question: str, value: str) -> None:
        self.question = question
        super().__init__(f"question {question} cannot be answered with {value!r}")


def questions_of(form: QuestionSet) -> list[dict[str, Any]]:
    """Return the questions of a set in order, whatever section they are in."""
    return [question for section in form["sections"] for question in section["questions"]]


def is_asked(question: Mapping[str, Any], answers: Mapping[str, Mapping[str, str]]) -> bool:
    """Return whether a question is asked at all, given the answers to the questions before it."""
    rule = question.get("asked_if")
    return rule is None or answers.get(rule["question"], {}).get("value") == rule["is"]


def checked_answers(form: QuestionSet, answers: Mapping[str, Mapping[str, Any]]) -> Answers:
    """Return the answers that say something, trimmed; those to unknown or unasked questions are left out.

    answers  question code -> {"value", "comment"}; either may be missing.
    Raises   AnswerUnfit (a ValueError) naming the first question whose answer is outside its kind.
    """
    kept: Answers = {}
    for question in questions_of(form):
        if not is_asked(question, kept):
            continue
        given = answers.get(question["code"], {})
        value = str(given.get("value") or "").strip()[:MAX_TEXT]
        comment = str(given.get("comment") or "").strip()[:MAX_TEXT]
        if value and not _fits(question, value):
            raise AnswerUnfit(question["code"], value)
        if value or comment:
            kept[question["code"]] = {"value": value, "comment": comment}
    return kept


def unanswered(form: QuestionSet, answers: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the codes of the required questions that are asked and have no answer, in order."""
    return [
        question["code"]
        for question in questions_of(form)
        if question["is_required"]
        and is_asked(question, answers)
        and not answers.get(question["code"], {}).get("value")
    ]


def weak_answers(
    form: QuestionSet, answers: Mapping[str, Mapping[str, str]]
) -> list[tuple[dict[str, Any], str]]:
    """Return the questions answered with "no" or "poor", each with its comment, in order."""
    return [
        (question, answers[question["code"]].get("comment", ""))
        for question in questions_of(form)
        if answers.get(question["code"], {}).get("value") in WEAK
    ]


def faults_of(form: QuestionSet) -> list[str]:
    """Return what is wrong with a question set, one sentence each; empty for a sound one."""
    found = []
    seen: set[str] = set()
    for question in questions_of(form):
        code = question.get("code", "")
        if not code or code in seen:
            found.append(f"question code {code!r} is empty or used twice")
        if question.get("kind") not in KINDS:
            found.append(f"{code}: kind {question.get('kind')!r} is none of {', '.join(KINDS)}")
        if question.get("kind") == "choice" and not question.get("choices"):
            found.append(f"{code}: a choice without choices")
        if question.get("asked_if") and question["asked_if"]["question"] not in seen:
            found.append(
                f"{code}: waits for {question['asked_if']['question']!r}, which is not asked before it"
            )
        seen.add(code)
    titles = [form["title"], *(section["title"] for section in form["sections"])]
    texts = [*titles, *(question.get("text", {}) for question in questions_of(form))]
    found += [f"not in both languages: {text!r}" for text in texts if not (text.get("en") and text.get("zh"))]
    return found


def _fits(question: Mapping[str, Any], value: str) -> bool:
    kind = question["kind"]
    if kind in CHOICES:
        return value in CHOICES[kind]
    if kind == "choice":
        return value in question["choices"]
    if kind == "number":
        digits = value.replace(".", "", 1)
        return digits.isascii() and digits.isdigit() and len(value) <= MAX_DIGITS
    if kind == "date":
        try:
            dt.date.fromisoformat(value)
        except ValueError:
            return False
    return True
