"""Group-sequential bounds: textbook numbers, and what must hold for any design."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from triallink.engines.design import (
    conditional_power,
    cost,
    exit_probabilities,
    hwang_shih_decani_spending,
    kim_demets_spending,
    obrien_fleming_spending,
    pocock_spending,
    shaped_boundaries,
    spending_boundaries,
)


def equal_looks(count: int) -> list[float]:
    """Return evenly spaced fractions."""
    return [(number + 1) / count for number in range(count)]


# Source: Jennison, Turnbull (2000), tables 2.1 and 2.3, two-sided alpha 0.05: the constants are printed to three digits.
@pytest.mark.parametrize(
    ("looks", "pocock", "obrien_fleming"),
    [
        (1, 1.960, 1.960),
        (2, 2.178, 1.977),
        (3, 2.289, 2.004),
        (5, 2.413, 2.040),
        (10, 2.555, 2.087),
        (20, 2.672, 2.126),
    ],
)
def test_constants_are_those_of_the_textbook(looks: int, pocock: float, obrien_fleming: float) -> None:
    flat = shaped_boundaries("pocock", equal_looks(looks), 0.05, sided=2)
    steep = shaped_boundaries("obrien_fleming", equal_looks(looks), 0.05, sided=2)
    assert flat.upper[0] == pytest.approx(pocock, abs=6e-4)
    assert steep.upper[-1] == pytest.approx(obrien_fleming, abs=6e-4)


def test_published_lan_demets_bounds() -> None:
    # Source: GSDBench case 27 and rpact, one-sided 0.025, O'Brien–Fleming-like spending at looks 1/2, 3/4, 1.
    found = spending_boundaries(obrien_fleming_spending, [0.5, 0.75, 1], 0.025)
    np.testing.assert_allclose(found.upper, [2.963, 2.359, 2.014], atol=6e-4)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(1, 100), min_size=1, max_size=8, unique=True),
    st.sampled_from([0.01, 0.025, 0.05]),
    st.sampled_from([1, 2]),
    st.sampled_from(
        [obrien_fleming_spending, pocock_spending, kim_demets_spending(2), hwang_shih_decani_spending(-2)]
    ),
)
def test_error_is_spent_as_the_function_says_at_any_looks(times, alpha, sided, spending) -> None:  # type: ignore[no-untyped-def]
    fractions = [time / max(times) for time in sorted(times)]
    found = spending_boundaries(spending, fractions, alpha, sided=sided)
    planned = [sided * spending(fraction, alpha / sided) for fraction in fractions]
    # The other side of a two-sided design is counted by symmetry, which leaves out crossing both: below 1e-9 here.
    np.testing.assert_allclose(found.alpha_spent, planned, atol=1e-8)


def test_earlier_bounds_do_not_move_when_a_later_look_does() -> None:
    planned = spending_boundaries(pocock_spending, [0.3, 0.6, 1], 0.025)
    observed = spending_boundaries(pocock_spending, [0.3, 0.71, 1], 0.025)
    assert planned.upper[0] == pytest.approx(observed.upper[0], abs=1e-12)
    assert planned.upper[1] != pytest.approx(observed.upper[1], abs=1e-3)


def test_type_one_error_by_simulation() -> None:
    found = shaped_boundaries("wang_tsiatis", [0.2, 0.5, 1], 0.025, delta=0.25)
    draws = 400_000
    steps = np.random.default_rng(20261123).normal(size=(draws, 3)) * np.sqrt([0.2, 0.3, 0.5])
    z = steps.cumsum(axis=1) / np.sqrt([0.2, 0.5, 1])
    share = (z >= found.upper).any(axis=1).mean()
    assert abs(share - 0.025) < 4 * np.sqrt(0.025 * 0.975 / draws)


def test_binding_futility_lowers_the_upper_bounds_and_other_futility_does_not() -> None:
    plain = spending_boundaries(obrien_fleming_spending, [0.5, 1], 0.025)
    overruled = spending_boundaries(obrien_fleming_spending, [0.5, 1], 0.025, futility=[0.5, 0])
    binding = spending_boundaries(
        obrien_fleming_spending, [0.5, 1], 0.025, futility=[0.5, 0], is_binding=True
    )
    np.testing.assert_allclose(overruled.upper, plain.upper)
    assert binding.upper[1] < plain.upper[1]
    assert binding.alpha_spent[-1] == pytest.approx(0.025, abs=1e-9)


def test_haybittle_peto_keeps_the_error() -> None:
    found = shaped_boundaries("haybittle_peto", equal_looks(5), 0.05, sided=2)
    assert found.upper[:4].tolist() == [3.0] * 4
    assert found.alpha_spent[-1] == pytest.approx(0.05, abs=1e-9)
    # Source: Jennison, Turnbull (2000), table 2.13: 1.990 at the fifth look.
    assert found.upper[-1] == pytest.approx(1.990, abs=6e-4)


def test_one_look_is_the_fixed_design_and_looks_cost_something() -> None:
    assert cost(spending_boundaries(pocock_spending, [1], 0.025), 0.9).inflation == pytest.approx(1)
    three = cost(shaped_boundaries("pocock", equal_looks(3), 0.05, sided=2), 0.9)
    # Source: Jennison, Turnbull (2000), table 2.2: 1.151 for three looks, two-sided 0.05, power 0.9.
    assert three.inflation == pytest.approx(1.151, abs=6e-4)
    assert three.expected < 1


def test_conditional_power_with_one_look_left_is_the_closed_form() -> None:
    found = spending_boundaries(obrien_fleming_spending, [0.4, 1], 0.025)
    z, drift = 1.3, 2.8
    expected = ndtr((z * np.sqrt(0.4) + drift * 0.6 - found.upper[1]) / np.sqrt(0.6))
    assert conditional_power(found, 1, z, drift) == pytest.approx(expected, abs=1e-12)
    assert conditional_power(found, 1, z) == pytest.approx(conditional_power(found, 1, z, z / np.sqrt(0.4)))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: shaped_boundaries("pocock", [0.5, 0.4, 1], 0.025), "ascend"),
        (lambda: shaped_boundaries("pocock", [0.5, 0.9], 0.025), "ascend to 1"),
        (lambda: shaped_boundaries("pocock", equal_looks(21), 0.025), "1 to 20 looks"),
        (lambda: shaped_boundaries("pocock", [1], 0.7), "alpha is 0.7"),
        (lambda: shaped_boundaries("wang_tsiatis", [1], 0.025), "delta"),
        (lambda: shaped_boundaries("haybittle_peto", equal_looks(5), 0.001), "spend more"),
        (lambda: spending_boundaries([0.01, 0.005], [0.5, 1], 0.025), "descend"),
        (lambda: spending_boundaries([0.01, 0.02], [0.5, 1], 0.025), "spent in the end"),
        (lambda: spending_boundaries(pocock_spending, [0.5, 1], 0.05, sided=2, futility=[0, 0]), "2-sided"),
        (lambda: kim_demets_spending(0), "rho"),
        (lambda: cost(shaped_boundaries("pocock", [1], 0.025), 0.01), "power"),
        (lambda: conditional_power(shaped_boundaries("pocock", [0.5, 1], 0.025), 2, 1), "look 2 of 2"),
        (lambda: exit_probabilities(np.array([1.0]), np.ones(2), np.ones(2)), "shapes"),
    ],
)
def test_what_cannot_be_is_refused(call, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=sentence):
        call()
