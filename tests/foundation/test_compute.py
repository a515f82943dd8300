"""The same code on a pool of processes and on a dask cluster."""

import os

import pytest
from distributed import LocalCluster
from tests.foundation.work import fail, scale, small_market, square

from triallink.engines.design import (
    SequentialModel,
    chunks,
    obrien_fleming_spending,
    run_chunk,
    simulate,
    spending_boundaries,
    summary,
)
from triallink.engines.matching import clear_by_region
from triallink.foundation.compute import held, in_parallel
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


@pytest.mark.usefixtures("anywhere")
def test_values_stay_where_they_are_computed_with():
    with held([10, 20, 30], workers=2) as each:
        first = each(scale, [(1,), (2,), (3,)])
        again = each(scale, [(2,), (2,), (2,)])
        with pytest.raises(ValueError, match="not -1"):
            each(scale, [(1,), (-1,), (1,)])
    assert [value for value, _ in first] == [10, 40, 90]
    assert [value for value, _ in again] == [20, 40, 60]
    assert [process for _, process in first] == [process for _, process in again]
    assert os.getpid() not in {process for _, process in first}
    assert len({process for _, process in first}) == 2


@pytest.mark.usefixtures("anywhere")
def test_operating_characteristics_simulated_elsewhere_are_those_of_their_seed():
    model = SequentialModel(spending_boundaries(obrien_fleming_spending, [0.5, 1], 0.025))
    shares = chunks(seed=20261124, trials=4_000, size=1_000)
    found = summary(in_parallel(run_chunk, [(model, share) for share in shares], workers=2))
    assert found == simulate(model, seed=20261124, trials=4_000, size=1_000)
    assert found.seed == 20261124
    assert abs(found.any_rejected - 0.025) < 4 * found.any_rejected_error


@pytest.mark.usefixtures("anywhere")
def test_a_market_cleared_by_region_elsewhere_is_the_one_cleared_here():
    market, region = small_market()
    here = clear_by_region(market, region, iterations=30, rounds=1)
    there = clear_by_region(
        market, region, iterations=30, rounds=1, hold=lambda parts: held(parts, workers=2)
    )
    assert (there.edge_units == here.edge_units).all()
    assert there.bound == here.bound


def test_a_cancelled_job_stops_the_rest():
    def stop(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        in_parallel(square, [(n,) for n in range(4)], workers=1, on_progress=stop)
