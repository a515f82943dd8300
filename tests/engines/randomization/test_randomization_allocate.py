"""One interface: a design, its state, a subject and a u give an arm, exact probabilities, a state and a proof."""

from dataclasses import FrozenInstanceError
from decimal import Decimal
from fractions import Fraction

import pytest

from triallink.engines import randomization as r


def test_the_arm_follows_from_cumulative_weights_in_listed_order():
    design = r.PermutedBlocks(arms=("A", "B"), ratio=(2, 1), block_sizes=(3,))

    allocation = r.allocate(design, design.start(), r.Subject("001"), Fraction(2, 3))

    assert allocation.arm == "B"
    assert allocation.probabilities == {"A": Fraction(2, 3), "B": Fraction(1, 3)}
    assert allocation.state.counts == (0, 1)
    assert allocation.proof.holds()


@pytest.mark.parametrize("u", [0.4, "0.4", "2/5", Decimal("0.4"), Fraction(2, 5)])
def test_a_decimal_u_means_what_it_prints(u):
    design = r.Efron(arms=("A", "B"), p=0.6)
    state = r.allocate(design, design.start(), None, 0).state

    # P(A) is exactly 2/5 now; u = 2/5 is not below it. The nearest binary fraction of 0.6 would say otherwise.
    assert r.allocate(design, state, None, u).arm == "B"


@pytest.mark.parametrize("u", [-0.1, 1, "7/5", float("nan"), True])
def test_a_u_outside_the_unit_interval_is_refused_and_shown(u):
    design = r.CompleteRandomization(arms=("A", "B"))

    with pytest.raises(ValueError, match=r"nan|not"):
        r.allocate(design, design.start(), None, u)


def test_designs_are_frozen_and_compare_by_value():
    one, two = r.Efron(arms=("A", "B"), p=0.7), r.Efron(arms=["A", "B"], ratio=[1, 1], p=Fraction(7, 10))

    assert one == two
    assert hash(one) == hash(two)
    with pytest.raises(FrozenInstanceError):
        one.p = Fraction(1)


@pytest.mark.parametrize("procedure", r.PROCEDURES, ids=lambda p: p.name)
def test_every_design_survives_json_with_its_fingerprint(procedure):
    design = procedure.typical()

    again = r.design_from_json(design.to_json())

    assert again == design
    assert again.fingerprint == design.fingerprint
    assert f'"version":{design.version}' in design.to_json()


def test_the_fingerprint_is_the_same_in_every_release():
    design = r.PermutedBlocks(arms=("A", "B"), ratio=(2, 1), block_sizes=(3, 6))

    assert design.to_json() == (
        '{"arms":["A","B"],"block_sizes":[3,6],"procedure":"permuted-blocks","ratio":[2,1],'
        '"size_weights":[1,1],"version":1}'
    )
    assert design.fingerprint == "620fe92182568d61301cb5569dedc41f6153bad80b7b6a0e18f503cc54707a8a"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"procedure":"coin-flip","version":1}', "coin-flip"),
        ('{"procedure":"efron","version":9,"arms":["A","B"]}', "9"),
        ('{"procedure":"efron","version":1,"arms":["A","B"],"bias":"1/2"}', "bias"),
        ("[]", r"\[\]"),
    ],
)
def test_json_of_anything_else_is_refused(text, shown):
    with pytest.raises(ValueError, match=shown):
        r.design_from_json(text)


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: r.CompleteRandomization(arms=("A",)), "'A'"),
        (lambda: r.CompleteRandomization(arms=("A", "A")), "'A', 'A'"),
        (lambda: r.CompleteRandomization(arms=("A", "B"), ratio=(1, 2, 3)), "1, 2, 3"),
        (lambda: r.CompleteRandomization(arms=("A", "B"), ratio=(1, -1)), "-1"),
        (lambda: r.CompleteRandomization(arms=("A", "B"), ratio=(0, 0)), "0, 0"),
        (lambda: r.CompleteRandomization(arms=("A", "B"), ratio=(0.5, 0.5)), "0.5"),
        (lambda: r.PermutedBlocks(arms=("A", "B"), ratio=(2, 1), block_sizes=(4,)), "4"),
        (lambda: r.RandomAllocationRule(arms=("A", "B"), total=7), "7"),
        (lambda: r.Efron(arms=("A", "B"), p=0.4), "0.4"),
        (lambda: r.Efron(arms=("A", "B"), p="x"), "x"),
        (lambda: r.Efron(arms=("A", "B", "C")), "two arms"),
        (lambda: r.Efron(arms=("A", "B"), ratio=(2, 1)), r"2, 1"),
        (lambda: r.BrickTunnel(arms=("A", "B", "C", "D")), "two or three arms"),
        (lambda: r.Shao(arms=("A", "B", "C"), factors=("sex",)), "two arms"),
        (lambda: r.WeiUrn(arms=("A", "B"), ratio=(2, 1)), "equal allocation"),
        (lambda: r.MaximalProcedure(arms=("A", "B"), total=9, tolerance=2), "9"),
        (lambda: r.BigStick(arms=("A", "B"), tolerance=0), "0"),
        (lambda: r.Minimization(arms=("A", "B"), factors=()), "factor"),
        (lambda: r.Minimization(arms=("A", "B"), factors=("sex",), measure="entropy"), "entropy"),
        (lambda: r.BayesianAdaptive(arms=("A", "B"), floor="3/5"), "3/5"),
        (lambda: r.AtkinsonOptimal(arms=("A", "B", "C"), ratio=(2, 1, 1)), "2, 1, 1"),
    ],
)
def test_a_design_that_is_not_defined_is_refused_with_the_offending_value(make, shown):
    with pytest.raises(ValueError, match=shown):
        make()


def test_a_subject_without_a_needed_level_is_refused():
    design = r.Minimization(arms=("A", "B"), factors={"sex": ("F", "M")})

    with pytest.raises(ValueError, match="sex"):
        r.allocate(design, design.start(), r.Subject("7"), 0)
    with pytest.raises(ValueError, match="X"):
        r.allocate(design, design.start(), {"sex": "X"}, 0)


def test_a_planned_total_is_not_exceeded():
    design = r.RandomAllocationRule(arms=("A", "B"), total=2)
    state = design.start()
    for _ in range(2):
        state = r.allocate(design, state, None, "1/3").state

    assert state.counts == (1, 1)
    with pytest.raises(ValueError, match="all 2 planned"):
        r.allocate(design, state, None, 0)


def test_caps_close_an_arm_then_a_site_then_the_study():
    inner = r.CompleteRandomization(arms=("A", "B"))
    caps = (r.Cap(1, arm="A"), r.Cap(2, factors=("site",)), r.Cap(3))
    design = r.Capped(design=inner, caps=caps)
    one, two = {"site": "01"}, {"site": "02"}

    first = r.allocate(design, design.start(), one, 0)
    second = r.allocate(design, first.state, one, 0)

    assert (first.arm, second.arm) == ("A", "B")
    with pytest.raises(ValueError, match="site=01"):
        r.allocate(design, second.state, one, 0)
    third = r.allocate(design, second.state, two, 0)
    with pytest.raises(ValueError, match="caps reached"):
        r.allocate(design, third.state, two, 0)


def test_an_uploaded_list_is_followed_within_strata():
    text = "stratum,position,arm\nsex=F,1,A\nsex=M,1,B\nsex=F,2,B\n"
    design = r.UploadedList.from_csv(text, arms=("A", "B"), factors=("sex",))
    state, given = design.start(), []
    for sex in "FMF":
        allocation = r.allocate(design, state, {"sex": sex}, "1/2")
        state = allocation.state
        given.append(allocation.arm)

    assert given == ["A", "B", "B"]
    with pytest.raises(ValueError, match="no entry 3"):
        r.allocate(design, state, {"sex": "F"}, 0)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("position,arm\n1,A\n3,B\n", "position 3"),
        ("position,arm\n2,A\n1,B\n", "position 2"),
        ("position,arm\n1,A\n1,B\n", "position 1"),
        ("position,arm\n1,C\n", "'C'"),
        ("position,arm\none,A\n", "'one'"),
        ("position,treatment\n1,A\n", "treatment"),
        ("position,arm\n", "no entries"),
        ("stratum,position,arm\nage=1,1,A\n", "age=1"),
    ],
)
def test_a_list_with_gaps_or_strangers_is_refused(text, shown):
    with pytest.raises(ValueError, match=shown):
        r.UploadedList.from_csv(text, arms=("A", "B"))


def test_a_success_returns_the_ball_and_a_failure_drops_it():
    design = r.DropTheLoser(arms=("A", "B"))
    state = r.allocate(design, design.start(), None, 0).state

    assert design.observe(state, "A", success=True).balls == (1, 1)
    assert design.observe(state, "A", success=False).balls == (0, 1)
    with pytest.raises(ValueError, match="'B'"):
        design.observe(state, "B", success=True)


def test_playing_the_winner_moves_the_urn_towards_success():
    design = r.RandomizedPlayTheWinner(arms=("A", "B"))
    state = design.observe(r.allocate(design, design.start(), None, 0).state, "A", success=True)

    assert r.probabilities(design, state) == {"A": Fraction(2, 3), "B": Fraction(1, 3)}


def test_the_probability_of_being_best_is_exact():
    assert r.probability_best(((2, 1), (1, 1))) == (Fraction(2, 3), Fraction(1, 3))
    assert r.probability_best(((1, 1), (1, 1), (1, 1))) == (Fraction(1, 3),) * 3
    assert sum(r.probability_best(((7, 5), (3, 9), (11, 2), (1, 1)))) == 1


def test_a_floor_keeps_every_arm_alive():
    design = r.BayesianAdaptive(arms=("A", "B"), floor="1/10")
    state = design.start()
    for _ in range(12):
        state = r.allocate(design, state, None, 0).state
        state = design.observe(state, "A", success=True)

    assert r.probabilities(design, state)["B"] == Fraction(1, 10)


def test_atkinsons_coin_for_two_arms_is_smiths_closed_form():
    design = r.AtkinsonOptimal(arms=("A", "B"))
    state = design.start()
    for u in (0, 0, 0, "9/10"):
        state = r.allocate(design, state, None, u).state
    n_a, n_b = state.counts

    # With no covariates the probability of A is n_b squared over the sum of both squares.
    assert r.probabilities(design, state)["A"] == Fraction(n_b**2, n_a**2 + n_b**2)
