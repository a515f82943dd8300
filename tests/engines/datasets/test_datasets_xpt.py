"""SAS transport files: exact numbers, nothing silently cut, and the corpus read as its JSON twins say."""

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.datasets import (
    Dataset,
    DatasetRefused,
    Variable,
    check_xpt,
    read_dataset_json,
    read_xpt,
    to_ascii,
    transliterated,
    transport_form,
    write_xpt,
)
from triallink.engines.datasets.ibm import LARGEST, SMALLEST, from_ibm, to_ibm

CREATED = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)


def dataset(variable: Variable, *values: object, name: str = "AE", label: str = "Adverse Events") -> Dataset:
    """Return a dataset of one variable."""
    return Dataset(name, label, (variable,), pl.DataFrame({variable.name: list(values)}))


def refusals(given: Dataset, **options: object) -> list[str]:
    """Return why a dataset cannot be written, and check that `check_xpt` says the same."""
    with pytest.raises(DatasetRefused) as caught:
        write_xpt([given], created=CREATED, **options)  # type: ignore[arg-type]
    said = [str(finding) for finding in caught.value.findings]
    assert said == [str(finding) for finding in check_xpt(given, **options)]  # type: ignore[arg-type]
    return said


# The bytes SAS writes; source: SAS TS-140, the example numbers of its C program's comments, and its missing values.
@pytest.mark.parametrize(
    ("value", "bytes_hex"),
    [
        (0.0, "0000000000000000"),
        (1.0, "4110000000000000"),
        (-1.0, "c110000000000000"),
        (2.0, "4120000000000000"),
        (118.625, "4276a00000000000"),
        (-118.625, "c276a00000000000"),
        (0.1, "401999999999999a"),
    ],
)
def test_numbers_are_the_bytes_of_the_format(value: float, bytes_hex: str) -> None:
    assert to_ibm(np.array([value]), {}).tobytes().hex() == bytes_hex


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.floats(allow_nan=False, allow_infinity=False).filter(
                lambda x: x == 0 or SMALLEST <= abs(x) <= LARGEST
            ),
            st.just(float("nan")),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_every_number_in_range_comes_back_exactly(values: list[float]) -> None:
    given_values = np.array(values)
    back, missing, special = from_ibm(to_ibm(given_values, {}))
    assert np.array_equal(back, given_values, equal_nan=True)
    assert (missing == np.isnan(given_values)).all()
    assert special == {}


def test_special_missing_values_survive() -> None:
    frame = pl.DataFrame({"X": [1.0, None, None, None]})
    given_set = Dataset(
        "LB", "", (Variable("X", data_type="double"),), frame, missing={("X", 1): "A", ("X", 3): "_"}
    )
    (back,) = read_xpt(write_xpt([given_set], created=CREATED))
    assert back.frame["X"].to_list() == [1.0, None, None, None]
    assert back.missing == {("X", 1): "A", ("X", 3): "_"}


def test_label_of_41_characters_is_refused_not_cut() -> None:
    variable = Variable("AETERM", "x" * 41)
    assert refusals(dataset(variable, "a")) == ["AE.AETERM: The label takes 41 bytes; at most 40 are kept."]


def test_value_of_201_bytes_is_refused_at_its_row() -> None:
    said = refusals(dataset(Variable("AETERM"), "short", "y" * 201))
    assert said == ["AE.AETERM[2]: The value takes 201 bytes; at most 200 can be stored."]


def test_chinese_is_refused_counted_in_bytes_or_transliterated_by_choice() -> None:
    label = "受试者在整个研究期间发生的不良事件名称说明"
    given_set = dataset(Variable("AETERM", label[:20]), "头痛")
    assert len(refusals(given_set)) == 2
    # Twenty characters are sixty bytes in UTF-8: the label would run over its field.
    assert refusals(given_set, encoding="utf-8") == [
        "AE.AETERM: The label takes 60 bytes; at most 40 are kept."
    ]
    short, changed = transliterated(dataset(Variable("AETERM", "名称"), "头痛 (Ⅱ度)"), to_ascii)
    (back,) = read_xpt(write_xpt([short], created=CREATED))
    assert back.frame["AETERM"].to_list() == ["tou tong (II du)"]
    assert back.variables[0].label == "ming cheng"
    assert [finding.severity for finding in changed] == ["warning", "warning"]


@pytest.mark.parametrize(
    ("given_set", "sentence"),
    [
        (dataset(Variable("AETERMLONG"), "a"), "longer than 8 characters"),
        (dataset(Variable("1AE"), "a"), "letters, digits and underscores"),
        (dataset(Variable("AETERM", length=3), "abcd"), "declared with 3"),
        (dataset(Variable("AESTDY", data_type="double"), 1e80), "outside what this format can hold"),
        (dataset(Variable("AESTDY", data_type="double"), float("inf")), "outside what this format can hold"),
        (dataset(Variable("AESEQ", data_type="integer"), 2**53 + 1), "more digits"),
        (dataset(Variable("ADT", data_type="date", target_type="integer"), "2024-05"), "not a complete date"),
        (dataset(Variable("AETERM"), "a", name="ADVERSEEVENT"), "longer than 8 characters"),
    ],
)
def test_what_would_be_changed_is_refused(given_set: Dataset, sentence: str) -> None:
    assert any(sentence in said for said in refusals(given_set))


def test_analysis_date_is_stored_as_days_from_1960() -> None:
    variable = Variable("ADT", data_type="date", target_type="integer", display_format="DATE9.")
    (back,) = read_xpt(write_xpt([dataset(variable, "1960-01-02", "2014-01-02", None)], created=CREATED))
    assert back.frame["ADT"].to_list() == [1.0, 19725.0, None]
    assert back.variables[0].display_format == "DATE9."


def test_several_datasets_and_empty_ones_share_a_file() -> None:
    empty = Dataset("DM", "", (Variable("SEX"),), pl.DataFrame({"SEX": []}, schema={"SEX": pl.String}))
    back = read_xpt(write_xpt([dataset(Variable("AETERM"), "a", "b"), empty], created=CREATED))
    assert [(each.name, each.frame.height) for each in back] == [("AE", 2), ("DM", 0)]


@given(st.binary(max_size=400), st.integers(0, 900))
@settings(max_examples=200, deadline=None)
def test_damaged_file_is_refused_or_read_but_never_breaks(noise: bytes, place: int) -> None:
    whole = write_xpt([dataset(Variable("AETERM"), *"abcdef")], created=CREATED)
    damaged = whole[:place] + noise + whole[place + len(noise) :]
    for content in (damaged, whole[:place], noise):
        with contextlib.suppress(DatasetRefused):
            read_xpt(content)


if "TRIALLINK_DATA" in os.environ:
    CORPUS = Path(os.environ["TRIALLINK_DATA"], "edc")
    TWINS = sorted(
        path for path in CORPUS.glob("dataset-json/*/*") if path.suffix in (".json", ".ndjson", ".dsjc")
    )
    TWINS = [path for path in TWINS if path.with_suffix(".xpt").exists()]

    @pytest.mark.parametrize("path", TWINS, ids=lambda path: path.name)
    def test_corpus_twin_reads_the_same_from_xpt_and_json(path: Path) -> None:
        (transport,) = read_xpt(path.with_suffix(".xpt").read_bytes())
        from_json, findings = read_dataset_json(path.read_bytes())
        assert findings == []
        expected = transport_form(from_json).frame
        assert transport.frame.columns == expected.columns
        for name in expected.columns:
            ours, theirs = transport.frame[name], expected[name]
            if ours.dtype == pl.Float64:
                # SAS wrote the JSON with 15 digits: the last bit of a computed number is not in it.
                assert ours.is_null().equals(theirs.is_null())
                assert ((ours - theirs).abs() <= theirs.abs() * 1e-15).all()
            else:
                assert ours.equals(theirs)

    def test_corpus_counts() -> None:
        assert len(TWINS) == 45
        assert len({path.with_suffix("") for path in TWINS}) == 16

    @pytest.mark.parametrize("path", sorted(CORPUS.glob("sdtm-pilot-xpt/*.xpt")), ids=lambda path: path.name)
    def test_pilot_file_comes_back_the_same(path: Path) -> None:
        (first,) = read_xpt(path.read_bytes())
        encoding = "cp1252" if any("cannot be written" in str(each) for each in check_xpt(first)) else "ascii"
        (again,) = read_xpt(write_xpt([first], created=CREATED, encoding=encoding), encoding=encoding)
        assert again.frame.equals(first.frame)
        assert again.variables == first.variables
        assert again.label == first.label


def of_rows(count: int, length: int) -> bytes:
    """Return a transport file of one text variable."""
    texts = [f"{row:0{length}d}" for row in range(1, count + 1)]
    return write_xpt([dataset(Variable("AETERM", length=length), *texts)], created=CREATED)


@pytest.mark.parametrize("length", [7, 40, 120, 200])
def test_a_file_cut_within_a_record_or_a_row_is_refused_with_the_byte(length: int) -> None:
    whole = of_rows(11, length)
    start = len(whole) - -(-11 * length // 80) * 80
    for end in range(start + 1, len(whole), 27):
        if (end - start) % 80 == 0 and (end - start) % length == 0:
            continue
        with pytest.raises(DatasetRefused) as caught:
            read_xpt(whole[:end])
        assert caught.value.findings[0].params == {"offset": end, "detail": "OBS"}


def test_a_name_that_comes_twice_is_refused() -> None:
    two = Dataset(
        "AE", "", (Variable("AEONE"), Variable("AETWO")), pl.DataFrame({"AEONE": ["a"], "AETWO": ["b"]})
    )
    content = write_xpt([two], created=CREATED).replace(b"AETWO   ", b"AEONE   ")
    with pytest.raises(DatasetRefused, match=r"AEONE.*used twice"):
        read_xpt(content)


def test_a_value_that_says_it_is_the_next_member_is_a_value() -> None:
    text = "HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!"
    given = dataset(Variable("AETERM"), "x" * len(text), text)
    assert read_xpt(write_xpt([given], created=CREATED))[0].frame["AETERM"].to_list() == [
        "x" * len(text),
        text,
    ]


def test_formats_times_and_digits_that_would_not_survive_are_refused() -> None:
    wide = dataset(Variable("AEDUR", data_type="double", display_format="BEST99999."), 1.0)
    assert refusals(wide) == [
        "AE.AEDUR: The format “BEST99999.” cannot be written; a width goes up to 32767."
    ]
    time = dataset(Variable("AETIM", data_type="time", target_type="integer"), "23:59:59", "25:00", "1:2")
    assert len(refusals(time)) == 2
    exact = dataset(Variable("AEDOSE", data_type="decimal"), "1.10", "0.12345678901234567890")
    assert "more digits" in refusals(exact)[0]


def test_what_is_written_otherwise_than_given_is_warned_of() -> None:
    found = check_xpt(dataset(Variable("aeterm"), "Rash ", "Rash"))
    assert [(finding.row, finding.severity) for finding in found] == [(None, "warning"), (1, "warning")]
    assert read_xpt(write_xpt([dataset(Variable("aeterm"), "Rash ")], created=CREATED))[0].frame.columns == [
        "AETERM"
    ]
