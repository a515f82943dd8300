"""A study's status as words and figures, for the page and for the PDF."""

import datetime as dt
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency
from django.utils.translation import gettext, override

from triallink.domains.delivery.models import VISIT_KINDS
from triallink.domains.delivery.selectors.cockpit import (
    StudyHealth,
    coming_up,
    mean_days_to_report,
    one_study,
)
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_

CODES = {"en": ("en", "en_GB"), "zh": ("zh-hans", "zh_Hans_CN")}
TONES = {"good": N_("On time"), "warn": N_("At risk"), "bad": N_("Late"), "calm": N_("Far ahead")}
SIGNALS = (
    ("open_issues", N_("Open issues")),
    ("major_deviations", N_("Open important deviations")),
    ("overdue_capa", N_("CAPA overdue")),
    ("late_reports", N_("Visit reports overdue")),
    ("overdue_actions", N_("Actions overdue")),
)


def status_of(study_id: int, *, to: Actor, today: dt.date, language: str) -> dict[str, Any]:
    """Return a study's status in one language ("en", "zh") as `documents.status_pdf` takes it. Refuses: NotFound."""
    health = one_study(study_id, to=to, today=today)
    with override(CODES[language][0]):
        return {
            "code": health.study.code,
            "title": health.study.title_in(language),
            "on": _day(today, language),
            "figures": [[label, value] for label, value in figures(health, to=to, language=language)],
            "milestones": [
                [
                    bilingual(one.name),
                    _day(one.agreed_on, language),
                    _day(one.forecast_on, language),
                    gettext("Done") if one.is_done else gettext(TONES[one.tone]),
                ]
                for one in health.milestones
            ],
            "next": [
                [_day(one.on, language), f"{one.place} {name_of(one.name)}".strip(), ""]
                for one in coming_up(to=to, today=today, study_id=study_id)
            ],
            "signals": [[gettext(label), str(getattr(health.signals, name))] for name, label in SIGNALS],
        }


def figures(health: StudyHealth, *, to: Actor, language: str) -> list[tuple[str, str]]:
    """Return the figures of a status report, words in the active language."""
    days = mean_days_to_report(health.study.pk, to=to)
    found = [
        (gettext("Health"), gettext(TONES[health.tone])),
        (gettext("Sites open"), f"{health.sites_open} / {health.sites}"),
        (gettext("Enrolled"), f"{health.enrolled} / {health.planned_subjects}"),
        (gettext("Work done"), f"{health.work_share:.0%}"),
        (gettext("Days to the visit report"), f"{days:.1f}" if days is not None else "–"),
    ]
    if health.contracted_minor:
        earned = money(health.earned_minor, health.currency, language)
        contracted = money(health.contracted_minor, health.currency, language)
        found.append((gettext("Accepted of contracted"), f"{earned} / {contracted}"))
    return found


def money(minor: int, currency: str, language: str) -> str:
    """Return an amount in whole units as a language writes it."""
    amount = Money(minor, currency).amount
    return format_currency(amount, currency, "¤#,##0", locale=CODES[language][1], currency_digits=False)


def name_of(name: dict[str, str]) -> str:
    """Return what is coming, in the active language; a visit says its kind."""
    return gettext(VISIT_KINDS[name["visit"]]) if "visit" in name else str(bilingual(name))


def _day(day: dt.date | None, language: str) -> str:
    return format_date(day, "medium", locale=CODES[language][1]) if day else "–"
