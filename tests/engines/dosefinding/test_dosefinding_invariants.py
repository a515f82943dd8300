"""What must hold for every design, target and outcome."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats
from scipy.special import expit, logit

from triallink.engines.dosefinding import (
    BLRM,
    BOIN,
    CRM,
    MTPI,
    MTPI2,
    TPI,
    I3Plus3,
    IntervalDesign,
    Outcomes,
    ThreePlusThree,
    TwoParameterCRM,
    decision_table,
    exact_characteristics,
    indifference_skeleton,
    simulate,
    transition_pathways,
)
from triallink.engines.dosefinding.isotonic import isotonic

SKELETON = (0.06, 0.14, 0.25, 0.38, 0.51)
DESIGNS = [
    ThreePlusThree(n_doses=5),
    ThreePlusThree(n_doses=5, allows_deescalation=True),
    TPI(n_doses=5, target=0.25),
    MTPI(n_doses=5, target=0.25),
    MTPI2(n_doses=5, target=0.25),
    BOIN(n_doses=5, target=0.25),
    I3Plus3(n_doses=5, target=0.25),
    CRM(skeleton=SKELETON, target=0.25, stop_probability=0.95),
    CRM(skeleton=SKELETON, target=0.25, model="logistic"),
    CRM(skeleton=SKELETON, target=0.25, inference="likelihood"),
    TwoParameterCRM(skeleton=SKELETON, target=0.25, stop_probability=0.95),
    BLRM(doses=(10, 20, 40, 60, 80), reference_dose=60),
]
INTERVAL_DESIGNS = [design for design in DESIGNS if isinstance(design, IntervalDesign)]
every_design = pytest.mark.parametrize("design", DESIGNS, ids=lambda design: repr(design)[:40])


@every_design
def test_a_trial_without_outcomes_starts_at_the_first_level(design):
    assert design.recommend("").dose == 1


@every_design
def test_escalation_never_skips_an_untried_level(design):
    subjects = 0
    text = ""
    level = 1
    while subjects < 30 and level:
        text += f" {level}NNN"
        subjects += 3
        following = design.recommend(text).dose
        assert following is not None
        assert following <= level + 1
        level = following
    assert level == 5, "a trial without toxicity reaches the highest level"


@every_design
def test_six_toxicities_of_six_at_the_first_level_never_escalate(design):
    recommendation = design.recommend("1TTT 1TTT")
    assert recommendation.dose in (None, 1)


@every_design
def test_more_toxicity_never_raises_the_next_dose(design):
    doses = [design.recommend("1NNN 2NNN 3" + "T" * x + "N" * (6 - x)).dose or 0 for x in range(7)]
    assert doses == sorted(doses, reverse=True)


@every_design
@pytest.mark.parametrize("rates", [(0.0,) * 5, (1.0,) * 5, (0.05, 0.1, 0.25, 0.4, 0.6)])
def test_simulated_shares_add_up(design, rates):
    oc = simulate(design, rates, cohort_size=3, max_subjects=18, n_trials=200, seed=3)
    assert oc.selected.sum() + oc.none_selected == pytest.approx(1)
    assert oc.sample_size <= 18
    assert (oc.mean_toxicities <= oc.mean_subjects).all()
    if rates == (0.0,) * 5:
        assert oc.mean_toxicities.sum() == 0
    if rates == (1.0,) * 5:
        assert oc.selected[1:].sum() == 0


def test_the_same_seed_gives_the_same_trials():
    design = BOIN(n_doses=3, target=0.3)
    one, other, third = (
        simulate(design, (0.1, 0.3, 0.5), cohort_size=3, max_subjects=15, n_trials=500, seed=seed)
        for seed in (1, 1, 2)
    )
    assert (one.mean_subjects == other.mean_subjects).all()
    assert (one.mean_subjects != third.mean_subjects).any()


@pytest.mark.parametrize("design", DESIGNS[:7], ids=lambda design: repr(design)[:40])
def test_simulation_agrees_with_exact_enumeration(design):
    rates = (0.05, 0.12, 0.25, 0.4, 0.6)
    exact = exact_characteristics(design, rates, cohort_size=3, max_subjects=18)
    rough = simulate(design, rates, cohort_size=3, max_subjects=18, n_trials=20_000, seed=11)
    assert exact.selected.sum() + exact.none_selected == pytest.approx(1, abs=1e-12)
    error = np.sqrt(exact.selected * (1 - exact.selected) / 20_000) + 1e-9
    assert (np.abs(rough.selected - exact.selected) / error).max() < 4.5
    assert np.allclose(rough.mean_subjects, exact.mean_subjects, atol=0.15)


def test_exact_enumeration_refuses_to_grow_without_end():
    with pytest.raises(ValueError, match="max_states=10"):
        exact_characteristics(DESIGNS[5], SKELETON, cohort_size=3, max_subjects=30, max_states=10)


@pytest.mark.parametrize("design", INTERVAL_DESIGNS, ids=lambda design: type(design).__name__)
@given(target=st.floats(0.1, 0.5), n=st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_decisions_turn_from_escalate_to_exclude_as_toxicities_rise(design, target, n):
    rank = {"E": 0, "S": 1, "D": 2, "DU": 3}
    row = decision_table(type(design)(n_doses=3, target=target), n)[-1]
    ranks = [rank[letter] for letter in row.decisions]
    assert ranks == sorted(ranks)


@given(
    target=st.floats(0.05, 0.6),
    safe=st.floats(0.3, 0.9),
    toxic=st.floats(1.1, 1.6),
)
def test_boin_boundaries_lie_between_their_rates(target, safe, toxic):
    design = BOIN(n_doses=2, target=target, p_saf=safe * target, p_tox=toxic * target)
    assert design.safe_rate < design.lambda_e < target < design.lambda_d < design.toxic_rate


@given(st.lists(st.tuples(st.integers(1, 5), st.lists(st.booleans(), min_size=1, max_size=4)), max_size=8))
def test_outcomes_survive_their_shorthand(cohorts):
    text = " ".join(f"{level}{''.join('T' if t else 'N' for t in toxic)}" for level, toxic in cohorts)
    subjects, toxicities = Outcomes.parse(text).counts(5)
    assert subjects.sum() == sum(len(toxic) for _, toxic in cohorts)
    assert toxicities.sum() == sum(sum(toxic) for _, toxic in cohorts)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 5)), min_size=1, max_size=7))
def test_isotonic_fit_is_the_constrained_least_squares_fit(points):
    values, weights = (np.array(column)[None, :] for column in zip(*points, strict=True))
    fit = isotonic(values, weights)[0]
    reference = optimize.isotonic_regression(values[0], weights=weights[0]).x
    assert np.allclose(fit, reference, atol=1e-9)


@given(levels=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=4, max_size=4))
@settings(max_examples=15, deadline=None)
def test_crm_posterior_equals_adaptive_integration(levels):
    skeleton = np.array([0.05, 0.12, 0.25, 0.4])
    n = np.array([max(a, b) for a, b in levels])
    x = np.array([min(a, b) for a, b in levels])
    outcomes = Outcomes.from_subjects(
        [j + 1 for j in range(4) for _ in range(n[j])],
        [int(i < x[j]) for j in range(4) for i in range(n[j])],
    )
    fit = CRM(skeleton=tuple(skeleton), target=0.25).fit(outcomes)

    def log_posterior(theta):
        log_p = np.exp(theta) * np.log(skeleton)
        return (x * log_p + (n - x) * np.log(-np.expm1(log_p))).sum() - theta**2 / (2 * 1.34)

    peak = max(log_posterior(theta) for theta in np.linspace(-5, 5, 401))

    def moment(power):
        return integrate.quad(
            lambda theta: theta**power * np.exp(log_posterior(theta) - peak),
            -11,
            11,
            limit=400,
            points=(-2, 0, 2),
            epsabs=1e-13,
        )[0]

    assert fit.estimate == pytest.approx(moment(1) / moment(0), abs=1e-6)


def test_likelihood_crm_equals_direct_maximization():
    skeleton, level, toxic = (
        np.array(SKELETON),
        np.array([1, 2, 3, 3, 2, 3, 3]),
        np.array([0, 0, 1, 0, 0, 0, 1]),
    )
    for model in ("empiric", "logistic"):
        design = CRM(skeleton=SKELETON, target=0.25, inference="likelihood", model=model)

        def loss(theta, design=design):
            p = design.curve(np.array([theta]))[0][level - 1]
            return -(toxic * np.log(p) + (1 - toxic) * np.log(1 - p)).sum()

        best = optimize.minimize_scalar(loss, bounds=(-10, 10), method="bounded", options={"xatol": 1e-10}).x
        fit = design.fit(Outcomes.from_subjects(level.tolist(), toxic.tolist()))
        assert fit.estimate == pytest.approx(best, abs=1e-6)
        assert (fit.lower < fit.toxicity).all()
        assert (fit.toxicity < fit.upper).all()
    assert skeleton.shape == fit.toxicity.shape


def test_likelihood_crm_refuses_outcomes_without_an_estimate():
    with pytest.raises(ValueError, match="0 toxicities among 3"):
        CRM(skeleton=SKELETON, target=0.25, inference="likelihood").fit("1NNN")


def test_blrm_interval_probabilities_equal_integration_by_another_route():
    """The inner integral in closed steps by adaptive quadrature, the outer by a fine sum."""
    design = BLRM(doses=(10, 25, 50), reference_dose=50, prior_correlation=-0.3)
    outcomes = "1NNN 2NNN 3NTT"
    n, x = Outcomes.parse(outcomes).counts(3)
    scaled = np.log(np.array(design.doses) / 50)
    prior = stats.multivariate_normal(
        design.prior_mean,
        [
            [design.prior_sd[0] ** 2, -0.3 * design.prior_sd[0] * design.prior_sd[1]],
            [-0.3 * design.prior_sd[0] * design.prior_sd[1], design.prior_sd[1] ** 2],
        ],
    )

    def density(log_alpha, log_beta):
        p = expit(log_alpha + np.exp(log_beta) * scaled)
        return prior.pdf([log_alpha, log_beta]) * np.prod(p**x * (1 - p) ** (n - x))

    betas, step = np.linspace(-5, 5, 81, retstep=True)
    whole = over = 0.0
    for beta in betas:
        threshold = logit(0.33) - np.exp(beta) * scaled[1]
        limits = (-14.0, 13.0)
        cut = float(np.clip(threshold, *limits))
        below = integrate.quad(density, limits[0], cut, args=(beta,), limit=200)[0]
        above = integrate.quad(density, cut, limits[1], args=(beta,), limit=200)[0]
        whole += below + above
        over += above
    assert design.interval_probabilities(outcomes).overdosing[1] == pytest.approx(over / whole, abs=2e-5)
    assert step > 0


def test_blrm_stops_when_every_dose_is_likely_to_overdose():
    design = BLRM(doses=(10, 20, 40), reference_dose=20)
    recommendation = design.recommend("1TTT 1TT")
    assert recommendation.dose is None
    assert not recommendation.is_continuing


@given(
    target=st.floats(0.1, 0.5),
    share=st.floats(0.1, 0.9),
    level=st.integers(1, 6),
)
def test_indifference_skeleton_has_its_level_at_the_target_and_its_half_width(target, share, level):
    halfwidth = share * min(target, 1 - target) * 0.5
    skeleton = indifference_skeleton(halfwidth, target, level, 6)
    assert skeleton[level - 1] == pytest.approx(target)
    # Neighbours meet at target +- halfwidth at the same parameter value.
    for lower, upper in pairwise(skeleton):
        slope = np.log(target + halfwidth) / np.log(upper)
        assert lower**slope == pytest.approx(target - halfwidth)


def test_three_plus_three_reaches_its_textbook_decisions():
    design = ThreePlusThree(n_doses=3)
    confirming = ThreePlusThree(n_doses=3, allows_deescalation=True)
    assert design.recommend("1NNT").dose == 1
    assert design.recommend("1NNT 1NNN").dose == 2
    assert design.recommend("1NNT 1NNT").dose is None
    assert design.select_dose("1NNN 2NTT") == 1
    assert not design.recommend("1NNN 2NTT").is_continuing
    assert confirming.recommend("1NNN 2NTT").is_continuing
    assert confirming.select_dose("1NNN 2NTT 1NNN") == 1
    assert design.select_dose("1NNN 2NNN 3NNN") == 3
    assert not design.recommend("1NNN 2NNN 3NNN").is_continuing


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: BOIN(n_doses=0, target=0.3), "got 0"),
        (lambda: BOIN(n_doses=3, target=1.2), "1.2"),
        (lambda: BOIN(n_doses=3, target=0.3, p_saf=0.4), "0.4"),
        (lambda: MTPI(n_doses=3, target=0.3, epsilon1=0, epsilon2=0), "epsilon"),
        (lambda: CRM(skeleton=(0.2, 0.1), target=0.3), r"\(0.2, 0.1\)"),
        (lambda: CRM(skeleton=(0.2, 0.3), target=0.3, model="probit"), "probit"),
        (lambda: BLRM(doses=(2, 1), reference_dose=1), r"\(2, 1\)"),
        (lambda: Outcomes.parse("1NNN 2NXT"), "2NXT"),
        (lambda: Outcomes.parse("7N").counts(3), "level 7"),
        (lambda: simulate(DESIGNS[5], (0.1,), cohort_size=3, max_subjects=9, n_trials=1, seed=1), "5 doses"),
    ],
)
def test_impossible_settings_are_refused_with_their_value(make, shown):
    with pytest.raises(ValueError, match=shown):
        make()


def test_three_plus_three_has_a_decision_table():
    rows = decision_table(ThreePlusThree(n_doses=3), 6)
    assert rows[2].decisions == ("E", "S", "DU", "DU")
    assert rows[5].decisions == ("E", "E", "DU", "DU", "DU", "DU", "DU")


@every_design
def test_pathways_cover_every_course_of_the_first_cohorts(design):
    pathways = transition_pathways(design, cohort_size=3, n_cohorts=2)
    assert len({path.outcomes for path in pathways}) == len(pathways)
    for path in pathways:
        again = design.recommend(path.outcomes)
        assert (again.dose, again.is_continuing) == (path.dose, path.is_continuing)
    stopped = [path for path in pathways if len(path.outcomes.split()) == 1]
    assert len(pathways) == 4 * (4 - len(stopped)) + len(stopped)
    with pytest.raises(ValueError, match="100,000"):
        transition_pathways(design, cohort_size=3, n_cohorts=9)


@pytest.mark.parametrize("inference", ["bayes", "likelihood"])
@pytest.mark.parametrize("model", ["empiric", "logistic"])
def test_incomplete_observation_counts_in_part(model, inference):
    design = CRM(skeleton=SKELETON, target=0.25, model=model, inference=inference)
    outcomes = "1NNN 2NNT 3NNN"
    whole = design.fit(outcomes)
    explicit = design.fit(outcomes, weights=[1.0] * 9)
    assert explicit.estimate == pytest.approx(whole.estimate, abs=1e-9)
    partial = design.fit(outcomes, weights=[1, 1, 1, 1, 1, 1, 0.2, 0.2, 0.2])
    assert (partial.toxicity > whole.toxicity).all(), "less reassurance makes every dose look more toxic"
    without = design.fit("1NNN 2NNT")
    ignored = design.fit(outcomes, weights=[1, 1, 1, 1, 1, 1, 0, 0, 0])
    assert ignored.estimate == pytest.approx(without.estimate, abs=1e-6)
    # A toxicity counts in full whatever part of the window it took.
    early = design.fit(outcomes, weights=[1, 1, 1, 1, 1, 0.1, 1, 1, 1])
    assert early.estimate == pytest.approx(whole.estimate, abs=1e-9)


@pytest.mark.parametrize("weights", [[1, 1], [1, 1, 1.5]])
def test_wrong_weights_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        CRM(skeleton=SKELETON, target=0.25).fit("1NNT", weights=weights)


@given(levels=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=5, max_size=5))
@settings(max_examples=30, deadline=None)
def test_the_batch_estimate_is_the_fitted_one(levels):
    n = np.array([max(a, b) for a, b in levels])
    x = np.array([min(a, b) for a, b in levels])
    seen = Outcomes.from_subjects(
        [j + 1 for j in range(5) for _ in range(n[j])],
        [int(i < x[j]) for j in range(5) for i in range(n[j])],
    )
    for inference in ("bayes", "likelihood"):
        if inference == "likelihood" and not 0 < x.sum() < n.sum():
            continue
        design = CRM(skeleton=SKELETON, target=0.25, inference=inference)
        batch = design.toxicity_estimates(n[None, :], x[None, :])[0]
        assert np.allclose(batch, design.fit(seen).toxicity, atol=1e-6)
