"""What shows, on the installed copy, that the design engine finds published sizes, bounds and chances."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from triallink.kernel.qualification import Check, CheckResult

from .adaptive import Interim, promising_from
from .equivalence import equivalent_means
from .events import logrank_events
from .exact import exact_one_proportion
from .futility import beta_spending_boundaries
from .means import two_means
from .models import DunnettModel, PromisingZoneModel, SequentialModel
from .multiarm import dunnett_critical
from .operation import conditional_power, cost
from .plan import sequential_plan
from .proportions import score_statistic, two_proportions
from .sequential import (
    hwang_shih_decani_spending,
    kim_demets_spending,
    obrien_fleming_spending,
    shaped_boundaries,
    spending_boundaries,
)
from .simon import Criterion, simon_design
from .simulation import simulate

_TRIALS = 200_000
_SEED = 20261123


def checks() -> tuple[Check, ...]:
    """Return the qualification checks of the design engine."""
    return (
        Check(
            "Sizes for two proportions are those of the restricted-likelihood score test.",
            "Farrington, Manning (1990), Stat Med 9, table I, as printed by gsDesign 3.11",
            "1e-4 subjects, the digits printed",
            lambda: _near(_farrington_manning(), [159.6876, 173.2214, 259.8322, 133.9289, 200.8933], 1e-4),
        ),
        Check(
            "Score statistics at published confidence limits are the normal quantile.",
            "Miettinen, Nurminen (1985), Stat Med 4, examples 4 and 6",
            "3e-4, limits are printed to four digits",
            lambda: _near(_miettinen_nurminen(), [1.959962, -1.959865, 1.96, -1.96], 3e-4),
        ),
        Check(
            "Sizes for two means are exact by the noncentral t distribution.",
            "rpact 4.3.0 getSampleSizeMeans",
            "5e-4 subjects: the program stops searching at 1e-6 of the size",
            lambda: _near(
                [two_means(difference=d, sd=1, power=0.9).n for d in (0.5, 0.8)],
                [170.0626282689, 67.6511229962],
                5e-4,
            ),
        ),
        Check(
            "Events and power of the log-rank test are those of two commercial programs.",
            "SAS 9.4 PROC SEQDESIGN; East 6.5",
            "1e-4 events; 3e-8 power",
            lambda: _near(
                [
                    logrank_events(hazard_ratio=0.5, power=0.9).n,
                    1e4 * logrank_events(hazard_ratio=0.5, events=39.02121789).power,
                ],
                [87.4793, 5812.0457],
                3e-4,
            ),
        ),
        Check(
            "Power of the exact binomial test of one proportion.",
            "East 6.5, as printed by the tests of gsDesign 3.11",
            "5e-9, the digits printed",
            lambda: _near(
                [exact_one_proportion(proportion=0.2, null=0.05, n=n).power for n in (25, 28, 30, 33, 35)],
                [0.57932569, 0.6851126, 0.74476675, 0.81787426, 0.72790831],
                5e-9,
            ),
        ),
        Check(
            "Equivalence of a crossover has the exact power of two one-sided t-tests.",
            "PowerTOST, documentation of sampleN.TOST",
            "6e-7, the digits printed",
            lambda: _near(
                [_bioequivalence(cv, n) for cv, n in ((0.3, 40), (0.25, 28), (0.2, 20))],
                [0.815845, 0.807439, 0.83468],
                6e-7,
            ),
        ),
        Check(
            "Group-sequential bounds and inflation are those of the textbook.",
            "Jennison, Turnbull (2000), tables 2.1, 2.2 and 2.3",
            "6e-4, printed to three digits",
            lambda: _near(_textbook(), [2.413, 2.040, 1.151], 6e-4),
        ),
        Check(
            "Alpha and beta spending together give the events per look of East.",
            "East 6.5, as printed by the tests of gsDesign 3.11 (gsSurv)",
            "1e-4 events",
            lambda: _near(_east_events(), [29.1514896, 58.3029792, 87.4544688, 116.6059584], 1e-4),
        ),
        Check(
            "Conditional power given an interim result.",
            "East 6.5, as printed by the tests of gsDesign 3.11 (gsCP)",
            "1e-6",
            lambda: _near([_conditional()], [0.3306859], 1e-6),
        ),
        Check(
            "The promising zone begins where the unweighted test keeps its error.",
            "Mehta, Pocock (2011), Stat Med 30, table 1",
            "0.0056, printed to two digits",
            lambda: _near(
                [
                    promising_from(Interim(100 * t, 100, 100 * m, 1.959964, 0.8))
                    for m, t in ((1.5, 0.5), (2, 0.25), (3, 0.5))
                ],
                [0.41, 0.37, 0.31],
                0.0056,
            ),
        ),
        Check(
            "Dunnett's critical values, one- and two-sided, variance known and estimated.",
            "Dunnett (1955), JASA 50; Dunnett (1964), Biometrics 20",
            "0.0051, printed to two digits",
            lambda: _near(
                [
                    dunnett_critical(3, 0.05),
                    dunnett_critical(2, 0.05, freedom=10),
                    dunnett_critical(3, 0.05, sided=2),
                    dunnett_critical(2, 0.01, freedom=20, sided=2),
                ],
                [2.06, 2.15, 2.35, 3.13],
                0.0051,
            ),
        ),
        Check(
            "Simon's optimal and minimax two-stage designs.",
            "Simon (1989), Control Clin Trials 10, tables 1 and 2",
            "exact limits and sizes; expected size 0.05",
            lambda: _near(_simon(), [1, 10, 5, 29, 15.0, 1, 15, 5, 25, 19.5], 0.051),
        ),
        Check(
            "Simulated type I error of looks, of a growing trial and of several treatments is alpha.",
            f"closed form; {_TRIALS} trials, seed {_SEED}",
            "four Monte Carlo standard errors",
            _type_one_error,
        ),
    )


def _near(observed: Sequence[float], expected: Sequence[float], tolerance: float) -> CheckResult:
    passed = all(abs(a - b) <= tolerance for a, b in zip(observed, expected, strict=True))
    return CheckResult(
        passed, ", ".join(f"{each:.9g}" for each in observed), ", ".join(f"{each:.9g}" for each in expected)
    )


def _farrington_manning() -> list[float]:
    first = two_proportions(treatment=0.4, control=0.05, null=0.2, alpha=0.05, power=0.8)
    second = two_proportions(treatment=0.25, control=0.05, null=0.1, alpha=0.05, power=0.9, ratio=2 / 3)
    third = two_proportions(
        treatment=0.25, control=0.05, null=2, scale="ratio", alpha=0.05, power=0.9, ratio=2 / 3
    )
    return [first.n, *second.groups, *third.groups]


def _miettinen_nurminen() -> list[float]:
    differences = [score_statistic((0, 0), (10, 20), null=at, corrected=True) for at in (-0.1658, 0.2843608)]
    ratios = [
        score_statistic((10, 20), (10, 20), null=at, scale="ratio", corrected=True)
        for at in (0.715615, 1.198703)
    ]
    return [*differences, *ratios]


def _bioequivalence(cv: float, n: int) -> float:
    return equivalent_means(
        difference=math.log(0.95),
        limits=(math.log(0.8), math.log(1.25)),
        sd=math.sqrt(math.log1p(cv**2)),
        layout="crossover",
        n=n,
    ).power


def _textbook() -> list[float]:
    equal = [0.2, 0.4, 0.6, 0.8, 1.0]
    flat = shaped_boundaries("pocock", equal, 0.05, sided=2)
    steep = shaped_boundaries("obrien_fleming", equal, 0.05, sided=2)
    three = shaped_boundaries("pocock", [1 / 3, 2 / 3, 1], 0.05, sided=2)
    return [float(flat.upper[0]), float(steep.upper[-1]), cost(three, 0.9).inflation]


def _east_events() -> list[float]:
    bounds = beta_spending_boundaries(
        hwang_shih_decani_spending(-4), kim_demets_spending(0.5), [0.25, 0.5, 0.75, 1], 0.025, 0.1
    )
    looks: list[float] = sequential_plan(bounds, logrank_events(hazard_ratio=0.5, power=0.9)).looks.tolist()
    return looks


def _conditional() -> float:
    bounds = spending_boundaries(hwang_shih_decani_spending(-4), [1 / 3, 2 / 3, 1], 0.05, sided=2)
    drift = 0.05733214 * math.sqrt(800 * cost(bounds, 0.9).inflation)
    return conditional_power(bounds, 1, 0.943317, drift)


def _simon() -> list[float]:
    found: list[float] = []
    criteria: tuple[Criterion, ...] = ("optimal", "minimax")
    for criterion in criteria:
        each = simon_design(0.1, 0.3, alpha=0.05, power=0.8, criterion=criterion)
        found += [each.first_limit, each.first_n, each.limit, each.n, each.expected_n]
    return found


def _type_one_error() -> CheckResult:
    bounds = spending_boundaries(obrien_fleming_spending, [0.4, 0.7, 1], 0.025)
    models: tuple[Callable[[], float], ...] = (
        lambda: simulate(SequentialModel(bounds), seed=_SEED, trials=_TRIALS).any_rejected,
        lambda: (
            simulate(
                PromisingZoneModel(Interim(100, 200, 400, 1.959964, 0.8)), seed=_SEED, trials=_TRIALS
            ).any_rejected
        ),
        lambda: simulate(DunnettModel((0.0, 0.0, 0.0), 1.0, 50), seed=_SEED, trials=_TRIALS).any_rejected,
    )
    shares = [model() for model in models]
    return _near(shares, [0.025] * 3, 4 * math.sqrt(0.025 * 0.975 / _TRIALS))
