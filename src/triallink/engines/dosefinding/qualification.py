"""What shows, on the installed copy, that the dose-finding designs decide as published."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from triallink.kernel.qualification import Check, CheckResult

from .blrm import BLRM
from .crm import CRM
from .interval import BOIN, MTPI, MTPI2, TPI, I3Plus3, IntervalDesign
from .outcomes import FloatArray, Outcomes
from .rules import ThreePlusThree
from .simulation import exact_characteristics, simulate
from .table import decision_table
from .two_parameter import TwoParameterCRM

# target: (lambda_e, lambda_d), Liu & Yuan (2015), table 1, three decimals.
_BOIN_LAMBDAS = {
    0.15: (0.118, 0.179),
    0.20: (0.157, 0.238),
    0.25: (0.197, 0.298),
    0.30: (0.236, 0.359),
    0.35: (0.276, 0.419),
    0.40: (0.316, 0.480),
}
# subjects: (escalate if <=, de-escalate if >=, eliminate if >=) at target 0.30.
_BOIN_TABLE = {3: (0, 2, 3), 6: (1, 3, 4), 9: (2, 4, 5), 12: (2, 5, 7), 15: (3, 6, 8), 18: (4, 7, 9)}
# The decisions for 3 and 6 subjects at target 0.30 that the interval designs print in their papers (the tests of
# the R package escalation 0.2.3 hold more of them).
_PUBLISHED_ROWS: dict[str, tuple[IntervalDesign, dict[int, str]]] = {
    "TPI: Ji et al. (2007), Clinical Trials 4:235, table 1": (
        TPI(n_doses=5, target=0.3),
        {3: "E S D DU", 6: "E S S D DU DU DU"},
    ),
    "mTPI: Ji et al. (2010), Clinical Trials 7:653, figure 2": (
        MTPI(n_doses=5, target=0.3),
        {3: "E S D DU", 6: "E E S S DU DU DU"},
    ),
    "mTPI-2: Guo et al. (2017), Contemp Clin Trials 58:23, figure 3": (
        MTPI2(n_doses=5, target=0.3),
        {3: "E S D DU", 6: "E E S D DU DU DU"},
    ),
    "i3+3: rule of Liu, Wang & Ji (2020), J Biopharm Stat 30:294, applied by hand": (
        I3Plus3(n_doses=5, target=0.3),
        {3: "E S D DU", 6: "E E S D DU DU DU"},
    ),
}
# Skeleton, level and toxicity of ten subjects, and what crm() of the R package dfcrm answers at target 0.2.
_DFCRM_SKELETON = (0.05, 0.10, 0.20, 0.30, 0.35, 0.40, 0.45)
_DFCRM_LEVELS = [3, 4, 4, 3, 3, 4, 3, 2, 2, 2]
_DFCRM_TOXICITIES = [0, 0, 1, 0, 0, 1, 1, 0, 0, 0]
_DFCRM_ANSWER = (-0.25805751048, 0.15504311962, 2.0)  # estimate, variance, level
# The observations of Neuenschwander, Branson & Gsponer (2008): 3, 4, 5 and 4 subjects without toxicity on the first
# four of ten doses, both of two subjects with toxicity on the seventh.
_NBG_DOSES = (1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0)
_NBG_OUTCOMES = "1NNN 2NNNN 3NNNNN 4NNNN 7TT"
# Their table I: skeleton, posterior mean and standard deviation of each dose's toxicity.
_NBG_TABLE = (
    (
        (0.010, 0.015, 0.020, 0.025, 0.030, 0.040, 0.050, 0.100, 0.170, 0.300),
        (0.069, 0.085, 0.099, 0.111, 0.123, 0.144, 0.163, 0.242, 0.330, 0.465),
        (0.055, 0.062, 0.068, 0.072, 0.076, 0.082, 0.087, 0.101, 0.109, 0.108),
    ),
    (
        (0.063, 0.125, 0.188, 0.250, 0.313, 0.375, 0.438, 0.500, 0.563, 0.625),
        (0.024, 0.054, 0.090, 0.130, 0.176, 0.226, 0.281, 0.341, 0.405, 0.475),
        (0.030, 0.051, 0.069, 0.084, 0.097, 0.107, 0.115, 0.119, 0.120, 0.117),
    ),
)
# What stan_nbg() of the R package trialr prints in its introduction: posterior means with independent priors
# (2.15, 0.84) and (0.52, 0.80), reference dose 250, and four subjects instead of five on the third dose.
_TRIALR_DOSES = (*_NBG_DOSES, 75.0, 100.0, 150.0, 200.0, 250.0)
_TRIALR_OUTCOMES = "1NNN 2NNNN 3NNNN 4NNNN 7TT"
_TRIALR_MEANS = (
    *(0.01258690, 0.03252256, 0.06752086, 0.13847209, 0.20636157),
    *(0.26917718, 0.32637010, 0.37801151, 0.46612242, 0.53711249),
    *(0.66158702, 0.73901450, 0.82594636, 0.87171076, 0.89929305),
)
_FOUR_THOUSAND_DRAWS = (
    "0.01: three standard errors of 4,000 correlated draws with a standard deviation up to 0.15"
)


def checks() -> tuple[Check, ...]:
    """Return the qualification checks of the dose-finding engine."""
    return (
        Check(
            "BOIN computes the published optimal boundaries for six target rates.",
            "Liu & Yuan (2015), JRSS C 64:507, table 1",
            "0.0005, the rounding of the printed table",
            _boin_boundaries,
        ),
        Check(
            "BOIN prints the published decision table at target 0.30.",
            "get.boundary of the R package BOIN",
            "exact",
            _boin_table,
        ),
        *(
            Check(
                f"{name.partition(': ')[0]} decides as published after three and six subjects at target 0.30.",
                name.partition(": ")[2],
                "exact",
                _published_rows(design, rows),
            )
            for name, (design, rows) in _PUBLISHED_ROWS.items()
        ),
        Check(
            "The Bayesian one-parameter CRM reproduces estimate, variance and dose.",
            "crm() of the R package dfcrm, example of ten subjects",
            "1e-8: the reference integrates to a relative error of 1e-8 or better",
            _dfcrm_example,
        ),
        Check(
            "The CRM's posterior means and standard deviations of toxicity agree with print for two skeletons.",
            "Neuenschwander, Branson & Gsponer (2008), Stat Med 27:2420, table I (40 figures)",
            "0.005: the rounding of the table and the sampling error of its simulated posterior",
            _neuenschwander_table,
        ),
        Check(
            "The BLRM's posterior means of toxicity at 15 doses agree with a sampled posterior.",
            "stan_nbg() of the R package trialr, README, seed 2020, example of Neuenschwander et al. (2008), figure 1",
            _FOUR_THOUSAND_DRAWS,
            _trialr_blrm,
        ),
        Check(
            "The two-parameter CRM's posterior means of toxicity at 15 doses agree with a sampled posterior.",
            "the same example: with skeleton d / (d + 250) the two models are one",
            _FOUR_THOUSAND_DRAWS,
            _trialr_two_parameters,
        ),
        Check(
            "3+3 leaves a dose upwards with the closed-form probability.",
            "q^3 + 3 p q^5 with q = 1 - p: Storer (1989), Biometrics 45:925",
            "1e-12, rounding of double precision",
            _three_plus_three,
        ),
        Check(
            "Simulated operating characteristics agree with the exact ones.",
            "exact enumeration of every possible trial, this engine",
            "4 standard errors of 20,000 trials at a fixed seed",
            _simulation_agrees,
        ),
    )


def _boin_boundaries() -> CheckResult:
    worst = 0.0
    for target, (escalate, deescalate) in _BOIN_LAMBDAS.items():
        design = BOIN(n_doses=1, target=target)
        worst = max(worst, abs(design.lambda_e - escalate), abs(design.lambda_d - deescalate))
    return CheckResult(
        worst <= 0.0005 + 1e-12, f"largest difference {worst:.6f} over 12 boundaries", "at most 0.0005"
    )


def _boin_table() -> CheckResult:
    table = decision_table(BOIN(n_doses=5, target=0.3), max(_BOIN_TABLE))
    seen = {
        n: (table[n - 1].escalate_if, table[n - 1].deescalate_if, table[n - 1].eliminate_if)
        for n in _BOIN_TABLE
    }
    return CheckResult(seen == _BOIN_TABLE, str(seen), str(_BOIN_TABLE))


def _published_rows(design: IntervalDesign, rows: dict[int, str]) -> Callable[[], CheckResult]:
    def run() -> CheckResult:
        table = decision_table(design, max(rows))
        seen = {n: " ".join(table[n - 1].decisions) for n in rows}
        return CheckResult(seen == rows, str(seen), str(rows))

    return run


def _dfcrm_example() -> CheckResult:
    design = CRM(skeleton=_DFCRM_SKELETON, target=0.2)
    fit = design.fit(Outcomes.from_subjects(_DFCRM_LEVELS, _DFCRM_TOXICITIES))
    observed = (fit.estimate, fit.variance, float(fit.level))
    passed = bool(np.allclose(observed, _DFCRM_ANSWER, rtol=0, atol=1e-8))
    return CheckResult(passed, str(observed), str(_DFCRM_ANSWER))


def _neuenschwander_table() -> CheckResult:
    worst = 0.0
    for skeleton, means, deviations in _NBG_TABLE:
        fit = CRM(skeleton=skeleton, target=0.3, prior_sd=1.34).fit(_NBG_OUTCOMES)
        worst = max(worst, np.abs(fit.mean - means).max(), np.abs(fit.sd - deviations).max())
    return CheckResult(
        bool(worst <= 0.005), f"largest difference {worst:.4f} over 40 figures", "at most 0.005"
    )


def _trialr_blrm() -> CheckResult:
    design = BLRM(doses=_TRIALR_DOSES, reference_dose=250, prior_mean=(2.15, 0.52), prior_sd=(0.84, 0.80))
    return _near_trialr(design.interval_probabilities(_TRIALR_OUTCOMES).mean)


def _trialr_two_parameters() -> CheckResult:
    design = TwoParameterCRM(
        skeleton=tuple(dose / (dose + 250) for dose in _TRIALR_DOSES),
        target=0.3,
        alpha_mean=2.15,
        alpha_sd=0.84,
        beta_mean=0.52,
        beta_sd=0.80,
    )
    subjects, toxicities = Outcomes.parse(_TRIALR_OUTCOMES).counts(len(_TRIALR_DOSES))
    return _near_trialr(design.toxicity_estimates(subjects[None, :], toxicities[None, :])[0])


def _near_trialr(means: FloatArray) -> CheckResult:
    worst = float(np.abs(means - _TRIALR_MEANS).max())
    return CheckResult(worst <= 0.01, f"largest difference {worst:.4f} over 15 doses", "at most 0.01")


def _three_plus_three() -> CheckResult:
    worst = 0.0
    for p in (0.05, 0.1, 0.2, 0.3, 0.5):
        q = 1 - p
        exact = exact_characteristics(ThreePlusThree(n_doses=2), (p, 0.0), cohort_size=3, max_subjects=12)
        worst = max(worst, abs(float(exact.selected[1]) - (q**3 + 3 * p * q**5)))
    return CheckResult(worst < 1e-12, f"largest difference {worst:.1e} at five rates", "below 1e-12")


def _simulation_agrees() -> CheckResult:
    worst = 0.0
    rates = (0.05, 0.15, 0.3, 0.5)
    for design in (BOIN(n_doses=4, target=0.3), MTPI2(n_doses=4, target=0.3), ThreePlusThree(n_doses=4)):
        exact = exact_characteristics(design, rates, cohort_size=3, max_subjects=18)
        rough = simulate(design, rates, cohort_size=3, max_subjects=18, n_trials=20_000, seed=20)
        error = np.sqrt(exact.selected * (1 - exact.selected) / 20_000)
        worst = max(worst, float((np.abs(rough.selected - exact.selected) / error).max()))
    return CheckResult(worst < 4, f"largest difference {worst:.2f} standard errors over 12 doses", "below 4")
