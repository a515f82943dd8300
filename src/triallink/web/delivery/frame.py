"""What the pages of MY-PMCP share: who may do what, and the words for states."""

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from triallink.domains.delivery.access import PLANNERS, WORKERS
from triallink.domains.delivery.models import PlanItem
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor
from triallink.web.jinja import country, date

Tone = tuple[str, str]


@dataclass(frozen=True)
class Place:
    """Where an item stands, in words."""

    label: str


def may_plan(actor: Actor) -> bool:
    """Return whether somebody may lay out and change plans."""
    return actor.has(*PLANNERS)


def may_work(actor: Actor) -> bool:
    """Return whether somebody may report work and write records."""
    return actor.has(*WORKERS)


def today() -> dt.date:
    """Return the reader's day."""
    return timezone.localdate()


def place_of(item: PlanItem) -> str:
    """Return where an item stands: the site's number and name, the country, or nothing for the study's own."""
    if item.site is not None:
        name = bilingual({"en": item.site.name_en, "zh": item.site.name_zh})
        subject = f" · {item.subject_number}" if item.subject_number else ""
        return f"{item.site.number} {name}{subject}"
    return country(item.country) if item.level == "country" else ""


def state_of(item: PlanItem) -> Tone:
    """Return an item's state in a word and its tone; a late one says so."""
    if item.is_finished:
        return _("Done"), "good"
    if item.forecast_finish_on and item.plan_finish_on and item.late_days > 0:
        tone = "bad" if item.is_critical or item.late_days > 20 else "warn"
        return _("%(days)s days late") % {"days": item.late_days}, tone
    return (_("Begun"), "info") if item.actual_start_on else (_("Open"), "calm")


def finish_words(item: PlanItem) -> str:
    """Return when an item is done, or will be."""
    return date(item.actual_finish_on or item.forecast_finish_on)


def plan_tabs(study_id: int, current: str) -> list[tuple[str, str, bool, None]]:
    """Return the tabs of a plan."""
    tabs = [
        ("plan", _("List")),
        ("plan-board", _("Board")),
        ("plan-gantt", _("Gantt")),
    ]
    return [
        (label, reverse(f"delivery:{name}", args=[study_id]), name == current, None) for name, label in tabs
    ]
