"""What the pages of quality share: who acts, the words for states, scopes and people."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _

from triallink.domains.accounts.models import Organization
from triallink.foundation.sentences import reads_chinese
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import Refusal
from triallink.kernel.vocabulary import PROVINCES, SERVICE_CATEGORIES, THERAPEUTIC_AREAS
from triallink.web.studies.entry import beside
from triallink.web.wording import word

APPLICATION_TONES = {
    "draft": "calm",
    "submitted": "info",
    "in_review": "info",
    "returned": "warn",
    "approved": "good",
    "rejected": "bad",
    "withdrawn": "calm",
}
AUDIT_TONES = {"planned": "info", "reported": "good", "cancelled": "calm"}
GRADE_TONES = {"critical": "bad", "major": "warn", "minor": "calm"}
FINDING_TONES = {"open": "warn", "answered": "info", "closed": "good"}
CAPA_TONES = {
    "proposed": "info",
    "accepted": "info",
    "returned": "warn",
    "done": "info",
    "effective": "good",
    "ineffective": "bad",
}
QUALIFICATION_TONES = {"valid": "good", "expired": "bad", "replaced": "calm"}


@dataclass(frozen=True)
class FormPage:
    """One form under its title."""

    title: str
    sentence: str
    trail: list[tuple[str, str]]
    form: forms.Form
    submit: str
    cancel: str


@dataclass(frozen=True)
class ScopeWords:
    """One block of a scope in the reader's words; no area or region is all of them."""

    services: list[str]
    areas: list[str]
    regions: list[str]


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def name_of(organization: Organization) -> str:
    """Return an organization's name in the reader's language."""
    return organization.name_in("zh" if reads_chinese() else "en")


def scope_words(scope: Iterable[Mapping[str, list[str]]]) -> list[ScopeWords]:
    """Return a stored scope in the reader's words."""
    return [
        ScopeWords(
            services=[word(SERVICE_CATEGORIES, code) for code in block["services"]],
            areas=[word(THERAPEUTIC_AREAS, code) for code in block["areas"]],
            regions=[word(PROVINCES, code) for code in block["regions"]],
        )
        for block in scope
    ]


def scope_line(scope: Iterable[Mapping[str, list[str]]]) -> str:
    """Return a scope in one line, for a list or a file."""
    lines = []
    for block in scope_words(scope):
        parts = [
            ", ".join(block.services),
            ", ".join(block.areas) or _("all areas"),
            ", ".join(block.regions) or _("all regions"),
        ]
        lines.append(" · ".join(parts))
    return "; ".join(lines)


def tried(form: forms.Form, service: Callable[[], Any]) -> bool:
    """Run a service for a form that is valid and return whether it worked; a refusal goes beside its field.

    Who may not, or may not know, is answered by the whole page.
    """
    if not form.is_valid():
        return False
    try:
        service()
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        beside(form, refusal)
        return False
    return True
