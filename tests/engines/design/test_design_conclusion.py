"""What a trial shows at a look and at its end: published figures, and coverage by simulation."""

import math

import numpy as np
import pytest

from triallink.engines.design import (
    conditional_error,
    final_estimate,
    final_p_value,
    obrien_fleming_spending,
    repeated_interval,
    repeated_p_value,
    shaped_boundaries,
    spending_boundaries,
)


def binding(alpha: float):  # type: ignore[no-untyped-def]
    """Return a design of two looks whose futility binds."""
    return shaped_boundaries("wang_tsiatis", [0.4, 1], alpha, delta=0.25, futility=[0], is_binding=True)


def overruled(alpha: float):  # type: ignore[no-untyped-def]
    """Return a design of three looks whose futility may be overruled."""
    return shaped_boundaries("wang_tsiatis", [0.2, 0.4, 1], alpha, delta=0.25, futility=[0, 0])


# Source: rpact 4.1.0 getAnalysisResults of log-rank data, eight digits, searched to about 1e-6: design, z and events per
# look, repeated p-values, repeated intervals of the hazard ratio.
REPEATED = [
    (binding, [(1.92, 8), (2.1, 20)], [0.074184316, 0.019962317], [(0.65051922, 23.22605), (1.04083, 6.2857086)]),
    (
        overruled, [(1.52, 8), (1.38, 15), (2.9, 38)], [0.22249182, 0.19345822, 0.0019646115],
        [(0.34217973, 25.078822), (0.54553509, 7.6235796), (1.325822, 4.9517237)],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("design", "looks", "p_values", "intervals"), REPEATED)
def test_repeated_p_values_and_intervals_are_published_ones(design, looks, p_values, intervals) -> None:  # type: ignore[no-untyped-def]
    for number, ((z, events), p, interval) in enumerate(
        zip(looks, p_values, intervals, strict=True), start=1
    ):
        error = 2 / math.sqrt(events)
        assert repeated_p_value(design, number, z) == pytest.approx(p, abs=2e-6)
        found = repeated_interval(design(0.025), number, z * error, error)
        np.testing.assert_allclose(np.exp(found), interval, rtol=1e-6)


def test_final_p_value_and_estimate_are_published_ones() -> None:
    # Source: as above, finalPValues, medianUnbiasedEstimates and the final intervals.
    for design, look, z, events, p, estimate in (
        (binding, 2, 2.1, 20, 0.021122043, (1.0341796, 2.5476534, 6.2409205)),
        (overruled, 3, 2.9, 38, 0.0074535505, (1.222663, 2.4764002, 4.752454)),
    ):
        assert final_p_value(design(0.025), look, z) == pytest.approx(p, abs=1e-8)
        found = final_estimate(design(0.025), look, z)
        drifts = np.array([found.lower, found.median, found.upper])
        np.testing.assert_allclose(np.exp(drifts * 2 / math.sqrt(events)), estimate, rtol=1e-6)
    assert conditional_error(binding(0.025), 1, 1.92) == pytest.approx(0.15200046, abs=1e-7)


def test_final_estimate_is_median_unbiased_and_covers() -> None:
    bounds = spending_boundaries(obrien_fleming_spending, [0.5, 1], 0.025)
    draw, drift = np.random.default_rng(14), 2.5
    first = draw.normal(drift * math.sqrt(0.5), 1, 1500)
    last = math.sqrt(0.5) * first + math.sqrt(0.5) * draw.normal(drift * math.sqrt(0.5), 1, 1500)
    ends = [(1, a) if a >= bounds.upper[0] else (2, b) for a, b in zip(first, last, strict=True)]
    # The chances of an end as favourable decide both without inverting: they are uniform under the truth.
    chances = np.array([final_p_value(bounds, look, float(z), drift=drift) for look, z in ends])
    assert (chances < 0.5).mean() == pytest.approx(0.5, abs=4 * 0.5 / 1500**0.5)
    assert ((chances > 0.025) & (chances < 0.975)).mean() == pytest.approx(
        0.95, abs=4 * (0.95 * 0.05 / 1500) ** 0.5
    )


def test_a_value_at_the_bound_has_the_error_as_its_p_value() -> None:
    def design(alpha: float):  # type: ignore[no-untyped-def]
        return spending_boundaries(obrien_fleming_spending, [0.3, 0.7, 1], alpha)

    bounds = design(0.025)
    for look in (1, 2, 3):
        assert repeated_p_value(design, look, float(bounds.upper[look - 1])) == pytest.approx(0.025, abs=1e-7)
    assert final_p_value(bounds, 3, float(bounds.upper[2])) == pytest.approx(0.025, abs=1e-9)
    assert repeated_p_value(design, 2, -1.0) == 0.5
    for call in (
        lambda: repeated_p_value(design, 4, 1.0),
        lambda: repeated_interval(bounds, 0, 1.0, 1.0),
        lambda: final_p_value(bounds, 4, 1.0),
    ):
        with pytest.raises(ValueError, match="of 3"):
            call()
    with pytest.raises(ValueError, match="standard error is 0"):
        repeated_interval(bounds, 1, 1.0, 0)
