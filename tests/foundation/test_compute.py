"""The same code on a pool of processes and on a dask cluster."""

import os

import pytest
from distributed import LocalCluster
from tests.foundation.work import fail, square

from triallink.foundation.compute import in_parallel
from triallink.foundation.jobs import Cancelled


@pytest.fixture(params=["processes", "dask"])
def anywhere(request, settings):
    """Either kind of executor."""
    if request.param == "processes":
        yield
        return
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True) as cluster:
        settings.COMPUTE = cluster.scheduler_address
        yield


@pytest.mark.usefixtures("anywhere")
def test_results_come_in_order_from_other_processes():
    told = []
    found = in_parallel(
        square,
        [(n,) for n in range(8)],
        workers=2,
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert [value for value, _ in found] == [n * n for n in range(8)]
    assert os.getpid() not in {process for _, process in found}
    assert told == [(n, 8) for n in range(1, 9)]


@pytest.mark.usefixtures("anywhere")
def test_what_a_call_raises_is_raised_here():
    with pytest.raises(ValueError, match="not 1"):
        in_parallel(fail, [(1,)], workers=1)


def test_a_cancelled_job_stops_the_rest():
    def stop(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        in_parallel(square, [(n,) for n in range(4)], workers=1, on_progress=stop)
