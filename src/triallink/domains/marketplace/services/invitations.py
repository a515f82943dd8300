"""Who is asked to bid, and the confidentiality terms in front of the details."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.access.requests import (
    is_supplier,
    may_bid,
    nda_hash,
    own_request_for,
    request_for,
)
from triallink.domains.marketplace.errors import requests as no
from triallink.domains.marketplace.errors.bids import NotABidder
from triallink.domains.marketplace.events.requests import (
    InvitationDeclined,
    NdaAccepted,
    SuppliersInvited,
)
from triallink.domains.marketplace.models import NdaAcceptance, Request, RequestInvitation
from triallink.domains.marketplace.models.requests import REQUEST_STATES
from triallink.domains.quality.access import require_not_suspended
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound


@transaction.atomic
def invite_suppliers(
    *,
    request_id: int,
    organization_ids: Sequence[int],
    fit_scores: Mapping[int, float] | None = None,
    by: Actor,
    clock: Clock = system_clock,
) -> list[RequestInvitation]:
    """Ask suppliers to bid on a draft or published request; who was asked before is not asked again.

    fit_scores  organization -> how well it fitted when it was chosen, 0 to 100.

    Refuses: NotFound, NotAllowed, StepNotPossible, NotInvitable, SupplierStopped.
    Emits: SuppliersInvited, if anybody new was asked.
    """
    own_request_for(by, request_id, clock=clock)
    by.require("project_lead")
    request = Request.objects.select_for_update().get(pk=request_id)
    if request.state not in ("draft", "published"):
        raise no.StepNotPossible(state=REQUEST_STATES[request.state])
    known = set(request.invitations.values_list("organization_id", flat=True))
    wanted = [pk for pk in dict.fromkeys(organization_ids) if pk not in known]
    found = Organization.objects.in_bulk(wanted)
    if len(found) < len(wanted):
        raise NotFound
    for organization in found.values():
        if not is_supplier(organization) or organization.pk == request.buyer_id:
            raise no.NotInvitable(field="organization_ids", name=organization.name_en)
    require_not_suspended(*wanted)
    if not wanted:
        return []
    rows = RequestInvitation.objects.bulk_create(
        RequestInvitation(
            request=request,
            organization_id=pk,
            fit_score=(fit_scores or {}).get(pk),
            invited_at=clock.now(),
            invited_by_id=by.person_id,
        )
        for pk in wanted
    )
    record(
        SuppliersInvited(request_id=request.pk, organization_ids=tuple(wanted)),
        by=by,
        about=("request", request.pk),
        organization_id=request.buyer_id,
        study_id=request.study_id,
        change={"invited": wanted},
        clock=clock,
    )
    return rows


@transaction.atomic
def withdraw_invitation(
    *, request_id: int, organization_id: int, by: Actor, clock: Clock = system_clock
) -> None:
    """Take a supplier off the list of a draft.

    Refuses: NotFound, NotAllowed, RequestNotDraft.
    Emits: SuppliersInvited, with those who remain.
    """
    own_request_for(by, request_id, clock=clock)
    by.require("project_lead")
    request = Request.objects.select_for_update().get(pk=request_id)
    if request.state != "draft":
        raise no.RequestNotDraft
    deleted, _ = request.invitations.filter(organization_id=organization_id).delete()
    if not deleted:
        raise NotFound
    rest = tuple(request.invitations.order_by("id").values_list("organization_id", flat=True))
    record(
        SuppliersInvited(request_id=request.pk, organization_ids=rest),
        by=by,
        about=("request", request.pk),
        organization_id=request.buyer_id,
        study_id=request.study_id,
        change={"invited": list(rest), "taken_off": organization_id},
        clock=clock,
    )


@transaction.atomic
def decline_invitation(*, request_id: int, reason: str = "", by: Actor, clock: Clock = system_clock) -> None:
    """Say that the supplier will not bid.

    Refuses: NotFound, NotABidder.
    Emits: InvitationDeclined.
    """
    request = request_for(by, request_id, clock=clock)
    if not may_bid(by, request):
        raise NotABidder
    row = request.invitations.select_for_update().filter(organization_id=by.own_organization_id).first()
    if row is None:
        raise NotFound
    row.declined_at, row.decline_reason = clock.now(), reason.strip()
    row.save(update_fields=["declined_at", "decline_reason"])
    record(
        InvitationDeclined(request_id=request.pk, organization_id=by.own_organization_id),
        by=by,
        about=("invitation", row.pk),
        why=reason,
        clock=clock,
    )


@transaction.atomic
def accept_nda(*, request_id: int, by: Actor, clock: Clock = system_clock) -> NdaAcceptance:
    """Accept the request's confidentiality terms for the actor's organization; a second time changes nothing.

    Refuses: NotFound, NotABidder, NdaNotAsked.
    Emits: NdaAccepted, the first time.
    """
    request = request_for(by, request_id, clock=clock)
    if not may_bid(by, request):
        raise NotABidder
    if not request.nda_text:
        raise no.NdaNotAsked
    row, is_new = NdaAcceptance.objects.get_or_create(
        request=request,
        organization_id=by.own_organization_id,
        defaults={
            "person_id": by.own_person_id,
            "person_name": by.label,
            "text_sha256": nda_hash(request),
            "accepted_at": clock.now(),
        },
    )
    if is_new:
        record(
            NdaAccepted(request_id=request.pk, organization_id=by.own_organization_id),
            by=by,
            about=("nda_acceptance", row.pk),
            change={"text_sha256": row.text_sha256},
            clock=clock,
        )
    return row
