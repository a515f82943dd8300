"""Awkward parameters keep the number of situations, and with it the time of exact properties, small at 200 subjects."""

import pytest

from triallink.engines import randomization as r
from triallink.engines.randomization.layers import layers

AWKWARD = [
    (r.DropTheLoserUrn(arms="AB", ratio=(37, 21)), 120_000),
    (r.DropTheLoserUrn(arms="AB", ratio=(499, 501)), 120_000),
    (r.DropTheLoserUrn(arms="AB", sets=40), 120_000),
    (r.PermutedBlocks(arms="AB", ratio=(37, 21), block_sizes=(58, 116, 174, 232)), 60_000),
    (r.HiddenBlocks(arms="AB", ratio=(37, 21), block_sizes=(58, 174, 232)), 60_000),
    # A design of counts has one situation for every number of subjects on an arm: 201 * 202 / 2.
    (r.CompleteRandomization(arms="AB", ratio=(1000, 999)), 20_301),
    (r.BlockUrn(arms="AB", ratio=(199, 101), balanced_sets=50), 20_301),
]


@pytest.mark.parametrize(
    ("design", "most"), AWKWARD, ids=lambda value: getattr(value, "procedure", str(value))
)
def test_awkward_parameters_have_few_situations(design, most):
    assert sum(len(layer.counts) for layer in layers(design, 200, most)) <= most
