"""Roots and powers are exact or as near as the grid they are defined on."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triallink.engines.randomization.exact import integer_root, power, squarefree_split


@given(value=st.integers(0, 10**80), degree=st.integers(1, 60))
def test_integer_roots_are_exact_at_any_size(value, degree):
    root = integer_root(value, degree)

    assert root**degree <= value < (root + 1) ** degree


@given(base=st.fractions(Fraction(1, 1000), 1000), exponent=st.fractions(0, 4, max_denominator=40))
def test_powers_on_the_grid_are_as_near_as_the_grid(base, exponent):
    assert float(power(base, exponent)) == pytest.approx(float(base) ** float(exponent), rel=1e-12)


@given(base=st.fractions(1, 1000), exponent=st.fractions(0, 4, max_denominator=40))
def test_powers_are_rounded_down_to_the_grid_whatever_way_they_are_computed(base, exponent):
    found = power(base, exponent)
    if exponent.denominator == 1:
        assert found == base**exponent.numerator
    else:
        steps, degree = found * 2**64, exponent.denominator
        assert steps.denominator == 1
        assert steps**degree <= base**exponent.numerator * 2 ** (64 * degree) < (steps + 1) ** degree


def test_a_power_that_is_a_whole_number_of_steps_is_not_rounded_below_it():
    assert power(Fraction(9, 4), Fraction(3, 2)) == Fraction(27, 8)
    assert power(Fraction(10**12), Fraction(1, 3)) == 10**4
    assert power(Fraction(1, 27), Fraction(2, 3)) == Fraction(1, 9)


@given(value=st.integers(0, 10**6))
def test_a_number_is_a_square_times_a_squarefree_number(value):
    outside, inside = squarefree_split(value)

    assert outside * outside * inside == value
    assert all(inside % (p * p) for p in range(2, 1001) if p * p <= inside)
