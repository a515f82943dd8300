"""Long work: done by the worker with its progress told, stopped when asked to, and taken up when its worker dies."""

import asyncio
import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from triallink.foundation import jobs, tasks
from triallink.foundation.jobs import MAX_ATTEMPTS, Progress, cancel, enqueue, job, run_job
from triallink.foundation.models import Job
from triallink.kernel.clock import FixedClock

pytestmark = pytest.mark.django_db
NOON = FixedClock(dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC))
begun: list[int] = []
told: list[tuple[int, int]] = []


@job("tests.count")
def count(progress: Progress, *, to: int, stop_at: int | None = None) -> dict[str, int]:
    """Count to a number; the owner cancels at one of them."""
    begun.append(progress.job.pk)
    for number in range(1, to + 1):
        if number == stop_at:
            cancel(progress.job, NOON)
        progress.step(number, to)
        told.append(Job.objects.values_list("done", "total").get(pk=progress.job.pk))
    return {"counted": to}


@job("tests.break")
def breaks(progress: Progress) -> dict[str, int]:
    """Fail."""
    raise ValueError(f"not {progress.job.pk}")


@pytest.fixture(autouse=True)
def _nothing_begun():
    begun.clear()
    told.clear()


def ended(row: Job) -> Job:
    row.refresh_from_db()
    return row


def test_a_job_tells_how_far_it_is_and_what_came_of_it(ada):
    row = enqueue("tests.count", by=ada.actor, clock=NOON, to=3)
    assert (row.state, row.requested_by_id) == ("queued", ada.person.pk)
    assert ProcrastinateJob.objects.get(task_name="triallink.run_job").args == {"job_id": row.pk}
    run_job(row.pk, NOON)
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert (ended(row).state, row.result, row.finished_at) == ("done", {"counted": 3}, NOON.now())
    run_job(row.pk, NOON)
    assert len(begun) == 1, "a job told twice is done once"


def test_a_cancelled_job_stops_at_its_next_step(ada):
    row = enqueue("tests.count", by=ada.actor, to=5, stop_at=2)
    run_job(row.pk, NOON)
    assert told == [(1, 5)]
    assert (ended(row).state, row.result) == ("cancelled", {})
    assert row.finished_at is not None


def test_a_job_cancelled_while_it_waits_never_starts(ada):
    row = enqueue("tests.count", by=ada.actor, to=2)
    cancel(row, NOON)
    assert (ended(row).state, row.finished_at) == ("cancelled", NOON.now())
    run_job(row.pk, NOON)
    assert begun == []
    assert ended(row).state == "cancelled"


def test_a_finished_job_cannot_be_cancelled(ada):
    row = enqueue("tests.count", by=ada.actor, to=1)
    run_job(row.pk, NOON)
    cancel(row, NOON)
    assert (ended(row).state, row.is_cancel_requested) == ("done", False)


def test_a_broken_job_says_what_happened_and_an_unknown_one_is_not_taken(ada):
    row = enqueue("tests.break", by=ada.actor)
    run_job(row.pk, NOON)
    assert (ended(row).state, row.error) == ("failed", f"ValueError: not {row.pk}")
    with pytest.raises(KeyError, match=r"tests\.nothing"):
        enqueue("tests.nothing", by=ada.actor)


def test_work_whose_worker_died_is_begun_again_but_not_for_ever(ada):
    row = enqueue("tests.count", by=ada.actor, to=1)
    Job.objects.filter(pk=row.pk).update(state="running")
    run_job(row.pk, NOON, attempt=2)
    assert ended(row).state == "done"
    deadly = enqueue("tests.count", by=ada.actor, to=1)
    Job.objects.filter(pk=deadly.pk).update(state="running")
    run_job(deadly.pk, NOON, attempt=MAX_ATTEMPTS + 1)
    assert ended(deadly).state == "failed"
    assert "lost 3 times" in deadly.error
    assert begun == [row.pk]


def test_work_cancelled_after_its_worker_died_ends_cancelled(ada):
    row = enqueue("tests.count", by=ada.actor, to=1)
    Job.objects.filter(pk=row.pk).update(state="running")
    cancel(row, NOON)
    run_job(row.pk, NOON, attempt=2)
    assert (ended(row).state, begun) == ("cancelled", [])


@pytest.mark.django_db(transaction=True)
def test_jobs_of_a_lost_worker_wait_again_and_those_of_a_living_one_do_not(ada):
    lost, alive = (enqueue("tests.count", by=ada.actor, to=1) for _ in range(2))
    with connection.cursor() as cursor:
        for row, seconds in ((lost, 2 * jobs.LOST_AFTER_SECONDS), (alive, 0)):
            cursor.execute(
                "WITH worker AS (INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - %s * interval '1 second') RETURNING id)"
                " UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM worker)"
                " WHERE args->>'job_id' = %s",
                [seconds, str(row.pk)],
            )

    async def take_up() -> None:
        connector = app.connector.get_worker_connector()
        async with app.with_connector(connector).open_async() as worker:
            await tasks.take_up_lost_jobs.func(SimpleNamespace(app=worker), timestamp=0)

    asyncio.run(take_up())
    found = {each.args["job_id"]: (each.status, each.attempts) for each in ProcrastinateJob.objects.all()}
    assert found[lost.pk] == ("todo", 1)
    assert found[alive.pk] == ("doing", 0)
