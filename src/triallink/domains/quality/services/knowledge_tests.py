"""The knowledge test: begun with a random draw, ended by the server's clock, repeated after a wait."""

import datetime as dt
import secrets
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from triallink.domains.quality.access import own_professional, own_test
from triallink.domains.quality.errors import (
    AttemptOver,
    AttemptRunning,
    AttemptTooEarly,
    NotTested,
    NotThisPerson,
)
from triallink.domains.quality.events import KnowledgeTestBegun, KnowledgeTestEnded
from triallink.domains.quality.knowledge_bank import OPTIONS, RIGHT, latest_bank, questions_for
from triallink.domains.quality.models import TESTED_ROLES, KnowledgeTest, Professional
from triallink.engines.qualification import (
    KNOWLEDGE_RULES,
    by_topic,
    draw_questions,
    next_attempt_at,
    score_test,
)
from triallink.foundation.record import record
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.clock import Clock, system_clock

# What a slow line may take between the last click and the server.
GRACE = dt.timedelta(seconds=15)
SEEDS = 2**53


@transaction.atomic
def begin_test(
    *, professional_id: int, by: Actor, seed: int | None = None, clock: Clock = system_clock
) -> KnowledgeTest:
    """Draw a test for the acting person in the role of their professional record; the clock runs from now.

    seed  of the draw; a random one by default. It is recorded, so that the draw can be repeated and proved.
    Refuses: NotFound, NotTested, NotThisPerson, AttemptRunning, AttemptTooEarly.
    Emits: KnowledgeTestBegun.
    """
    own_professional(professional_id, to=by)
    professional = (
        Professional.objects.select_for_update(of=("self",))
        .select_related("organization")
        .get(pk=professional_id)
    )
    if professional.role not in TESTED_ROLES:
        raise NotTested
    _require_self(professional, by)
    lapse_tests(clock=clock, professional_id=professional.pk)
    if (at := may_begin_at(professional.pk)) is not None and clock.now() < at:
        raise AttemptTooEarly(at=at.isoformat(timespec="minutes"))
    seed = secrets.randbelow(SEEDS) if seed is None else seed
    version = latest_bank()
    questions = questions_for(professional.role, version)
    drawn = draw_questions(
        by_topic([(one["topic"], one["code"]) for one in questions]),
        {one["code"]: OPTIONS for one in questions},
        seed,
        KNOWLEDGE_RULES.questions,
    )
    try:
        with transaction.atomic():
            test = KnowledgeTest.objects.create(
                professional=professional,
                person_id=by.own_person_id,
                role=professional.role,
                bank_version=version,
                seed=seed,
                drawn=[[one.code, list(one.order)] for one in drawn],
                started_at=clock.now(),
                due_at=clock.now() + dt.timedelta(minutes=KNOWLEDGE_RULES.minutes),
            )
    except IntegrityError as error:
        raise AttemptRunning from error
    record(
        KnowledgeTestBegun(
            test_id=test.pk,
            professional_id=professional.pk,
            organization_id=professional.organization_id,
            seed=seed,
        ),
        by=by,
        about=("professional", professional.pk),
        change={"test": [None, "running"], "seed": [None, seed], "bank": [None, version]},
        clock=clock,
    )
    return test


@transaction.atomic
def end_test(
    *, test_id: int, positions: Mapping[str, int], by: Actor, clock: Clock = system_clock
) -> KnowledgeTest:
    """Hand a test in; what comes after the time is up counts for nothing.

    positions  question code -> the place of the chosen option as it was shown, from 0.
    Refuses: NotFound, AttemptOver.
    Emits: KnowledgeTestEnded.
    """
    own_test(test_id, to=by)
    test = KnowledgeTest.objects.select_for_update(of=("self",)).get(pk=test_id)
    if test.state != "running":
        raise AttemptOver
    is_late = clock.now() > test.due_at + GRACE
    chosen = {} if is_late else _chosen(test, positions)
    right, _marks = score_test({code: RIGHT for code, _ in test.drawn}, chosen)
    passed = right / len(test.drawn) >= KNOWLEDGE_RULES.pass_share
    test.state = "lapsed" if is_late else "passed" if passed else "failed"
    _end(test, right, chosen, by, clock)
    return test


def lapse_tests(*, clock: Clock = system_clock, professional_id: int | None = None) -> int:
    """End the tests whose time ran out with nothing handed in, and return how many there were."""
    due = KnowledgeTest.objects.filter(state="running", due_at__lt=clock.now() - GRACE)
    if professional_id is not None:
        due = due.filter(professional_id=professional_id)
    ended = 0
    for test in due:
        with transaction.atomic():
            row = KnowledgeTest.objects.select_for_update(of=("self",)).get(pk=test.pk)
            if row.state == "running":
                row.state = "lapsed"
                _end(row, 0, {}, SYSTEM, clock)
                ended += 1
    return ended


def may_begin_at(professional_id: int) -> dt.datetime | None:
    """Return from when the next attempt is allowed, None if at once; a pass clears the failures before it."""
    rows = KnowledgeTest.objects.filter(professional_id=professional_id).exclude(state="running")
    failures: list[dt.datetime | None] = []
    for state, ended_at in rows.order_by("ended_at").values_list("state", "ended_at"):
        failures = [] if state == "passed" else [*failures, ended_at]
    return next_attempt_at([at for at in failures if at is not None])


def _require_self(professional: Professional, by: Actor) -> None:
    """Let only the person take the test; a freelancer's organization of one is the person who acts for it."""
    if professional.person_id is None and professional.organization.kind == "freelancer":
        professional.person_id = by.own_person_id
        professional.save(update_fields=["person"])
    if professional.person_id != by.own_person_id:
        raise NotThisPerson


def _chosen(test: KnowledgeTest, positions: Mapping[str, int]) -> dict[str, int | None]:
    """Return the options chosen as they stand in the bank; a place that was not shown is no answer."""
    return {
        code: order[positions[code]] if 0 <= positions.get(code, -1) < len(order) else None
        for code, order in test.drawn
    }


def _end(test: KnowledgeTest, right: int, chosen: Mapping[str, int | None], by: Actor, clock: Clock) -> None:
    test.right_count, test.answers, test.ended_at = right, dict(chosen), clock.now()
    test.save(update_fields=["state", "right_count", "answers", "ended_at"])
    organization_id = test.professional.organization_id
    record(
        KnowledgeTestEnded(
            test_id=test.pk,
            professional_id=test.professional_id,
            organization_id=organization_id,
            state=test.state,
        ),
        by=by,
        about=("professional", test.professional_id),
        organization_id=organization_id,
        change={"test": ["running", test.state], "right": [None, right]},
        clock=clock,
    )
