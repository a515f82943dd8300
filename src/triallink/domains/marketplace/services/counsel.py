"""The engine's counsel on a request: asked for by the buyer, worked out by the worker, kept with its job."""

from typing import Any

from django.db import transaction

from triallink.domains.marketplace.access.requests import own_request_for, require_bid_reader
from triallink.domains.marketplace.errors import requests as no
from triallink.domains.marketplace.events.requests import CoalitionSuggested, CounselAsked
from triallink.domains.marketplace.models import Request, SuggestedCoalition
from triallink.domains.marketplace.models.requests import REQUEST_STATES
from triallink.domains.marketplace.selectors import award_counsel, coalitions, teams
from triallink.domains.marketplace.selectors.matrix import compare
from triallink.domains.marketplace.services.invitations import invite_suppliers
from triallink.foundation import jobs
from triallink.foundation.models import Job
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

# Who could do it: coalitions and a named team.  What to award: the optimum and its alternatives.
SOURCING, AWARDING = "marketplace.sourcing", "marketplace.awarding"


@transaction.atomic
def ask_sourcing(*, request_id: int, by: Actor, clock: Clock = system_clock) -> Job:
    """Ask which coalitions and which named team would do a request best; it runs as a job.

    Refuses: NotFound, NotAllowed.
    Emits: CounselAsked.
    """
    request = own_request_for(by, request_id, clock=clock)
    by.require("project_lead")
    return _asked(SOURCING, request, by, clock)


@transaction.atomic
def ask_awarding(*, request_id: int, by: Actor, clock: Clock = system_clock) -> Job:
    """Ask for the optimal award of an opened request and its alternatives; it runs as a job.

    Refuses: NotFound, StepNotPossible, NotEvaluator, DeclarationMissing.
    Emits: CounselAsked.
    """
    request = own_request_for(by, request_id, clock=clock)
    require_bid_reader(by, request)
    return _asked(AWARDING, request, by, clock)


@transaction.atomic
def suggest_coalition(
    *, request_id: int, job_id: int, number: int, by: Actor, clock: Clock = system_clock
) -> SuggestedCoalition:
    """Invite the members of a proposed coalition and suggest to them to bid together.

    job_id, number  the counsel and which of its coalitions, 0 the first.

    Refuses: NotFound, NotAllowed, StepNotPossible, NotInvitable, SupplierStopped.
    Emits: SuppliersInvited (if anybody new is asked), CoalitionSuggested.
    """
    request = own_request_for(by, request_id, clock=clock)
    by.require("project_lead")
    if request.state not in ("draft", "published"):
        raise no.StepNotPossible(state=REQUEST_STATES[request.state])
    job = counsel_of(SOURCING, request)
    proposals: list[dict[str, Any]] = job.result.get("coalitions", []) if job else []
    if job is None or job.pk != job_id or not 0 <= number < len(proposals):
        raise NotFound
    chosen = proposals[number]
    known = set(request.lines.values_list("pk", flat=True))
    if {line for line, _organization in chosen["coverage"]} != known:
        raise NotFound  # The draft's lines were changed since.
    scores = {part["organization"]: part["score"] for part in chosen["parts"]}
    invite_suppliers(
        request_id=request_id, organization_ids=chosen["members"], fit_scores=scores, by=by, clock=clock
    )
    row = SuggestedCoalition.objects.create(
        request=request,
        lead_id=chosen["lead"],
        member_ids=chosen["members"],
        coverage=chosen["coverage"],
        suggested_at=clock.now(),
        suggested_by_id=by.person_id,
    )
    record(
        CoalitionSuggested(
            request_id=request.pk,
            lead_id=row.lead_id,
            organization_ids=tuple(row.member_ids),
            is_published=request.state == "published",
        ),
        by=by,
        about=("request", request.pk),
        organization_id=request.buyer_id,
        study_id=request.study_id,
        change={"coalition": row.member_ids, "lead": row.lead_id},
        clock=clock,
    )
    return row


def counsel_of(kind: str, request: Request) -> Job | None:
    """Return the newest counsel of a kind on a request; the caller has checked the viewer."""
    same = Job.objects.filter(kind=kind, organization_id=request.buyer_id, arguments__request_id=request.pk)
    return same.order_by("-id").first()


def work_out_sourcing(request_id: int, progress: jobs.Progress) -> dict[str, Any]:
    """Return coalitions and team for a request; the work of the job."""
    request = Request.objects.select_related("study").get(pk=request_id)
    lines = list(request.lines.select_related("service", "site"))
    progress.step(0, 2)
    found = coalitions.build(request, lines)
    uncovered = []
    if not found:
        uncovered = coalitions.uncovered_lines(lines, coalitions.candidates_for(request, lines))
    progress.step(1, 2)
    team = teams.build(request, lines)
    progress.step(2, 2)
    return {"coalitions": found, "uncovered": uncovered, "team": team, "lines": [line.pk for line in lines]}


def work_out_awarding(request_id: int, progress: jobs.Progress) -> dict[str, Any]:
    """Return the optimal award of a request with its alternatives; the work of the job."""
    request = Request.objects.get(pk=request_id)
    return award_counsel.counsel(compare(request, reader_id=request.buyer_id), progress.step)


def _asked(kind: str, request: Request, by: Actor, clock: Clock) -> Job:
    before = counsel_of(kind, request)
    if before is not None and before.state in ("queued", "running"):
        return before
    job = jobs.enqueue(kind, by=by, clock=clock, request_id=request.pk)
    record(
        CounselAsked(request_id=request.pk, counsel=kind),
        by=by,
        about=("request", request.pk),
        organization_id=request.buyer_id,
        study_id=request.study_id,
        change={"counsel": kind},
        clock=clock,
    )
    return job
