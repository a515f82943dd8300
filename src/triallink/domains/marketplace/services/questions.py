"""Questions of bidders and the buyer's answers, which go to all of them."""

from django.db import transaction

from triallink.domains.marketplace.access.requests import (
    may_bid,
    may_read_details,
    own_request_for,
    request_for,
)
from triallink.domains.marketplace.errors import requests as no
from triallink.domains.marketplace.errors.bids import NotABidder
from triallink.domains.marketplace.events.requests import QuestionAnswered, QuestionAsked
from triallink.domains.marketplace.models import Question, Request
from triallink.domains.marketplace.services.closing import instant_for
from triallink.foundation.live import publish
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound


@transaction.atomic
def ask_question(*, request_id: int, text: str, by: Actor, clock: Clock = system_clock) -> Question:
    """Ask about a published request; the audit line goes to the asker's chain, so the buyer cannot tell who asked.

    Refuses: NotFound, NotABidder, NdaMissing, QuestionsClosed, QuestionEmpty.
    Emits: QuestionAsked.
    """
    request = request_for(by, request_id, clock=clock)
    if not may_bid(by, request):
        raise NotABidder
    if not may_read_details(by, request):
        raise no.NdaMissing
    locked = Request.objects.select_for_update(no_key=True).get(pk=request.pk)
    deadline = locked.question_deadline_at
    if locked.state != "published" or deadline is None or deadline <= instant_for(locked, clock):
        raise no.QuestionsClosed
    if not text.strip():
        raise no.QuestionEmpty(field="text")
    question = Question.objects.create(
        request=locked,
        number=locked.questions.count() + 1,
        asked_by_id=by.own_organization_id,
        text=text.strip(),
        asked_at=clock.now(),
    )
    publish(f"request:{request.pk}", "questions")
    record(
        QuestionAsked(request_id=request.pk, question_id=question.pk),
        by=by,
        about=("question", question.pk),
        clock=clock,
    )
    return question


@transaction.atomic
def answer_question(*, question_id: int, answer: str, by: Actor, clock: Clock = system_clock) -> Question:
    """Answer a question to all bidders, once.

    Refuses: NotFound, NotAllowed, QuestionAnswered, QuestionEmpty.
    Emits: QuestionAnswered.
    """
    question = Question.objects.select_for_update().filter(pk=question_id).first()
    if question is None:
        raise NotFound
    request = own_request_for(by, question.request_id, clock=clock)
    by.require("project_lead")
    if question.answered_at is not None:
        raise no.QuestionAnswered
    if not answer.strip():
        raise no.QuestionEmpty(field="answer")
    question.answer, question.answered_at = answer.strip(), clock.now()
    question.save(update_fields=["answer", "answered_at"])
    publish(f"request:{request.pk}", "questions")
    record(
        QuestionAnswered(request_id=request.pk, question_id=question.pk),
        by=by,
        about=("request", request.pk),
        organization_id=request.buyer_id,
        study_id=request.study_id,
        change={"question": question.number},
        clock=clock,
    )
    return question
