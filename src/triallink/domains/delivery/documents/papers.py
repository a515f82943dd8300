"""Visit report, follow-up letter and status report as PDF/A, in one language each."""

import datetime as dt
from pathlib import Path
from typing import Any

from babel.dates import format_date
from django.utils.translation import gettext, override

from triallink.domains.delivery.models import VISIT_KINDS, VISIT_MODES, MonitoringVisit
from triallink.domains.delivery.question_sets import CHOICES, findings, question_sets
from triallink.foundation.documents import render_pdf
from triallink.foundation.sentences import bilingual
from triallink.kernel.refusals import N_

FOLDER = Path(__file__).parent
CODES = {"en": "en", "zh": "zh-hans"}
LOCALES = {"en": "en_GB", "zh": "zh_Hans_CN"}
WORDS = {
    "report": N_("Monitoring visit report"),
    "letter": N_("Follow-up letter"),
    "site": N_("Site"),
    "study": N_("Study"),
    "visit": N_("Visit"),
    "dates": N_("Dates of the visit"),
    "monitor": N_("Monitor"),
    "attendees": N_("Attendees"),
    "question": N_("Question"),
    "answer": N_("Answer"),
    "summary": N_("Summary"),
    "findings": N_("Findings"),
    "actions": N_("Action items"),
    "action": N_("Action"),
    "owner": N_("Owner"),
    "due": N_("Due"),
    "signed": N_("Signed electronically by"),
    "hash": N_("Signed content (SHA-256)"),
    "dear": N_("Dear investigator,"),
    "opening": N_("Thank you for your time at our visit. This letter confirms what we found together and what was agreed."),
    "nothing": N_("There were no findings that need an action."),
    "closing": N_("Please tell us when each action is done. Yours sincerely,"),
    "status": N_("Status report"),
    "health": N_("Health"),
    "milestones": N_("Milestones of the study"),
    "milestone": N_("Milestone"),
    "plan": N_("Plan"),
    "forecast": N_("Forecast or done"),
    "state": N_("State"),
    "figures": N_("Figures"),
    "next": N_("Next 30 days"),
    "signals": N_("Quality signals"),
}  # fmt: skip


def report_pdf(visit: MonitoringVisit, signer: str) -> bytes:
    """Return the signed visit report in the language of the site's country."""
    return _visit_paper("report", visit, signer)


def letter_pdf(visit: MonitoringVisit, signer: str) -> bytes:
    """Return the follow-up letter to the investigator in the language of the site's country."""
    return _visit_paper("letter", visit, signer)


def status_pdf(data: dict[str, Any], language: str, *, at: dt.datetime) -> bytes:
    """Return a study's status report; `data` as `selectors.cockpit.status_of` gives it, words translated."""
    with override(CODES[language]):
        words = {key: gettext(text) for key, text in WORDS.items()}
    return render_pdf(FOLDER / "status.typ", {"words": words, "language": language, **data}, at=at)


def shown_day(day: dt.date | None, language: str) -> str:
    """Return a date as a language writes it."""
    return format_date(day, "medium", locale=LOCALES[language]) if day else "–"


def _visit_paper(kind: str, visit: MonitoringVisit, signer: str) -> bytes:
    language = "zh" if visit.site.country in ("CN", "TW", "HK", "MO") else "en"
    with override(CODES[language]):
        data = _visit_data(visit, signer, language)
        data["kind"] = kind
        data["words"] = {key: gettext(text) for key, text in WORDS.items()}
    assert visit.signed_at is not None
    return render_pdf(FOLDER / "visit.typ", data, at=visit.signed_at)


def _visit_data(visit: MonitoringVisit, signer: str, language: str) -> dict[str, Any]:
    questions = question_sets()[visit.question_set]
    assert visit.signed_at is not None
    site = visit.site
    return {
        "language": language,
        "title": bilingual(questions["title"]),
        "study": f"{visit.study.code} {visit.study.title_in(language)}",
        "site": f"{site.number} {bilingual({'en': site.name_en, 'zh': site.name_zh})}",
        "visit": f"{gettext(VISIT_KINDS[visit.kind])} {visit.number} ({gettext(VISIT_MODES[visit.mode])})",
        "dates": f"{shown_day(visit.began_on, language)} – {shown_day(visit.ended_on, language)}",
        "monitor": str(visit.monitor or visit.submitted_by or ""),
        "attendees": visit.attendees,
        "summary": visit.summary,
        "sections": [_section(section, visit) for section in questions["sections"]],
        "findings": [
            [bilingual(question["text"]), comment]
            for question, comment in findings(visit.question_set, visit.answers)
        ],
        "actions": [
            [action.text, str(action.owner or ""), shown_day(action.due_on, language)]
            for action in visit.action_items.select_related("owner").order_by("due_on")
        ],
        "signer": signer,
        "signed_at": visit.signed_at.strftime("%Y-%m-%d %H:%M UTC"),
        "hash": visit.content_hash,
    }


def _section(section: dict[str, Any], visit: MonitoringVisit) -> dict[str, Any]:
    rows = []
    for question in section["questions"]:
        given = visit.answers.get(question["code"], {})
        words = CHOICES.get(question["kind"], {})
        value = given.get("value", "")
        rows.append(
            [
                question["code"],
                bilingual(question["text"]),
                gettext(words[value]) if value in words else value or "–",
                given.get("comment", ""),
            ]
        )
    return {"title": bilingual(section["title"]), "rows": rows}
