"""The decision: award, tell the losers, hear objections, hand over to the contract."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from triallink.domains.marketplace.access.requests import (
    BIDDER_ROLES,
    OPERATOR_ROLES,
    evaluator_for,
    own_request_for,
    request_for,
)
from triallink.domains.marketplace.errors import evaluations as no
from triallink.domains.marketplace.errors.bids import NotABidder
from triallink.domains.marketplace.errors.requests import ReasonMissing
from triallink.domains.marketplace.events.awards import (
    AwardAnnulled,
    AwardContracted,
    AwardMade,
    ObjectionFiled,
)
from triallink.domains.marketplace.events.awards import ObjectionDecided as ObjectionWasDecided
from triallink.domains.marketplace.models import Award, AwardLine, LossLetter, Objection, Request
from triallink.domains.marketplace.models.awards import OBJECTION_DECISIONS
from triallink.domains.marketplace.selectors.offers import Offer, offers_of, unit_price
from triallink.domains.marketplace.services.closing import end_standstill, instant_for
from triallink.domains.marketplace.services.requests import check_step
from triallink.foundation.live import publish
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.events import Event
from triallink.kernel.refusals import NotAllowed, NotFound


@dataclass(frozen=True)
class AwardChoice:
    """One line to one bid."""

    line_id: int
    bid_id: int


@transaction.atomic
def award_request(
    *,
    request_id: int,
    choices: Sequence[AwardChoice],
    reason: str,
    letters: Mapping[int, str],
    by: Actor,
    clock: Clock = system_clock,
) -> Award:
    """Award a request whole or by line, tell every loser why, and start the standstill.

    choices  each line at most once; a bundle counts wherever all of its lines go to its bidder.
    letters  bid -> why it did not win, for every submitted bid that gets no line.

    Refuses: NotFound, NotAllowed, NotEvaluator, DeclarationMissing, StepNotPossible, ReasonMissing,
    AwardLineUnknown, AwardIncomplete, TooManySuppliers, BidExpired, LetterMissing.
    Emits: AwardMade.
    """
    own_request_for(by, request_id, clock=clock)
    by.require("project_lead")
    # Two awards at once: the second waits here, and then finds the request awarded.
    request = Request.objects.select_for_update().get(pk=request_id)
    evaluator_for(by, request)
    check_step(request, "awarded")
    if not reason.strip():
        raise ReasonMissing(field="reason")
    now = instant_for(request, clock)
    offers = {offer.bid_id: offer for offer in offers_of(request, reader_id=by.organization_id)}
    chosen = _checked(request, choices, offers)
    for bid_id in chosen:
        valid_until = offers[bid_id].valid_until_on
        if valid_until is not None and valid_until < now.date():
            raise no.BidExpired(name=offers[bid_id].organization.name_en)
    losers = [offer for offer in offers.values() if offer.bid_id not in chosen]
    missing = [o.organization.name_en for o in losers if not letters.get(o.bid_id, "").strip()]
    if missing:
        raise no.LetterMissing(field="letters", names=", ".join(missing))
    rows = [row for bid_id, lines in chosen.items() for row in _award_lines(offers[bid_id], lines)]
    award = Award.objects.create(
        request=request,
        reason=reason.strip(),
        total_minor=sum(row.amount_minor for row in rows),
        awarded_at=now,
        awarded_by_id=by.person_id,
        standstill_ends_at=now + request.standstill,
    )
    for row in rows:
        row.award = award
    AwardLine.objects.bulk_create(rows)
    LossLetter.objects.bulk_create(
        LossLetter(award=award, bid_id=o.bid_id, reason=letters[o.bid_id].strip(), sent_at=now)
        for o in losers
    )
    request.state = "awarded"
    request.save(update_fields=["state"])
    winners = tuple(sorted(offers[bid_id].organization.pk for bid_id in chosen))
    publish(f"request:{request.pk}", "changed")
    _record(
        AwardMade(award_id=award.pk, request_id=request.pk, organization_ids=winners),
        request,
        by,
        clock,
        why=reason,
        change={
            "state": ["evaluated", "awarded"],
            "winners": list(winners),
            "total_minor": award.total_minor,
        },
    )
    return award


@transaction.atomic
def file_objection(*, award_id: int, grounds: str, by: Actor, clock: Clock = system_clock) -> Objection:
    """Object to an award during its standstill, for a bidder who did not win.

    Refuses: NotFound, NotABidder, ReasonMissing, StandstillOver, ObjectionNotYours.
    Emits: ObjectionFiled.
    """
    award = _locked_award(award_id)
    request = request_for(by, award.request_id, clock=clock)
    if not by.has(*BIDDER_ROLES):
        raise NotABidder
    if not grounds.strip():
        raise ReasonMissing(field="grounds")
    is_running = award.annulled_at is None and award.standstill_ended_at is None
    if not is_running or award.standstill_ends_at <= instant_for(request, clock):
        raise no.StandstillOver
    has_lost = award.letters.filter(bid__organization_id=by.own_organization_id).exists()
    if not has_lost or award.objections.filter(organization_id=by.own_organization_id).exists():
        raise no.ObjectionNotYours
    objection = Objection.objects.create(
        award=award,
        organization_id=by.own_organization_id,
        grounds=grounds.strip(),
        filed_at=instant_for(request, clock),
        filed_by_id=by.person_id,
    )
    publish(f"request:{request.pk}", "changed")
    _record(
        ObjectionFiled(award_id=award.pk, request_id=request.pk, objection_id=objection.pk),
        request,
        by,
        clock,
        why=grounds,
    )
    return objection


@transaction.atomic
def decide_objection(
    *, objection_id: int, decision: str, reason: str, by: Actor, clock: Clock = system_clock
) -> Objection:
    """Uphold or dismiss an objection, as the buyer's project lead or the platform operator.

    Upheld, the award is taken back and the request can be awarded again.

    Refuses: NotFound, NotAllowed, ObjectionDecided, ReasonMissing.
    Emits: ObjectionDecided; AwardAnnulled as well if upheld; StandstillEnded if nothing else was open.
    """
    found = Objection.objects.filter(pk=objection_id).first()
    if found is None:
        raise NotFound
    award = _locked_award(found.award_id)
    request_for(by, award.request_id, clock=clock)
    request = Request.objects.select_for_update().get(pk=award.request_id)
    decides = (
        by.has("project_lead")
        if request.buyer_id == by.organization_id
        else (by.is_operator and by.has(*OPERATOR_ROLES))
    )
    if not decides:
        raise NotAllowed
    objection = Objection.objects.select_for_update().get(pk=objection_id)
    if objection.decision or award.annulled_at is not None:
        raise no.ObjectionDecided
    if decision not in OBJECTION_DECISIONS or not decision or not reason.strip():
        raise ReasonMissing(field="reason")
    objection.decision, objection.decision_reason = decision, reason.strip()
    objection.decided_at, objection.decided_by_id = instant_for(request, clock), by.person_id
    objection.save(update_fields=["decision", "decision_reason", "decided_at", "decided_by_id"])
    _record(
        ObjectionWasDecided(
            award_id=award.pk, request_id=request.pk, objection_id=objection.pk, decision=decision
        ),
        request,
        by,
        clock,
        why=reason,
        change={"decision": ["", decision]},
    )
    if decision == "upheld":
        _annul(award, request, reason, by, clock)
    else:
        end_standstill(award_id=award.pk, by=by, clock=clock)
    publish(f"request:{request.pk}", "changed")
    return objection


@transaction.atomic
def contract_award(*, award_id: int, by: Actor, clock: Clock = system_clock) -> Request:
    """Mark a request as contracted; called by the contracts domain when its contract is signed by all.

    Refuses: NotFound, StandstillRunning, StepNotPossible.
    Emits: AwardContracted.
    """
    award = _locked_award(award_id)
    end_standstill(award_id=award.pk, by=by, clock=clock)
    award.refresh_from_db()
    request = Request.objects.select_for_update().get(pk=award.request_id)
    check_step(request, "contracted")
    if award.standstill_ended_at is None or award.annulled_at is not None:
        raise no.StandstillRunning
    request.state = "contracted"
    request.save(update_fields=["state"])
    publish(f"request:{request.pk}", "changed")
    _record(
        AwardContracted(award_id=award.pk, request_id=request.pk),
        request,
        by,
        clock,
        change={"state": ["awarded", "contracted"]},
    )
    return request


def _checked(
    request: Request, choices: Sequence[AwardChoice], offers: Mapping[int, Offer]
) -> dict[int, list[int]]:
    """Return bid -> its lines, or refuse."""
    chosen: dict[int, list[int]] = defaultdict(list)
    for choice in choices:
        offer = offers.get(choice.bid_id)
        if offer is None or choice.line_id not in offer.lines:
            raise no.AwardLineUnknown(field="choices")
        chosen[choice.bid_id].append(choice.line_id)
    lines = [choice.line_id for choice in choices]
    if not lines or len(set(lines)) < len(lines):
        raise no.AwardLineUnknown(field="choices")
    is_whole = len(chosen) == 1 and len(lines) == request.lines.count()
    if not request.is_partial_award_allowed and not is_whole:
        raise no.AwardIncomplete(field="choices")
    if len(chosen) > request.max_suppliers:
        raise no.TooManySuppliers(field="choices", limit=request.max_suppliers)
    return chosen


def _award_lines(offer: Offer, line_ids: Sequence[int]) -> list[AwardLine]:
    priced, amounts = offer.priced(line_ids)
    bundle_of = {line: offer.bundles[n].name for n in priced.bundles for line in offer.bundles[n].line_ids}
    return [
        AwardLine(
            line_id=line_id,
            bid_id=offer.bid_id,
            quantity=offer.lines[line_id].quantity,
            unit_price_minor=unit_price(amounts[line_id], offer.lines[line_id].quantity),
            amount_minor=amounts[line_id],
            bundle_name=bundle_of.get(line_id, ""),
        )
        for line_id in line_ids
    ]


def _annul(award: Award, request: Request, reason: str, by: Actor, clock: Clock) -> None:
    award.annulled_at, award.annulled_reason = instant_for(request, clock), reason.strip()
    award.save(update_fields=["annulled_at", "annulled_reason"])
    request.state = "evaluated"
    request.save(update_fields=["state"])
    _record(
        AwardAnnulled(award_id=award.pk, request_id=request.pk),
        request,
        by,
        clock,
        why=reason,
        change={"state": ["awarded", "evaluated"]},
    )


def _locked_award(award_id: int) -> Award:
    # The request first, as everybody who decides on it does: the same order keeps two of them from a deadlock.
    request_id = Award.objects.filter(pk=award_id).values_list("request_id", flat=True).first()
    if request_id is None:
        raise NotFound
    Request.objects.select_for_update().get(pk=request_id)
    return Award.objects.select_for_update().get(pk=award_id)


def _record(
    event: Event,
    request: Request,
    by: Actor,
    clock: Clock,
    *,
    why: str = "",
    change: dict[str, object] | None = None,
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
