"""Simulated trials agree with exact properties within their standard errors; tests of finished trials are exact."""

from math import comb

import numpy as np
import pytest

from triallink.engines import randomization as r

AB = ("A", "B")
SEX = r.Factor("sex", ("F", "M"))
STAGE = r.Factor("stage", ("I", "II", "III"))
SITES = (r.Site("01", rate=4.0), r.Site("02", rate=1.0), r.Site("03", rate=5.0, opens_at=6.0))


@pytest.mark.parametrize(
    "design",
    [
        r.Efron(arms=AB),
        r.BlockUrn(arms=("A", "B", "C"), ratio=(2, 1, 1), balanced_sets=2),
        r.BrickTunnel(arms=AB, ratio=(3, 2)),
        r.DropTheLoserUrn(arms=AB, ratio=(2, 1)),
    ],
    ids=lambda d: d.procedure,
)
def test_simulated_characteristics_agree_with_the_exact_ones(design):
    found = r.characteristics(r.simulate(design, trials=4000, subjects=40, seed=3))
    exact = r.properties(design, 40)

    for name in ("mean_balance", "final_mean_abs", "expected_max", "guess_convergence", "guess_directional"):
        estimate = getattr(found, name)
        assert abs(estimate.value - getattr(exact, name)) <= 4.5 * estimate.standard_error + 1e-9, name


def test_the_same_arguments_give_the_same_trials():
    arguments = {"trials": 20, "subjects": 30, "seed": 5, "sites": SITES, "dropout": 0.2}
    design = r.Stratified(design=r.PermutedBlocks(arms=AB, block_sizes=(2, 4)), factors=(SEX,))
    one, two = r.simulate(design, **arguments), r.simulate(design, **arguments)

    assert np.array_equal(one.arms, two.arms)
    assert np.array_equal(one.months, two.months)
    assert np.array_equal(one.retained, two.retained)


def test_minimization_balances_margins_and_simple_randomization_does_not():
    population = r.Population(factors=(SEX, STAGE), shares={"sex": (0.7, 0.3)})

    def within(design):
        trials = r.simulate(design, trials=500, subjects=100, seed=1, population=population)
        return r.characteristics(trials).within_level["stage"].value

    minimized = within(r.Minimization(arms=AB, factors=(SEX, STAGE), p="9/10"))
    assert minimized < 2.5
    assert within(r.CompleteRandomization(arms=AB)) > 2 * minimized


def test_simulated_steps_show_whether_minimization_keeps_an_unequal_ratio():
    factors, arguments = (SEX, STAGE), {"trials": 4000, "subjects": 30, "seed": 1}
    plain = r.Minimization(arms=AB, ratio=(2, 1), factors=factors, p="9/10")
    kept = r.ratio_preserving(r.Minimization, arms=AB, ratio=(2, 1), factors=factors, p="9/10")

    assert r.ratio_preservation_of(r.simulate(plain, **arguments)).p_value < 1e-6
    assert r.ratio_preservation_of(r.simulate(kept, **arguments)).p_value > 0.01


def test_sites_enrol_from_their_opening_in_proportion_to_their_rates():
    trials = r.simulate(r.Efron(arms=AB), trials=300, subjects=100, seed=2, sites=SITES)
    late = trials.levels["site"] == 2

    assert (trials.months[late] >= 6).all()
    assert (np.diff(trials.months, axis=1) >= 0).all()
    early = trials.months < 6
    share = (trials.levels["site"][early] == 0).mean()
    assert share == pytest.approx(0.8, abs=0.02)


def test_joint_profiles_are_drawn_together():
    population = r.Population(factors=(SEX, STAGE), profiles=((("F", "I"), 3), (("M", "III"), 1)))
    levels = r.simulate(r.Efron(arms=AB), trials=50, subjects=100, seed=1, population=population).levels

    assert set(zip(levels["sex"].ravel().tolist(), levels["stage"].ravel().tolist(), strict=True)) == {
        (0, 0),
        (1, 2),
    }
    assert (levels["sex"] == 0).mean() == pytest.approx(0.75, abs=0.02)


def test_drop_out_by_arm_unbalances_those_who_stay():
    trials = r.simulate(
        r.PermutedBlocks(arms=AB, block_sizes=(2,)), trials=300, subjects=100, seed=1, dropout=(0, 0.4)
    )
    found = r.characteristics(trials)

    assert found.final_mean_abs.value == 0
    assert found.retained_mean_abs.value == pytest.approx(20, abs=1)


def test_play_the_winner_gives_more_subjects_the_better_arm():
    design = r.RandomizedPlayTheWinner(arms=AB)
    found = r.characteristics(r.simulate(design, trials=400, subjects=200, seed=1, success=(0.7, 0.3)))

    # The limit of the share is (1 - 0.3) / (2 - 0.7 - 0.3) = 0.7 (Wei & Durham 1978).
    assert found.arm["A"].value == pytest.approx(0.7, abs=0.03)


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: r.Population(factors=(SEX,), shares={"sex": (0.5, 0.6)}), "0.6"),
        (lambda: r.Population(factors=(SEX,), shares={"age": (1.0,)}), "age"),
        (lambda: r.Population(factors=(SEX,), profiles=((("X",), 1),)), "X"),
        (lambda: r.Site("01", rate=0), "01"),
        (lambda: r.simulate(r.Efron(arms=AB), trials=0, subjects=1, seed=1), "0"),
        (lambda: r.simulate(r.Efron(arms=AB), trials=1, subjects=1, seed=1, dropout=2), "2"),
    ],
)
def test_models_that_are_not_probability_laws_are_refused(make, shown):
    with pytest.raises(ValueError, match=shown):
        make()


def test_a_comparison_ranks_and_marks_what_is_dominated():
    comparison = r.compare(
        {
            "coin": r.CompleteRandomization(arms=AB),
            "big stick 3": r.BigStick(arms=AB, tolerance=3),
            "blocks of 4": r.PermutedBlocks(arms=AB, block_sizes=(4,)),
            "blocks of 2": r.PermutedBlocks(arms=AB, block_sizes=(2,)),
            "minimized": r.Minimization(arms=AB, factors=(SEX,), p="4/5"),
        },
        50,
        trials=400,
    )
    rows = {row["name"]: row for row in comparison.table()}

    assert rows["coin"]["guess"] == pytest.approx(0.5)
    assert rows["blocks of 2"]["guess"] == pytest.approx(0.75)
    assert rows["big stick 3"]["efficient"]
    assert rows["minimized"]["method"] == "simulated"
    assert rows["minimized"]["errors"]["guess"] > 0
    assert [row.distance for row in comparison.rows] == sorted(row.distance for row in comparison.rows)
    assert len(comparison.imbalance) == 4
    assert len(comparison.trade_off) == 5


def test_designs_of_different_ratio_are_not_compared():
    with pytest.raises(ValueError, match="ratio"):
        r.compare({"a": r.Efron(arms=AB), "b": r.BrickTunnel(arms=AB, ratio=(2, 1))}, 10)


def test_fishers_tea_test_is_a_rerandomization_test():
    design = r.RandomAllocationRule(arms=("milk", "tea"), total=8)
    arms = ("milk", "tea", "tea", "milk", "milk", "tea", "milk", "tea")
    outcomes = [1 if arm == "milk" else 0 for arm in arms]
    test = r.rerandomization_test(design, arms, outcomes, is_exact=True)

    # Two-sided: all right or all wrong, 2 of 70 arrangements (Fisher 1935).
    assert test.draws == comb(8, 4)
    assert test.p_value == 2 / 70
    simulated = r.rerandomization_test(design, arms, outcomes, draws=20_000)
    assert abs(simulated.p_value - 2 / 70) < 4 * simulated.standard_error


def test_the_p_value_depends_on_the_procedure_that_was_used():
    arms, outcomes = "ABABABAB", [1, 2, 1, 2, 1, 2, 1, 2]
    by_coin = r.rerandomization_test(r.CompleteRandomization(arms=AB), arms, outcomes, is_exact=True)
    by_pairs = r.rerandomization_test(
        r.PermutedBlocks(arms=AB, block_sizes=(2,)), arms, outcomes, is_exact=True
    )

    assert by_coin.p_value == 2 / 256
    assert by_pairs.p_value == 2 / 16


@pytest.mark.parametrize(
    "design",
    [
        r.Minimization(arms=("A", "B", "C"), factors=(SEX, STAGE), p="4/5"),
        r.RandomizedPlayTheWinner(arms=("A", "B", "C")),
    ],
    ids=lambda d: d.procedure,
)
def test_under_no_effect_small_p_values_are_rare(design):
    rng = np.random.default_rng(4)
    small = 0
    for seed in range(60):
        trials = r.simulate(design, trials=1, subjects=30, seed=seed, success=(0.5, 0.5, 0.5))
        levels = trials.levels
        people = [
            r.Subject(
                factors={f.name: f.levels[int(levels[f.name][0, i])] for f in getattr(design, "factors", ())}
            )
            for i in range(30)
        ]
        arms = [design.arms[k] for k in trials.arms[0]]
        outcomes = (rng.random(30) < 0.5).astype(float)
        if design.looks_at == "responses":
            outcomes = trials.success[0].astype(float)
        small += r.rerandomization_test(design, arms, outcomes, people, draws=200, seed=seed).p_value <= 0.1

    assert small <= 14  # binomial(60, 0.1) exceeds 14 with probability 0.0003


def test_a_trial_stratified_by_open_sites_is_rerandomized_within_them():
    design = r.Stratified(design=r.PermutedBlocks(arms=AB, block_sizes=(2,)), factors=("site",))
    people = [r.Subject(factors={"site": f"{i // 2:02}"}) for i in range(8)]
    test = r.rerandomization_test(design, "ABABABAB", [1, 2, 1, 2, 1, 2, 1, 2], people, draws=4000)

    # Every site has one pair: 2 of 16 arrangements are as extreme.
    assert abs(test.p_value - 2 / 16) < 4 * test.standard_error


def test_outcomes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="'C'"):
        r.rerandomization_test(r.Efron(arms=AB), "ABC", [1, 2, 3])
    with pytest.raises(ValueError, match="0 or 1"):
        r.rerandomization_test(r.RandomizedPlayTheWinner(arms=AB), "AB", [1, 2])


def test_an_arm_that_got_nobody_does_not_change_what_is_compared():
    # Of the 9 sequences of two subjects, 6 put them into different arms and are as extreme as the one observed.
    design = r.CompleteRandomization(arms=("A", "B", "C"))
    assert r.rerandomization_test(design, ["A", "B"], [0.0, 1.0], is_exact=True).p_value == pytest.approx(
        6 / 9
    )
