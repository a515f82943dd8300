"""Figures as the reader writes them: the fast ways give what babel gives."""

from decimal import Decimal

import pytest
from babel.numbers import format_currency, format_decimal
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from triallink.kernel.money import MINOR_DIGITS, Money
from triallink.web.jinja import CHINESE, ENGLISH, money, number, percent

READERS = {"en": ENGLISH, "zh-hans": CHINESE}
MINOR = st.integers(-(10**13), 10**13) | st.integers(-300, 300)
FLOATS = st.floats(-1e9, 1e9, allow_nan=False) | st.integers(-4000, 4000).map(lambda n: n / 8)
FIGURES = FLOATS | st.decimals(-(10**9), 10**9, places=2)


@pytest.mark.parametrize("language", READERS)
@given(minor=MINOR, currency=st.sampled_from(sorted(MINOR_DIGITS)), whole=st.booleans())
def test_an_amount_is_written_as_babel_writes_it(language, minor, currency, whole):
    digits = 0 if whole else MINOR_DIGITS[currency]
    pattern = "¤#,##0" + ("." + "0" * digits if digits else "")
    amount = Money(minor, currency)
    expected = format_currency(
        amount.amount, currency, format=pattern, locale=READERS[language], currency_digits=False
    )
    with translation.override(language):
        assert money(minor, currency, whole=whole) == expected
        assert money(amount, whole=whole) == expected


@pytest.mark.parametrize("language", READERS)
@given(value=FIGURES, decimals=st.sampled_from([None, 0, 1, 2, 3]))
def test_a_number_is_written_as_babel_writes_it(language, value, decimals):
    pattern = None if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    with translation.override(language):
        assert number(value, decimals) == format_decimal(value, format=pattern, locale=READERS[language])


def test_a_share_is_rounded_by_its_shown_digits():
    assert [percent(share) for share in (0.125, 0.135, 0.005, -0.2)] == ["12%", "14%", "0%", "-20%"]
    assert percent(1234.5) == "123,450%"
    assert money(Money(123456, "CNY"), whole=True).endswith("1,235")
    assert number(Decimal("10.00")) == "10"
