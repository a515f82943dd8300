"""Exact properties agree with closed forms, with published tables, and with enumeration of all sequences."""

import json
import os
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.randomization.randomization_strategies import FREE_RATIO, SEQUENTIAL, ratios, subjects

from triallink.engines import randomization as r

FOLDER = os.environ.get("TRIALLINK_DATA")
AB = ("A", "B")
COUNTING = [p for p in SEQUENTIAL if p.design.looks_at == "counts"]


def load(name):
    return json.loads((Path(FOLDER) / "rtsm" / name).read_text()) if FOLDER else None


def rows(name, *keys):
    found = load(name)
    for key in keys:
        found = found[key] if found else []
    return found or []


ZHAO = {
    "BCD(0.7)": lambda: r.Efron(arms=AB, p="0.7"),
    "Big stick delta=4": lambda: r.BigStick(arms=AB, tolerance=4),
    "BCD with imbalance tolerance delta=4 p=0.50": lambda: r.Chen(arms=AB, tolerance=4, p="1/2"),
    "Ehrenfest urn w=10": lambda: r.EhrenfestUrn(arms=AB, balls=10),
    "Generalized BCD rho=5": lambda: r.GeneralizedBiasedCoin(arms=AB, rho=5),
    "BCD p=0.65": lambda: r.Efron(arms=AB, p="0.65"),
    "Random allocation rule": lambda: r.RandomAllocationRule(arms=AB, total=100),
    "Wei UD (w=1,alpha=0,beta=5)": lambda: r.WeiUrn(arms=AB, initial=1, own=0, other=5),
    "Wei adaptive BCD": lambda: r.GeneralizedBiasedCoin(arms=AB, rho=1),
}


def zhao_design(name):
    if name.startswith("PBD"):
        return r.PermutedBlocks(
            arms=AB, block_sizes=(int(name.rstrip(")").replace("PBD(", "b=").split("=")[1]),)
        )
    return ZHAO[name]()


@pytest.mark.parametrize(
    "row", rows("zhao2011_pharmstat_T3_T4.json", "rows"), ids=lambda row: f"{row['design']} N={row['N']}"
)
def test_zhaos_tables_of_balance_and_predictability(row):
    found = r.properties(zhao_design(row["design"]), row["N"])
    ours = {
        "EB": found.mean_balance,
        "SD": found.final_sd,
        "MI": found.expected_max,
        "ET": found.entropy,
        "DA": found.deterministic,
        "CG": found.guess_convergence,
    }

    assert ours == pytest.approx(row["exact_dp"], abs=1e-10)
    for key, published in row["published"].items():
        # The published figures are means of 5,000 simulated trials.
        limit = {"rel": 0.025, "abs": 1e-9} if key in ("SD", "MI") else {"abs": 0.005}
        assert ours[key] == pytest.approx(published, **limit)


RANDOMIZER = {
    "CR N=10": lambda: (r.CompleteRandomization(arms=AB), 10),
    "PBR bc=4,4,4": lambda: (r.PermutedBlocks(arms=AB, block_sizes=(4,)), 12),
    "EBC N=10 p=2/3": lambda: (r.Efron(arms=AB, p="2/3"), 10),
    "BSD N=10 mti=2": lambda: (r.BigStick(arms=AB, tolerance=2), 10),
    "BSD N=12 mti=4": lambda: (r.BigStick(arms=AB, tolerance=4), 12),
    "MP N=12 mti=3": lambda: (r.MaximalProcedure(arms=AB, total=12, tolerance=3), 12),
    "UD(1,1) N=10": lambda: (r.WeiUrn(arms=AB), 10),
    "GBCD N=10 rho=2": lambda: (r.GeneralizedBiasedCoin(arms=AB, rho=2), 10),
    "BBCD N=10 gamma=0.1": lambda: (r.BayesianBiasedCoin(arms=AB, gamma="0.1"), 10),
}


@pytest.mark.parametrize(
    "row", rows("randomizeR_exact_all_sequences.json", "rows"), ids=lambda row: row["label"]
)
def test_randomizers_means_over_all_sequences(row):
    design, n = RANDOMIZER[row["label"]]()
    found = r.properties(design, n)
    listed = list(r.sequences(design, n))

    assert len(listed) == row["n_sequences"]
    assert sum(probability for _, probability in listed) == row["sum_prob"]
    ours = [
        found.guess_convergence,
        found.guess_directional,
        found.final_mean_abs,
        found.final_loss,
        found.expected_max,
    ]
    names = ["mean_corGuess_CS", "mean_corGuess_DS", "mean_absImb", "mean_loss", "mean_maxImb"]
    assert ours == pytest.approx([row[name] for name in names], abs=1e-12)


@pytest.mark.parametrize("row", rows("randomizeR_exact_all_sequences.json", "pairwise", "designs"))
def test_randomizers_designs_that_balance_every_pair(row):
    every = load("randomizeR_exact_all_sequences.json")["pairwise"]["every_sequence"]
    design, n = {
        "PBR(2,2,2,2)": (r.PermutedBlocks(arms=AB, block_sizes=(2,)), 8),
        "BSD(10,mti=1)": (r.BigStick(arms=AB, tolerance=1), 10),
        "RPBR N=8 rb=2": (r.HiddenBlocks(arms=AB, block_sizes=(2,)), 8),
        "MP(10,1)": (r.MaximalProcedure(arms=AB, total=10, tolerance=1), 10),
    }[row]
    found = r.properties(design, n)

    assert found.guess_convergence == pytest.approx(every["CS"], abs=1e-15)
    assert found.guess_directional == pytest.approx(every["DS"], abs=1e-15)
    assert (found.final_mean_abs, found.final_loss) == (every["absImb"], every["loss"])
    assert found.worst == every["maxImb"]


@pytest.mark.parametrize("complete", rows("randomizeR_exact_all_sequences.json", "CR4", "imb")[:1])
def test_randomizers_list_of_all_sequences_of_four(complete):
    table = load("randomizeR_exact_all_sequences.json")["CR4"]
    found = []
    for arms, _ in r.sequences(r.CompleteRandomization(arms=("B", "A")), 4):
        path = np.cumsum([1 if arm == "A" else -1 for arm in arms])
        found.append((int(path[-1]), float(path[-1] ** 2 / 4), int(np.abs(path).max())))

    assert sorted(found) == sorted(zip(table["imb"], table["loss"], table["maxImb"], strict=True))


@pytest.mark.parametrize(
    "row", rows("closed_forms.json", "blackwell_hodges"), ids=lambda row: f"{row['design']} {row['N']}"
)
def test_blackwell_and_hodges_expected_correct_guesses(row):
    design = {"RAR": r.RandomAllocationRule, "TBD": r.TruncatedBinomial}[row["design"]](
        arms=AB, total=row["N"]
    )

    expected = r.properties(design, row["N"]).guess_convergence * row["N"]
    assert expected == pytest.approx(row["expected_correct_guesses"], rel=1e-12)


@pytest.mark.parametrize("row", rows("closed_forms.json", "efron"), ids=lambda row: str(row["p"]))
def test_efrons_stationary_law(row):
    found = r.properties(r.Efron(arms=AB, p=row["p"]), 400)

    # At N = 400 the slowest of these chains (p = 0.6) is within 1e-4 of its limit.
    assert found.final_sd**2 == pytest.approx(row["limit_var_even_n"], rel=1e-3)
    assert found.steps.balance[-1] == pytest.approx(row["limit_P_balance_even_n"], rel=1e-3)


@pytest.mark.parametrize("procedure", [p for p in COUNTING if not p.design.unbounded], ids=lambda p: p.name)
def test_recursion_and_enumeration_agree(procedure):
    design, n = procedure.typical(), 6
    guesses = maxima = Fraction(0)
    for arms, probability in r.sequences(design, n):
        path = np.cumsum([1 if arm == "A" else -1 for arm in arms])
        before = [0, *path[:-1].tolist()]
        right = sum(
            Fraction(1, 2) if d == 0 else Fraction(int((d < 0) == (arm == "A")))
            for d, arm in zip(before, arms, strict=True)
        )
        guesses += probability * right / n
        maxima += probability * int(np.abs(path).max())
    found = r.properties(design, n)

    assert found.guess_convergence == pytest.approx(float(guesses), abs=1e-12)
    assert found.expected_max == pytest.approx(float(maxima), abs=1e-12)
    assert sum(chance for _, chance in found.distribution) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    "procedure", [p for p in FREE_RATIO if p.design.looks_at == "counts"], ids=lambda p: p.name
)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_an_unequal_ratio_is_kept_at_every_step_or_has_a_form_that_keeps_it(procedure, data):
    ratio = data.draw(ratios(2 if procedure.arms == "two" else 3))
    arms = ("A", "B", "C")[: len(ratio)]
    n = 5
    design = procedure.typical(arms, ratio)
    if not procedure.keeps_ratio:
        parameters = {k: v * sum(ratio) if k == "total" else v for k, v in procedure.example.items()}
        design = r.ratio_preserving(procedure.design, arms=arms, ratio=ratio, **parameters)

    if design.unbounded:
        steps = r.properties(design, n).steps.arm
        assert np.allclose(steps, np.array(ratio) / sum(ratio), atol=1e-12)
    else:
        assert r.ratio_preservation(design, n).holds


@settings(max_examples=20, deadline=None)
@given(ratio=ratios(3), people=st.lists(subjects, min_size=1, max_size=4))
def test_minimization_has_a_form_that_keeps_an_unequal_ratio_at_every_step(ratio, people):
    design = r.ratio_preserving(
        r.Minimization, arms=("A", "B", "C"), ratio=ratio, factors=("sex", "stage"), p="4/5"
    )
    law = {design.start(): Fraction(1)}
    for person in people:
        after, step = {}, [Fraction(0)] * 3
        for state, mass in law.items():
            outcomes = design.outcomes(state, person)
            total = sum(outcome.weight for outcome in outcomes)
            for outcome in outcomes:
                moved = mass * outcome.weight / total
                step[outcome.arm] += moved
                after[outcome.state] = after.get(outcome.state, Fraction(0)) + moved
        law = after
        assert step == [Fraction(share, sum(ratio)) for share in ratio]


def test_the_ratio_check_names_the_step_that_departs():
    check = r.ratio_preservation(r.DoublyAdaptiveBiasedCoin(arms=AB, ratio=(2, 1), gamma=2), 6)

    assert not check.holds
    assert check.step > 1
    assert check.worst > 0


def test_a_design_that_needs_subjects_is_referred_to_simulation():
    with pytest.raises(ValueError, match="subject"):
        r.properties(r.Minimization(arms=AB, factors=("sex",)), 10)


@pytest.mark.parametrize("procedure", [p for p in COUNTING if p.ratio == "equal"], ids=lambda p: p.name)
def test_two_hundred_subjects_take_less_than_a_second(procedure):
    design = procedure.typical()
    if "total" in procedure.example:
        design = procedure.design(arms=AB, **{**procedure.example, "total": 200})
    begun = time.process_time()
    r.properties(design, 200)

    # Twice the promised second, because the machine that runs the tests may be busy or slow.
    assert time.process_time() - begun < 2
