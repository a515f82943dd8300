"""Critical paths: published PSPLIB instances, and a plain second way to compute the same."""

import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.planning.psplib import read_psplib

from triallink.engines.planning import (
    Activities,
    Link,
    critical_path,
    every_day,
    network,
    network_of,
    schedule,
)

FOLDER = Path(__file__).resolve().parents[2] / "vectors/planning"
OUTSIDE = os.environ.get("TRIALLINK_DATA", "")
FOREIGN = sorted((Path(OUTSIDE) / "planning/cpm").glob("*.[sm]m")) if OUTSIDE else []
INSTANCES = [*sorted(FOLDER.glob("*.[sm]m")), *FOREIGN]


def test_the_folder_of_published_instances_is_there():
    if OUTSIDE:
        assert FOREIGN, f"no planning instances under {OUTSIDE}"


@pytest.mark.parametrize("path", INSTANCES, ids=lambda path: path.name)
def test_a_published_instance_has_its_published_critical_path(path: Path):
    instance = read_psplib(path)
    before, after = zip(*instance.links, strict=True)
    net = network(len(instance.durations), before, after)
    plan = schedule(net, Activities(np.array(instance.durations)), every_day(2000))
    assert plan.length == instance.published
    path_found = critical_path(net, plan)
    assert sum(instance.durations[one] for one in path_found) == instance.published
    assert (path_found[0], path_found[-1]) == (0, len(instance.durations) - 1)
    assert set(itertools.pairwise(path_found)) <= set(instance.links)


def test_a_textbook_network_has_its_known_floats():
    # Seven activities worked by hand: A3 B4 C2 D5 E1 F2 G4; C,D after A; E after B,C; F after D,E; G after E.
    names = "ABCDEFG"
    durations = np.array([3, 4, 2, 5, 1, 2, 4])
    arrows = ["AC", "AD", "BE", "CE", "DF", "EF", "EG"]
    net = network_of(7, [Link(names.index(a), names.index(b)) for a, b in arrows])
    plan = schedule(net, Activities(durations), every_day(60))
    assert plan.start.tolist() == [0, 0, 3, 3, 5, 8, 6]
    assert plan.finish.tolist() == [3, 4, 5, 8, 6, 10, 10]
    assert plan.total_float.tolist() == [0, 1, 0, 0, 0, 0, 0]
    assert plan.free_float.tolist() == [0, 1, 0, 0, 0, 0, 0]
    assert [names[one] for one in critical_path(net, plan)] in (["A", "D", "F"], ["A", "C", "E", "G"])


@st.composite
def projects(draw):
    count = draw(st.integers(2, 14))
    durations = draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
    pairs = [(a, b) for b in range(count) for a in range(b)]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=30, unique=True))
    kinds = [draw(st.sampled_from(["FS", "SS", "FF", "SF"])) for _ in chosen]
    lags = [draw(st.integers(-3, 6)) for _ in chosen]
    return durations, [Link(a, b, k, lag) for (a, b), k, lag in zip(chosen, kinds, lags, strict=True)]


def plainly(durations: list[int], links: list[Link]) -> tuple[list[int], list[int]]:
    """Earliest days by repeated relaxation over every link."""
    start = [0] * len(durations)
    for _ in range(len(durations) + 1):
        for link in links:
            p, s = link.predecessor, link.successor
            base = start[p] + (durations[p] if link.kind in ("FS", "FF") else 0)
            bound = max(base + link.lag_days, 0) - (durations[s] if link.kind in ("FF", "SF") else 0)
            start[s] = max(start[s], bound)
    return start, [s + d for s, d in zip(start, durations, strict=True)]


@settings(max_examples=150, deadline=None)
@given(projects())
def test_any_network_agrees_with_relaxation_and_keeps_its_floats(project):
    durations, links = project
    net = network_of(len(durations), links)
    plan = schedule(net, Activities(np.array(durations)), every_day(600))
    start, finish = plainly(durations, links)
    assert plan.start.tolist() == start
    assert plan.finish.tolist() == finish
    assert (plan.total_float >= 0).all()
    assert (plan.free_float <= plan.total_float).all()
    assert plan.is_critical.any()
    # Any activity delayed by its total float leaves the end; one day more moves it.
    one = int(np.argmax(plan.total_float))
    for extra, moves in ((0, False), (1, True)):
        delayed = np.zeros(len(durations), np.int32)
        delayed[one] = plan.start[one] + plan.total_float[one] + extra
        later = schedule(net, Activities(np.array(durations), not_before=delayed), every_day(600))
        assert (later.length > plan.length) is moves


@pytest.mark.parametrize(
    ("links", "said"),
    [
        ([Link(0, 1), Link(1, 2), Link(2, 0)], "circle"),
        ([Link(0, 9)], "9"),
        ([Link(0, 1, "XX")], "XX"),
    ],
)
def test_a_network_that_cannot_be_is_refused_by_name(links, said):
    with pytest.raises(ValueError, match=said):
        network_of(3, links)


def test_negative_durations_missing_calendars_and_too_long_work_are_refused():
    net = network_of(2, [Link(0, 1)])
    with pytest.raises(ValueError, match="-4"):
        Activities(np.array([1, -4]))
    with pytest.raises(ValueError, match="calendars"):
        schedule(net, Activities(np.array([1, 1]), np.array([0, 3])), every_day(10))
    with pytest.raises(ValueError, match="past"):
        schedule(net, Activities(np.array([8, 8])), every_day(10))
