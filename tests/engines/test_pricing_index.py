"""The price index: figures by hand, and that nobody's price can be worked out."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triallink.engines.pricing import NATION, Observation, price_cells

Q = "2026-Q3"


def seen(*rows):
    return [Observation(supplier, region, Q, price) for supplier, region, price in rows]


def cells(*rows, minimum=3):
    return {cell.region: cell for cell in price_cells(seen(*rows), minimum)}


def test_figures_are_medians_of_the_suppliers_own_medians():
    found = cells(
        ("a", "SH", 100),
        ("a", "SH", 300),
        ("b", "SH", 110),
        ("c", "SH", 150),
        ("d", "SH", 160),
        ("e", "SH", 400),
    )["SH"]
    # a's own median is 200; of 110, 150, 160, 200, 400 the quartiles by type 7 are 150, 160, 200.
    assert (found.suppliers, found.q1, found.median, found.q3) == (5, 150, 160, 200)


def test_quartiles_of_few_suppliers_are_not_told_because_they_are_the_prices():
    found = cells(("a", "SH", 1), ("b", "SH", 2), ("c", "SH", 3))["SH"]
    assert (found.suppliers, found.median, found.q1, found.q3) == (3, 2, None, None)


def test_two_suppliers_are_never_told_however_many_prices_they_asked():
    found = cells(*[("a", "SH", n + 1) for n in range(9)], ("b", "SH", 5))
    assert found["SH"].reason == found[NATION].reason == "few"
    assert found["SH"].median is None
    assert found["SH"].suppliers is None


def test_a_hidden_region_cannot_be_worked_out_from_the_nation():
    rows = [(f"s{n}", "SH", 10 + n) for n in range(5)] + [(f"b{n}", "BJ", 10 + n) for n in range(4)]
    found = cells(*rows, ("x", "GD", 99))
    assert found["GD"].reason == "few"
    assert found["BJ"].reason == "complement"  # the smaller of the two that could be told
    assert found["SH"].is_told
    assert found[NATION].is_told


def test_prices_of_no_region_also_protect_and_need_protection():
    rows = [(f"s{n}", "SH", 10 + n) for n in range(5)]
    assert cells(*rows, ("x", NATION, 99))["SH"].reason == "complement"
    assert cells(*rows, *[(f"x{n}", NATION, 99) for n in range(3)])["SH"].is_told


def test_wrong_input_is_refused_with_its_value():
    with pytest.raises(ValueError, match="0"):
        Observation("a", "SH", Q, 0)
    with pytest.raises(ValueError, match="1"):
        price_cells([], minimum=1)


OBSERVATIONS = st.lists(
    st.builds(
        Observation,
        supplier=st.sampled_from("abcdefgh"),
        region=st.sampled_from([NATION, "BJ", "GD", "SH", "SC"]),
        period=st.sampled_from(["2026-Q1", "2026-Q2"]),
        price=st.floats(1, 1000),
    ),
    max_size=40,
)


@given(OBSERVATIONS, st.integers(2, 4))
def test_neither_a_told_cell_nor_what_remains_of_the_nation_rests_on_too_few(observations, minimum):
    suppliers = defaultdict(lambda: defaultdict(set))
    for one in observations:
        suppliers[one.period][one.region].add(one.supplier)
    by_period = defaultdict(dict)
    for cell in price_cells(observations, minimum):
        by_period[cell.period][cell.region] = cell
    for period, found in by_period.items():
        regions = suppliers[period]
        told = {region for region, cell in found.items() if region and cell.is_told}
        for region in told:
            assert found[region].suppliers == len(regions[region]) >= minimum
        if found[NATION].is_told:
            rest = set().union(*(regions[region] for region in regions if region not in told), set())
            assert len(rest) == 0 or len(rest) >= minimum
        for cell in found.values():
            assert cell.is_told or (cell.median, cell.suppliers, cell.q1, cell.q3) == (None,) * 4
