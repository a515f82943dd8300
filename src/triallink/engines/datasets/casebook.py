"""The casebook of a study as a document: every form once, blank, or annotated with the variables its answers go to.

Here is what stands on the pages; `casebook.typ` beside it says how it looks, and who renders it is not decided here.
Source: SDTM Metadata Submission Guidelines v2.0, section 3 (annotated CRF): one copy of each unique form, annotations
in the colour of their domain, what is not submitted said so, bookmarks by form.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from triallink.kernel.refusals import N_

TEMPLATE = Path(__file__).with_name("casebook.typ")
NOT_SUBMITTED = "[NOT SUBMITTED]"
# Colours the guidelines name, in the order domains appear on a form.
COLOURS = ("#bfe3ff", "#fff59d", "#c8f0c8", "#ffd3a8", "#f6c9e6", "#d9d2f5")
WORDS: Mapping[str, str] = {
    "blank": N_("Blank casebook"),
    "annotated": N_("Annotated casebook"),
    "version": N_("Version"),
    "schedule": N_("Forms by visit"),
    "form": N_("Form"),
    "visits": N_("Visits"),
    "required": N_("required"),
    "repeats": N_("may be filled in more than once"),
    "subject": N_("Subject"),
    "site": N_("Site"),
    "date": N_("Date"),
    "signature": N_("Signature"),
    "not_submitted": N_("Not submitted"),
    "yes": N_("Yes"),
    "no": N_("No"),
}

_EVERYWHERE = frozenset(
    {
        "STUDYID",
        "DOMAIN",
        "USUBJID",
        "SPDEVID",
        "VISIT",
        "VISITNUM",
        "VISITDY",
        "TAETORD",
        "EPOCH",
        "MIDS",
        "RELMIDS",
    }
)
_DEMOGRAPHICS = frozenset(
    {
        "SUBJID",
        "RFSTDTC",
        "RFENDTC",
        "RFXSTDTC",
        "RFXENDTC",
        "RFICDTC",
        "RFPENDTC",
        "DTHDTC",
        "DTHFL",
        "SITEID",
    }
    | {
        "INVID",
        "INVNAM",
        "BRTHDTC",
        "AGE",
        "AGEU",
        "SEX",
        "RACE",
        "ETHNIC",
        "ARMCD",
        "ARM",
        "ACTARMCD",
        "ACTARM",
    }
    | {"ARMNRS", "ACTARMUD", "COUNTRY"}
)

Answer = Literal["text", "number", "date", "time", "datetime", "choice", "yes_no"]


@dataclass(frozen=True)
class Question:
    """One question of a form.

    choices      (code, what it stands for) where the answer is one of several.
    annotations  where the answer goes: `AETERM`, `VSORRES when VSTESTCD = SYSBP`, `[NOT SUBMITTED]`.
    """

    code: str
    wording: str
    answer: Answer = "text"
    length: int | None = None
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_mandatory: bool = False
    hint: str = ""
    annotations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """Questions that stand together under a heading."""

    name: str
    questions: tuple[Question, ...]
    is_repeating: bool = False


@dataclass(frozen=True)
class Form:
    """One form and the visits it is filled in at."""

    code: str
    name: str
    sections: tuple[Section, ...]
    visits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Casebook:
    """The forms of a study, each once, and the visits in their order."""

    study: str
    title: str
    version: str
    forms: tuple[Form, ...]
    visits: tuple[str, ...] = ()


def domain_of(annotation: str) -> str:
    """Return the domain an annotation names a variable of, SUPP and the domain for a supplemental one, else "".

    annotation  such as VSORRES+VSORRESU, SUPPDM.QNAM = RACE1, AE.AETERM or SEX; "" for what is in every domain.
    Source      SDTMIG v3.4: variables begin with their domain, but for identifiers, timing and those of DM.
    """
    word = re.match(r"[A-Z][A-Z0-9]*", annotation.strip())
    if word is None or word[0] in _EVERYWHERE:
        return ""
    if word[0] in _DEMOGRAPHICS:
        return "DM"
    if word[0].startswith("SUPP"):
        return word[0][:6]
    return word[0][:2]


def casebook_pages(
    casebook: Casebook, *, annotated: bool, language: str, translate: Callable[[str], str] = str
) -> dict[str, Any]:
    """Return what stands on the pages, as plain values for the template.

    annotated  with the variables, in the colour of their domain; otherwise blank, for filling in by hand.
    language   "en" or "zh"; wordings are those of the casebook.
    translate  the words of the document in the language.
    Returns    the forms in order, each with the domains on it and their colours.
    """
    return {
        "study": casebook.study,
        "title": casebook.title,
        "version": casebook.version,
        "language": language,
        "annotated": annotated,
        "words": {key: translate(word) for key, word in WORDS.items()},
        "visits": list(casebook.visits),
        "forms": [_form(form, annotated=annotated) for form in casebook.forms],
    }


def _form(form: Form, *, annotated: bool) -> dict[str, Any]:
    questions = [question for section in form.sections for question in section.questions]
    named = [domain_of(note) for question in questions for note in question.annotations]
    domains = [domain for domain in dict.fromkeys(named) if domain]
    colours = {domain: COLOURS[place % len(COLOURS)] for place, domain in enumerate(domains)}
    return {
        "code": form.code,
        "name": form.name,
        "visits": list(form.visits),
        "domains": [{"name": name, "colour": colour} for name, colour in colours.items()]
        if annotated
        else [],
        "sections": [
            {
                "name": section.name,
                "repeats": section.is_repeating,
                "questions": [_question(each, colours, annotated=annotated) for each in section.questions],
            }
            for section in form.sections
        ],
    }


def _question(question: Question, colours: Mapping[str, str], *, annotated: bool) -> dict[str, Any]:
    # A question nobody maps is not submitted; an annotated casebook must not leave that open.
    notes = (question.annotations or (NOT_SUBMITTED,)) if annotated else ()
    return {
        "code": question.code,
        "wording": question.wording,
        "answer": question.answer,
        "boxes": min(question.length or 20, 40),
        "unit": question.unit,
        "choices": [{"code": code, "text": text} for code, text in question.choices],
        "required": question.is_mandatory,
        "hint": question.hint,
        "notes": [
            {"text": "" if note == NOT_SUBMITTED else note, "colour": colours.get(domain_of(note), "#e5e7eb")}
            for note in notes
        ],
    }
