"""Steps that several stories share: bids until the deadline, scores of two evaluators, the award, the contract."""

import datetime as dt
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from triallink.demo.stage import Stage, Work
from triallink.domains.contracts.models import Contract
from triallink.domains.contracts.services import draft_contract
from triallink.domains.marketplace.models import Award, Bid, Request
from triallink.domains.marketplace.services.awards import AwardChoice, award_request
from triallink.domains.marketplace.services.closing import end_standstill
from triallink.domains.marketplace.services.evaluations import (
    GivenScore,
    appoint_evaluators,
    declare_conflict,
    judged_criteria,
    note_bid,
    reach_consensus,
    score_bids,
)
from triallink.domains.marketplace.services.terms import RequestTerms

MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Offered:
    """Somebody's bid: its price as a multiple of the usual one, and what comes with it."""

    bidder: str
    factor: float
    bundle: bool = False
    staff: bool = False
    partners: tuple[str, ...] = ()


def sell(
    stage: Stage,
    buyer: str,
    terms: RequestTerms,
    works: Sequence[Work],
    offered: Sequence[Offered],
    *,
    published: dt.datetime,
    study: str | None = None,
) -> Generator[dt.datetime, None, Request]:
    """Publish a request, take its bids evenly until the deadline, and close it."""
    assert terms.bids_due_at is not None
    yield published
    request = stage.publish(stage.draft(buyer, terms, works, study), buyer)
    step = (terms.bids_due_at - published) / (len(offered) + 1)
    for number, offer in enumerate(offered, start=1):
        yield published + step * number
        more = {"bundle": offer.bundle, "staff": offer.staff, "partners": offer.partners}
        stage.bid(request, offer.bidder, offer.factor, **more)
    if terms.procedure != "auction":
        yield terms.bids_due_at + MINUTE
        stage.close(request)
    return request


def judge(stage: Stage, request: Request, lead: str, other: str | None = None) -> None:
    """Let one or two evaluators declare, score and remark, and agree on the scores."""
    people = [lead] if other is None else [lead, other]
    if other is not None:
        appoint_evaluators(
            request_id=request.pk,
            person_ids=[stage.company.people[other].pk],
            by=stage.who(lead),
            clock=stage.clock,
        )
    bids = list(Bid.objects.filter(request=request, state="submitted").order_by("id"))
    for person in people:
        by, luck = stage.who(person), stage.luck("scores", request.reference, person)
        declare_conflict(request_id=request.pk, has_conflict=False, by=by, clock=stage.clock)
        scores = [
            GivenScore(bid.pk, criterion, Decimal(luck.randrange(60, 96)))
            for bid in bids
            for criterion in judged_criteria(request)
        ]
        score_bids(request_id=request.pk, scores=scores, by=by, clock=stage.clock)
    note_bid(
        bid_id=bids[0].pk,
        text="References called: both would work with them again. 已致电两位推荐人，均愿意再次合作。",
        by=stage.who(people[-1]),
        clock=stage.clock,
    )
    reach_consensus(request_id=request.pk, by=stage.who(lead), clock=stage.clock)


def award(stage: Stage, request: Request, lead: str, winner: str) -> Award:
    """Award every line to one bidder."""
    bids = Bid.objects.filter(request=request, state="submitted").order_by("id")
    won = bids.get(organization_id=stage.who(winner).own_organization_id)
    return award_request(
        request_id=request.pk,
        choices=[AwardChoice(line.pk, won.pk) for line in request.lines.all()],
        reason="Best overall score: named staff, short lead time, fair price. 综合评分最高：人员明确、启动快、价格合理。",
        letters={
            bid.pk: "Another bid scored higher under quality and speed. 其他报价在质量与速度方面得分更高。"
            for bid in bids.exclude(pk=won.pk)
        },
        by=stage.who(lead),
        clock=stage.clock,
    )


def contract_of(stage: Stage, made: Award, lead: str) -> Contract:
    """End an award's standstill and draft its contract."""
    assert end_standstill(award_id=made.pk, clock=stage.clock), "the standstill still runs"
    bid_id = made.lines.values_list("bid_id", flat=True)[0]
    return draft_contract(award_id=made.pk, bid_id=bid_id, by=stage.who(lead), clock=stage.clock)
