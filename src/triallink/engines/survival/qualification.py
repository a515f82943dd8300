"""What shows, on the installed copy, that survival analyses give published figures."""

from __future__ import annotations

from collections.abc import Sequence

from triallink.kernel.qualification import Check, CheckResult

from .cox import cox
from .kaplan_meier import kaplan_meier
from .logrank import logrank
from .partial_likelihood import Ties

# Acute myelogenous leukaemia, maintenance study: Miller (1981), Survival Analysis, p. 49.
_TIME = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45]
_EVENT = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
_ARM = ["maintained"] * 11 + ["none"] * 12
_SOURCE = "R survival 3.5-3 on Miller (1981), p. 49"


def checks() -> tuple[Check, ...]:
    """Return the qualification checks of the survival engine."""
    return (
        Check(
            "Kaplan–Meier median, its lower limit, restricted mean and its standard error.",
            _SOURCE,
            "1e-9, the digits printed",
            lambda: _near(_curve(), [31, 18, 52.6454545454546, 19.8286027955626]),
        ),
        Check(
            "Log-rank statistic of two arms.",
            _SOURCE,
            "1e-9, the digits printed",
            lambda: _near([logrank(_TIME, _EVENT, _ARM).chi_square], [3.396388698978]),
        ),
        Check(
            "Cox coefficient, standard error, likelihood and concordance with tied events (Efron).",
            _SOURCE,
            "1e-9, the digits printed",
            lambda: _near(
                _cox("efron"), [0.9155325750147, 0.511934275172, -41.032615596458, 0.6190476190476]
            ),
        ),
    )


def _near(observed: Sequence[float], expected: Sequence[float]) -> CheckResult:
    passed = all(abs(a - b) <= 1e-9 * max(1.0, abs(b)) for a, b in zip(observed, expected, strict=True))
    return CheckResult(
        passed, ", ".join(f"{each:.12g}" for each in observed), ", ".join(f"{each:.12g}" for each in expected)
    )


def _curve() -> list[float]:
    curve = kaplan_meier(_TIME[:11], _EVENT[:11], band="log")
    mean = curve.restricted_mean()
    return [curve.median.value, curve.median.lower, mean.value, mean.std_error]


def _cox(ties: Ties) -> list[float]:
    model = cox(_TIME, _EVENT, {"arm": _ARM}, ties=ties)
    return [
        float(model.coefficients[0]),
        float(model.std_errors[0]),
        model.log_likelihoods[1],
        model.concordance,
    ]
