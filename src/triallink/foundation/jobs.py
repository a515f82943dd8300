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


class Cancelled(Exception):
    """Raised inside a job that its owner cancelled."""


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


def cancel(job_row: Job) -> None:
    """Ask a job to stop at its next step; a queued one never starts."""
    Job.objects.filter(pk=job_row.pk, state__in=["queued", "running"]).update(is_cancel_requested=True)


def run_job(job_id: int, clock: Clock = system_clock) -> None:
    """Do the work of one job and write how it ended; called by the worker."""
    row = Job.objects.get(pk=job_id)
    if row.state in ("done", "failed", "cancelled"):
        return
    row.state, row.started_at = "running", clock.now()
    row.save(update_fields=["state", "started_at"])
    try:
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
