"""A study that was allocated elsewhere can be taken over: its history gives the state to go on from."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.randomization.randomization_strategies import SEQUENTIAL, subjects, uniforms

from triallink.engines import randomization as r

UNTOLD = ("permuted-blocks", "truncated-binomial", "drop-the-loser", "drop-the-loser-urn")
TOLD = [p for p in SEQUENTIAL if p.family != "response" and p.name not in UNTOLD]


@pytest.mark.parametrize("procedure", TOLD, ids=lambda p: p.name)
@settings(max_examples=15, deadline=None)
@given(history=st.lists(st.tuples(subjects, uniforms), min_size=1, max_size=6))
def test_a_history_leads_to_the_state_the_design_itself_reached(procedure, history):
    plain = procedure.typical()
    for design in (plain, r.Stratified(design=plain, factors=("site",))):
        state, seen = design.start(), []
        for subject, u in history:
            allocation = r.allocate(design, state, subject, u)
            state = allocation.state
            seen.append((subject, allocation.arm))

        assert r.state_after(design, seen) == state


def test_a_history_the_design_would_not_have_produced_is_taken_as_it_is():
    design = r.Minimization(arms=("A", "B"), factors=("sex",), p=1)
    state = r.state_after(design, [({"sex": "F"}, "A"), ({"sex": "F"}, "A")])

    assert state.counts == (2, 0)
    assert r.probabilities(design, state, {"sex": "F"}) == {"A": 0, "B": 1}


def test_a_history_that_does_not_tell_the_state_is_refused_with_the_reason():
    blocks = r.PermutedBlocks(arms=("A", "B"), block_sizes=(2, 4))
    with pytest.raises(ValueError, match="keeps more than the arms given"):
        r.state_after(blocks, [("001", "A")])
    with pytest.raises(ValueError, match="unknown arm 'C'"):
        r.state_after(r.Efron(arms=("A", "B")), [("001", "C")])
    with pytest.raises(ValueError, match="no level of factor 'sex'"):
        r.state_after(r.Shao(arms=("A", "B"), factors=("sex",)), [("001", "A")])
