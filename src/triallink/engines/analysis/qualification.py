"""What shows, on the installed copy, that analyses give published figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from triallink.kernel.qualification import Check, CheckResult

from .cmh import breslow_day, cmh, common_ratio
from .exact import exact_odds_ratio, fisher, proportion, risk_difference
from .linear import ancova
from .mmrm import mmrm
from .rounding import sas_round

# Berkeley admissions by department (Bickel, Hammel, O'Connell 1975), as R's UCBAdmissions: [men, women] x [in, out].
_BERKELEY = [
    [[512, 313], [89, 19]],
    [[353, 207], [17, 8]],
    [[120, 205], [202, 391]],
    [[138, 279], [131, 244]],
    [[53, 138], [94, 299]],
    [[22, 351], [24, 317]],
]


def checks() -> tuple[Check, ...]:
    """Return the qualification checks of the analysis engine."""
    return (
        Check(
            "Halves are rounded away from zero, also where binary numbers lie a hair below.",
            "SAS 9.4 Functions and CALL Routines, ROUND",
            "exact",
            lambda: _near([sas_round(2.675, 2), sas_round(-2.5), sas_round(1.005, 2)], [2.68, -3, 1.01], 0),
        ),
        Check(
            "Fisher's exact test of 2 × 2 and 2 × 3 tables.",
            "Tea tasting (Fisher 1935); CDISC pilot tables 14-1.02 and 14-5.02",
            "5e-4 for the pilot's second table, 5e-5 otherwise: the digits printed",
            lambda: _near(
                [fisher([[3, 1], [1, 3]]), fisher([[3, 0, 1], [83, 84, 83]]), fisher([[0, 86], [1, 83]])],
                [0.4857, 0.3281, 0.494],
                5e-4,
            ),
        ),
        Check(
            "Conditional odds ratio with its exact interval.",
            "SAS 9.4 PROC FREQ EXACT OR, tea tasting; estimate of R 4 fisher.test",
            "5e-4: the digits printed",
            lambda: _near(_tea(), [6.408309, 0.2117, 626.2435], 5e-4),
        ),
        Check(
            "Mantel–Haenszel odds ratio, its interval and the test of association.",
            "R 4 mantelhaen.test without correction, UCBAdmissions",
            "5e-4, the digits printed",
            lambda: _near(_berkeley(), [0.9046968, 0.7719074, 1.0603298, 1.5246], 5e-4),
        ),
        Check(
            "Breslow–Day test of equal odds ratios.",
            "Agresti (2002), Categorical Data Analysis, on Berkeley admissions",
            "0.1, as printed by programs that differ in the last digit",
            lambda: _near([breslow_day(_BERKELEY).chi_square], [18.83], 0.1),
        ),
        Check(
            "Exact and score intervals of proportions, and of their difference.",
            "Newcombe (1998), Stat Med 17, 857 (81 of 263) and 873 (56/70 against 48/80)",
            "6e-5, the digits printed",
            lambda: _near(_intervals(), [0.2527, 0.3676, 0.2553, 0.3662, 0.0524, 0.3339], 6e-5),
        ),
        Check(
            "Repeated measures of complete data give, visit by visit, the means of the arms and their t-test.",
            "closed form: with all visits present the model is a t-test at each visit",
            "1e-6: the likelihood is maximized by steps",
            _balanced,
        ),
    )


def _near(observed: Sequence[float], expected: Sequence[float], tolerance: float) -> CheckResult:
    passed = all(abs(a - b) <= tolerance for a, b in zip(observed, expected, strict=True))
    return CheckResult(
        passed, ", ".join(f"{each:.9g}" for each in observed), ", ".join(f"{each:.9g}" for each in expected)
    )


def _tea() -> list[float]:
    found = exact_odds_ratio([[3, 1], [1, 3]])
    return [found.value, found.lower, found.upper]


def _berkeley() -> list[float]:
    ratio = common_ratio(_BERKELEY)
    return [ratio.value, ratio.lower, ratio.upper, cmh(_BERKELEY).general.chi_square]


def _intervals() -> list[float]:
    exact, score = proportion(81, 263), proportion(81, 263, method="wilson")
    difference = risk_difference([[56, 14], [48, 32]])
    return [exact.lower, exact.upper, score.lower, score.upper, difference.lower, difference.upper]


def _balanced() -> CheckResult:
    draw = np.random.default_rng(20261123)
    n, m = 24, 3
    values = draw.normal(size=(n, m)) @ np.array([[1, 0.6, 0.3], [0, 0.8, 0.5], [0, 0, 0.9]])
    arm = np.repeat(["a", "b"], n // 2)
    subject, visit = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    model = mmrm(values.ravel(), subject, visit, np.repeat(arm, m))
    observed, expected = [], []
    for each in range(m):
        found, plain = model.difference("b", each), ancova(values[:, each], arm).differences["b"]
        observed += [found.value, found.std_error, found.df, found.p_value]
        expected += [plain.value, plain.std_error, plain.df, plain.p_value]
    return _near(observed, expected, 1e-6)
