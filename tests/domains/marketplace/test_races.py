"""Real processes racing on real PostgreSQL: one outcome, nothing lost, the audit chain intact."""

import datetime as dt
import multiprocessing
import os
import time

import pytest
from django.db import connection
from tests.conftest import PASSWORD
from tests.domains.marketplace import race_workers
from tests.domains.marketplace.conftest import Market
from tests.domains.marketplace.test_awards import evaluated

from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.models import Membership, Organization, Person
from triallink.domains.marketplace.models import AuctionBid, Award, Bid
from triallink.domains.marketplace.selectors.bids import bid_view
from triallink.domains.marketplace.services.terms import AuctionTerms
from triallink.foundation.audit import verify
from triallink.foundation.models import OutboxLine
from triallink.kernel.clock import system_clock

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
BIDDERS = 32


class Seller:
    """A bidder of a race, with the attributes a market's member has."""

    def __init__(self, number: int) -> None:
        self.organization = Organization.objects.create(
            kind="smo", name_en=f"Racer {number}", province="Shanghai"
        )
        self.person = Person.objects.create_user(
            f"racer{number}@example.org", PASSWORD, name=f"Racer {number}"
        )
        Membership.objects.create(person=self.person, organization=self.organization, roles=["business_lead"])
        self.actor = actor_for(self.person)


@pytest.fixture
def processes(monkeypatch):
    """Start processes that share one warm start; return (start, results)."""
    monkeypatch.setitem(os.environ, "TRIALLINK_RACE_DATABASE", connection.settings_dict["NAME"])
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([race_workers.__name__])
    results = context.Queue()
    running = []

    def start(target, *arguments):
        process = context.Process(target=target, args=(*arguments, results))
        process.start()
        running.append(process)

    def gather(count: int) -> list:
        return [results.get(timeout=90) for _ in range(count)]

    yield start, gather
    for process in running:
        process.join(timeout=30)
    assert [process.exitcode for process in running] == [0] * len(running)


@pytest.fixture
def market_of(member, settings):
    """A market whose story runs now."""
    settings.DEMO = True
    made = Market(*(member(name) for name in ("ada", "ben", "fei", "gao")))
    made.clock.at = system_clock.now()
    return made


def test_32_bidders_in_the_last_second_and_closers_at_the_same_time(market_of, processes):
    """Whoever was told "ok" is in, whoever was not is out, and exactly one process closed the request."""
    start, gather = processes
    sellers = [Seller(n) for n in range(BIDDERS)]
    due = system_clock.now() + dt.timedelta(seconds=30)
    request = market_of.published(is_demo=False, bids_due_at=due)
    drafts = [(market_of.drafted(request, seller, 100_00), seller) for seller in sellers]
    for n, (bid, seller) in enumerate(drafts):
        # Spread over the last second; the last few come a little late on purpose.
        start(race_workers.submit, bid.pk, seller.person.pk, due.timestamp() - 1 + 1.15 * n / BIDDERS)
    answers = dict(gather(BIDDERS))
    closed_by = []
    for _ in range(3):
        start(race_workers.close, request.pk, max(time.time(), due.timestamp()) + 2)
    closed_by = gather(3)
    told = {bid_id for bid_id, answer in answers.items() if answer == "ok"}
    assert set(answers.values()) <= {"ok", "bidding_closed"}
    assert told, answers
    assert set(Bid.objects.filter(request=request, state="submitted").values_list("pk", flat=True)) == told
    assert not Bid.objects.filter(request=request, submitted_at__gte=due).exists()
    assert sum(closed_by) == 1
    [closing] = OutboxLine.objects.filter(name="RequestClosed")
    assert closing.payload["bid_count"] == len(told)
    assert OutboxLine.objects.filter(name="BidSubmitted").count() == len(told)
    assert all(report.broken_at is None for report in verify())


def test_colleagues_who_write_one_bid_at_once_write_one_bid(market_of, processes):
    """Two people of each of four bidders save at once: one draft per bidder, whole, as somebody wrote it last."""
    start, gather = processes
    sellers = [Seller(n) for n in range(4)]
    request = market_of.published(is_demo=False, lines=5)
    lines = [line.pk for line in market_of.lines_of(request)]
    at = time.time() + 6
    prices = {}
    for n, seller in enumerate(sellers):
        colleague = Person.objects.create_user(f"second{n}@example.org", PASSWORD, name=f"Second {n}")
        Membership.objects.create(person=colleague, organization=seller.organization, roles=["business_lead"])
        for m, person in enumerate((seller.person, colleague)):
            prices[person.pk] = [10_000 * (n + 1) + 1000 * m + k for k in range(4)]
            start(race_workers.save, request.pk, lines, prices[person.pk], person.pk, at)
        seller.last = {prices[seller.person.pk][-1], prices[colleague.pk][-1]}
    said = gather(4 * len(prices))
    assert {answer for _, _, answer in said} == {"ok"}
    assert Bid.objects.filter(request=request).count() == len(sellers)
    assert OutboxLine.objects.filter(name="BidDrafted").count() == len(sellers)
    for seller in sellers:
        bid = Bid.objects.get(request=request, organization=seller.organization)
        assert (bid.state, bid.version) == ("draft", 1)
        view = bid_view(bid.pk, to=seller.actor)
        assert set(view.lines) == set(lines), "no line is lost"
        written = {line.unit_price_minor for line in view.lines.values()}
        assert len(written) == 1, "no bid is half one's and half the other's"
        assert written <= seller.last
    assert all(report.broken_at is None for report in verify())


def test_two_awards_at_once_are_one_award(market_of, processes):
    start, gather = processes
    market_of.clock.at -= dt.timedelta(days=30)
    request = market_of.published()
    ben, fei = market_of.bid(request, market_of.ben, 100_00), market_of.bid(request, market_of.fei, 90_00)
    evaluated(market_of, request)
    lines = [line.pk for line in market_of.lines_of(request)]
    at = time.time() + 6
    for winner, loser in ((ben, fei), (fei, ben), (ben, fei), (fei, ben)):
        start(race_workers.award, request.pk, winner.pk, loser.pk, lines, market_of.ada.person.pk, at)
    assert sorted(gather(4)) == ["ok", *["request_step_not_possible"] * 3]
    assert Award.objects.filter(request=request).count() == 1
    assert OutboxLine.objects.filter(name="AwardMade").count() == 1
    assert all(report.broken_at is None for report in verify())


def test_every_call_of_an_auction_is_answered_once(market_of, processes):
    start, gather = processes
    sellers = [Seller(n) for n in range(8)]
    market_of.clock.at -= dt.timedelta(minutes=10)
    due = system_clock.now() - dt.timedelta(seconds=1)
    request = market_of.published(
        procedure="auction", bids_due_at=due, auction=AuctionTerms(round_minutes=30)
    )
    for seller in sellers:
        market_of.bid(request, seller, 100_00)
    at = time.time() + 6
    for seller in sellers:
        start(race_workers.call, request.pk, seller.person.pk, [2_000_00 - 100 * n for n in range(1, 11)], at)
    answers = dict(gather(len(sellers)))
    rows = list(AuctionBid.objects.order_by("sequence"))
    assert [row.sequence for row in rows] == list(range(1, 81))
    assert all(row.is_accepted for row in rows)
    told = {sequence for calls in answers.values() for sequence, _ in calls}
    assert told == {row.sequence for row in rows}
    for seat in {row.seat_id for row in rows}:
        called = [row.amount_minor for row in rows if row.seat_id == seat]
        assert called == sorted(called, reverse=True)
    assert OutboxLine.objects.filter(name="AuctionBidPlaced").count() == 80
