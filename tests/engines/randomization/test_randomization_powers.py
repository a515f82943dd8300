"""The quick power that adaptive loops filter with: close enough for the guard that rests on it."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

from triallink.engines.randomization.kernels_power import LEAST_LOG2, POWER_ERROR, TABLES, powers


@pytest.mark.parametrize("exponent", [0.0, 0.001, 0.25, 2 / 3, 1.5, 7.0, 40.0, 1000.0])
def test_a_quick_power_errs_less_than_the_guard_allows(exponent):
    rng = np.random.default_rng(3)
    base = np.concatenate(
        [[1.0, 1 - 2**-53, 0.5, 1e-300, 1 / 3], rng.random(200), 10.0 ** (-20 * rng.random(195))]
    )
    raw = np.zeros_like(base)
    for start in range(0, len(base), 5):
        part = base[start : start + 5].copy()
        powers((0,) * 5, part, part.view(np.int64), exponent, *TABLES, raw[start : start + 5])
    with localcontext() as context:
        context.prec = 40
        for value, found in zip(base.tolist(), raw.tolist(), strict=True):
            exact = (Decimal(value).ln() * Decimal(exponent)).exp()
            least = Decimal(2) ** int(LEAST_LOG2)
            assert abs(Decimal(found) - exact) <= exact * Decimal(POWER_ERROR * (1 + exponent)) + 2 * least
