"""The first page: for a stranger what this is, for a member what is next."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from triallink.foundation.models import Notice
from triallink.foundation.notices import notices_of
from triallink.kernel.actor import Actor
from triallink.web.answers import render_page
from triallink.web.doors import open_to_strangers
from triallink.web.next_actions import (
    Figure,
    NextAction,
    Start,
    actions_for,
    figures_for,
    public_figures,
    starts_for,
)

SHOWN_NOTICES = 6


@dataclass(frozen=True)
class LandingPage:
    """What a stranger sees."""

    figures: list[Figure]


@dataclass(frozen=True)
class HomePage:
    """What waits for a member."""

    greeting: str
    has_organization: bool
    actions: list[NextAction]
    figures: list[Figure]
    starts: list[tuple[Start, str]]
    notices: list[Notice]


@open_to_strangers
def home(request: HttpRequest) -> HttpResponse:
    """Show the first page."""
    if not request.user.is_authenticated:
        return render_page(request, "home/landing.html", LandingPage(public_figures()))
    actor: Actor = request.actor  # type: ignore[attr-defined]
    page = HomePage(
        greeting=_greeting(timezone.localtime(), actor.label),
        has_organization=actor.organization_id is not None,
        actions=actions_for(actor),
        figures=figures_for(actor),
        starts=starts_for(actor),
        notices=list(notices_of(to=actor)[:SHOWN_NOTICES]),
    )
    return render_page(request, "home/home.html", page)


def _greeting(at: dt.datetime, name: str) -> str:
    if at.hour < 12:
        return _("Good morning, %(name)s") % {"name": name}
    if at.hour < 18:
        return _("Good afternoon, %(name)s") % {"name": name}
    return _("Good evening, %(name)s") % {"name": name}
