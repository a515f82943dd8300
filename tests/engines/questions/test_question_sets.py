"""The interpreter of question sets: what is asked, what fits, what is missing."""

import pytest

from triallink.engines.questions import (
    AnswerUnfit,
    checked_answers,
    faults_of,
    questions_of,
    unanswered,
    weak_answers,
)

BOTH = {"en": "Words", "zh": "文字"}


def question(code: str, kind: str, **more) -> dict:
    return {"code": code, "kind": kind, "is_required": True, "cites": "", "text": BOTH, **more}


FORM = {
    "title": BOTH,
    "sections": [
        {
            "title": BOTH,
            "questions": [
                question("A", "yes_no"),
                question("B", "number", asked_if={"question": "A", "is": "yes"}),
                question("C", "choice", choices={"own": BOTH, "none": BOTH}),
            ],
        },
        {"title": BOTH, "questions": [question("D", "date"), question("E", "grade", is_required=False)]},
    ],
}


def test_questions_keep_their_order_across_sections():
    assert [one["code"] for one in questions_of(FORM)] == ["A", "B", "C", "D", "E"]


def test_a_question_is_asked_only_after_the_answer_it_waits_for():
    assert unanswered(FORM, {}) == ["A", "C", "D"]
    assert unanswered(FORM, {"A": {"value": "yes"}}) == ["B", "C", "D"]
    assert unanswered(FORM, {"A": {"value": "no"}}) == ["C", "D"]


def test_the_answer_to_a_question_no_longer_asked_is_dropped():
    given = {"A": {"value": "no"}, "B": {"value": "3"}, "Z": {"value": "unknown"}}
    assert checked_answers(FORM, given) == {"A": {"value": "no", "comment": ""}}


@pytest.mark.parametrize(
    ("code", "value", "fits"),
    [
        ("A", "maybe", False),
        ("A", "na", True),
        ("B", "12.5", True),
        ("B", "-1", False),
        ("B", "٣", False),
        ("C", "own", True),
        ("C", "rented", False),
        ("D", "2026-02-29", False),
        ("D", "2028-02-29", True),
        ("E", "poor", True),
    ],
)
def test_an_answer_fits_its_kind_or_is_named(code: str, value: str, fits: bool):
    given = {"A": {"value": "yes"}, code: {"value": f" {value} ", "comment": "why"}}
    if fits:
        assert checked_answers(FORM, given)[code] == {"value": value, "comment": "why"}
    else:
        with pytest.raises(AnswerUnfit, match=code) as refused:
            checked_answers(FORM, given)
        assert refused.value.question == code


def test_no_and_poor_are_weak_answers():
    given = {"A": {"value": "no", "comment": "none yet"}, "E": {"value": "poor"}}
    assert [(q["code"], comment) for q, comment in weak_answers(FORM, given)] == [
        ("A", "none yet"),
        ("E", ""),
    ]


def test_a_sound_set_has_no_faults_and_every_fault_is_found():
    assert faults_of(FORM) == []
    broken = {
        "title": {"en": "Words"},
        "sections": [
            {
                "title": BOTH,
                "questions": [
                    question("A", "yes_no"),
                    question("A", "guess"),
                    question("C", "choice"),
                    question("D", "text", asked_if={"question": "E", "is": "yes"}),
                ],
            }
        ],
    }
    said = " ".join(faults_of(broken))
    assert all(part in said for part in ("used twice", "'guess'", "without choices", "'E'", "both languages"))
