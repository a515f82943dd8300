"""What a bidder does: draft, attach, submit, replace, withdraw. Content is written under the bidder's own name only."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, connection, transaction

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.access.bids import own_bid_for
from triallink.domains.marketplace.access.requests import may_bid, may_read_details, request_for
from triallink.domains.marketplace.errors import bids as no
from triallink.domains.marketplace.errors.requests import NdaMissing
from triallink.domains.marketplace.events.bids import (
    BidDrafted,
    BidFileAdded,
    BidSubmitted,
    BidWithdrawn,
    CoalitionInvited,
)
from triallink.domains.marketplace.models import (
    Bid,
    BidFile,
    BidSeal,
    CoalitionMember,
    Request,
)
from triallink.domains.marketplace.selectors.receipts import canonical_content
from triallink.domains.marketplace.services.bid_content import BidContent, check_complete, write_content
from triallink.domains.marketplace.services.closing import instant_for
from triallink.domains.marketplace.services.seats import give_up_seat, take_seat
from triallink.domains.quality.access import require_not_suspended
from triallink.foundation.files import store_file
from triallink.foundation.live import publish
from triallink.foundation.record import record
from triallink.foundation.tenancy import reading_as
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

# The stored file bears this name; the real one is under seal.
SEALED_FILE_NAME = "sealed-attachment"


@transaction.atomic
def save_bid(*, request_id: int, content: BidContent, by: Actor, clock: Clock = system_clock) -> Bid:
    """Write the actor's draft for a request, beginning the next version if there is none.

    Changing a draft takes back what coalition partners had confirmed.

    Refuses: NotFound, NotABidder, NdaMissing, BiddingClosed, BidLineInvalid, AboveCeiling, BundleInvalid,
    StaffUnknown, SharesNotWhole.
    Emits: BidDrafted, when a version begins; CoalitionInvited, when partners are asked for their part.
    """
    request = _open_request(request_id, by, clock)
    with reading_as(by.organization_id):
        # Two members who begin their organization's bid at once take turns: the second finds the first's draft.
        Organization.objects.select_for_update(no_key=True).only("pk").get(pk=by.own_organization_id)
        bids = Bid.objects.filter(request=request, organization_id=by.own_organization_id)
        bid = bids.select_for_update().filter(state="draft").first()
        is_new = bid is None
        if bid is None:
            last = bids.order_by("-version").first()
            with _in_time():
                bid = Bid.objects.create(
                    request=request,
                    organization_id=by.own_organization_id,
                    version=last.version + 1 if last else 1,
                    created_at=clock.now(),
                    created_by_id=by.person_id,
                )
            BidSeal.objects.create(bid=bid, nonce=_nonce(bid))
        bid.request = request
        asked = write_content(bid, content, clock.now().date())
        if is_new:
            _record_bid(BidDrafted(bid_id=bid.pk, request_id=request.pk), bid, by, clock)
        if asked:
            event = CoalitionInvited(bid_id=bid.pk, request_id=request.pk, organization_ids=asked)
            _record_bid(event, bid, by, clock)
    return bid


@transaction.atomic
def attach_bid_file(
    *, bid_id: int, content: bytes, name: str, media_type: str, by: Actor, clock: Clock = system_clock
) -> BidFile:
    """Attach a document to a draft, under the same seal as the prices.

    Refuses: NotFound, NotABidder, BidNotDraft.
    Emits: BidFileAdded.
    """
    bid = _own_locked(bid_id, by)
    if bid.state != "draft":
        raise no.BidNotDraft
    with reading_as(by.organization_id):
        stored = store_file(content, name=SEALED_FILE_NAME, media_type=media_type, by=by, clock=clock)
        row = BidFile.objects.create(bid=bid, file=stored, name=name[:255])
        CoalitionMember.objects.filter(bid=bid, is_lead=False).update(confirmed_at=None, confirmed_by_id=None)
        _record_bid(BidFileAdded(bid_id=bid.pk, request_id=bid.request_id), bid, by, clock)
    return row


@transaction.atomic
def submit_bid(*, bid_id: int, by: Actor, clock: Clock = system_clock) -> Bid:
    """Hand a draft in under seal and give its receipt; an earlier submitted version is replaced.

    The database's clock decides whether it came in time, under a lock that closing has to wait for.

    Refuses: NotFound, NotABidder, BidNotDraft, NdaMissing, BiddingClosed, BidEmpty, BidIncomplete,
    ValidityTooShort, PartnerDeclined, CoalitionNotConfirmed, InSeveralBids, SupplierStopped.
    Emits: BidSubmitted.
    """
    bid = _own_locked(bid_id, by)
    require_not_suspended(by.own_organization_id)
    if bid.state != "draft":
        raise no.BidNotDraft
    request = _open_request(bid.request_id, by, clock)
    with reading_as(by.organization_id):
        bid.request = request
        check_complete(bid)
        _check_coalition(bid)
        now = instant_for(request, clock)
        bid.receipt_sha256 = hashlib.sha256(canonical_content(bid)).hexdigest()
        bid.state, bid.submitted_at, bid.submitted_by_id = "submitted", now, by.person_id
        with _in_time():
            _replace_earlier(bid)
            bid.save()
        if request.procedure == "auction":
            take_seat(bid)
        event = BidSubmitted(
            bid_id=bid.pk,
            request_id=request.pk,
            organization_id=by.own_organization_id,
            receipt_sha256=bid.receipt_sha256,
        )
        publish(f"request:{request.pk}", "bids")
        _record_bid(event, bid, by, clock, change={"receipt": bid.receipt_sha256, "version": bid.version})
    return bid


@transaction.atomic
def withdraw_bid(*, bid_id: int, by: Actor, clock: Clock = system_clock) -> Bid:
    """Take a submitted bid back before the deadline, or throw a draft away.

    Refuses: NotFound, NotABidder, BidNotSubmitted, BiddingClosed.
    Emits: BidWithdrawn.
    """
    bid = _own_locked(bid_id, by)
    if bid.state not in ("draft", "submitted"):
        raise no.BidNotSubmitted
    before = bid.state
    if before == "submitted":
        request = _open_request(bid.request_id, by, clock)
        if request.procedure == "auction":
            with reading_as(by.organization_id):
                give_up_seat(bid)
    bid.state, bid.withdrawn_at = "withdrawn", clock.now()
    with _in_time():
        bid.save(update_fields=["state", "withdrawn_at"])
    event = BidWithdrawn(bid_id=bid.pk, request_id=bid.request_id, organization_id=by.own_organization_id)
    publish(f"request:{bid.request_id}", "bids")
    _record_bid(event, bid, by, clock, change={"state": [before, "withdrawn"]})
    return bid


def _open_request(request_id: int, by: Actor, clock: Clock) -> Request:
    """Return a request that takes bids of the actor now, share-locked so that closing waits for us."""
    request = request_for(by, request_id, clock=clock)
    if not may_bid(by, request):
        raise no.NotABidder
    if not may_read_details(by, request):
        raise NdaMissing
    # FOR SHARE is not in the ORM; bid_guard takes it again in the trigger. Only what the clock and the
    # buyer still move has to be read again under the lock.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, bids_due_at, closes_at FROM marketplace_request WHERE id = %s FOR SHARE",
            [request_id],
        )
        request.state, request.bids_due_at, request.closes_at = cursor.fetchone()
    if (
        request.state != "published"
        or request.bids_due_at is None
        or request.bids_due_at <= instant_for(request, clock)
    ):
        raise no.BiddingClosed
    return request


@contextmanager
def _in_time() -> Iterator[None]:
    """Say BiddingClosed when the deadline came between our own look at the clock and the trigger's."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "takes no bids now" in str(error):
            raise no.BiddingClosed from error
        raise


def _replace_earlier(bid: Bid) -> None:
    Bid.objects.filter(
        request_id=bid.request_id, organization_id=bid.organization_id, state="submitted"
    ).update(state="replaced")


def _own_locked(bid_id: int, by: Actor) -> Bid:
    own_bid_for(by, bid_id)
    if not by.has("business_lead"):
        raise no.NotABidder
    found = Bid.objects.select_for_update().filter(pk=bid_id).first()
    if found is None:
        raise NotFound
    return found


def _check_coalition(bid: Bid) -> None:
    waiting = list(bid.members.filter(confirmed_at=None).select_related("organization"))
    declined = [member for member in waiting if member.declined_at is not None]
    if declined:
        raise no.PartnerDeclined(names=_names(declined))
    if waiting:
        raise no.CoalitionNotConfirmed(names=_names(waiting))
    elsewhere = CoalitionMember.objects.filter(
        organization_id=bid.organization_id, bid__request_id=bid.request_id, bid__state="submitted"
    ).exclude(bid__organization_id=bid.organization_id)
    if elsewhere.exists():
        raise no.InSeveralBids


def _names(members: list[CoalitionMember]) -> dict[str, str]:
    """Return the members' names for readers of either language."""
    return {
        language: separator.join(member.organization.name_in(language) for member in members)
        for language, separator in (("en", ", "), ("zh", "、"))
    }


def _nonce(bid: Bid) -> str:
    # A receipt over guessable prices could be tried out; the salt, itself under seal, prevents that.
    if bid.request.is_demo:
        return hashlib.sha256(
            f"{bid.request.reference}/{bid.organization_id}/{bid.version}".encode()
        ).hexdigest()
    return secrets.token_hex(32)


def _record_bid(
    event: BidDrafted | BidFileAdded | BidSubmitted | BidWithdrawn | CoalitionInvited,
    bid: Bid,
    by: Actor,
    clock: Clock,
    *,
    change: dict[str, object] | None = None,
) -> None:
    # Into the bidder's own chain, never the study's: the buyer must not learn who bids.
    record(
        event,
        by=by,
        about=("bid", bid.pk),
        organization_id=bid.organization_id,
        change=change,
        clock=clock,
    )
