"""Requests as lists, their questions, and what may be known of the bids on them."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from triallink.domains.marketplace.access.requests import may_read_details, visible_requests
from triallink.domains.marketplace.models import Bid, Request, RequestInvitation
from triallink.kernel.actor import Actor


def own_requests(*, to: Actor) -> QuerySet[Request]:
    """Return the requests of the actor's organization with the number of their lines and submitted bids."""
    submitted = Q(bids__state="submitted")
    return (
        Request.objects.filter(buyer_id=to.organization_id)
        .select_related("study", "buyer")
        .annotate(
            line_count=Count("lines", distinct=True),
            bid_count=Count("bids", filter=submitted, distinct=True),
        )
    )


def requests_to_bid_on(*, to: Actor) -> QuerySet[Request]:
    """Return the published requests of others the actor may know of, with how its organization stands in each."""
    own = Bid.objects.filter(request=OuterRef("pk"), organization_id=to.own_organization_id).exclude(
        state__in=["replaced", "withdrawn"]
    )
    invited = RequestInvitation.objects.filter(request=OuterRef("pk"), organization_id=to.own_organization_id)
    return (
        visible_requests(to)
        .exclude(buyer_id=to.organization_id)
        .exclude(published_at=None)
        .select_related("buyer")
        .annotate(
            line_count=Count("lines", distinct=True),
            is_invited=Exists(invited),
            # "submitted" sorts after "draft": where both exist the submitted one counts.
            own_bid_state=Subquery(own.order_by("-state").values("state")[:1]),
        )
    )


def open_request_count() -> int:
    """Return how many requests stand open to every supplier now; anybody may know."""
    return Request.objects.filter(state="published", visibility="open").count()


@dataclass(frozen=True)
class QuestionView:
    """A question as every bidder reads it; who asked is known to the asker alone."""

    id: int
    number: int
    text: str
    asked_at: dt.datetime
    answer: str
    answered_at: dt.datetime | None
    is_own: bool


def questions_of(request: Request, *, to: Actor) -> list[QuestionView]:
    """Return the questions on a request, none if its details are not open to the viewer."""
    if not may_read_details(to, request):
        return []
    return [
        QuestionView(
            row.pk,
            row.number,
            row.text,
            row.asked_at,
            row.answer,
            row.answered_at,
            row.asked_by_id == to.organization_id,
        )
        for row in request.questions.all()
    ]


def own_bids(request: Request, *, to: Actor) -> list[Bid]:
    """Return the versions of the actor's own bid, newest first."""
    return list(
        Bid.objects.filter(request=request, organization_id=to.own_organization_id).order_by("-version")
    )


def bid_count(request: Request) -> int:
    """Return how many bids are submitted; that is all anybody learns before the opening."""
    return Bid.objects.filter(request=request, state="submitted").count()
