"""Comparing bids: bundles, splitting a price, scores, prices too low."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triallink.engines.evaluation import (
    Bundle,
    abnormally_low,
    best_price,
    coverage_score,
    experience_score,
    price_by_line,
    price_score,
    quality_score,
    scaled,
    shared_weights,
    speed_score,
    weighted_total,
)

amounts_of = st.dictionaries(st.integers(1, 6), st.integers(0, 1000), min_size=2)


@st.composite
def bids(draw):
    amounts = draw(amounts_of)
    bundle = st.builds(
        Bundle,
        st.sets(st.sampled_from(sorted(amounts)), min_size=2, max_size=4).map(frozenset),
        st.integers(0, 2500),
        st.sampled_from(["", "", "x", "y"]),
    )
    return amounts, draw(st.lists(bundle, max_size=6)), draw(st.sets(st.sampled_from(sorted(amounts))))


def by_trying_everything(wanted, amounts, bundles):
    best = sum(amounts[line] for line in wanted)
    for size in range(1, len(bundles) + 1):
        for taken in itertools.combinations(bundles, size):
            used = [line for bundle in taken for line in bundle.lines]
            groups = [bundle.xor_group for bundle in taken if bundle.xor_group]
            if len(set(used)) < len(used) or len(set(groups)) < len(groups) or not set(used) <= set(wanted):
                continue
            rest = sum(amounts[line] for line in set(wanted) - set(used))
            best = min(best, rest + sum(bundle.price_minor for bundle in taken))
    return best


@given(bids())
def test_the_best_price_is_the_minimum_over_all_allowed_sets_of_bundles(bid):
    amounts, bundles, wanted = bid
    priced = best_price(wanted, amounts, bundles)
    assert priced.total_minor == by_trying_everything(wanted, amounts, bundles)
    parts = price_by_line(priced, wanted, amounts, bundles)
    assert set(parts) == wanted
    assert sum(parts.values()) == priced.total_minor


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60), st.integers(0, 10**12))
def test_scaling_keeps_the_total_and_the_proportions(amounts, total):
    parts = scaled(amounts, total)
    assert sum(parts) == total
    whole = sum(amounts)
    if whole:
        assert all(
            abs(part - total * amount / whole) < 1 + 1e-6 * total
            for part, amount in zip(parts, amounts, strict=True)
        )


def test_a_bundle_counts_only_when_all_of_its_lines_are_wanted():
    bundle = Bundle(frozenset({1, 2}), 10)
    assert best_price({1, 2}, {1: 8, 2: 8}, [bundle]).total_minor == 10
    assert best_price({1}, {1: 8, 2: 8}, [bundle]).total_minor == 8
    with pytest.raises(ValueError, match="3"):
        best_price({3}, {1: 8})


def test_scores_by_hand():
    assert price_score(200, 100) == 50
    assert price_score(0, 0) == 100
    assert quality_score(9, 2) == 87.5
    assert quality_score(0, 0) == 50
    assert experience_score(5) == 50
    assert coverage_score([1, 0.5, 0]) == 50
    assert coverage_score([1, None, 0]) == 50, "a line without a place is no line to cover"
    assert coverage_score([None, None]) is None, "nothing to cover is not full coverage"
    assert coverage_score([]) is None
    assert speed_score(28, 14) == 50
    assert speed_score(0, 0) == 100
    weights = {"price": 60, "speed": 40, "quality": 0}
    assert weighted_total({"price": 100, "speed": 50}, weights) == 80


@pytest.mark.parametrize(
    "call",
    [
        lambda: price_score(100, 200),
        lambda: quality_score(12, 2),
        lambda: experience_score(-1),
        lambda: coverage_score([2]),
        lambda: speed_score(1, 2),
        lambda: weighted_total({"price": 1}, {"price": 99}),
        lambda: weighted_total({}, {"price": 100}),
        lambda: scaled([], 1),
        lambda: abnormally_low([-1, 1, 1]),
    ],
)
def test_impossible_values_are_named(call):
    with pytest.raises(ValueError):
        call()


def test_prices_too_low_stand_out_and_ordinary_ones_do_not():
    assert abnormally_low([50, 100]) == [False, False]
    assert abnormally_low([60, 100, 104]) == [True, False, False]
    assert abnormally_low([80, 100, 104]) == [False, False, False]
    assert abnormally_low([40, 98, 100, 101, 103]) == [True, False, False, False, False]
    assert not any(abnormally_low([95, 98, 100, 101, 103]))
    assert abnormally_low([60, 100, 100, 100, 100]) == [True, False, False, False, False]


def test_the_weight_of_what_does_not_apply_is_shared_in_proportion():
    weights = {"price": 40, "quality": 20, "coverage": 40}
    assert shared_weights(weights, ["price", "quality", "coverage"]) == weights
    shares = shared_weights(weights, ["price", "quality"])
    assert shares == {"price": pytest.approx(200 / 3), "quality": pytest.approx(100 / 3)}
    assert weighted_total({"price": 100, "quality": 100}, shares) == pytest.approx(100)
    assert shared_weights({"coverage": 100}, ["price", "speed"]) == {"price": 50, "speed": 50}
    with pytest.raises(ValueError, match="no criterion"):
        shared_weights(weights, [])
    with pytest.raises(ValueError, match="add up to 100"):
        shared_weights({"price": 99}, ["price"])
