"""Requests that led to a contract: a draft, waiting for signatures, in force."""

import datetime as dt
from collections.abc import Generator, Iterator

from triallink.demo.stage import Stage, Tale, Work
from triallink.demo.tales.at_work import sign
from triallink.demo.tales.delivering import (
    ask_for_signed_reports,
    auction_winner_at_work,
    coalition_at_work,
    freelancer_completes,
    pay_hours_by_quarter,
)
from triallink.demo.tales.judging import Offered, award, contract_of, judge, sell
from triallink.demo.tales.open import BEIJING, CHENGDU, GUANGZHOU, HANGZHOU, PAYMENT, SHANGHAI
from triallink.domains.contracts.models import Contract
from triallink.domains.contracts.services import offer_contract
from triallink.domains.marketplace.models import AuctionSeat
from triallink.domains.marketplace.services.auctions import place_auction_bid
from triallink.domains.marketplace.services.closing import close_request
from triallink.domains.marketplace.services.invitations import invite_suppliers
from triallink.domains.marketplace.services.requests import close_early
from triallink.domains.marketplace.services.terms import AuctionTerms, RequestTerms
from triallink.foundation.tenancy import reading_as


def _offer(stage: Stage, contract: Contract, lead: str) -> None:
    offer_contract(contract_id=contract.pk, by=stage.who(lead), clock=stage.clock)


def draft_contract_for_remote_monitoring(stage: Stage) -> Iterator[dt.datetime]:
    """The standstill is over; the contract is a draft."""
    request = yield from sell(
        stage,
        "lin",
        RequestTerms(
            title={"en": "Remote monitoring of HARVEST", "zh": "HARVEST远程监查"},
            payment_terms=PAYMENT,
            bids_due_at=stage.ago(30),
        ),
        (Work("MONITORING_REMOTE", 220), Work("ETMF_MANAGEMENT", 24)),
        (Offered("wang", 1.0, staff=True), Offered("cro:3", 1.09), Offered("cro:6", 1.16)),
        published=stage.ago(50),
        study="NL-118",
    )
    yield stage.ago(27)
    judge(stage, request, "lin", "zhou")
    yield stage.ago(24)
    made = award(stage, request, "lin", "wang")
    yield stage.ago(5)
    contract_of(stage, made, "lin")


def waiting_for_the_buyer(stage: Stage) -> Iterator[dt.datetime]:
    """The supplier has signed; the sponsor's signatory is next."""
    request = yield from sell(
        stage,
        "lin",
        RequestTerms(
            title={"en": "Coordinators for NL-214 in Shanghai and Hangzhou", "zh": "NL-214上海与杭州CRC服务"},
            payment_terms=PAYMENT,
            bids_due_at=stage.ago(48),
        ),
        (Work("CRC_HOURS", 2400, SHANGHAI), Work("CRC_HOURS", 1800, HANGZHOU)),
        (Offered("chen", 0.97, staff=True), Offered("luo", 1.05), Offered("smo:9", 1.12)),
        published=stage.ago(70),
        study="NL-214",
    )
    yield stage.ago(44)
    judge(stage, request, "lin", "zhou")
    yield stage.ago(40)
    made = award(stage, request, "lin", "chen")
    yield stage.ago(28)
    contract = contract_of(stage, made, "lin")
    yield stage.ago(8)
    _offer(stage, contract, "lin")
    yield stage.ago(6)
    sign(stage, contract, "chen")


def waiting_for_the_supplier(stage: Stage) -> Iterator[dt.datetime]:
    """The buyer has signed; the supplier is next."""
    request = yield from sell(
        stage,
        "han",
        RequestTerms(
            title={"en": "Project management of BREEZE", "zh": "BREEZE项目管理"},
            payment_terms=PAYMENT,
            bids_due_at=stage.ago(55),
        ),
        (Work("PROJECT_MANAGEMENT", 24), Work("REGULATORY_SUBMISSION", 3)),
        (Offered("wang", 1.03, staff=True), Offered("cro:0", 1.08)),
        published=stage.ago(80),
        study="FH-07",
    )
    yield stage.ago(50)
    judge(stage, request, "han")
    yield stage.ago(47)
    made = award(stage, request, "han", "wang")
    yield stage.ago(30)
    contract = contract_of(stage, made, "han")
    yield stage.ago(4)
    _offer(stage, contract, "han")
    yield stage.ago(2)
    sign(stage, contract, "han")


def in_force_with_a_coalition(stage: Stage) -> Iterator[dt.datetime]:
    """Three small SMOs won together; everybody has signed."""
    request = yield from sell(
        stage,
        "lin",
        RequestTerms(
            title={"en": "Coordinators for HARVEST in the south and west", "zh": "HARVEST华南与西部CRC服务"},
            payment_terms=PAYMENT,
            bids_due_at=stage.ago(230),
        ),
        (
            Work("CRC_HOURS", 6400, GUANGZHOU),
            Work("CRC_HOURS", 5200, CHENGDU),
            Work("SITE_STARTUP", 9, CHENGDU),
        ),
        (
            Offered("luo", 0.93, bundle=True, staff=True, partners=("liang",)),
            Offered("chen", 1.02),
            Offered("smo:1", 1.1),
        ),
        published=stage.ago(260),
        study="NL-118",
    )
    yield stage.ago(225)
    judge(stage, request, "lin", "zhou")
    yield stage.ago(221)
    made = award(stage, request, "lin", "luo")
    yield stage.ago(209)
    contract = contract_of(stage, made, "lin")
    pay_hours_by_quarter(stage, contract, 200)
    yield stage.ago(206)
    _offer(stage, contract, "lin")
    yield stage.ago(203)
    sign(stage, contract, "luo", "liang")
    yield stage.ago(201)
    sign(stage, contract, "shen")
    yield from coalition_at_work(stage, contract)


def in_force_after_an_auction(stage: Stage) -> Iterator[dt.datetime]:
    """An auction with calls in every round, and its contract in force."""
    due = stage.ago(160)
    request = yield from sell(
        stage,
        "lin",
        RequestTerms(
            title={"en": "On-site monitoring of HARVEST, first year", "zh": "HARVEST第一年现场监查"},
            payment_terms=PAYMENT,
            procedure="auction",
            bids_due_at=due,
            auction=AuctionTerms(round_minutes=10, pause_minutes=5, step_minor=100_000),
        ),
        (Work("MONITORING_ONSITE", 120, SHANGHAI), Work("MONITORING_ONSITE", 90, BEIJING)),
        (Offered("wang", 1.2), Offered("cro:1", 1.16), Offered("cro:2", 1.24)),
        published=stage.ago(185),
        study="NL-118",
    )
    yield from _three_rounds(stage, request.pk, due, ("wang", "cro:1", "cro:2"))
    yield due + dt.timedelta(hours=1)
    close_request(request_id=request.pk, clock=stage.clock)
    yield stage.ago(155)
    judge(stage, request, "lin", "zhou")
    yield stage.ago(153)
    made = award(stage, request, "lin", "wang")
    yield stage.ago(141)
    contract = contract_of(stage, made, "lin")
    ask_for_signed_reports(stage, contract)
    _offer(stage, contract, "lin")
    yield stage.ago(139)
    sign(stage, contract, "wang", "shen")
    yield from auction_winner_at_work(stage, contract)


def _three_rounds(
    stage: Stage, request_id: int, begin: dt.datetime, bidders: tuple[str, ...]
) -> Generator[dt.datetime, None, None]:
    price: dict[str, int] = {}
    for bidder in bidders:
        own = stage.who(bidder).own_organization_id
        with reading_as(own):
            seat = AuctionSeat.objects.get(auction__request=request_id, holder__organization_id=own)
            price[bidder] = seat.opening_minor
    for round_number in range(3):
        for turn, bidder in enumerate(bidders):
            yield begin + dt.timedelta(minutes=15 * round_number + 2 + 2 * turn)
            price[bidder] = round(price[bidder] * (0.96 if bidder == "wang" else 0.98) / 100) * 100
            place_auction_bid(
                request_id=request_id,
                amount_minor=price[bidder],
                client_key=f"story-{round_number}-{turn}",
                by=stage.who(bidder),
                clock=stage.clock,
            )


def in_force_with_a_freelancer(stage: Stage) -> Iterator[dt.datetime]:
    """A small direct purchase from a freelancer, closed early and signed."""
    yield stage.ago(120)
    request = stage.draft(
        "han",
        RequestTerms(
            title={"en": "Close-out visits at three sites", "zh": "三家中心关闭访视"},
            payment_terms=PAYMENT,
            procedure="direct",
            bids_due_at=stage.ago(105),
            standstill_days=0,
        ),
        (Work("SITE_CLOSEOUT", 3, HANGZHOU),),
        study="FH-07",
    )
    freelancer = stage.who("cra").own_organization_id
    invite_suppliers(
        request_id=request.pk, organization_ids=[freelancer], by=stage.who("han"), clock=stage.clock
    )
    stage.publish(request, "han")
    yield stage.ago(117)
    stage.bid(request, "cra", 0.95, staff=True)
    yield stage.ago(115)
    close_early(request_id=request.pk, by=stage.who("han"), clock=stage.clock)
    request.refresh_from_db()
    judge(stage, request, "han")
    made = award(stage, request, "han", "cra")
    yield stage.ago(114)
    contract = contract_of(stage, made, "han")
    _offer(stage, contract, "han")
    yield stage.ago(113)
    sign(stage, contract, "cra", "han")
    yield from freelancer_completes(stage, contract)


CONTRACTED: tuple[Tale, ...] = (
    draft_contract_for_remote_monitoring,
    waiting_for_the_buyer,
    waiting_for_the_supplier,
    in_force_with_a_coalition,
    in_force_after_an_auction,
    in_force_with_a_freelancer,
)
