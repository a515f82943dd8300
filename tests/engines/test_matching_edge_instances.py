"""Markets and requests at the edge of what can be asked: nobody, nothing, no hours, no number."""

import numpy as np
import pytest

from triallink.engines.matching import (
    Bid,
    Line,
    Market,
    Member,
    Request,
    build_coalitions,
    clear,
    clear_by_region,
    determine,
    objective,
)


def _market(workers: int = 3, weeks: int = 2, packages: int = 2, **other) -> Market:
    """Everybody could do everything."""
    package, worker = np.divmod(np.arange(packages * workers), max(workers, 1))
    parts = {
        "capacity": np.full((workers, weeks), 8),
        "start": np.zeros(packages, int),
        "end": np.full(packages, weeks),
        "unfilled_cost": np.full(packages, 100.0),
        "edge_package": package,
        "edge_worker": worker,
        "edge_cost": np.arange(len(package)) * 5.0 + 10,
        "edge_hours": np.full(len(package), 4),
    }
    return Market.of(**(parts | other))


NO_EDGE = {name: np.zeros(0, int) for name in ("edge_package", "edge_worker", "edge_cost", "edge_hours")}
EDGES = {
    "zero workers": (_market(workers=0), 200.0),
    "zero packages": (_market(packages=0), 0.0),
    "nothing at all": (_market(workers=0, packages=0), 0.0),
    "no candidates": (_market(**NO_EDGE), 200.0),
    "leaving undone costs nothing": (_market(unfilled_cost=np.zeros(2)), 0.0),
    "work that is preferred to money": (_market(edge_cost=-np.arange(6) * 5.0 - 10), -55.0),
    "no hours": (_market(capacity=np.zeros((3, 2))), 200.0),
    "no hours in one week": (_market(capacity=np.array([[8, 0]] * 3)), 200.0),
    "one week": (_market(weeks=1), 35.0),
    "more hours than bits of a word": (
        _market(capacity=np.full((3, 2), 200), edge_hours=np.full(6, 70)),
        35.0,
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_an_edge_instance_is_cleared_to_its_proven_optimum(name: str) -> None:
    market, optimum = EDGES[name]
    for found in (
        clear(market, iterations=60, progress=lambda phase, gap: None),
        clear_by_region(
            market, np.arange(market.n_packages) % 2, iterations=60, progress=lambda phase, gap: None
        ),
    ):
        assert found.cost == optimum == objective(market, found.edge_units)
        assert found.bound == pytest.approx(optimum, abs=1e-4)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.5, 2.0**40])
def test_hours_that_are_no_numbers_are_refused_with_the_value(value: float) -> None:
    with pytest.raises(ValueError, match="capacity at position 0 must not be"):
        _market(capacity=np.full((3, 2), value))


def test_work_beyond_the_horizon_and_costs_without_a_number_are_refused() -> None:
    with pytest.raises(ValueError, match="end at position 1 must not be 5"):
        _market(end=np.array([2, 5]))
    for name in ("unfilled_cost", "edge_cost", "edge_hours"):
        with pytest.raises(ValueError, match=f"{name} at position 0 must not be nan"):
            _market(**{name: np.full(2 if name == "unfilled_cost" else 6, np.nan)})


@pytest.mark.parametrize(
    ("fixed", "said"),
    [
        ([3, 0, 0, 0, 0, 0], "worker 0 exceed the 8 hours of week 0 by 4"),
        ([1, 1, 0, 0, 0, 0], "package 0 are 2 units, it has 1"),
        ([0.5, 0, 0, 0, 0, 0], "fixed units at position 0 must not be 0.5"),
        ([np.nan, 0, 0, 0, 0, 0], "fixed units at position 0 must not be nan"),
        ([-1, 0, 0, 0, 0, 0], "must not be negative, got -1"),
    ],
)
def test_impossible_bookings_are_refused_by_name(fixed: list[float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        clear(_market(), fixed=np.array(fixed), iterations=5)


def test_scores_that_are_no_numbers_never_pass_a_minimum() -> None:
    line, nan = (Line("a", 100),), float("nan")
    bid = Bid("x", "x", frozenset({"a"}), 5, criteria={"quality": nan})
    with pytest.raises(ValueError, match="bid x has nan in quality"):
        determine(Request(lines=line, minimum={"quality": 0.5}), [bid])
    with pytest.raises(ValueError, match="weights must be finite"):
        Request(lines=line, weights={"price": 1.0, "quality": nan})


def test_requests_without_choice_are_awarded_as_they_are() -> None:
    lines = (Line("a", 100), Line("b", 100))
    none = determine(Request(lines=lines), [], runners_up=3, explain_losers=True)
    assert (none.award.undone_lines, none.runners_up, none.shortfalls) == (("a", "b"), (), ())
    alone = determine(Request(lines=lines), [Bid("x", "x", frozenset("a"), 5, xor_group="g")], runners_up=5)
    assert [award.bid_ids for award in (alone.award, *alone.runners_up)] == [("x",), ()]
    free, dear = Bid("f", "f", frozenset("b"), 0), Bid("d", "d", frozenset("a"), 1)
    poor = determine(Request(lines=lines, budget_minor=0), [free, dear])
    assert poor.award.bid_ids == ("f",)
    assert [rejection.code for rejection in poor.rejections] == ["over_budget"]
    tied = [Bid(name, name, frozenset("a"), 5) for name in "yx"]
    found = determine(Request(lines=lines), tied, explain_losers=True)
    assert found.shortfalls[0].price_cut_minor == 0
    assert found == determine(Request(lines=lines), tied[::-1], explain_losers=True)


def test_a_site_nobody_covers_has_no_coalition_and_any_name_is_a_name() -> None:
    assert build_coalitions(["s", "t"], [Member("m", {"s": 5})]) == []
    assert build_coalitions(["s"], [Member("m", {"s": 5}, {"s": 1}, free_hours=0)]) == []
    found = build_coalitions(["s\nx"], [Member("m\n1", {"s\nx": 5})])
    assert [one.coverage for one in found] == [{"s\nx": "m\n1"}]
