"""What holds for every procedure, whatever its parameters, on random histories."""

from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.randomization.randomization_strategies import (
    FREE_RATIO,
    SEQUENTIAL,
    ratios,
    subjects,
    uniforms,
)

from triallink.engines import randomization as r

histories = st.lists(st.tuples(subjects, uniforms, st.booleans()), min_size=1, max_size=8)
QUICK = settings(max_examples=25, deadline=None)


def walk(design, history):
    """Yield every allocation of a history; responses are reported at once."""
    state = design.start()
    for subject, u, success in history:
        allocation = r.allocate(design, state, subject, u)
        yield allocation
        state = allocation.state
        if isinstance(design, RESPONSE):
            state = design.observe(state, allocation.arm, success)


RESPONSE = tuple(p.design for p in SEQUENTIAL if p.family == "response")
MANY_ARMS = [p for p in SEQUENTIAL if p.arms != "two"]


@pytest.mark.parametrize("procedure", SEQUENTIAL, ids=lambda p: p.name)
@QUICK
@given(history=histories)
def test_probabilities_are_exact_and_the_drawn_arm_had_one(procedure, history):
    steps = zip(walk(procedure.typical(), history), history, strict=True)
    for n, (allocation, (_, u, _)) in enumerate(steps, start=1):
        assert sum(allocation.probabilities.values()) == 1
        assert allocation.probabilities[allocation.arm] > 0
        chances = accumulate(allocation.probabilities.values())
        assert allocation.arm == next(
            arm for arm, c in zip(allocation.probabilities, chances, strict=True) if u < c
        )
        assert sum(allocation.state.counts) == n
        assert allocation.proof.holds()
        assert r.Proof.from_json(allocation.proof.to_json()) == allocation.proof


@pytest.mark.parametrize("procedure", FREE_RATIO, ids=lambda p: p.name)
@QUICK
@given(data=st.data(), history=histories)
def test_a_closed_arm_is_never_chosen(procedure, data, history):
    ratio = data.draw(ratios(3, closed=True))
    if procedure.name == "atkinson":
        ratio = tuple(min(share, 1) for share in ratio)
    design = procedure.typical(("A", "B", "C"), ratio)

    for allocation in walk(design, history):
        assert all(
            (allocation.probabilities[arm] == 0 and arm != allocation.arm)
            for arm, share in zip(design.arms, ratio, strict=True)
            if share == 0
        )


@pytest.mark.parametrize("procedure", [p for p in SEQUENTIAL if p.ratio == "equal"], ids=lambda p: p.name)
@QUICK
@given(history=histories, closed=st.integers(0, 2))
def test_an_arm_closed_beside_equal_arms_changes_nothing_for_them(procedure, history, closed):
    ratio = tuple(int(place != closed) for place in range(3))
    names = tuple(arm for arm, share in zip("ABC", ratio, strict=True) if share)
    wide, narrow = procedure.typical(("A", "B", "C"), ratio), procedure.typical(names)

    for one, two in zip(walk(wide, history), walk(narrow, history), strict=True):
        assert one.arm == two.arm
        assert {arm: one.probabilities[arm] for arm in names} == two.probabilities
        assert one.probabilities["ABC"[closed]] == 0


@pytest.mark.parametrize("procedure", MANY_ARMS, ids=lambda p: p.name)
@QUICK
@given(data=st.data(), history=histories)
def test_permuting_the_arms_permutes_the_probabilities(procedure, data, history):
    arms = ("A", "B", "C")
    ratio = data.draw(ratios(3)) if procedure.ratio == "any" and procedure.name != "atkinson" else (1, 1, 1)
    order = data.draw(st.permutations(range(3)))
    design = procedure.typical(arms, ratio)
    mirror = procedure.typical(tuple(arms[k] for k in order), tuple(ratio[k] for k in order))

    state, other = design.start(), mirror.start()
    for subject, u, success in history:
        before = r.probabilities(design, state, subject)
        assert before == r.probabilities(mirror, other, subject)
        allocation = r.allocate(design, state, subject, u)
        # The mirror gets the same arm by a u of its own: the middle of that arm's first outcome.
        outcomes = mirror.outcomes(other, subject)
        wanted = design.outcomes(state, subject)
        place = next(i for i, o in enumerate(outcomes) if mirror.arms[o.arm] == allocation.arm and o.weight)
        total = sum(o.weight for o in outcomes)
        low = sum(o.weight for o in outcomes[:place])
        other = r.allocate(
            mirror, other, subject, Fraction(2 * low + outcomes[place].weight, 2 * total)
        ).state
        first = next(o for o in wanted if design.arms[o.arm] == allocation.arm and o.weight)
        state = first.state
        if isinstance(design, RESPONSE):
            state = design.observe(state, allocation.arm, success)
            other = mirror.observe(other, allocation.arm, success)


@pytest.mark.parametrize("procedure", [p for p in SEQUENTIAL if p.arms == "two"], ids=lambda p: p.name)
@QUICK
@given(history=histories)
def test_swapping_two_arms_swaps_the_probabilities(procedure, history):
    one, two = procedure.typical(("A", "B")), procedure.typical(("B", "A"))
    state, other = one.start(), two.start()

    for subject, u, _ in history:
        chances = r.probabilities(one, state, subject)
        assert chances == r.probabilities(two, other, subject)
        allocation = r.allocate(one, state, subject, u)
        state = allocation.state
        low = 0 if allocation.arm == "B" else chances["B"]
        other = r.allocate(two, other, subject, low + chances[allocation.arm] / 2).state


@QUICK
@given(
    sizes=st.sets(st.sampled_from([2, 4, 6]), min_size=1).map(sorted),
    history=st.lists(uniforms, min_size=1, max_size=12),
)
def test_hidden_blocks_follow_the_law_of_blocks_of_random_size(sizes, history):
    hidden = r.HiddenBlocks(arms=("A", "B"), block_sizes=sizes)
    law = {hidden.mechanism().start(): Fraction(1)}
    state = hidden.start()

    for u in history:
        now = r.allocate(hidden, state, None, u)
        after, chance_of_a = {}, Fraction(0)
        for inner, weight in law.items():
            outcomes = hidden.mechanism().outcomes(inner, r.Subject())
            total = sum(o.weight for o in outcomes)
            for o in outcomes:
                share = weight * Fraction(o.weight, total)
                chance_of_a += share * (o.arm == 0)
                if hidden.arms[o.arm] == now.arm:
                    after[o.state] = after.get(o.state, Fraction(0)) + share
        assert now.probabilities["A"] == chance_of_a
        whole = sum(after.values())
        law = {inner: weight / whole for inner, weight in after.items()}
        state = now.state
