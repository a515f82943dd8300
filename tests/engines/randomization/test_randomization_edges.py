"""Laws in arrays: every kind of edges gives the situations and probabilities of the design's own outcomes."""

from fractions import Fraction

import numpy as np
import pytest

from triallink.engines import randomization as r
from triallink.engines.randomization.edges import BlockEdges, edges_of
from triallink.engines.randomization.layers import layers

AB, ABC = ("A", "B"), ("A", "B", "C")

DESIGNS = [
    r.PermutedBlocks(arms=AB, block_sizes=(1000, 2000, 3000, 4000)),
    r.PermutedBlocks(arms=AB, ratio=(2, 1), block_sizes=(3, 6, 30), size_weights=(5, 1, 2)),
    r.PermutedBlocks(arms=ABC, ratio=(3, 0, 2), block_sizes=(5, 15)),
    r.PermutedBlocks(arms=ABC, ratio=(1, 2, 3), block_sizes=(6, 12)),
    r.PermutedBlocks(arms=ABC, ratio=(0, 4, 0), block_sizes=(4, 8)),
    r.PermutedBlocks(arms=AB, block_sizes=(2, 4 * 10**18), size_weights=(3, 1)),
    r.HiddenBlocks(arms=AB, ratio=(7, 5), block_sizes=(12, 24, 1200)),
    r.Capped(
        design=r.PermutedBlocks(arms=AB, block_sizes=(4, 6)),
        caps=(r.Cap(12), r.Cap(5, arm="A"), r.Cap(9, arm="B")),
    ),
    r.Capped(design=r.Efron(arms=AB, p="2/3"), caps=(r.Cap(4, arm="B"),)),
    r.Capped(
        design=r.Capped(design=r.WeiUrn(arms=ABC), caps=(r.Cap(3, arm="B"),)), caps=(r.Cap(4, arm="A"),)
    ),
    r.Capped(design=r.HiddenBlocks(arms=AB, block_sizes=(2, 4)), caps=(r.Cap(5, arm="A"),)),
    r.ratio_preserving(r.BlockUrn, arms=AB, ratio=(3, 2), balanced_sets=2),
    r.ratio_preserving(r.WeiUrn, arms=ABC, ratio=(2, 0, 1), initial=0),
    r.ratio_preserving(r.WeiUrn, arms=ABC, ratio=(1, 2, 3), initial=2, own=1, other=4),
    r.ratio_preserving(r.MaximumEntropy, arms=AB, ratio=(4, 2), eta="1/3"),
    r.ratio_preserving(r.RandomAllocationRule, arms=AB, ratio=(6, 3), total=12),
    r.ratio_preserving(r.HiddenBlocks, arms=AB, ratio=(2, 1), block_sizes=(3, 9)),
    r.MaximumEntropy(arms=AB, ratio=(1, 4), eta="2/7"),
]


def by_outcomes(design, n):
    """Return for every step the unconditional probability of every arm and of every vector of counts, in fractions."""
    law = {design.start(): Fraction(1)}
    for _ in range(n):
        arms, counts, after = dict.fromkeys(range(len(design.arms)), Fraction(0)), {}, {}
        for state, mass in law.items():
            outcomes = design.outcomes(state, r.Subject())
            total = sum(outcome.weight for outcome in outcomes)
            for outcome in outcomes:
                moved = mass * outcome.weight / total
                arms[outcome.arm] += moved
                counts[outcome.state.counts] = counts.get(outcome.state.counts, Fraction(0)) + moved
                after[outcome.state] = after.get(outcome.state, Fraction(0)) + moved
        law = after
        yield arms, counts


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: f"{d.procedure} {d.ratio}")
def test_layers_in_arrays_follow_the_outcomes_of_the_design(design):
    n = 9
    made = layers(design, n, 10_000)
    mass = np.ones(1)
    for step, (arms, counts) in enumerate(by_outcomes(design, n)):
        layer, following = made[step], made[step + 1]
        assert (mass @ layer.chances).tolist() == pytest.approx(
            [float(arms[k]) for k in arms], rel=1e-12, abs=0
        )
        assert (layer.certain == (np.count_nonzero(layer.chances, axis=1) == 1)).all()
        mass = np.bincount(layer.target, layer.share * mass[layer.source], layer.n_next)
        found: dict[tuple[int, ...], float] = {}
        for row, part in zip(following.counts.tolist(), mass.tolist(), strict=True):
            found[tuple(row)] = found.get(tuple(row), 0.0) + part
        assert found == pytest.approx({key: float(value) for key, value in counts.items()}, rel=1e-12, abs=0)


def test_states_that_no_64_bit_number_holds_are_followed_one_by_one():
    design = r.PermutedBlocks(arms=AB, block_sizes=(4, 2**70))

    assert not BlockEdges.can_number(design, 6)
    assert type(edges_of(design, 6)).__name__ == "ChainEdges"
    assert sum(p for _, p in r.properties(design, 6).distribution) == pytest.approx(1)


def test_blocks_far_larger_than_the_trial_keep_the_few_figures_of_complete_randomization():
    blocks = r.properties(r.PermutedBlocks(arms=AB, block_sizes=(2 * 10**15,)), 100)
    complete = r.properties(r.CompleteRandomization(arms=AB), 100)

    assert blocks.expected_max == pytest.approx(complete.expected_max, rel=1e-9)
    assert blocks.entropy == pytest.approx(complete.entropy, rel=1e-9)
    assert blocks.deterministic == 0


def test_a_cap_that_leaves_no_arm_is_refused_by_exact_properties_too():
    design = r.Capped(design=r.Efron(arms=AB, p="2/3"), caps=(r.Cap(5),))
    assert r.properties(design, 5).n == 5

    with pytest.raises(ValueError, match="no arm is left"):
        r.properties(design, 6)
