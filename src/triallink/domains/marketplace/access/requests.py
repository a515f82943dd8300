"""Who may see a request, its details, and the bids on it."""

import hashlib

from django.db.models import Q, QuerySet

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.errors.evaluations import DeclarationMissing, NotEvaluator
from triallink.domains.marketplace.errors.requests import StepNotPossible
from triallink.domains.marketplace.models import (
    Evaluator,
    NdaAcceptance,
    Objection,
    Request,
    RequestInvitation,
)
from triallink.domains.marketplace.models.requests import REQUEST_STATES
from triallink.domains.marketplace.services.closing import close_request_if_due
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

SUPPLIER_KINDS = frozenset({"cro", "smo", "freelancer", "site"})
BUYER_ROLES = ("project_lead",)
BIDDER_ROLES = ("business_lead",)
OPERATOR_ROLES = ("administrator", "quality")


def visible_requests(viewer: Actor) -> QuerySet[Request]:
    """Return the requests a viewer may know of: its own, published open ones, and those it is asked to."""
    mine = Q(buyer_id=viewer.organization_id)
    if viewer.organization_id is None:
        return Request.objects.none()
    if viewer.is_operator:
        return Request.objects.exclude(state="draft").exclude(published_at__isnull=True)
    invited = Request.objects.filter(invitations__organization_id=viewer.organization_id).values("pk")
    bidding = Request.objects.filter(bids__organization_id=viewer.organization_id).values("pk")
    published = Q(published_at__isnull=False) & (Q(visibility="open") | Q(pk__in=invited) | Q(pk__in=bidding))
    return Request.objects.filter(mine | published)


def request_for(viewer: Actor, request_id: int, *, clock: Clock = system_clock) -> Request:
    """Return a request the viewer may see, closed first if its deadline has passed.

    A coalition partner sees the request once it is named in a bid.

    Refuses: NotFound.
    """
    found = Request.objects.select_related("buyer", "study").filter(pk=request_id).first()
    if found is None or not _is_visible(viewer, found):
        raise NotFound
    if close_request_if_due(request_id=found.pk, state=found.state, closes_at=found.closes_at, clock=clock):
        found.refresh_from_db()
    return found


def own_request_for(viewer: Actor, request_id: int, *, clock: Clock = system_clock) -> Request:
    """Return a request of the viewer's own organization.

    Refuses: NotFound.
    """
    found = request_for(viewer, request_id, clock=clock)
    if found.buyer_id != viewer.organization_id:
        raise NotFound
    return found


def _is_visible(viewer: Actor, request: Request) -> bool:
    # The buyer's own pages and the open market are the busiest: they need no second query.
    return (
        is_buyer(viewer, request)
        or _is_on_the_market(viewer, request)
        or visible_requests(viewer).filter(pk=request.pk).exists()
        or _is_partner(viewer, request.pk)
    )


def _is_on_the_market(viewer: Actor, request: Request) -> bool:
    return (
        viewer.organization_id is not None
        and request.visibility == "open"
        and request.published_at is not None
        and request.state != "draft"
    )


def _is_partner(viewer: Actor, request_id: int) -> bool:
    from triallink.domains.marketplace.models import CoalitionMember
    from triallink.foundation.tenancy import reading_as

    if viewer.organization_id is None:
        return False
    with reading_as(viewer.organization_id):
        return CoalitionMember.objects.filter(
            bid__request_id=request_id, organization_id=viewer.organization_id
        ).exists()


def is_buyer(viewer: Actor, request: Request) -> bool:
    """Return whether the viewer acts for the buyer."""
    return viewer.organization_id is not None and request.buyer_id == viewer.organization_id


def may_lead(viewer: Actor, request: Request) -> bool:
    """Return whether the viewer decides on the request."""
    return is_buyer(viewer, request) and viewer.has(*BUYER_ROLES)


def may_bid(viewer: Actor, request: Request) -> bool:
    """Return whether the viewer may hand in bids for its organization, deadlines aside."""
    return (
        viewer.organization_kind in SUPPLIER_KINDS
        and viewer.has(*BIDDER_ROLES)
        and request.buyer_id != viewer.organization_id
    )


def nda_hash(request: Request) -> str:
    """Return the hash an acceptance of the confidentiality terms is bound to."""
    return hashlib.sha256(request.nda_text.encode()).hexdigest()


def may_read_details(viewer: Actor, request: Request) -> bool:
    """Return whether lines, requirements, documents and questions are open to the viewer."""
    if not request.nda_text or is_buyer(viewer, request) or viewer.is_operator:
        return True
    return NdaAcceptance.objects.filter(request=request, organization_id=viewer.own_organization_id).exists()


def is_invited(viewer: Actor, request: Request) -> bool:
    """Return whether the viewer's organization was asked to bid."""
    return RequestInvitation.objects.filter(
        request=request, organization_id=viewer.own_organization_id
    ).exists()


def evaluator_for(viewer: Actor, request: Request) -> Evaluator:
    """Return the viewer as an evaluator who declared no conflict, which opens the bids.

    Refuses: NotEvaluator, DeclarationMissing.
    """
    found = Evaluator.objects.filter(request=request, person_id=viewer.own_person_id).first()
    if found is None or not is_buyer(viewer, request) or found.has_conflict:
        raise NotEvaluator
    if found.has_conflict is None:
        raise DeclarationMissing
    return found


def may_read_bids(viewer: Actor, request: Request) -> bool:
    """Return whether the viewer may look into the opened bids.

    That is an evaluator of the buyer who declared no conflict, and the operator once somebody objected.
    """
    if not request.is_opened:
        return False
    if viewer.is_operator:
        return viewer.has(*OPERATOR_ROLES) and Objection.objects.filter(award__request=request).exists()
    return (
        is_buyer(viewer, request)
        and Evaluator.objects.filter(
            request=request, person_id=viewer.own_person_id, has_conflict=False
        ).exists()
    )


def require_bid_reader(viewer: Actor, request: Request) -> None:
    """Refuse to open the bids to whoever may not look into them.

    Refuses: StepNotPossible (still sealed), NotEvaluator, DeclarationMissing.
    """
    if not request.is_opened:
        raise StepNotPossible(state=REQUEST_STATES[request.state])
    if not may_read_bids(viewer, request):
        evaluator_for(viewer, request)
        raise NotEvaluator


def is_supplier(organization: Organization) -> bool:
    """Return whether an organization sells on the market."""
    return organization.is_active and organization.kind in SUPPLIER_KINDS
