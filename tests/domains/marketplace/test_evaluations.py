"""Opening, judging and agreeing."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from triallink.domains.marketplace.errors import evaluations as no
from triallink.domains.marketplace.errors.requests import StepNotPossible
from triallink.domains.marketplace.models import ConsensusScore, Listing
from triallink.domains.marketplace.selectors.index_prices import index_prices, kept_index_prices
from triallink.domains.marketplace.selectors.matrix import evaluation_matrix
from triallink.domains.marketplace.services.evaluations import (
    AgreedScore,
    GivenScore,
    appoint_evaluators,
    declare_conflict,
    note_bid,
    reach_consensus,
    score_bids,
)
from triallink.domains.marketplace.services.requests import publish_request, set_lines
from triallink.domains.quality.models import SupplierProfile
from triallink.kernel.clock import system_clock
from triallink.kernel.refusals import NotAllowed, NotFound


@pytest.fixture
def opened(market, dora):
    request = market.published()
    appoint_evaluators(
        request_id=request.pk, person_ids=[dora.person.pk], by=market.ada.actor, clock=market.clock
    )
    market.bid(request, market.ben, 100_00, lead_time_days=14)
    market.bid(request, market.fei, 80_00, lead_time_days=28)
    return market.close(request)


def declare(market, request, who, *, has_conflict=False):
    return declare_conflict(
        request_id=request.pk, has_conflict=has_conflict, by=who.actor, clock=market.clock
    )


def matrix(market, request, who, **more):
    return evaluation_matrix(request.pk, to=who.actor, clock=market.clock, **more)


def test_nobody_looks_before_the_opening_or_before_declaring(market, dora, eve, hua):
    request = market.published()
    market.bid(request, market.ben, 100_00)
    declare(market, request, market.ada)
    with pytest.raises(StepNotPossible):
        matrix(market, request, market.ada)
    market.close(request)
    assert len(matrix(market, request, market.ada).columns) == 1
    for who in (dora, market.ben, hua):
        with pytest.raises(no.NotEvaluator):
            matrix(market, request, who)
    appoint_evaluators(
        request_id=request.pk, person_ids=[dora.person.pk], by=market.ada.actor, clock=market.clock
    )
    with pytest.raises(no.DeclarationMissing):
        matrix(market, request, dora)
    with pytest.raises(no.EvaluatorNotMember):
        appoint_evaluators(
            request_id=request.pk, person_ids=[eve.person.pk], by=market.ada.actor, clock=market.clock
        )


def test_whoever_declares_a_conflict_sees_nothing_and_cannot_take_it_back(market, dora, opened):
    declare(market, opened, dora, has_conflict=True)
    with pytest.raises(no.NotEvaluator):
        matrix(market, opened, dora)
    with pytest.raises(no.AlreadyDeclared):
        declare(market, opened, dora)


def test_the_matrix_takes_every_score_apart(market, opened):
    SupplierProfile.objects.create(
        organization=market.ben.organization, completed_contracts=5, rating_sum=20, rating_count=5
    )
    declare(market, opened, market.ada)
    index = {line.pk: 100_00 for line in market.lines_of(opened)}
    table = matrix(market, opened, market.ada, index=lambda lines, currency: index)
    by_name = {column.offer.organization: column for column in table.columns}
    ben, fei = by_name[market.ben.organization], by_name[market.fei.organization]
    scores = {score.criterion: score.computed for score in ben.scores}
    assert scores == {"price": 80.0, "quality": 75.0, "experience": 50.0, "coverage": 100.0, "speed": 100.0}
    assert {s.criterion: s.computed for s in fei.scores} == {
        "price": 100.0,
        "quality": 50.0,
        "experience": 0.0,
        "coverage": 100.0,
        "speed": 50.0,
    }
    assert ben.total == pytest.approx(0.4 * 80 + 0.2 * 75 + 0.15 * 50 + 0.15 * 100 + 0.1 * 100)
    assert ben.rank == 1
    assert fei.cells[0].is_lowest
    assert fei.cells[0].against_index == pytest.approx(-0.2)


def test_without_a_place_coverage_does_not_count_and_its_weight_is_shared(market):
    request = market.draft()
    without = [replace(line, province="", city="") for line in market.lines()]
    set_lines(request_id=request.pk, lines=without, by=market.ada.actor)
    publish_request(request_id=request.pk, by=market.ada.actor, clock=market.clock)
    ben, fei = market.bid(request, market.ben, 100_00), market.bid(request, market.fei, 80_00)
    market.close(request)
    declare(market, request, market.ada)
    table = matrix(market, request, market.ada)
    assert "coverage" not in table.shares
    assert sum(table.shares.values()) == pytest.approx(100)
    assert table.shares["price"] == pytest.approx(40 / 0.85)
    for column in table.columns:
        assert {score.criterion for score in column.scores} == {"price", "quality", "experience", "speed"}
        assert all(cell.coverage is None for cell in column.cells)
        assert column.total == pytest.approx(sum(score.points for score in column.scores))
    with pytest.raises(no.ScoreInvalid):
        score_bids(
            request_id=request.pk,
            scores=[GivenScore(ben.pk, "coverage", Decimal(90))],
            by=market.ada.actor,
            clock=market.clock,
        )
    reach_consensus(request_id=request.pk, by=market.ada.actor, clock=market.clock)
    assert not ConsensusScore.objects.filter(bid__in=[ben, fei], criterion="coverage").exists()


def test_a_line_without_a_place_leaves_the_coverage_of_the_others_alone(market):
    request = market.draft()
    with_place, without = market.lines()
    lines = [with_place, replace(without, province="", city="")]
    set_lines(request_id=request.pk, lines=lines, by=market.ada.actor)
    publish_request(request_id=request.pk, by=market.ada.actor, clock=market.clock)
    market.bid(request, market.ben, 100_00)
    market.close(request)
    declare(market, request, market.ada)
    (column,) = matrix(market, request, market.ada).columns
    placed, placeless = column.cells
    assert placeless.coverage is None
    assert {s.criterion: s.computed for s in column.scores}["coverage"] == 100 * placed.coverage


def test_scores_are_taken_from_evaluators_for_judged_criteria_only(market, dora, opened):
    declare(market, opened, market.ada)
    bid = opened.bids.get(organization=market.ben.organization)
    score_bids(
        request_id=opened.pk,
        scores=[GivenScore(bid.pk, "quality", Decimal(90), "Good references")],
        by=market.ada.actor,
        clock=market.clock,
    )
    for bad in (
        GivenScore(bid.pk, "price", Decimal(90)),
        GivenScore(bid.pk, "quality", Decimal(101)),
        GivenScore(10**9, "quality", Decimal(1)),
    ):
        with pytest.raises(no.ScoreInvalid):
            score_bids(request_id=opened.pk, scores=[bad], by=market.ada.actor, clock=market.clock)
    with pytest.raises(no.DeclarationMissing):
        score_bids(request_id=opened.pk, scores=[], by=dora.actor, clock=market.clock)
    with pytest.raises(NotFound):
        score_bids(request_id=opened.pk, scores=[], by=market.ben.actor, clock=market.clock)


def test_a_consensus_waits_for_everybody_and_explains_where_it_differs(market, dora, opened):
    declare(market, opened, market.ada)
    bids = list(opened.bids.all())
    with pytest.raises(no.ScoresMissing, match="Dora"):
        reach_consensus(request_id=opened.pk, by=market.ada.actor, clock=market.clock)
    declare(market, opened, dora)
    for who, score in ((market.ada, 80), (dora, 60)):
        scores = [GivenScore(bid.pk, "quality", Decimal(score)) for bid in bids]
        score_bids(request_id=opened.pk, scores=scores, by=who.actor, clock=market.clock)
    different = AgreedScore(bids[0].pk, "quality", Decimal(90))
    with pytest.raises(no.DifferenceNeedsReason):
        reach_consensus(request_id=opened.pk, agreed=[different], by=market.ada.actor, clock=market.clock)
    with pytest.raises(NotAllowed):
        reach_consensus(request_id=opened.pk, by=dora.actor, clock=market.clock)
    explained = AgreedScore(bids[0].pk, "quality", Decimal(90), "Audit report read together")
    request = reach_consensus(
        request_id=opened.pk, agreed=[explained], by=market.ada.actor, clock=market.clock
    )
    assert request.state == "evaluated"
    fixed = dict(ConsensusScore.objects.filter(criterion="quality").values_list("bid_id", "score"))
    assert fixed == {bids[0].pk: Decimal(90), bids[1].pk: Decimal(70)}
    assert matrix(market, opened, market.ada).is_agreed


def test_notes_are_for_evaluators(market, dora, opened):
    declare(market, opened, market.ada)
    bid = opened.bids.first()
    note_bid(bid_id=bid.pk, text="Ask about travel.", by=market.ada.actor, clock=market.clock)
    with pytest.raises(no.DeclarationMissing):
        note_bid(bid_id=bid.pk, text="Me too.", by=dora.actor, clock=market.clock)
    noted = [note.text for column in matrix(market, opened, market.ada).columns for note in column.notes]
    assert noted == ["Ask about travel."]


def test_the_matrix_asks_no_more_questions_for_more_bids(market):
    counts = []
    for lines, bidders in ((2, 1), (20, 3)):
        request = market.published(lines=lines)
        for who in (market.ben, market.fei, market.gao)[:bidders]:
            market.bid(request, who, 100_00)
        market.close(request)
        declare(market, request, market.ada)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            matrix(market, request, market.ada)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 30


def test_the_index_beside_a_line_is_told_from_three_suppliers_on(market, opened):
    lines = market.lines_of(opened)
    cache.clear()
    for who, price in ((market.ben, 90_00), (market.fei, 100_00)):
        list_at(market, who, price)
    assert index_prices(lines, "CNY") == {}
    list_at(market, market.gao, 120_00)
    cache.clear()  # the figures are kept for ten minutes
    assert index_prices(lines, "CNY") == {line.pk: 100_00 for line in lines}
    declare(market, opened, market.ada)
    cells = matrix(market, opened, market.ada, index=index_prices).columns[0].cells
    assert cells[0].against_index is not None


def test_the_kept_index_is_worked_out_once_for_a_while(market, opened):
    lines = market.lines_of(opened)
    cache.clear()
    for who, price in ((market.ben, 90_00), (market.fei, 100_00), (market.gao, 120_00)):
        list_at(market, who, price)
    first = kept_index_prices(lines, "CNY")
    Listing.objects.update(price_minor=500_00)
    assert first == kept_index_prices(lines, "CNY") == {line.pk: 100_00 for line in lines}
    assert index_prices(lines, "CNY") == {line.pk: 500_00 for line in lines}


def list_at(market, who, price):
    Listing.objects.create(
        organization=who.organization,
        service=market.service(),
        price_minor=price,
        published_at=system_clock.now(),
    )
