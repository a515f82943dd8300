"""The casebook: each form once, every answer annotated in its domain's colour, blank without annotations."""

import io
from datetime import UTC, datetime

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pypdf import PdfReader

from triallink.engines.datasets import casebook as book
from triallink.foundation.documents import render_pdf

AT = datetime(2024, 5, 17, tzinfo=UTC)
FORM = book.Form(
    "F.AE",
    "Adverse events",
    (
        book.Section("", (book.Question("I.YN", "Any events? 有不良事件吗？", "yes_no"),)),
        book.Section(
            "Event",
            (
                book.Question("I.TERM", "Event #1 *term*", "text", length=200, annotations=("AETERM",)),
                book.Question(
                    "I.DATE", "Start", "date", annotations=("AESTDTC", "CO.COVAL"), is_mandatory=True
                ),
                book.Question(
                    "I.SEV",
                    "Severity",
                    "choice",
                    choices=(("1", "Mild"), ("2", "轻度")),
                    annotations=("SUPPAE.QNAM = AESEVX",),
                ),
                book.Question("I.BY", "Monitor initials", annotations=("[NOT SUBMITTED]",)),
                book.Question(
                    "I.WT", "Weight", "number", unit="kg", hint="without shoes", annotations=("VSORRES",)
                ),
            ),
            is_repeating=True,
        ),
    ),
    ("Visit 1", "Visit 2"),
)
CASEBOOK = book.Casebook(
    "S-1", "A study", "2", (FORM, book.Form("F.DM", "Demographics", ())), ("Visit 1", "Visit 2")
)


def test_a_blank_casebook_names_no_variable():
    pages = book.casebook_pages(CASEBOOK, annotated=False, language="en")
    (form, _) = pages["forms"]
    assert form["domains"] == []
    assert all(not question["notes"] for section in form["sections"] for question in section["questions"])


def test_a_question_of_yes_or_no_has_a_box_for_each_with_its_word():
    words = {"Yes": "是", "No": "否"}
    pages = book.casebook_pages(
        CASEBOOK, annotated=False, language="zh", translate=lambda word: words.get(word, word)
    )
    content = render_pdf(book.TEMPLATE, pages, at=AT)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert "是" in text
    assert "否" in text


def test_every_question_of_an_annotated_casebook_has_a_note_in_the_colour_of_its_domain():
    (form, _) = book.casebook_pages(CASEBOOK, annotated=True, language="en")["forms"]
    colours = {one["name"]: one["colour"] for one in form["domains"]}
    assert list(colours) == ["AE", "CO", "SUPPAE", "VS"]
    assert len(set(colours.values())) == 4
    notes = [question["notes"] for section in form["sections"] for question in section["questions"]]
    assert notes[0] == notes[4] == [{"text": "", "colour": "#e5e7eb"}]
    assert notes[2] == [
        {"text": "AESTDTC", "colour": colours["AE"]},
        {"text": "CO.COVAL", "colour": colours["CO"]},
    ]


@pytest.mark.parametrize(
    ("annotation", "domain"),
    [
        ("AETERM", "AE"),
        ("VSORRES+VSORRESU", "VS"),
        ("VSORRES when VSTESTCD = SYSBP", "VS"),
        ("SUPPDM.QNAM = RACE1", "SUPPDM"),
        ("DM.SEX", "DM"),
        ("SEX", "DM"),
        ("STUDYID", ""),
        ("[NOT SUBMITTED]", ""),
        ("", ""),
    ],
)
def test_an_annotation_names_its_domain(annotation: str, domain: str):
    assert book.domain_of(annotation) == domain


def test_the_words_are_those_of_the_reader():
    pages = book.casebook_pages(CASEBOOK, annotated=True, language="zh", translate=str.upper)
    assert pages["words"]["annotated"] == "ANNOTATED CASEBOOK"


@pytest.mark.parametrize("annotated", [True, False])
def test_it_is_printed_with_a_bookmark_for_each_form(annotated: bool):
    pages = book.casebook_pages(CASEBOOK, annotated=annotated, language="zh")
    content = render_pdf(book.TEMPLATE, pages, at=AT)
    assert content == render_pdf(book.TEMPLATE, pages, at=AT)
    root = PdfFileReader(io.BytesIO(content)).root
    assert root["/Pages"]["/Count"] == 3
    outlines = root["/Outlines"]
    assert outlines["/Count"] == 3
    assert (outlines["/First"]["/Title"], outlines["/Last"]["/Title"]) == ("Forms by visit", "Demographics")
