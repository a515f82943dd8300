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


@given(value=st.integers(0, 10**6))
def test_a_number_is_a_square_times_a_squarefree_number(value):
    outside, inside = squarefree_split(value)

    assert outside * outside * inside == value
    assert all(inside % (p * p) for p in range(2, 1001) if p * p <= inside)
