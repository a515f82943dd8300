"""Candidates: every pair is either an edge or has a reason."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.matching import Terms, Work, Workforce, candidate_edges, why_not

N_WORKERS, N_PACKAGES, CITIES, WEEKS = 25, 12, 5, 6


def _scene(seed: int) -> tuple[Workforce, Work, Terms]:
    rng = np.random.default_rng(seed)
    spot = rng.uniform(0, 900, (CITIES, 2))
    km = np.linalg.norm(spot[:, None] - spot[None], axis=2)
    start = rng.integers(0, WEEKS - 1, N_PACKAGES)
    workforce = Workforce(
        city=rng.integers(0, CITIES, N_WORKERS),
        role=rng.integers(0, 2, N_WORKERS),
        level=rng.integers(1, 4, N_WORKERS),
        areas=rng.random((N_WORKERS, 2)) < 0.8,
        valid_until=rng.integers(-1, 9, (N_WORKERS, 2)),
        hour_price=rng.uniform(60, 140, N_WORKERS),
        rating=rng.uniform(2, 5, N_WORKERS),
        travel_km=rng.uniform(200, 1500, N_WORKERS),
        capacity=rng.integers(0, 30, (N_WORKERS, WEEKS)).astype(np.int32),
    )
    work = Work(
        city=rng.integers(0, CITIES, N_PACKAGES),
        role=rng.integers(0, 2, N_PACKAGES),
        level=rng.integers(1, 3, N_PACKAGES),
        area=rng.integers(0, 2, N_PACKAGES),
        hours=rng.integers(2, 9, N_PACKAGES),
        start=start,
        end=np.minimum(start + rng.integers(1, 4, N_PACKAGES), WEEKS),
        credentials=rng.random((N_PACKAGES, 2)) < 0.2,
        price_limit=rng.uniform(90, 150, N_PACKAGES),
        blocked=frozenset({(0, 1), (3, 3), (5, 9)}),
    )
    return workforce, work, Terms(km, 20 + 0.5 * km)


@given(st.integers(0, 10_000), st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_every_pair_is_an_edge_or_has_a_reason_never_both(seed: int, most: int) -> None:
    workforce, work, terms = _scene(seed)
    edges = candidate_edges(workforce, work, terms, most=most)
    joined = set(zip(edges.package.tolist(), edges.worker.tolist(), strict=True))
    for j in range(N_PACKAGES):
        own = edges.cost[edges.package == j]
        assert len(own) <= most
        assert (np.diff(own) >= 0).all()
        for w in range(N_WORKERS):
            reasons = why_not(workforce, work, terms, edges, j, w)
            assert ((j, w) in joined) == (not reasons)
            assert all(reason.template % reason.params for reason in reasons)
            if "others_cost_less" in {reason.code for reason in reasons}:
                assert len(own) == most


def test_no_candidate_at_all_is_asked_for() -> None:
    with pytest.raises(ValueError, match="0"):
        candidate_edges(*_scene(1), most=0)
