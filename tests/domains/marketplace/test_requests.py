"""Drafting, publishing, extending and closing requests."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from tests.domains.marketplace.market_scene import DAY

from triallink.domains.marketplace.access.requests import request_for
from triallink.domains.marketplace.errors import requests as no
from triallink.domains.marketplace.models import Request
from triallink.domains.marketplace.models.requests import REQUEST_STATES, TRANSITIONS
from triallink.domains.marketplace.services.closing import close_due_requests, close_request
from triallink.domains.marketplace.services.invitations import invite_suppliers
from triallink.domains.marketplace.services.requests import (
    cancel_request,
    close_early,
    create_request,
    extend_deadline,
    publish_request,
    revise_request,
    set_lines,
)
from triallink.foundation.models import AuditLine, OutboxLine
from triallink.kernel.clock import system_clock
from triallink.kernel.refusals import NotAllowed, NotFound


def test_a_draft_becomes_published_and_its_terms_freeze(market):
    request = market.published()
    assert request.state == "published"
    assert request.reference.startswith("REQ-2026-")
    with pytest.raises(no.RequestNotDraft):
        revise_request(request_id=request.pk, terms=market.terms(), by=market.ada.actor)
    with pytest.raises(no.RequestNotDraft):
        set_lines(request_id=request.pk, lines=market.lines(), by=market.ada.actor)
    assert OutboxLine.objects.filter(name="RequestPublished").count() == 1


def test_references_count_up_within_the_year(market):
    first, second = market.draft(), market.draft()
    assert int(second.reference[-4:]) == int(first.reference[-4:]) + 1


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"title": {"en": " ", "zh": ""}}, no.TitleMissing),
        ({"weights": {"price": 60, "quality": 30}}, no.WeightsNotWhole),
        ({"weights": {"price": 60, "beauty": 40}}, no.WeightsNotWhole),
        ({"weights": {"price": 150, "quality": -50}}, no.WeightsNotWhole),
        ({"max_suppliers": 2}, no.SuppliersNeedParts),
        ({"procedure": "lottery"}, no.TermsInvalid),
        ({"currency": "XXX"}, no.TermsInvalid),
        ({"standstill_days": 61}, no.TermsInvalid),
    ],
)
def test_unsound_terms_are_refused_and_sound_ones_taken(market, change, refusal):
    with pytest.raises(refusal):
        market.draft(**change)
    assert not Request.objects.exists()
    assert market.draft().state == "draft"


def test_lines_need_a_quantity_and_dates_in_order(market):
    [line] = market.lines(1)
    day = dt.date(2026, 5, 1)
    for broken in (
        replace(line, quantity=line.quantity * 0),
        replace(line, service_id=10**9),
        replace(line, start_on=day, end_on=day - DAY),
        replace(line, ceiling_minor=0),
    ):
        with pytest.raises(no.LineInvalid):
            create_request(terms=market.terms(), lines=[broken], by=market.ada.actor)


def test_publishing_needs_lines_a_future_deadline_and_invitations(market):
    cases = [
        (market.draft(lines=0), no.LinesMissing),
        (market.draft(bids_due_at=None), no.DeadlineMissing),
        (market.draft(bids_due_at=market.clock.now()), no.DeadlinePast),
        (market.draft(question_deadline_at=market.clock.now() + 11 * DAY), no.DeadlinesOutOfOrder),
        (market.draft(visibility="invited"), no.InvitationsMissing),
    ]
    for request, refusal in cases:
        with pytest.raises(refusal):
            publish_request(request_id=request.pk, by=market.ada.actor, clock=market.clock)


def test_only_project_leads_of_the_buyer_publish(market, dora, eve):
    request = market.draft()
    with pytest.raises(NotAllowed):
        publish_request(request_id=request.pk, by=dora.actor)
    for stranger in (eve, market.ben):
        with pytest.raises(NotFound):
            publish_request(request_id=request.pk, by=stranger.actor)


def test_who_sees_a_request(market, eve, hua):
    draft, invited = market.draft(), market.published(visibility="invited", invite=(market.ben,))
    opened = market.published()
    seen = {
        name: [_sees(member, request, market.clock) for request in (draft, invited, opened)]
        for name, member in {"ada": market.ada, "ben": market.ben, "fei": market.fei, "hua": hua}.items()
    }
    assert seen == {
        "ada": [True, True, True],
        "ben": [False, True, True],
        "fei": [False, False, True],
        "hua": [False, True, True],
    }


def _sees(member, request, clock) -> bool:
    try:
        return request_for(member.actor, request.pk, clock=clock).pk == request.pk
    except NotFound:
        return False


def test_a_deadline_moves_away_only(market):
    request = market.published()
    later = request.bids_due_at + DAY
    with pytest.raises(no.ReasonMissing):
        extend_deadline(
            request_id=request.pk, bids_due_at=later, why=" ", by=market.ada.actor, clock=market.clock
        )
    with pytest.raises(no.DeadlineNotExtended):
        extend_deadline(
            request_id=request.pk,
            bids_due_at=request.bids_due_at - DAY,
            why="sooner",
            by=market.ada.actor,
            clock=market.clock,
        )
    extended = extend_deadline(
        request_id=request.pk, bids_due_at=later, why="Holiday", by=market.ada.actor, clock=market.clock
    )
    assert extended.closes_at == extended.bids_due_at == later


def test_the_database_refuses_to_open_bids_early(market):
    """Neither a nearer deadline nor an early closing gets past the trigger, whatever code tries."""
    market.clock.at = system_clock.now()
    request = market.published(is_demo=False)
    rows = Request.objects.filter(pk=request.pk)
    for change in (
        {"closes_at": F("closes_at") - DAY},
        {"bids_due_at": F("bids_due_at") - DAY},
        {"state": "closed"},
        {"is_demo": True},
        {"weights": {"price": 100}},
        {"procedure": "direct"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    rows.update(state="cancelled")


def test_the_trigger_knows_the_same_steps_as_the_table(market):
    """Every pair of states is tried in SQL; exactly those of TRANSITIONS pass."""
    request = market.published()
    passed = set()
    for source in REQUEST_STATES:
        for target in set(REQUEST_STATES) - {source}:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("ALTER TABLE marketplace_request DISABLE TRIGGER request_guard")
                cursor.execute(
                    "UPDATE marketplace_request SET state = %s WHERE id = %s", [source, request.pk]
                )
                cursor.execute("ALTER TABLE marketplace_request ENABLE TRIGGER request_guard")
            try:
                with transaction.atomic():
                    Request.objects.filter(pk=request.pk).update(state=target)
                passed.add((source, target))
            except IntegrityError:
                pass
    assert passed == {(step.source, step.target) for step in TRANSITIONS}


def test_a_request_closes_once_at_its_deadline_and_fails_without_bids(market):
    quiet, bid_on = market.published(), market.published()
    market.bid(bid_on, market.ben, 100_00)
    market.clock.move(9 * DAY)
    assert not close_request(request_id=bid_on.pk, clock=market.clock)
    market.clock.move(2 * DAY)
    assert close_due_requests(clock=market.clock) == 2
    assert close_due_requests(clock=market.clock) == 0
    quiet.refresh_from_db()
    bid_on.refresh_from_db()
    assert (quiet.state, bid_on.state) == ("failed", "closed")
    assert OutboxLine.objects.filter(name="RequestClosed").count() == 2


def test_looking_at_a_request_closes_it_when_it_is_due(market):
    request = market.published()
    market.bid(request, market.ben, 100_00)
    market.clock.move(11 * DAY)
    assert request_for(market.ben.actor, request.pk, clock=market.clock).state == "closed"


def test_only_a_direct_purchase_closes_early(market):
    direct = market.published(procedure="direct", invite=(market.ben,))
    market.bid(direct, market.ben, 100_00)
    assert close_early(request_id=direct.pk, by=market.ada.actor, clock=market.clock).state == "closed"
    sealed = market.published()
    with pytest.raises(no.StepNotPossible):
        close_early(request_id=sealed.pk, by=market.ada.actor, clock=market.clock)


def test_cancelling_needs_a_reason_and_ends_the_request(market):
    request = market.published()
    with pytest.raises(no.ReasonMissing):
        cancel_request(request_id=request.pk, why="", by=market.ada.actor, clock=market.clock)
    cancel_request(request_id=request.pk, why="Study stopped", by=market.ada.actor, clock=market.clock)
    with pytest.raises(no.StepNotPossible):
        cancel_request(request_id=request.pk, why="again", by=market.ada.actor)
    line = AuditLine.objects.get(action="RequestCancelled")
    assert (line.why, line.change) == ("Study stopped", {"state": ["published", "cancelled"]})


def test_invitations_go_to_suppliers_once(market, eve):
    request = market.draft()
    ids = [market.ben.organization.pk, market.fei.organization.pk]
    assert len(invite_suppliers(request_id=request.pk, organization_ids=ids, by=market.ada.actor)) == 2
    assert invite_suppliers(request_id=request.pk, organization_ids=ids, by=market.ada.actor) == []
    for wrong in (eve.organization.pk, market.ada.organization.pk):
        with pytest.raises(no.NotInvitable):
            invite_suppliers(request_id=request.pk, organization_ids=[wrong], by=market.ada.actor)


def test_stories_are_replayed_in_a_demo_installation_only(market, settings):
    settings.DEMO = False
    with pytest.raises(no.DemoOnly):
        market.draft()
    assert market.draft(is_demo=False).is_demo is False
