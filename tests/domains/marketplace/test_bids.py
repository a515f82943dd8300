"""Handing in bids: content, coalitions, receipts, replacing and withdrawing."""

import datetime as dt
import hashlib
from dataclasses import replace
from decimal import Decimal

import orjson
import pytest
from django.db import IntegrityError, connection, transaction
from tests.domains.marketplace.market_scene import DAY

from triallink.domains.marketplace.errors import bids as no
from triallink.domains.marketplace.errors.requests import NdaMissing, QuestionsClosed
from triallink.domains.marketplace.models import Bid, BidLine, CoalitionMember
from triallink.domains.marketplace.selectors.receipts import receipt_document, receipt_holds
from triallink.domains.marketplace.services.bid_content import (
    BidContent,
    BundleOffer,
    LineOffer,
    ShareOffer,
    StaffOffer,
)
from triallink.domains.marketplace.services.bids import (
    SEALED_FILE_NAME,
    attach_bid_file,
    save_bid,
    submit_bid,
    withdraw_bid,
)
from triallink.domains.marketplace.services.coalitions import confirm_coalition
from triallink.domains.marketplace.services.invitations import accept_nda
from triallink.domains.marketplace.services.questions import answer_question, ask_question
from triallink.domains.quality.models import Credential, Professional
from triallink.foundation.models import AuditLine, OutboxLine, StoredFile
from triallink.foundation.tenancy import reading_as
from triallink.kernel.clock import system_clock
from triallink.kernel.refusals import NotFound


def test_a_bid_is_submitted_with_a_receipt_over_its_content(market):
    request = market.published()
    bid = market.bid(request, market.ben, 120_00)
    document = receipt_document(bid.pk, to=market.ben.actor)
    assert hashlib.sha256(document).hexdigest() == bid.receipt_sha256
    assert orjson.loads(document)["total_minor"] == 2 * 10 * 120_00
    assert receipt_holds(bid.pk, receipt_sha256=bid.receipt_sha256, to=market.ben.actor)
    assert not receipt_holds(bid.pk, receipt_sha256="0" * 64, to=market.ben.actor)
    with pytest.raises(NotFound):
        receipt_document(bid.pk, to=market.fei.actor)


def test_nothing_recorded_about_a_bid_tells_its_price(market):
    request = market.published()
    bid = market.bid(request, market.ben, 777_77)
    attach = market.drafted(request, market.ben, 777_78)
    attach_bid_file(
        bid_id=attach.pk,
        content=b"price 777.78",
        name="price 777.78.pdf",
        media_type="application/pdf",
        by=market.ben.actor,
        clock=market.clock,
    )
    told = [str(vars(row)) for model in (AuditLine, OutboxLine, StoredFile) for row in model.objects.all()]
    assert any(bid.receipt_sha256 in row for row in told)
    assert not any("7777" in row or "777.7" in row for row in told)
    assert StoredFile.objects.get().name == SEALED_FILE_NAME


def test_a_new_version_replaces_the_old_and_withdrawing_ends_it(market):
    request = market.published()
    first, second = market.bid(request, market.ben, 120_00), market.bid(request, market.ben, 110_00)
    first.refresh_from_db()
    assert (first.state, second.state, second.version) == ("replaced", "submitted", 2)
    assert withdraw_bid(bid_id=second.pk, by=market.ben.actor, clock=market.clock).state == "withdrawn"
    with pytest.raises(no.BidNotSubmitted):
        withdraw_bid(bid_id=second.pk, by=market.ben.actor, clock=market.clock)
    third = market.bid(request, market.ben, 100_00)
    assert third.version == 3


def test_after_the_deadline_nothing_is_taken_changed_or_withdrawn(market):
    request = market.published()
    bid, draft = market.bid(request, market.ben, 100_00), market.drafted(request, market.fei, 90_00)
    market.clock.at = request.bids_due_at
    for attempt in (
        lambda: market.bid(request, market.gao, 80_00),
        lambda: submit_bid(bid_id=draft.pk, by=market.fei.actor, clock=market.clock),
        lambda: withdraw_bid(bid_id=bid.pk, by=market.ben.actor, clock=market.clock),
    ):
        with pytest.raises(no.BiddingClosed):
            attempt()


def test_the_database_refuses_a_late_bid_whatever_the_program_believes(market):
    """The program's clock is wrong by a day; the trigger asks the database's own."""
    market.clock.at = system_clock.now()
    request = market.published(is_demo=False, bids_due_at=system_clock.now() + dt.timedelta(seconds=6))
    bid = market.drafted(request, market.ben, 100_00)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(6.1)")
    with pytest.raises(IntegrityError, match="takes no bids now"), transaction.atomic():
        Bid.objects.filter(pk=bid.pk).update(
            state="submitted", receipt_sha256="0" * 64, submitted_at=market.clock.now()
        )
    with pytest.raises(no.BiddingClosed):
        submit_bid(bid_id=bid.pk, by=market.ben.actor, clock=market.clock)


def test_who_may_bid(market, eve, chen):
    request = market.published()
    for outsider in (market.ada, eve, chen):
        with pytest.raises(no.NotABidder):
            market.bid(request, outsider, 100_00)
    assert market.bid(request, market.gao, 100_00).state == "submitted"


def test_prices_and_quantities_are_checked(market):
    request = market.published()
    first, second = market.lines_of(request)

    def offer(*lines, **more):
        return save_bid(
            request_id=request.pk,
            content=BidContent(lines=lines, **more),
            by=market.ben.actor,
            clock=market.clock,
        )

    good = (LineOffer(first.pk, 100), LineOffer(second.pk, 100))
    for lines in (
        (LineOffer(first.pk, -1),),
        (LineOffer(first.pk, 1, Decimal(0)),),
        (LineOffer(first.pk, 1, Decimal(11)),),
        (LineOffer(10**9, 1),),
        (good[0], good[0]),
    ):
        with pytest.raises(no.BidLineInvalid):
            offer(*lines)
    for bundle in (
        BundleOffer("", 1, (first.pk, second.pk)),
        BundleOffer("One", 1, (first.pk,)),
        BundleOffer("Minus", -1, (first.pk, second.pk)),
    ):
        with pytest.raises(no.BundleInvalid):
            offer(*good, bundles=(bundle,))
    partial = offer(good[0])
    with pytest.raises(no.BidIncomplete):
        submit_bid(bid_id=partial.pk, by=market.ben.actor, clock=market.clock)
    whole = offer(*good, bundles=(BundleOffer("Both", 1500, (first.pk, second.pk), "x"),))
    assert submit_bid(bid_id=whole.pk, by=market.ben.actor, clock=market.clock).state == "submitted"


def test_a_price_above_the_announced_ceiling_is_refused(market):
    lines = [replace(line, ceiling_minor=100_00) for line in market.lines()]
    from triallink.domains.marketplace.services.requests import publish_request, set_lines

    request = market.draft()
    set_lines(request_id=request.pk, lines=lines, by=market.ada.actor, clock=market.clock)
    publish_request(request_id=request.pk, by=market.ada.actor, clock=market.clock)
    with pytest.raises(no.AboveCeiling):
        market.bid(request, market.ben, 100_01)
    assert market.bid(request, market.ben, 100_00).state == "submitted"


def test_a_bid_that_expires_before_the_opening_is_refused(market):
    request = market.published()
    with pytest.raises(no.ValidityTooShort):
        market.bid(request, market.ben, 100_00, valid_until_on=request.closes_at.date() - DAY)
    assert market.bid(request, market.ben, 100_00, valid_until_on=request.closes_at.date() + DAY)


def test_named_staff_belongs_to_the_bidder(market):
    request = market.published()
    line = market.lines_of(request)[0]
    own, other = (
        Professional.objects.create(organization=member.organization, name="Li", role="CRA", level="senior")
        for member in (market.ben, market.fei)
    )
    with pytest.raises(no.StaffUnknown):
        market.bid(request, market.ben, 100_00, staffing=(StaffOffer(line.pk, other.pk, Decimal(8)),))
    staffing = (StaffOffer(line.pk, own.pk, Decimal(8)),)
    assert market.bid(request, market.ben, 100_00, staffing=staffing)
    Credential.objects.create(
        professional=own, kind="gcp", expires_on=market.clock.now().date() - dt.timedelta(days=1)
    )
    with pytest.raises(no.StaffNotCertified):
        market.bid(request, market.ben, 100_00, staffing=staffing)


def test_a_coalition_waits_for_every_partner_and_a_change_asks_again(market):
    request = market.published()
    lines = market.lines_of(request)
    shares = tuple(
        ShareOffer(line.pk, member.organization.pk, part)
        for line in lines
        for member, part in ((market.ben, 70), (market.fei, 30))
    )
    draft = market.drafted(request, market.ben, 100_00, shares=shares)
    with pytest.raises(no.CoalitionNotConfirmed):
        submit_bid(bid_id=draft.pk, by=market.ben.actor, clock=market.clock)
    with pytest.raises(NotFound):
        confirm_coalition(bid_id=draft.pk, by=market.gao.actor, clock=market.clock)
    confirm_coalition(bid_id=draft.pk, by=market.fei.actor, clock=market.clock)
    market.drafted(request, market.ben, 90_00, shares=shares)
    with pytest.raises(no.CoalitionNotConfirmed):
        submit_bid(bid_id=draft.pk, by=market.ben.actor, clock=market.clock)
    confirm_coalition(bid_id=draft.pk, by=market.fei.actor, clock=market.clock)
    assert submit_bid(bid_id=draft.pk, by=market.ben.actor, clock=market.clock).state == "submitted"
    with pytest.raises(no.InSeveralBids):
        market.bid(request, market.fei, 80_00)
    assert receipt_document(draft.pk, to=market.fei.actor)


def test_shares_of_a_line_add_up_to_a_hundred(market, eve):
    request = market.published()
    lines = market.lines_of(request)
    for part in (40, 60):
        shares = tuple(
            ShareOffer(line.pk, member.organization.pk, share)
            for line in lines
            for member, share in ((market.ben, 50), (market.fei, part))
        )
        with pytest.raises(no.SharesNotWhole):
            market.drafted(request, market.ben, 100_00, shares=shares)
    with_buyer = tuple(ShareOffer(line.pk, eve.organization.pk, 100) for line in lines)
    with pytest.raises(no.SharesNotWhole):
        market.drafted(request, market.ben, 100_00, shares=with_buyer)


def test_a_bid_without_shares_has_no_coalition(market):
    request = market.published()
    bid = market.bid(request, market.ben, 100_00)
    with reading_as(market.ben.organization.pk):
        assert not CoalitionMember.objects.filter(bid=bid).exists()
        assert BidLine.objects.filter(bid=bid).count() == 2


def test_confidential_details_open_after_acceptance(market):
    request = market.published(nda_text="Keep it to yourself.")
    with pytest.raises(NdaMissing):
        market.bid(request, market.ben, 100_00)
    first = accept_nda(request_id=request.pk, by=market.ben.actor, clock=market.clock)
    again = accept_nda(request_id=request.pk, by=market.ben.actor, clock=market.clock)
    assert first.pk == again.pk
    assert market.bid(request, market.ben, 100_00).state == "submitted"


def test_questions_are_answered_to_all_until_their_deadline(market):
    request = market.published()
    question = ask_question(request_id=request.pk, text="Which EDC?", by=market.ben.actor, clock=market.clock)
    with pytest.raises(NotFound):
        answer_question(question_id=question.pk, answer="Ours", by=market.fei.actor, clock=market.clock)
    answered = answer_question(
        question_id=question.pk, answer="MY-EDC", by=market.ada.actor, clock=market.clock
    )
    assert answered.answer == "MY-EDC"
    assert AuditLine.objects.get(action="QuestionAsked").organization_id == market.ben.organization.pk
    market.clock.move(10 * DAY)
    with pytest.raises(QuestionsClosed):
        ask_question(request_id=request.pk, text="Late?", by=market.fei.actor, clock=market.clock)
