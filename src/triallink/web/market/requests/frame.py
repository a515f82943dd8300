"""What stands around every page of a request: header, state, tabs and what the viewer may do."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from triallink.domains.marketplace.access.requests import (
    is_buyer,
    may_bid,
    may_lead,
    may_read_bids,
    may_read_details,
    request_for,
)
from triallink.domains.marketplace.models import Award, Request
from triallink.domains.marketplace.models.requests import PROCEDURES, REQUEST_STATES, VISIBILITIES
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor
from triallink.kernel.clock import system_clock
from triallink.web.navigation import StudyMark
from triallink.web.studies.frame import mark_of
from triallink.web.wording import word

STATE_TONES = {
    "draft": "calm",
    "published": "good",
    "closed": "info",
    "evaluated": "info",
    "awarded": "accent",
    "contracted": "good",
    "failed": "bad",
    "cancelled": "bad",
}
Tab = tuple[str, str, bool, int | None]


@dataclass(frozen=True)
class Frame:
    """A request with its header and tabs."""

    request: Request
    title: str
    state: str
    tone: str
    procedure: str
    visibility: str
    tabs: list[Tab]
    is_buyer: bool
    may_lead: bool
    may_bid: bool
    sees_details: bool
    is_taking_bids: bool
    mark: StudyMark | None


@dataclass(frozen=True)
class FramedPage:
    """Base of every page of a request."""

    frame: Frame

    @property
    def in_study(self) -> StudyMark | None:
        """Return the study whose rail stands beside the page."""
        return self.frame.mark


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def framed(http: HttpRequest, request_id: int, tab: str) -> Frame:
    """Return the frame of a request for whoever asks; refuse NotFound."""
    actor = actor_of(http)
    return frame_of(request_for(actor, request_id), actor, tab)


def frame_of(request: Request, actor: Actor, tab: str) -> Frame:
    """Return the frame of a request the actor was found to see."""
    buys, bids = is_buyer(actor, request), may_bid(actor, request)
    details = may_read_details(actor, request)
    return Frame(
        request=request,
        title=bilingual(request.title),
        state=word(REQUEST_STATES, request.state),
        tone=STATE_TONES[request.state],
        procedure=word(PROCEDURES, request.procedure),
        visibility=word(VISIBILITIES, request.visibility),
        tabs=_tabs(request, actor, tab, buys, bids, details),
        is_buyer=buys,
        may_lead=may_lead(actor, request),
        may_bid=bids,
        sees_details=details,
        is_taking_bids=takes_bids(request, system_clock.now()),
        mark=mark_of(request.study) if buys and request.study else None,
    )


def takes_bids(request: Request, now: dt.datetime) -> bool:
    """Return whether bids are still taken."""
    return request.state == "published" and request.bids_due_at is not None and request.bids_due_at > now


def _tabs(
    request: Request, actor: Actor, current: str, buys: bool, bids: bool, sees_details: bool
) -> list[Tab]:
    found: list[tuple[str, str, str, int | None]] = [("overview", _("Overview"), "request-detail", None)]
    if request.published_at is not None and sees_details:
        found.append(("questions", _("Questions"), "request-questions", request.questions.count()))
    if buys and request.state in ("draft", "published"):
        found.append(("sourcing", _("Coalitions and team"), "sourcing", None))
    if bids and request.published_at is not None and sees_details:
        found.append(("fit-check", _("Fit check"), "fit-check", None))
        found.append(("bid", _("My bid"), "bid-own", None))
    if (
        request.procedure == "auction"
        and request.published_at is not None
        and (buys or bids or actor.is_operator)
    ):
        found.append(("auction", _("Auction"), "auction", None))
    if request.published_at is not None and (buys or actor.is_operator):
        found.append(("evaluation", _("Bids and evaluation"), "evaluation", None))
    if buys and request.is_opened and may_read_bids(actor, request):
        found.append(("award-counsel", _("Optimal award"), "award-counsel", None))
    if Award.objects.filter(request=request).exists() or (buys and request.state == "evaluated"):
        found.append(("award", _("Award"), "award", None))
    if buys or actor.is_operator:
        found.append(("timeline", _("Timeline"), "request-timeline", None))
    return [
        (label, reverse(f"market:{name}", args=[request.pk]), key == current, count)
        for key, label, name, count in found
    ]
