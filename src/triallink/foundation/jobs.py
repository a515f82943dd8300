"""Long work with progress and cancel, on procrastinate behind our own `enqueue()`."""

import logging
from collections.abc import Callable
from typing import Any

import procrastinate.contrib.django
from django.db import transaction

from triallink.foundation.live import publish
from triallink.foundation.models import Job
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

log = logging.getLogger(__name__)
_kinds: dict[str, Callable[..., dict[str, Any]]] = {}
# Work that takes the worker down with it, by its hunger for memory for instance, is not begun for ever.
MAX_ATTEMPTS = 3
# A living worker says so every ten seconds; on a machine out of breath it may be late.
LOST_AFTER_SECONDS = 120


class Cancelled(Exception):
    """Raised inside a job that its owner cancelled."""


class WorkerLost(Exception):
    """The worker was killed in the middle of a job, again and again."""


class Progress:
    """What a running job reports through; `step` raises Cancelled when the owner asked to stop."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def step(self, done: int, total: int) -> None:
        """Report how far the job is; raise Cancelled if it should stop."""
        Job.objects.filter(pk=self.job.pk).update(done=done, total=total)
        publish(f"job:{self.job.pk}", "progress")
        if Job.objects.filter(pk=self.job.pk, is_cancel_requested=True).exists():
            raise Cancelled


def job(kind: str) -> Callable[[Callable[..., dict[str, Any]]], Callable[..., dict[str, Any]]]:
    """Register `function(progress, **arguments) -> result` as the work of a kind of job."""

    def register(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        _kinds[kind] = function
        return function

    return register


def enqueue(kind: str, *, by: Actor, clock: Clock = system_clock, **arguments: Any) -> Job:
    """Ask the worker for long work once this transaction commits; return the row that tells its progress."""
    if kind not in _kinds:
        raise KeyError(f"no job of kind {kind!r}")
    with transaction.atomic():
        row = Job.objects.create(
            kind=kind,
            arguments=arguments,
            requested_by_id=by.person_id,
            organization_id=by.organization_id,
            created_at=clock.now(),
        )
        procrastinate.contrib.django.app.configure_task("triallink.run_job").defer(job_id=row.pk)
    return row


def cancel(job_row: Job, clock: Clock = system_clock) -> None:
    """Ask a job to stop at its next step; a queued one is cancelled at once and never starts."""
    same = Job.objects.filter(pk=job_row.pk)
    if same.filter(state="queued").update(
        state="cancelled", is_cancel_requested=True, finished_at=clock.now()
    ):
        publish(f"job:{job_row.pk}", "cancelled")
        return
    same.filter(state="running").update(is_cancel_requested=True)


def run_job(job_id: int, clock: Clock = system_clock, *, attempt: int = 1) -> None:
    """Do the work of one job and write how it ended; called by the worker.

    attempt  how often it was begun, this time included: a worker that is killed leaves its job to the next.
    """
    waiting = Job.objects.filter(pk=job_id, state__in=["queued", "running"])
    if not waiting.update(state="running", started_at=clock.now()):
        return
    row = Job.objects.get(pk=job_id)
    try:
        if row.is_cancel_requested:
            raise Cancelled
        if attempt > MAX_ATTEMPTS:
            raise WorkerLost(f"the worker was lost {MAX_ATTEMPTS} times in the middle of this work")
        row.result = _kinds[row.kind](Progress(row), **row.arguments)
        row.state = "done"
    except Cancelled:
        row.state = "cancelled"
    except Exception as error:  # The worker outlives a broken job; the row says what happened.
        log.exception("job %s (%s) failed", row.pk, row.kind)
        row.state, row.error = "failed", f"{type(error).__name__}: {error}"[:2000]
    row.finished_at = clock.now()
    row.save(update_fields=["state", "result", "error", "finished_at"])
    publish(f"job:{row.pk}", row.state)
