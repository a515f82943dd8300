"""Group-sequential designs of the R package as calls of our public surface."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tools.design_vectors.rcalls import Call
from triallink.engines.design import (
    Boundaries,
    beta_spending_boundaries,
    hwang_shih_decani_spending,
    kim_demets_spending,
    obrien_fleming_spending,
    optimal_wang_tsiatis,
    pampallona_tsiatis_boundaries,
    pocock_spending,
    shaped_boundaries,
    spending_boundaries,
)

Sided = Literal[1, 2]


class OutOfScope(Exception):
    """The assertion asks for something this engine does not do; the message says what."""


@dataclass(frozen=True)
class Design:
    """Our bounds with the type II error the R design carries."""

    bounds: Boundaries
    beta: float
    beta_spent: tuple[float, ...] = ()
    delta: float | None = None

    @property
    def sided(self) -> Sided:
        """Sides of the test."""
        return self.bounds.sided

    @property
    def looks(self) -> int:
        """Number of analyses."""
        return len(self.bounds.upper)


# The designs of the ten two-sided tests with beta spending, which the assertions name only by the test they are in:
# fractions, alpha, beta, type of alpha spending with its parameter, of beta spending with its parameter, binding.
_USER = [0.15, 0.4, 0.8, 1.0]
TWO_SIDED_BETA: dict[int, tuple[list[float], float, float, str, float, str, Any, bool]] = {
    1: ([0.3, 0.4, 0.8, 1], 0.05, 0.1, "asKD", 2.5, "bsKD", 1.5, False),
    2: ([0.4, 0.65, 0.8, 1], 0.05, 0.1, "asKD", 2.5, "bsKD", 1.5, True),
    3: ([0.15, 0.25, 0.8, 1], 0.025, 0.07, "asOF", 0, "bsUser", [0.0105, 0.0175, 0.056, 0.07], False),
    4: ([0.35, 0.55, 0.8, 1], 0.035, 0.065, "asKD", 1.44, "bsKD", 1.35, True),
    5: ([0.35, 0.4, 0.8, 1], 0.025, 0.07, "asOF", 0, "bsKD", 1, True),
    6: ([0.35, 0.4, 0.8, 1], 0.025, 0.07, "asOF", 0, "bsUser", [0.01 * each for each in _USER], True),
    7: ([0.15, 0.4, 0.8, 1], 0.025, 0.01, "asOF", 0, "bsKD", 1, False),
    8: ([0.15, 0.4, 0.8, 1], 0.025, 0.01, "asOF", 0, "bsUser", [0.01 * each for each in _USER], False),
    9: ([0.35, 0.55, 0.8, 1], 0.035, 0.065, "asKD", 1.44, "bsKD", 1.35, False),
    10: ([0.15, 0.4, 0.8, 1], 0.025, 0.01, "asOF", 0, "bsUser", [0.01 * each for each in _USER], False),
}


def two_sided_beta(test: str) -> Call:
    """Return the design call of a test of two-sided beta spending, by the number its name ends with.

    Raises  OutOfScope if the test is another one.
    """
    match = re.search(r"two-sided beta spending \((\d+)\)", test)
    if match is None:
        raise OutOfScope("the design is not in the assertion")
    t, alpha, beta, up, gamma_up, down, parameter, binding = TWO_SIDED_BETA[int(match.group(1))]
    arguments: dict[str, Any] = {
        "informationRates": t, "alpha": alpha, "beta": beta, "sided": 2.0, "typeOfDesign": up, "gammaA": gamma_up,
        "typeBetaSpending": down, "bindingFutility": binding,
    }  # fmt: skip
    arguments["userBetaSpending" if down == "bsUser" else "gammaB"] = parameter
    return Call("getDesignGroupSequential", arguments)


def _spending(
    kind: str, gamma: float | None, user: Any, sided: int
) -> Callable[[float, float], float] | list[float]:
    if kind == "OF":
        return obrien_fleming_spending
    if kind == "P":
        return pocock_spending
    if kind == "KD":
        assert gamma is not None
        return kim_demets_spending(gamma)
    if kind == "HSD":
        assert gamma is not None
        return hwang_shih_decani_spending(gamma)
    if kind == "User":
        return [float(each) for each in user]
    raise OutOfScope(f"spending {kind}")


def design_of(call: Call | None, **own: Any) -> Design:
    """Return our design for getDesignGroupSequential or getDesignInverseNormal, or the fixed one of `own` arguments.

    Raises  OutOfScope for kinds of designs this engine does not have.
    """
    a = dict(call.arguments) if call is not None else {"kMax": 1.0, **own}
    if call is not None and call.name not in ("getDesignGroupSequential", "getDesignInverseNormal"):
        raise OutOfScope(call.name)
    if "delayedInformation" in a:
        raise OutOfScope("delayed response")
    kind = a.get("typeOfDesign", "OF")
    user = a.get("userAlphaSpending")
    # Fractions that stop short of one need not be spent to the last: our designs end with full information.
    t = a.get("informationRates")
    if t is None:
        looks = int(a["kMax"]) if "kMax" in a else len(user) if user is not None else 3
        if kind == "noEarlyEfficacy" and "kMax" not in a:
            looks = len(a["futilityBounds"]) + 1
        t = np.arange(1, looks + 1) / looks
    t = [float(each) for each in t]
    if abs(t[-1] - 1) > 1e-12:
        raise OutOfScope(f"information that ends at {t[-1]}")
    alpha = float(a.get("alpha", user[-1] if user is not None else 0.025))
    beta = float(a.get("beta", 0.2))
    sided: Sided = 2 if a.get("sided", 1) == 2 else 1
    binding = bool(a.get("bindingFutility", False))
    futility = [float(each) for each in np.atleast_1d(a.get("futilityBounds", []))]
    if "typeBetaSpending" in a:
        spend = _spending(kind[2:], a.get("gammaA"), user, sided)
        if a["typeBetaSpending"] == "bsUser" and "beta" not in a:
            beta = float(a["userBetaSpending"][-1])
        waste = _spending(a["typeBetaSpending"][2:], a.get("gammaB"), a.get("userBetaSpending"), 1)
        if isinstance(waste, list):
            last = waste[-1]
            bounds = beta_spending_boundaries(spend, waste, t, alpha, last, sided=sided, is_binding=binding)
            return Design(bounds, beta, tuple(waste))
        bounds = beta_spending_boundaries(spend, waste, t, alpha, beta, sided=sided, is_binding=binding)
        return Design(bounds, beta, tuple(waste(each, beta) for each in t))
    if kind == "PT":
        if a.get("twoSidedPower"):
            raise OutOfScope("power counted on both sides")
        bounds = pampallona_tsiatis_boundaries(
            t, alpha, beta, delta_upper=a.get("deltaPT1", 0.0), delta_futility=a.get("deltaPT0", 0.0),
            sided=sided, is_binding=binding,
        )  # fmt: skip
        return Design(bounds, beta)
    if kind == "WToptimum":
        criterion = {"ASNH1": "alternative", "ASNsum": "alternative_halfway_null"}[
            a.get("optimizationCriterion", "ASNH1")
        ]
        delta, bounds = optimal_wang_tsiatis(t, alpha, 1 - beta, sided=sided, criterion=criterion)  # type: ignore[arg-type]
        return Design(bounds, beta, delta=delta)
    if kind == "noEarlyEfficacy":
        spent = [0.0] * (len(t) - 1) + [alpha]
        return Design(
            spending_boundaries(spent, t, alpha, sided=sided, futility=futility, is_binding=binding), beta
        )
    if kind in ("OF", "P", "WT", "HP"):
        shape = {"OF": "obrien_fleming", "P": "pocock", "WT": "wang_tsiatis", "HP": "haybittle_peto"}[kind]
        bounds = shaped_boundaries(
            shape, t, alpha, sided=sided, delta=a.get("deltaWT") if kind == "WT" else None,  # type: ignore[arg-type]
            futility=futility, is_binding=binding,
        )  # fmt: skip
        return Design(bounds, beta)
    spend = _spending(kind[2:], a.get("gammaA"), user, sided)
    return Design(
        spending_boundaries(spend, t, alpha, sided=sided, futility=futility, is_binding=binding), beta
    )
