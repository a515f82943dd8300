"""Two-way ratings after the end: sealed until both sides have spoken, or the days to do so are over."""

import datetime as dt

from django.db import transaction

from triallink.domains.contracts.access import BUYER_ROLES, locked_contract
from triallink.domains.contracts.errors import AlreadyRated, RatingNotDue, RatingOwnSide
from triallink.domains.contracts.events import RatingGiven, RatingsRevealed
from triallink.domains.contracts.independence import are_linked
from triallink.domains.contracts.models import Contract, Rating
from triallink.domains.contracts.services.records import refresh_standing
from triallink.foundation.record import record
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

RATING_DAYS = 14
RATED_STATES = ("completed", "terminated")


@transaction.atomic
def rate_contract(
    *,
    contract_id: int,
    ratee_id: int,
    stars: int,
    text: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> Rating:
    """Rate the other side of an ended contract; nobody reads it before the other side has rated or the days are over.

    ratee_id  the buyer rates each supplier, each supplier rates the buyer.
    Refuses: NotFound, NotAllowed, RatingNotDue, RatingOwnSide, AlreadyRated.
    Emits: RatingGiven, and RatingsRevealed where both sides have spoken.
    """
    by.require(*BUYER_ROLES, "business_lead", "signatory")
    contract = locked_contract(contract_id, to=by)
    own = by.own_organization_id
    parties = set(contract.parties.values_list("organization_id", flat=True))
    if (
        own not in parties
        or ratee_id not in parties
        or (own == contract.buyer_id) == (ratee_id == contract.buyer_id)
    ):
        raise NotFound
    if not may_be_rated(contract, clock.now()):
        raise RatingNotDue(days=RATING_DAYS)
    if are_linked(own, ratee_id):
        raise RatingOwnSide
    if contract.ratings.filter(rater_id=own, ratee_id=ratee_id).exists():
        raise AlreadyRated
    if not 1 <= stars <= 5:
        raise ValueError(f"a rating has 1 to 5 stars, not {stars!r}")
    given = Rating.objects.create(
        contract=contract,
        rater_id=own,
        ratee_id=ratee_id,
        stars=stars,
        text=text.strip(),
        by_id=by.person_id,
        at=clock.now(),
    )
    record(
        RatingGiven(contract_id=contract.pk, organization_id=own),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        organization_id=contract.buyer_id,
        clock=clock,
    )
    answer = contract.ratings.filter(rater_id=ratee_id, ratee_id=own).first()
    if answer is not None:
        reveal_ratings(contract_id=contract.pk, rating_ids=[given.pk, answer.pk], clock=clock)
        given.refresh_from_db()
    return given


@transaction.atomic
def reveal_ratings(
    *, contract_id: int, rating_ids: list[int], by: Actor = SYSTEM, clock: Clock = system_clock
) -> int:
    """Let sealed ratings of a contract be read, and count them in the directory; return how many.

    Refuses: nothing.
    Emits: RatingsRevealed.
    """
    contract = Contract.objects.select_for_update().get(pk=contract_id)
    sealed = list(contract.ratings.filter(pk__in=rating_ids, revealed_at=None))
    if not sealed:
        return 0
    for rating in sealed:
        rating.revealed_at = clock.now()
    Rating.objects.bulk_update(sealed, ["revealed_at"])
    ratees = sorted({rating.ratee_id for rating in sealed})
    for organization_id in ratees:
        refresh_standing(organization_id=organization_id)
    record(
        RatingsRevealed(contract_id=contract.pk, organization_ids=tuple(ratees)),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        organization_id=contract.buyer_id,
        clock=clock,
    )
    return len(sealed)


def reveal_due_ratings(clock: Clock = system_clock) -> int:
    """Reveal what was said alone once the days to answer are over; return how many."""
    over = clock.now() - dt.timedelta(days=RATING_DAYS)
    sealed = Rating.objects.filter(revealed_at=None, contract__ended_at__lt=over)
    by_contract: dict[int, list[int]] = {}
    for pk, contract_id in sealed.values_list("pk", "contract_id"):
        by_contract.setdefault(contract_id, []).append(pk)
    return sum(
        reveal_ratings(contract_id=contract_id, rating_ids=ids, clock=clock)
        for contract_id, ids in by_contract.items()
    )


def may_be_rated(contract: Contract, now: dt.datetime) -> bool:
    """Return whether the sides may rate each other now."""
    return (
        contract.state in RATED_STATES
        and contract.ended_at is not None
        and now <= contract.ended_at + dt.timedelta(days=RATING_DAYS)
    )
