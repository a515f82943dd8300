"""Question sets as data: one interpreter for visit reports, supplier questionnaires and whatever asks next."""

from triallink.engines.questions.interpreter import (
    CHOICES,
    MAX_TEXT,
    Answers,
    AnswerUnfit,
    checked_answers,
    faults_of,
    is_asked,
    questions_of,
    unanswered,
    weak_answers,
)

__all__ = [
    "CHOICES",
    "MAX_TEXT",
    "AnswerUnfit",
    "Answers",
    "checked_answers",
    "faults_of",
    "is_asked",
    "questions_of",
    "unanswered",
    "weak_answers",
]
