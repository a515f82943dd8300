"""The engine's counsel: coalitions and team for a buyer, a fit check for a bidder, the optimal award for evaluators."""

from decimal import Decimal
from itertools import product

import pytest

from triallink.domains.marketplace.errors.bids import NotABidder
from triallink.domains.marketplace.errors.evaluations import DeclarationMissing
from triallink.domains.marketplace.models import Listing, SuggestedCoalition
from triallink.domains.marketplace.selectors.award_counsel import parts_of
from triallink.domains.marketplace.selectors.coalitions import suggestion_for, suggestions_of
from triallink.domains.marketplace.selectors.line_fits import fit_check
from triallink.domains.marketplace.selectors.matrix import compare
from triallink.domains.marketplace.services.bid_content import BidContent, LineOffer
from triallink.domains.marketplace.services.bids import save_bid, submit_bid
from triallink.domains.marketplace.services.counsel import (
    ask_awarding,
    ask_sourcing,
    counsel_of,
    suggest_coalition,
)
from triallink.domains.marketplace.services.evaluations import declare_conflict
from triallink.domains.marketplace.services.requests import set_lines
from triallink.domains.marketplace.services.terms import LineTerms
from triallink.domains.quality.models import SupplierProfile
from triallink.foundation.jobs import run_job
from triallink.kernel.refusals import NotFound

PROVINCES = ["Shanghai", "Jiangsu", "Zhejiang", "Anhui"]


def _list(market, member, price_minor, provinces):
    SupplierProfile.objects.get_or_create(organization=member.organization, defaults={"is_listed": True})
    Listing.objects.create(
        organization=member.organization,
        service=market.service(),
        provinces=provinces,
        price_minor=price_minor,
        published_at=market.clock.now(),
    )


def _everywhere(market, **terms):
    request = market.draft(**terms)
    lines = [
        LineTerms(service_id=market.service().pk, quantity=Decimal(10), province=one, city=one)
        for one in PROVINCES
    ]
    set_lines(request_id=request.pk, lines=lines, by=market.ada.actor, clock=market.clock)
    request.refresh_from_db()
    return request


def _sourced(market, request):
    job = ask_sourcing(request_id=request.pk, by=market.ada.actor, clock=market.clock)
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    return job


def test_the_cheapest_coalition_covers_every_line_and_names_what_hangs_on_one_member(market):
    _list(market, market.ben, 90_00, PROVINCES[:3])
    _list(market, market.fei, 80_00, PROVINCES[2:])
    request = _everywhere(market)
    job = _sourced(market, request)
    best = job.result["coalitions"][0]
    ben, fei = market.ben.organization.pk, market.fei.organization.pk
    lines = list(request.lines.values_list("pk", flat=True))
    assert [member for _line, member in best["coverage"]] == [ben, ben, fei, fei]
    assert best["cost_minor"] == 2 * 90_00 * 10 + 2 * 80_00 * 10
    assert dict(best["single_points"]) == {
        ben: lines[:2],
        fei: lines[3:],
    }
    assert counsel_of("marketplace.sourcing", request) == job


def test_lines_nobody_lists_are_named_instead_of_a_coalition(market):
    _list(market, market.fei, 80_00, PROVINCES[:2])
    request = _everywhere(market)
    result = _sourced(market, request).result
    assert result["coalitions"] == []
    assert result["uncovered"] == list(request.lines.values_list("pk", flat=True))[2:]


def test_one_click_invites_the_members_and_lets_the_lead_begin_the_joint_bid(market):
    _list(market, market.ben, 90_00, PROVINCES[:2])
    _list(market, market.fei, 80_00, PROVINCES[2:])
    request = _everywhere(market)
    job = _sourced(market, request)
    with pytest.raises(NotFound):
        suggest_coalition(
            request_id=request.pk, job_id=job.pk, number=7, by=market.ada.actor, clock=market.clock
        )
    with pytest.raises(NotFound):
        suggest_coalition(request_id=request.pk, job_id=job.pk, number=0, by=market.gao.actor)
    row = suggest_coalition(
        request_id=request.pk, job_id=job.pk, number=0, by=market.ada.actor, clock=market.clock
    )
    members = {market.ben.organization.pk, market.fei.organization.pk}
    assert set(request.invitations.values_list("organization_id", flat=True)) == members
    lead, partner = (
        (market.ben, market.fei) if row.lead_id == market.ben.organization.pk else (market.fei, market.ben)
    )
    assert suggestions_of(request, to=partner.actor) == [row]
    assert suggestions_of(request, to=market.gao.actor) == []
    assert suggestion_for(row.pk, request, to=lead.actor) == row
    assert suggestion_for(row.pk, request, to=partner.actor) is None
    assert SuggestedCoalition.objects.count() == 1


def test_a_bidder_is_told_what_it_can_serve_before_it_bids(market):
    _list(market, market.fei, 80_00, PROVINCES[:1])
    request = market.published()
    check = fit_check(request.pk, to=market.fei.actor, clock=market.clock)
    assert (check.served, [one.price_minor for one in check.lines]) == (2, [80_00, 80_00])
    nothing = fit_check(request.pk, to=market.gao.actor, clock=market.clock)
    assert (nothing.served, nothing.lines[0].exclusions[0].code) == (0, "service")
    with pytest.raises(NotABidder):
        fit_check(request.pk, to=market.ada.actor, clock=market.clock)


def test_the_optimal_award_is_the_best_of_all_combinations_and_its_neighbours_follow(market):
    request = market.published(is_partial_award_allowed=True, max_suppliers=2)
    lines = market.lines_of(request)
    prices = {market.ben: (100_00, 60_00), market.fei: (70_00, 95_00), market.gao: (80_00, 80_00)}
    for member, both in prices.items():
        content = BidContent(
            lines=tuple(LineOffer(line.pk, price) for line, price in zip(lines, both, strict=True))
        )
        draft = save_bid(request_id=request.pk, content=content, by=member.actor, clock=market.clock)
        submit_bid(bid_id=draft.pk, by=member.actor, clock=market.clock)
    market.close(request)
    with pytest.raises(DeclarationMissing):
        ask_awarding(request_id=request.pk, by=market.ada.actor, clock=market.clock)
    declare_conflict(
        request_id=request.pk, has_conflict=False, declaration="", by=market.ada.actor, clock=market.clock
    )
    job = ask_awarding(request_id=request.pk, by=market.ada.actor, clock=market.clock)
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    awards = job.result["awards"]
    parts = parts_of(compare(request, reader_id=request.buyer_id))
    by_line = [[part for part in parts if part.lines == (line.pk,)] for line in lines]
    costs = sorted(
        sum(part.price_minor + part.lacking_minor for part in chosen) for chosen in product(*by_line)
    )
    assert [one["price_minor"] + one["lacking_minor"] for one in awards] == costs[: len(awards)]
    assert all(one["is_proven"] for one in awards)
    loser = next(one for one in job.result["shortfalls"])
    cheapest = [min(part.price_minor + part.lacking_minor for part in choices) for choices in by_line]
    own = {part.lines[0]: part for part in parts if part.bid_id == loser["bid"]}
    gaps = [
        own[line.pk].price_minor + own[line.pk].lacking_minor - least
        for line, least in zip(lines, cheapest, strict=True)
    ]
    assert loser["price_cut_minor"] == min(gaps)
    assert job.result["frontier"][0]["price_minor"] == 10 * (70_00 + 60_00)
