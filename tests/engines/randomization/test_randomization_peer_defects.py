"""Defects measured in other programs; each of these tests fails for a program that has the defect."""

from fractions import Fraction

import pytest

from triallink.engines import randomization as r
from triallink.engines.randomization.exact import RootSum
from triallink.engines.randomization.minimization import biased_coin_weights
from triallink.engines.randomization.tallies import Tallies


def scored(design, history):
    state = design.start()
    for arm, levels in history:
        state = state.add(design.arms.index(arm), design.groups(r.Subject(factors=levels)))
    return state


def test_equal_scores_tie_although_floating_point_says_otherwise():
    # 0.1 + 0.2 and 0.3 differ in binary arithmetic, so a float program prefers one arm here for certain.
    factors = (r.Factor("x", weight=0.1), r.Factor("y", weight=0.2), r.Factor("z", weight=0.3))
    design = r.Minimization(arms=("A", "B"), factors=factors, p=1)
    history = [("A", {"x": "1", "y": "1", "z": "0"}), ("B", {"x": "0", "y": "0", "z": "1"})]
    state = scored(design, history)
    subject = r.Subject(factors={"x": "1", "y": "1", "z": "1"})
    assert 2 * 0.1 + 2 * 0.2 != 2 * 0.3

    assert design.preferred(state, subject) == (0, 1)
    assert r.probabilities(design, state, subject) == {"A": Fraction(1, 2), "B": Fraction(1, 2)}


def test_thirds_and_square_roots_tie_exactly():
    factors = tuple(r.Factor(name, weight=Fraction(1, 3)) for name in "xyz")
    design = r.Minimization(arms=("A", "B", "C"), factors=factors, measure="sd", p=1)
    history = [
        ("A", {"x": "1", "y": "0", "z": "0"}),
        ("B", {"x": "0", "y": "1", "z": "0"}),
        ("C", {"x": "0", "y": "0", "z": "1"}),
    ]

    assert design.preferred(scored(design, history), r.Subject(factors=dict.fromkeys("xyz", "1"))) == (
        0,
        1,
        2,
    )


def test_sums_of_roots_that_differ_by_less_than_a_float_are_still_ordered():
    one = Fraction(1)
    # sqrt(n) + sqrt(n + 2) < 2 sqrt(n + 1), by less than 1e-21 for this n.
    n = 10**14
    left, right = RootSum([(one, Fraction(n)), (one, Fraction(n + 2))]), RootSum([(2 * one, Fraction(n + 1))])

    assert left < right
    assert not right < left
    assert RootSum([(one, Fraction(8))]) == RootSum([(2 * one, Fraction(2))])


def test_a_partial_tie_is_broken_among_the_tied_arms_only():
    design = r.Minimization(arms=("A", "B", "C"), factors=("sex",), p=1)
    state = scored(design, [("C", {"sex": "F"})])

    assert r.probabilities(design, state, {"sex": "F"}) == {
        "A": Fraction(1, 2),
        "B": Fraction(1, 2),
        "C": Fraction(0),
    }


def test_a_partial_tie_under_an_unequal_ratio_is_broken_by_the_ratio():
    design = r.Minimization(arms=("A", "B", "C"), ratio=(2, 1, 1), factors=("sex",), p=1)
    state = Tallies((2, 1, 3), (("sex=F", (2, 1, 3)),))

    assert design.preferred(state, {"sex": "F"}) == (0, 1)
    assert r.probabilities(design, state, {"sex": "F"}) == {
        "A": Fraction(2, 3),
        "B": Fraction(1, 3),
        "C": Fraction(0),
    }


def test_the_remainder_of_a_biased_coin_follows_the_ratio():
    # A program that splits 1 - p equally gives the arms 0.15 and 0.15 here.
    table = r.biased_coin_table((10, 20, 30), 0.7)

    assert table[0] == (Fraction(7, 10), Fraction(12, 100), Fraction(18, 100))
    assert table[2] == (Fraction(6, 100), Fraction(12, 100), Fraction(82, 100))


@pytest.mark.parametrize("ratio", [(1, 1), (2, 1), (3, 2, 1), (1, 2, 2, 4)])
def test_when_every_arm_ties_the_ratio_itself_decides(ratio):
    arms = tuple("ABCD"[: len(ratio)])
    design = r.Minimization(arms=arms, ratio=ratio, factors=("sex",), p="4/5")
    tied = r.Minimization(arms=arms, factors=("sex",), p="4/5")

    weights = biased_coin_weights(ratio, range(len(ratio)), design.p)
    assert [Fraction(w, sum(weights)) for w in weights] == [Fraction(s, sum(ratio)) for s in ratio]
    assert set(r.probabilities(tied, tied.start(), {"sex": "F"}).values()) == {Fraction(1, len(arms))}
