"""CSV and Parquet: the same dataset comes back with its types, and what does not fit is said with its place."""

import os
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.datasets import (
    Dataset,
    DatasetRefused,
    Variable,
    describe,
    described,
    read_csv,
    read_parquet,
    read_xpt,
    write_csv,
    write_parquet,
)

VARIABLES = (
    Variable("TERM", "Reported term, 报告术语", length=40, key_sequence=1),
    Variable("SEQ", "Sequence", "integer"),
    Variable("DOSE", "Dose", "double", display_format="8.2"),
    Variable("AMOUNT", "Amount", "decimal"),
    Variable("DAY", "Day", "date", target_type="integer"),
    Variable("SERIOUS", "Serious", "boolean"),
)


def dataset(**columns: list[object]) -> Dataset:
    """Return a dataset of all types, with what a file says of itself and a special missing value."""
    values = {
        "TERM": ['quoted "fall"', "", None],
        "SEQ": [1, None, -3],
        "DOSE": [0.1, None, 1e300],
        "AMOUNT": ["10.00", None, "0.1"],
        "DAY": ["2024-05-17", "2024-05", None],
        "SERIOUS": [True, False, None],
        **columns,
    }
    frame = pl.DataFrame(values, schema_overrides={"SEQ": pl.Int64})
    return Dataset("AE", "Adverse Events", VARIABLES, frame, {"studyOID": "S1"}, {("DOSE", 1): "A"})


def same(one: Dataset, other: Dataset) -> bool:
    return (one.name, one.label, one.variables) == (
        other.name,
        other.label,
        other.variables,
    ) and one.frame.equals(other.frame)


def test_parquet_carries_values_types_and_description():
    again = read_parquet(write_parquet(dataset()))
    assert same(again, dataset())
    assert (again.attributes, again.missing) == ({"studyOID": "S1"}, {("DOSE", 1): "A"})


def test_csv_and_the_description_beside_it_give_the_dataset_back():
    like = described(describe(dataset()))
    again, found = read_csv(write_csv(dataset()), like)
    assert found == []
    assert same(again, dataset())
    assert again.frame["TERM"].to_list() == ['quoted "fall"', "", None]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)), max_size=6),
    st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), max_size=6),
)  # fmt: skip
def test_every_text_and_number_comes_back(texts: list[str | None], numbers: list[float | None]):
    height = min(len(texts), len(numbers))
    frame = pl.DataFrame(
        {"A": texts[:height], "B": numbers[:height]}, schema={"A": pl.String, "B": pl.Float64}
    )
    one = Dataset("X", "", (Variable("A"), Variable("B", data_type="double")), frame)
    assert same(read_parquet(write_parquet(one)), one)
    again, found = read_csv(write_csv(one), one)
    assert (found, again.frame.to_dict(as_series=False)) == ([], frame.to_dict(as_series=False))


def test_a_cell_of_a_wrong_type_is_missing_and_said_with_its_place():
    content = write_csv(dataset()).replace(b"0.1,10.00", b"much,10.00")
    again, found = read_csv(content, dataset())
    assert [str(each) for each in found] == ["AE.DOSE[1]: much is not of the type double."]
    assert again.frame["DOSE"][0] is None
    with pytest.raises(DatasetRefused, match="much"):
        read_csv(content, dataset(), strict=True)


@pytest.mark.parametrize(
    "content", [b"", b"A,B\n1,2\n", b"TERM,SEQ,DOSE,AMOUNT,DAY,SERIOUS\n1,2,3,4,5,6,7,8\n"]
)
def test_a_csv_file_of_other_variables_is_refused(content: bytes):
    with pytest.raises(DatasetRefused):
        read_csv(content, dataset())


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all"])
def test_what_is_no_parquet_is_refused(content: bytes):
    with pytest.raises(DatasetRefused):
        read_parquet(content)


def test_a_parquet_file_without_description_is_refused(tmp_path: Path):
    dataset().frame.write_parquet(tmp_path / "a.parquet")
    with pytest.raises(DatasetRefused, match="dataset-json"):
        read_parquet((tmp_path / "a.parquet").read_bytes())


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b'{"name": "AE"}', b'{"name": "AE", "label": "", "columns": [{}]}']
)
def test_what_is_no_description_is_refused(content: bytes):
    with pytest.raises(DatasetRefused):
        described(content)


if "TRIALLINK_DATA" in os.environ:
    PILOT = Path(os.environ["TRIALLINK_DATA"]) / "insights/data/cdiscpilot_xpt/sdtm"

    def test_the_pilot_study_comes_back_from_parquet_and_csv():
        files = sorted(PILOT.glob("*.xpt"))
        assert len(files) == 18
        for file in files:
            (one,) = read_xpt(file.read_bytes())
            assert same(read_parquet(write_parquet(one)), one)
            again, found = read_csv(write_csv(one), one)
            assert found == []
            assert same(again, one)
