"""Reference ranges by sex, age and laboratory, and that they travel through both versions of ODM."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triallink.engines.odm import (
    Alias,
    Header,
    Item,
    OdmFile,
    ReferenceRange,
    Study,
    StudyVersion,
    difference,
    outside,
    range_for,
    read_odm,
    validate,
    write_odm,
)  # fmt: skip

HB = Item(
    "IT.HB",
    "HB",
    "float",
    ranges=(
        ReferenceRange(D(110), D(160)),
        ReferenceRange(D(130), D(175), sex="M", from_years=D(18)),
        ReferenceRange(D(115), D(150), sex="F", from_years=D(18)),
        ReferenceRange(D(100), D(140), from_years=D(0), under_years=D(18)),
        ReferenceRange(D(125), D(170), "MU.GL", "M", laboratory="LAB.1"),
    ),
)


@pytest.mark.parametrize(
    ("sex", "age", "laboratory", "low"),
    [
        ("M", 40, "", 130),
        ("F", 18, "", 115),
        ("M", 17.9, "", 100),
        ("", 40, "", 110),
        ("M", None, "", 110),
        ("M", 40, "LAB.1", 125),
        ("F", 40, "LAB.1", 115),
    ],
)
def test_the_range_that_says_most_holds(sex: str, age: float | None, laboratory: str, low: int) -> None:
    found = range_for(HB, sex=sex, age_years=age, laboratory=laboratory)
    assert found is not None
    assert found.low == low


def test_no_range_holds_where_none_fits_and_ages_are_not_negative() -> None:
    assert range_for(replace(HB, ranges=HB.ranges[1:2]), sex="F", age_years=40) is None
    with pytest.raises(ValueError, match="-1"):
        range_for(HB, age_years=-1)


def test_limits_are_inside() -> None:
    found = HB.ranges[0]
    assert [outside(value, found) for value in (109.9, 110, 160, 160.1)] == ["low", "", "", "high"]
    assert outside(1e9, ReferenceRange(D(1))) == ""


def file_of(item: Item) -> OdmFile:
    """Return a file with one item."""
    return OdmFile(Header("F", "Snapshot", "2026-01-01T00:00:00"), (Study("S", "N", "P", versions=(
        StudyVersion("M", "M", items=(item,)),)),))  # fmt: skip


LIMITS = st.one_of(st.none(), st.decimals(0, 1000, places=2))
RANGES = st.builds(
    ReferenceRange, LIMITS, LIMITS, st.sampled_from(["", "MU=1;|%"]), st.sampled_from(["", "M", "F"]), LIMITS, LIMITS,
    st.sampled_from(["", "LAB.1", "实验室"]),
)  # fmt: skip


@given(st.lists(RANGES, min_size=1, max_size=3).map(tuple), st.sampled_from(["1.3.2", "2.0"]))
def test_ranges_travel_through_both_versions(ranges: tuple[ReferenceRange, ...], version: str) -> None:
    item = replace(HB, ranges=ranges, aliases=(Alias("CDASH", "HB"),), unit_oids=("MU.GL",))
    data = write_odm(file_of(item), version).data
    assert validate(data) == ()
    back = write_odm(read_odm(data).file, "1.3.2").data
    assert read_odm(back).file.studies[0].versions[0].items[0].ranges == ranges


@pytest.mark.parametrize("name", ["nonsense", "low=NaN", "low=1;low", "low=1|", ""])
def test_an_alias_that_is_no_range_stays_an_alias(name: str) -> None:
    alias = Alias("triallink.ranges", name)
    read = read_odm(write_odm(file_of(replace(HB, ranges=(), aliases=(alias,)))).data)
    item = read.file.studies[0].versions[0].items[0]
    assert [(found.context, found.name) for found in item.aliases] == [(alias.context, alias.name)]
    assert item.ranges == ()


def test_other_ranges_are_to_be_looked_at() -> None:
    old, new = (StudyVersion("M", "M", items=(item,)) for item in (HB, replace(HB, ranges=HB.ranges[1:])))
    (change,) = difference(old, new)
    assert (change.part, change.effect) == ("ranges", "needs_review")
