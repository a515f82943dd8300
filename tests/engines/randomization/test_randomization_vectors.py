"""Published randomization vectors of other programs and papers, from the shared data folder.

The folder is named by TRIALLINK_DATA; without it these cases are not collected, and the shipped copies of the
published numbers (see qualification) still test the same code.
"""

import json
import os
from fractions import Fraction
from pathlib import Path

import pytest

from triallink.engines import randomization as r

FOLDER = os.environ.get("TRIALLINK_DATA")


def load(name):
    return json.loads((Path(FOLDER) / "rtsm" / name).read_text()) if FOLDER else None


def cases(name, *keys):
    found = load(name)
    for key in keys:
        found = found[key] if found else []
    return found or []


def whole(name):
    return [load(name)] if FOLDER else []


def minimization(arms, ratio, weights, measure, p):
    factors = [r.Factor(name, weight=weight) for name, weight in weights.items()]
    return r.Minimization(arms=arms, ratio=ratio, factors=factors, measure=measure, p=p)


@pytest.mark.parametrize("walk", whole("zhao2011_block_urn_walk.json"))
def test_zhao_and_wengs_walk_through_the_block_urn(walk):
    design = r.BlockUrn(arms=("A", "B"), balanced_sets=3)
    state = design.start()
    for step in walk["steps"]:
        allocation = r.allocate(design, state, None, step["u"])
        state = allocation.state
        assert allocation.probabilities["A"] == r.exact(step["pA"])
        assert allocation.arm == step["arm"]
        assert state.counts == (step["nA"], step["nB"])


@pytest.mark.parametrize("table", cases("randi2_han2009_biased_coin_minimisation.json", "tables"))
def test_hans_tables_of_biased_coin_probabilities(table):
    found = r.biased_coin_table(table["ratio"], table["p_high_of_smallest_arm"])

    assert found == tuple(tuple(map(r.exact, row)) for row in table["rows_preferred_by_cols_assigned"])


@pytest.mark.parametrize("case", cases("unbiased_minimisation_cases.json", "cases"), ids=lambda c: c["name"])
def test_minimization_cases_of_unbiased(case):
    names = list(case["new"])
    weights = case["weights"] or {name: Fraction(1, len(names)) for name in names}
    measure = {"var": "variance"}.get(case["method"], case["method"])
    design = minimization(case["arms"], case["ratio"], weights, measure, case["p"])
    state = r.state_after(design, [(levels, levels["arm"]) for levels in case["history"]])

    for arm, score in zip(design.arms, design.scores(state, case["new"]), strict=True):
        assert float(score) == pytest.approx(case["G"][arm], abs=1e-12)
    assert r.probabilities(design, state, case["new"])[case["expect"]] == 1


@pytest.mark.parametrize("measure", ["Range", "SD", "Var"])
@pytest.mark.parametrize("case", cases("minirand_imbalance.json", "cases"))
def test_imbalance_scores_of_minirand(case, measure):
    weights = {f"c{i}": weight for i, weight in enumerate(case["weights"])}
    arms = "ABCD"[: len(case["ratio"])]
    ours = {"Range": "range", "SD": "sd", "Var": "variance"}[measure]
    design = minimization(arms, case["ratio"], weights, ours, 1)
    subjects = [{n: str(level) for n, level in zip(weights, row, strict=True)} for row in case["covmat"]]
    given = [arms[arm - 1] for arm in case["trt"]]
    state = r.state_after(design, zip(subjects, given, strict=True))
    counts = {
        (name, level): [
            sum(1 for s, a in zip(subjects, given, strict=True) if s[name] == level and a == arm)
            for arm in arms
        ]
        for name in weights
        for level in "012"
    }
    new = {name: str(level) for name, level in zip(weights, case["new_patient"], strict=True)}
    overall = r.total_imbalance(
        [(f.weight, counts[f.name, level]) for f in design.factors for level in "012"],
        design.ratio,
        ours,
    )

    # The file prints 12 decimals of double precision, and its weights of 1/3 are rounded to 13.
    assert [float(score) for score in design.scores(state, new)] == pytest.approx(
        case[f"G_{measure}"], abs=1e-10
    )
    assert float(overall) == pytest.approx(case[measure], abs=1e-10)


@pytest.mark.parametrize(
    "case", cases("closed_forms.json", "brick_tunnel_two_arm", "cases"), ids=lambda c: str(c["ratio"])
)
def test_brick_tunnel_steps_and_residence(case):
    design = r.BrickTunnel(arms=("A", "B"), ratio=tuple(case["ratio"]))
    for step in case["transition"]:
        n_a = step["nA_before"]
        state = r.state_after(design, [(None, arm) for arm in "A" * n_a + "B" * (step["i"] - 1 - n_a)])
        assert r.probabilities(design, state)["A"] == Fraction(step["P_A"])

    law = {design.start(): Fraction(1)}
    for row in case["resident"]:
        after = {}
        for state, mass in law.items():
            for arm, chance in r.probabilities(design, state).items():
                if chance:
                    reached = design.given(state, arm)
                    after[reached] = after.get(reached, 0) + mass * chance
        law = after
        low = {state.counts[0]: mass for state, mass in law.items()}
        assert low.get(row["nA_low"], 0) == Fraction(row["P_low"])
        assert low.get(row["nA_low"] + 1, 0) == Fraction(row["P_high"])


@pytest.mark.parametrize("row", cases("closed_forms.json", "permuted_block"), ids=lambda row: str(row["m"]))
def test_every_permuted_block_is_equally_likely(row):
    size = 2 * row["m"]
    design = r.PermutedBlocks(arms=("A", "B"), block_sizes=(size,))
    sequences = {("", design.start()): Fraction(1)}
    for _ in range(size):
        sequences = {
            (done + design.arms[o.arm], o.state): mass * r.probabilities(design, state)[design.arms[o.arm]]
            for (done, state), mass in sequences.items()
            for o in design.outcomes(state, r.Subject())
        }

    assert len(sequences) == row["n_sequences"]
    for mass in sequences.values():
        assert float(mass) == pytest.approx(row["P_each_sequence"], rel=1e-15)


@pytest.mark.parametrize("table", whole("random_digit_tables.json"))
def test_a_textbook_table_of_random_digits_with_three_arms(table):
    simple = table["simple_3arm"]
    design = r.CompleteRandomization(arms=("1", "2", "3"))
    given = [
        r.allocate(design, design.start(), None, Fraction(int(digit) - 1, 9)).arm
        for digit in simple["digits"]
        if digit != "0"
    ]

    assert given[:18] == [str(arm) for arm in simple["first18"]]
    assert {arm: given[:18].count(arm) for arm in "123"} == simple["counts"]


@pytest.mark.parametrize("table", whole("random_digit_tables.json"))
def test_a_textbook_choice_of_blocks_by_random_digits(table):
    blocks = table["blocks4"]
    chosen = [blocks["map"][digit] for digit in blocks["digits"] if digit in blocks["map"]]
    design = r.PermutedBlocks(arms=("A", "B"), block_sizes=(4,))
    possible = {"".join(arms) for arms, _ in r.sequences(design, 4)}
    entries = tuple(r.ListEntry(i, arm) for i, arm in enumerate("".join(chosen), start=1))
    listed = r.UploadedList(arms=("A", "B"), entries=entries)
    state, given = listed.start(), ""
    for _ in entries:
        allocation = r.allocate(listed, state, None, 0)
        state, given = allocation.state, given + allocation.arm

    assert chosen == blocks["blocks"]
    assert set(chosen) <= possible
    assert given == "".join(blocks["blocks"])


@pytest.mark.parametrize("claim", cases("unbiased_minimisation_cases.json", "statistical"))
def test_statistical_claims_of_unbiased_hold_exactly(claim):
    sex = {"sex": "F"}

    def after_one(p):
        design = minimization(("A", "B"), (1, 1), {"sex": 1}, "range", p)
        return r.probabilities(design, r.allocate(design, design.start(), sex, 0).state, sex)

    def unequal(weight):
        design = minimization(("A", "B", "C"), (3, 1, 1), {"sex": weight, "age": 10 * weight}, "range", "4/5")
        subject = {"sex": "F", "age": "old"}
        state = r.allocate(design, design.start(), subject, 0).state
        return r.probabilities(design, state, subject)

    three = minimization(("A", "B", "C"), (1, 1, 1), {"sex": 1}, "variance", "9/10")
    truth = {
        "p=0.60 ": after_one("3/5") == {"A": Fraction(2, 5), "B": Fraction(3, 5)},
        "first pa": set(r.probabilities(three, three.start(), sex).values()) == {Fraction(1, 3)},
        "ratio 3:": unequal(0) == {"A": Fraction(3, 5), "B": Fraction(1, 5), "C": Fraction(1, 5)},
        "scaling ": unequal(1) == unequal(10),
    }
    assert next(holds for words, holds in truth.items() if claim.startswith(words))
