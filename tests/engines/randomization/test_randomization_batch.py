"""The batch simulator gives the arms of the exact core, bit for bit, for the same draws."""

from fractions import Fraction

import numpy as np
import pytest

from triallink.engines import randomization as r
from triallink.engines.randomization.design import covariates_of, factors_of

FACTORS = (
    r.Factor("a", ("1", "2"), "1/3"),
    r.Factor("b", ("1", "2", "3"), "0.2"),
    r.Factor("c", ("1", "2", "3", "4")),
)


def scene(design, trials, n, seed=7):
    rng = np.random.default_rng(seed)
    factors = factors_of(design)
    return {
        "u": rng.integers(0, 2**64, (trials, n), dtype=np.uint64),
        "levels": np.stack([rng.integers(0, len(f.levels), (trials, n)) for f in factors], -1)
        if factors
        else None,
        "responses": rng.integers(0, 2, (trials, n, len(design.arms))),
        "covariates": rng.normal(50, 10, (trials, n, len(covariates_of(design)))).round(1),
    }


def exactly(design, u, levels, responses, covariates):
    factors, names = factors_of(design), covariates_of(design)
    adaptive = "responses" in (design.looks_at, getattr(design, "design", design).looks_at)
    out = np.zeros(u.shape, dtype=np.int8)
    for t in range(u.shape[0]):
        state = design.start()
        for i in range(u.shape[1]):
            subject = r.Subject(
                factors={f.name: f.levels[levels[t, i, k]] for k, f in enumerate(factors)},
                covariates={name: float(covariates[t, i, k]) for k, name in enumerate(names)},
            )
            allocation = r.allocate(design, state, subject, Fraction(int(u[t, i]), 2**64))
            out[t, i], state = design.arms.index(allocation.arm), allocation.state
            if adaptive:
                state = design.observe(state, allocation.arm, bool(responses[t, i, out[t, i]]), subject)
    return out


def designs():
    for procedure in r.PROCEDURES:
        if procedure.name in ("uploaded-list", "capped"):
            continue
        yield procedure.typical()
        if procedure.arms != "two" and procedure.name != "ratio-preserving":
            yield procedure.typical(("A", "B", "C"))
        if procedure.ratio == "any" and procedure.name != "ratio-preserving":
            yield procedure.typical(("A", "B"), (2, 1))
            yield procedure.typical(("A", "B", "C"), (3, 0, 1))
    for measure in ("range", "sd", "variance"):
        for ratio in ((1, 1), (2, 1), (1, 1, 1), (3, 2, 1), (2, 1, 1, 1)):
            yield r.Minimization(
                arms="ABCD"[: len(ratio)], ratio=ratio, factors=FACTORS, measure=measure, p="9/10"
            )
    yield r.Capped(design=r.CompleteRandomization(arms=("A", "B")), caps=(r.Cap(5, arm="A"), r.Cap(100)))
    yield r.ratio_preserving(r.Minimization, arms=("A", "B", "C"), ratio=(3, 1, 2), factors=FACTORS, p="4/5")
    yield r.Capped(
        design=r.Stratified(design=r.CompleteRandomization(arms=("A", "B")), factors=FACTORS),
        caps=(r.Cap(20, factors=("a",)),),
    )
    yield r.Capped(
        design=r.Stratified(design=r.CompleteRandomization(arms=("A", "B", "C")), factors=FACTORS[:2]),
        caps=(r.Cap(4, arm="A", factors=("a",)), r.Cap(9, arm="B"), r.Cap(24)),
    )
    yield r.Capped(design=r.RandomizedPlayTheWinner(arms=("A", "B")), caps=(r.Cap(8, arm="B"),))
    yield r.Capped(design=r.Minimization(arms=("A", "B"), factors=FACTORS), caps=(r.Cap(9, arm="B"),))
    yield r.AtkinsonOptimal(arms="ABCD", factors=FACTORS[:1], covariates=("age",))
    yield r.AtkinsonOptimal(arms="ABC", ratio=(1, 0, 1), factors=FACTORS[:2])
    yield r.BayesianAdaptive(arms="ABCD", ratio=(1, 1, 0, 1), power="n/2N", total=20, burn_in=1, floor="1/8")
    yield r.BayesianAdaptive(arms="ABC", prior=(3, 2))
    yield r.BayesianAdaptive(arms="ABCDE", power="n/2N", total=24, burn_in=1)
    yield r.AtkinsonOptimal(arms="ABCDE", ratio=(1, 1, 1, 0, 1), factors=FACTORS)
    yield r.RandomizedPlayTheWinner(arms="ABCD", ratio=(1, 0, 1, 1), initial=3, reward=2)
    yield r.RandomizedPlayTheWinner(arms="AB", initial=2**31)
    yield r.BayesianAdaptive(arms="ABC", power="2/3", floor="1/3")
    yield r.HiddenBlocks(arms="ABC", ratio=(2, 0, 1), block_sizes=(3, 6, 9), size_weights=(1, 5, 2))
    yield r.Stratified(design=r.HiddenBlocks(arms="AB", block_sizes=(2, 4)), factors=FACTORS[:2])
    yield r.Stratified(design=r.DropTheLoser(arms=("A", "B")), factors=FACTORS)
    yield r.Stratified(
        design=r.Minimization(arms=("A", "B"), factors=FACTORS[:2], p="4/5"),
        factors=(r.Factor("region", ("x", "y")),),
    )
    yield r.Minimization(
        arms=("A", "B"),
        factors=[r.Factor("a", ("1", "2"), "1/999999999989"), r.Factor("b", ("1", "2"), "1/999999999961")],
    )
    yield r.HuHu(arms=("A", "B"), factors=FACTORS, overall="1/7", stratum="0.3")
    yield r.HuHu(arms=("A", "B", "C", "D"), ratio=(1, 1, 0, 1), factors=FACTORS, overall="1/7", p="3/5")
    yield r.ratio_preserving(r.HuHu, arms=("A", "B"), ratio=(2, 1), factors=FACTORS)
    yield r.AtkinsonOptimal(arms=("A", "B"), factors=FACTORS[:1], covariates=("age", "weight"))
    yield r.BayesianAdaptive(arms=("A", "B"), power="n/2N", total=30)
    yield r.BayesianAdaptive(arms=("A", "B"), prior=(3, 2), floor="1/20")
    for target in ("urn", "rsihr", "neyman"):
        yield r.ResponseAdaptiveCoin(arms=("A", "B", "C"), target=target, gamma="3/2")


@pytest.mark.parametrize("design", list(designs()), ids=lambda d: f"{d.procedure} {d.ratio}")
def test_batch_equals_the_exact_core(design):
    total = getattr(design, "total", 0) if design.procedure != "bayesian-adaptive" else 0
    given = scene(design, 6, min(total or 24, 24))

    assert np.array_equal(r.batch(design, **given), exactly(design, **given))


CERTAIN = [
    r.Minimization(arms=("A", "B"), factors=FACTORS, p=1),
    r.Minimization(arms=("A", "B", "C"), factors=FACTORS, p=1),
    r.Minimization(arms=("A", "B", "C"), ratio=(2, 1, 1), factors=FACTORS, p=1, measure="sd"),
    r.HuHu(arms=("A", "B"), factors=FACTORS, p=1),
    r.HuHu(arms=("A", "B", "C"), factors=FACTORS, p=1),
    r.BayesianAdaptive(arms=("A", "B"), burn_in=2),
    r.ResponseAdaptiveCoin(arms=("A", "B", "C"), burn_in=2),
    r.BigStick(arms=("A", "B"), tolerance=1),
    r.BayesianAdaptive(arms=("A", "B", "C"), burn_in=2),
    r.HiddenBlocks(arms=("A", "B"), block_sizes=(2, 4)),
    r.HiddenBlocks(arms=("A", "B", "C"), block_sizes=(3,)),
    r.AtkinsonOptimal(arms=("A", "B")),
    r.GeneralizedBiasedCoin(arms=("A", "B"), rho=3),
    r.RandomizedPlayTheWinner(arms=("A", "B", "C")),
]


@pytest.mark.parametrize("design", CERTAIN, ids=lambda d: f"{d.procedure} {d.ratio}")
def test_the_first_and_the_last_draw_never_reach_an_arm_of_probability_zero(design):
    given = scene(design, 40, 8)
    edges = np.array([0, 1, 2**64 - 2048, 2**64 - 1], dtype=np.uint64)
    given["u"] = np.random.default_rng(2).choice(edges, (40, 8))

    assert np.array_equal(r.batch(design, **given), exactly(design, **given))


@pytest.mark.parametrize("procedure", [p for p in r.PROCEDURES if p.family != "list"], ids=lambda p: p.name)
def test_trials_of_one_subject_are_simulated_too(procedure):
    design = procedure.typical()
    if procedure.name == "capped":
        design = r.Capped(design=design.design, caps=(r.Cap(1),))
    given = scene(design, 5, 1)

    assert np.array_equal(r.batch(design, **given), exactly(design, **given))


@pytest.mark.parametrize(
    "design", [r.Efron(arms=("A", "B"), p="3/5"), r.BlockUrn(arms=("A", "B"), balanced_sets=2)]
)
def test_draws_on_the_very_edge_of_a_probability_agree(design):
    state = r.allocate(design, design.start(), None, 0).state
    edge = int(r.probabilities(design, state)["A"] * 2**64)
    u = np.array([[0, m] for m in (0, edge - 1, edge, edge + 1, 2**64 - 1)], dtype=np.uint64)
    given = scene(design, 5, 2) | {"u": u}

    assert np.array_equal(r.batch(design, **given), exactly(design, **given))


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ({"u": np.zeros(3, np.uint64)}, "n_trials"),
        ({"u": np.zeros((1, 3), np.uint64)}, "levels"),
        ({"u": np.zeros((1, 3), np.uint64), "levels": np.full((1, 3, 1), 2)}, "0..1"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arguments, shown):
    design = r.Minimization(arms=("A", "B"), factors={"sex": ("F", "M")})

    with pytest.raises(ValueError, match=shown.replace(".", r"\.")):
        r.batch(design, **arguments)


@pytest.mark.parametrize("caps", [(r.Cap(4),), (r.Cap(2, arm="A"), r.Cap(2, arm="B"))])
def test_a_subject_beyond_all_caps_is_refused(caps):
    design = r.Capped(design=r.CompleteRandomization(arms=("A", "B")), caps=caps)
    assert r.batch(design, np.zeros((1, 4), np.uint64)).shape == (1, 4)

    with pytest.raises(ValueError, match="no arm is left"):
        r.batch(design, np.zeros((1, 5), np.uint64))


def test_an_exhausted_design_is_refused():
    with pytest.raises(ValueError, match="all 4 planned"):
        r.batch(r.RandomAllocationRule(arms=("A", "B"), total=4), np.zeros((1, 5), np.uint64))
