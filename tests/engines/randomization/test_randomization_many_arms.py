"""Procedures for more than two arms: what the literature fixes holds exactly, the rest is refused with a reason."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.randomization.randomization_strategies import subjects, uniforms

from triallink.engines import randomization as r

ABC = ("A", "B", "C")
FACTORS = {"sex": ("F", "M"), "stage": ("I", "II", "III")}


def situations(design, n):
    """Yield (subjects so far, counts, probability) of everything that can happen in n allocations, exactly."""
    law = {design.start(): Fraction(1)}
    for i in range(n):
        yield from ((i, state.counts, mass) for state, mass in law.items())
        after = {}
        for state, mass in law.items():
            outcomes = design.outcomes(state, r.Subject())
            total = sum(outcome.weight for outcome in outcomes)
            for outcome in outcomes:
                after[outcome.state] = after.get(outcome.state, Fraction(0)) + mass * outcome.weight / total
        law = after


@settings(max_examples=12, deadline=None)
@given(ratio=st.tuples(*[st.integers(1, 9)] * 3))
def test_the_tunnel_of_three_arms_stays_in_the_cubes_of_the_target_line_and_keeps_the_ratio(ratio):
    design = r.BrickTunnel(arms=ABC, ratio=ratio)
    whole = sum(ratio)

    assert r.ratio_preservation(design, whole).holds
    for i, counts, mass in situations(design, whole):
        parts = [Fraction(i * share, whole) for share in ratio]
        above = [count - part.__floor__() for count, part in zip(counts, parts, strict=True)]
        assert set(above) <= {0, 1}
        # Kuznetsova & Tymofyeyev 2015: the centre of the mass fixes the probability of every corner.
        rest = [part - part.__floor__() for part in parts]
        alone = [
            p if sum(rest) == 1 else 1 - p
            for p, up in zip(rest, above, strict=True)
            if up == (sum(rest) == 1)
        ]
        assert [mass] == (alone if sum(rest) else [1])


def test_the_tunnel_of_equal_arms_is_the_smallest_permuted_block():
    tunnel, blocks = r.BrickTunnel(arms=ABC), r.PermutedBlocks(arms=ABC, block_sizes=(3,))

    assert dict(r.sequences(tunnel, 6)) == dict(r.sequences(blocks, 6))


def test_the_free_number_of_three_arms_is_taken_where_the_steps_are_most_random():
    design = r.BrickTunnel(arms=ABC, ratio=(1, 2, 3))
    flow = {}
    for i, counts, mass in situations(design, 2):
        if i == 1:
            chances = r.probabilities(design, r.state_after(design, [(None, ABC[counts.index(1)])]))
            for arm, chance in chances.items():
                flow[ABC[counts.index(1)], arm] = mass * chance
    # Of all flows with these margins the one of greatest entropy has equal products over the two halves of the ring.
    one = flow["A", "B"] * flow["B", "C"] * flow["C", "A"]
    other = flow["B", "A"] * flow["C", "B"] * flow["A", "C"]
    assert float(one) == pytest.approx(float(other), rel=1e-15)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: r.BrickTunnel(arms="ABCD"), "two or three arms"),
        (lambda: r.HuHu(arms=ABC, ratio=(2, 1, 1), factors=FACTORS), "ratio_preserving"),
        (lambda: r.Shao(arms=ABC, factors=FACTORS), "hu-hu with the weight of the stratum alone"),
        (lambda: r.AtkinsonOptimal(arms=ABC, ratio=(2, 1, 1)), "ratio_preserving"),
        (
            lambda: r.ratio_preserving(r.DropTheLoser, arms=("A", "B"), ratio=(2, 1)),
            "lets responses decide",
        ),
        (lambda: r.Efron(arms=ABC), "wei-urn takes any number of arms"),
        (lambda: r.BigStick(arms=ABC, tolerance=2), "block-urn and mass-weighted-urn"),
        (lambda: r.MaximalProcedure(arms=ABC, total=9, tolerance=2), "brick-tunnel takes two or three"),
    ],
)
def test_a_refusal_of_more_arms_names_the_reason_or_the_procedure_that_takes_them(make, reason):
    with pytest.raises(ValueError, match=reason):
        make()


@settings(max_examples=30, deadline=None)
@given(history=st.lists(st.tuples(subjects, uniforms), min_size=1, max_size=10), arms=st.integers(2, 4))
def test_hu_hu_prefers_the_arm_with_the_least_weighted_sum_of_squared_deviations(history, arms):
    weights = {
        "overall": Fraction(1, 5),
        "stratum": Fraction(3, 10),
        "sex": Fraction(1, 4),
        "stage": Fraction(1, 4),
    }
    design = r.HuHu(
        arms="ABCD"[:arms],
        factors=[r.Factor(name, levels, weights[name]) for name, levels in FACTORS.items()],
        overall=weights["overall"],
        stratum=weights["stratum"],
        p="7/10",
    )
    state, seen = design.start(), []
    for person, u in history:
        allocation = r.allocate(design, state, person, u)

        def imbalance(arm, person=person):
            after = [*seen, (person, "ABCD"[arm])]
            groups = {
                "overall": lambda _: True,
                "stratum": lambda p: all(p.level(f) == person.level(f) for f in FACTORS),
                "sex": lambda p: p.level("sex") == person.level("sex"),
                "stage": lambda p: p.level("stage") == person.level("stage"),
            }
            total = Fraction(0)
            for name, holds in groups.items():
                counts = [sum(1 for p, a in after if a == other and holds(p)) for other in "ABCD"[:arms]]
                mean = Fraction(sum(counts), arms)
                total += weights[name] * sum((count - mean) ** 2 for count in counts)
            return total

        scores = [imbalance(arm) for arm in range(arms)]
        tied = [arm for arm in range(arms) if scores[arm] == min(scores)]
        rest = Fraction(3, 10) / (arms - 1)
        for arm, name in enumerate("ABCD"[:arms]):
            own = [Fraction(7, 10) if arm == best else rest for best in tied]
            assert allocation.probabilities[name] == sum(own) / len(tied)
        seen.append((person, allocation.arm))
        state = allocation.state


@pytest.mark.parametrize("procedure", [r.HuHu, r.AtkinsonOptimal], ids=lambda p: p.procedure)
@pytest.mark.parametrize("ratio", [(2, 1), (1, 2, 1)], ids=str)
def test_covariate_adaptive_designs_have_a_form_that_keeps_an_unequal_ratio(procedure, ratio):
    factors = {"sex": ("F", "M")}
    design = r.ratio_preserving(procedure, arms=ABC[: len(ratio)], ratio=ratio, factors=factors)
    shares = [Fraction(share, sum(ratio)) for share in ratio]
    for levels in product("FM", repeat=3):
        law = {design.start(): Fraction(1)}
        for sex in levels:
            after, step = {}, [Fraction(0)] * len(ratio)
            for state, mass in law.items():
                outcomes = design.outcomes(state, r.Subject(factors={"sex": sex}))
                total = sum(outcome.weight for outcome in outcomes)
                for outcome in outcomes:
                    moved = mass * outcome.weight / total
                    step[outcome.arm] += moved
                    after[outcome.state] = after.get(outcome.state, Fraction(0)) + moved
            assert step == shares
            law = after


def test_split_arms_draw_from_the_stream_of_the_stratum_of_the_design_inside():
    inner = r.Stratified(
        design=r.BlockUrn(arms=("A.1", "A.2", "B.1"), balanced_sets=2), factors={"sex": ("F", "M")}
    )
    design = r.RatioPreserving(arms=("A", "B"), ratio=(2, 1), design=inner)
    state = r.allocate(design, design.start(), {"sex": "F"}, "1/2").state

    assert design.place(state, r.Subject(factors={"sex": "F"})) == ("sex=F", 2)
    assert design.place(state, r.Subject(factors={"sex": "M"})) == ("sex=M", 1)
