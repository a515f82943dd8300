"""Judging opened bids: appoint, declare, score, note, agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from triallink.domains.accounts.models import Membership
from triallink.domains.marketplace.access.requests import evaluator_for, own_request_for
from triallink.domains.marketplace.errors import evaluations as no
from triallink.domains.marketplace.errors.requests import StepNotPossible
from triallink.domains.marketplace.events.awards import (
    BidNoted,
    BidsScored,
    ConflictDeclared,
    ConsensusReached,
    EvaluatorsAppointed,
)
from triallink.domains.marketplace.models import (
    Bid,
    BidScore,
    ConsensusScore,
    EvaluationNote,
    Evaluator,
    Request,
)
from triallink.domains.marketplace.models.requests import REQUEST_STATES
from triallink.domains.marketplace.selectors.matrix import applying_criteria, compare, rounded
from triallink.domains.marketplace.services.requests import check_step
from triallink.foundation.live import publish
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.events import Event
from triallink.kernel.refusals import NotFound

# A consensus this far from the evaluators' mean needs no words: it is rounding.
TOLERANCE = Decimal("0.5")


@dataclass(frozen=True)
class GivenScore:
    """One evaluator's score."""

    bid_id: int
    criterion: str
    score: Decimal
    note: str = ""


@dataclass(frozen=True)
class AgreedScore:
    """The score the evaluators agreed on, and why if it is not their mean."""

    bid_id: int
    criterion: str
    score: Decimal
    reason: str = ""


@transaction.atomic
def appoint_evaluators(
    *, request_id: int, person_ids: Sequence[int], by: Actor, clock: Clock = system_clock
) -> list[Evaluator]:
    """Ask people of the buyer to judge the bids; who was asked before stays as it is.

    Refuses: NotFound, NotAllowed, StepNotPossible, EvaluatorNotMember.
    Emits: EvaluatorsAppointed.
    """
    request = own_request_for(by, request_id, clock=clock)
    by.require("project_lead")
    if request.state not in ("draft", "published", "closed"):
        raise StepNotPossible(state=REQUEST_STATES[request.state])
    able = set(
        Membership.objects.filter(
            organization_id=request.buyer_id,
            person_id__in=person_ids,
            ended_at=None,
            roles__overlap=["evaluator", "project_lead"],
        ).values_list("person_id", flat=True)
    )
    if set(person_ids) - able or not person_ids:
        raise no.EvaluatorNotMember(field="person_ids")
    Evaluator.objects.bulk_create(
        [
            Evaluator(request=request, person_id=pk, appointed_at=clock.now())
            for pk in dict.fromkeys(person_ids)
        ],
        ignore_conflicts=True,
    )
    _record(
        EvaluatorsAppointed(request_id=request.pk, person_ids=tuple(person_ids)),
        request,
        by,
        clock,
        {"evaluators": list(person_ids)},
    )
    return list(Evaluator.objects.filter(request=request).select_related("person").order_by("id"))


@transaction.atomic
def declare_conflict(
    *, request_id: int, has_conflict: bool, declaration: str = "", by: Actor, clock: Clock = system_clock
) -> Evaluator:
    """Declare, once, whether the actor has a conflict of interest. Whoever has one sees no bid.

    Refuses: NotFound, NotEvaluator, AlreadyDeclared.
    Emits: ConflictDeclared.
    """
    request = own_request_for(by, request_id, clock=clock)
    found = Evaluator.objects.select_for_update().filter(request=request, person_id=by.own_person_id).first()
    if found is None:
        raise no.NotEvaluator
    if found.declared_at is not None:
        raise no.AlreadyDeclared
    found.has_conflict, found.declaration, found.declared_at = has_conflict, declaration.strip(), clock.now()
    found.save(update_fields=["has_conflict", "declaration", "declared_at"])
    _record(
        ConflictDeclared(request_id=request.pk, person_id=by.own_person_id, has_conflict=has_conflict),
        request,
        by,
        clock,
        {"conflict": has_conflict},
        why=declaration,
    )
    return found


@transaction.atomic
def score_bids(
    *, request_id: int, scores: Sequence[GivenScore], by: Actor, clock: Clock = system_clock
) -> None:
    """Score bids under the judged criteria; scoring again replaces the evaluator's own earlier score.

    Refuses: NotFound, NotEvaluator, DeclarationMissing, StepNotPossible, ScoreInvalid.
    Emits: BidsScored.
    """
    request = _evaluating(request_id, by, clock)
    evaluator = evaluator_for(by, request)
    bids = set(Bid.objects.filter(request=request, state="submitted").values_list("pk", flat=True))
    judged = judged_criteria(request)
    for score in scores:
        if score.bid_id not in bids or score.criterion not in judged or not 0 <= score.score <= 100:
            raise no.ScoreInvalid(field=f"score_{score.bid_id}_{score.criterion}")
    BidScore.objects.bulk_create(
        [
            BidScore(
                evaluator=evaluator,
                bid_id=score.bid_id,
                criterion=score.criterion,
                score=score.score,
                note=score.note.strip(),
                at=clock.now(),
            )
            for score in scores
        ],
        update_conflicts=True,
        unique_fields=["evaluator", "bid", "criterion"],
        update_fields=["score", "note", "at"],
    )
    publish(f"request:{request.pk}", "scores")
    event = BidsScored(request_id=request.pk, person_id=by.own_person_id)
    _record(event, request, by, clock, {"scores": len(scores)})


@transaction.atomic
def note_bid(*, bid_id: int, text: str, by: Actor, clock: Clock = system_clock) -> EvaluationNote:
    """Remark on an opened bid; remarks stay as they were written.

    Refuses: NotFound, NotEvaluator, DeclarationMissing, StepNotPossible, ScoreInvalid (no words).
    Emits: BidNoted.
    """
    bid = Bid.objects.filter(pk=bid_id, state="submitted").first()
    if bid is None:
        raise NotFound
    request = own_request_for(by, bid.request_id, clock=clock)
    if not request.is_opened:
        raise StepNotPossible(state=REQUEST_STATES[request.state])
    evaluator_for(by, request)
    if not text.strip():
        raise no.ScoreInvalid(field="text")
    note = EvaluationNote.objects.create(
        bid=bid, person_id=by.own_person_id, text=text.strip(), at=clock.now()
    )
    _record(BidNoted(request_id=request.pk, bid_id=bid.pk), request, by, clock, {"note": note.pk})
    return note


@transaction.atomic
def reach_consensus(
    *, request_id: int, agreed: Sequence[AgreedScore] = (), by: Actor, clock: Clock = system_clock
) -> Request:
    """Fix the scores that count: the agreed ones, elsewhere the evaluators' mean, for prices the formula.

    Refuses: NotFound, NotAllowed, NotEvaluator, DeclarationMissing, StepNotPossible, ScoresMissing,
    ScoreInvalid, DifferenceNeedsReason.
    Emits: ConsensusReached.
    """
    request = _evaluating(request_id, by, clock)
    by.require("project_lead")
    evaluator_for(by, request)
    check_step(request, "evaluated")
    _check_everybody_scored(request)
    matrix = compare(request, reader_id=by.organization_id)
    wanted = {(score.bid_id, score.criterion): score for score in agreed}
    _check_agreed(wanted, {column.offer.bid_id for column in matrix.columns}, judged_criteria(request))
    rows = []
    for column in matrix.columns:
        for score in column.scores:
            found = wanted.get((column.offer.bid_id, score.criterion))
            mean = rounded(score.suggested)
            if found and abs(found.score - mean) > TOLERANCE and not found.reason.strip():
                raise no.DifferenceNeedsReason(field=f"reason_{found.bid_id}_{found.criterion}")
            rows.append(
                ConsensusScore(
                    bid_id=column.offer.bid_id,
                    criterion=score.criterion,
                    score=found.score if found else mean,
                    reason=found.reason.strip() if found else "",
                    at=clock.now(),
                    by_id=by.person_id,
                )
            )
    ConsensusScore.objects.bulk_create(rows)
    request.state = "evaluated"
    request.save(update_fields=["state"])
    publish(f"request:{request.pk}", "changed")
    _record(ConsensusReached(request_id=request.pk), request, by, clock, {"state": ["closed", "evaluated"]})
    return request


def judged_criteria(request: Request) -> tuple[str, ...]:
    """Return what evaluators score: every criterion that applies but the price, which is what it is."""
    return tuple(criterion for criterion in applying_criteria(request) if criterion != "price")


def _evaluating(request_id: int, by: Actor, clock: Clock) -> Request:
    own_request_for(by, request_id, clock=clock)
    request = Request.objects.select_for_update().get(pk=request_id)
    if request.state != "closed":
        raise StepNotPossible(state=REQUEST_STATES[request.state])
    return request


def _check_everybody_scored(request: Request) -> None:
    """Refuse ScoresMissing while an evaluator has not declared, or has scored some bids but not all.

    An evaluator who scored nothing stands behind the formulas.
    """
    bids = Bid.objects.filter(request=request, state="submitted").count()
    waiting = []
    for evaluator in request.evaluators.select_related("person").prefetch_related("scores"):
        scored = len({score.bid_id for score in evaluator.scores.all()})
        if evaluator.has_conflict is None or (not evaluator.has_conflict and 0 < scored < bids):
            waiting.append(evaluator.person.name)
    if waiting:
        raise no.ScoresMissing(names=", ".join(waiting))


def _check_agreed(
    wanted: Mapping[tuple[int, str], AgreedScore], bids: set[int], judged: Sequence[str]
) -> None:
    for (bid_id, criterion), score in wanted.items():
        if bid_id not in bids or criterion not in judged or not 0 <= score.score <= 100:
            raise no.ScoreInvalid(field=f"agreed_{bid_id}_{criterion}")


def _record(
    event: Event, request: Request, by: Actor, clock: Clock, change: dict[str, object], why: str = ""
) -> None:
    record(
        event,
        by=by,
        about=("request", request.pk),
        organization_id=request.buyer_id,
        study_id=request.study_id,
        why=why,
        change=change,
        clock=clock,
    )
