"""Dataset-JSON: what is written validates and reads back, and every wrong cell is found at its place."""

import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.datasets import (
    Dataset,
    DatasetRefused,
    Variable,
    read_dataset_json,
    write_dataset_json,
)

CREATED = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
VARIABLES = (
    Variable("USUBJID", "Subject", length=20, key_sequence=1),
    Variable("AGE", "Age", "integer"),
    Variable("BMI", "Body mass index", "float", display_format="8.1"),
    Variable("DOSE", "Dose", "decimal"),
    Variable("ADT", "Date", "date", target_type="integer", display_format="DATE9."),
    Variable("DTC", "Collected", "datetime"),
    Variable("SAF", "In safety set", "boolean"),
)
FRAME = pl.DataFrame(
    {
        "USUBJID": ["01-001", "01-002", None],
        "AGE": [63, None, 2**60],
        "BMI": [25.1, 0.1 + 0.2, None],
        "DOSE": ["54.00", "0.1", None],
        "ADT": ["2014-01-02", "2014", None],
        "DTC": ["2014-01-02T08:30", "2014-01", ""],
        "SAF": [True, False, None],
    }
)
WHOLE = Dataset("ADSL", "受试者 level", VARIABLES, FRAME, {"studyOID": "S1", "itemGroupOID": "IG.ADSL"})


def plain(dataset: Dataset = WHOLE) -> dict[str, Any]:
    """Return a dataset as plain JSON."""
    content: dict[str, Any] = json.loads(write_dataset_json(dataset, created=CREATED))
    return content


@pytest.mark.parametrize("form", ["json", "ndjson", "dsjc"])
def test_what_is_written_reads_back_the_same(form: Any) -> None:
    back, findings = read_dataset_json(write_dataset_json(WHOLE, created=CREATED, form=form), strict=True)
    assert findings == []
    assert back.frame.equals(FRAME)
    assert (back.name, back.label) == (WHOLE.name, WHOLE.label)
    assert [(v.name, v.data_type, v.target_type) for v in back.variables] == [
        (v.name, v.data_type, v.target_type) for v in VARIABLES
    ]
    assert back.attributes["studyOID"] == "S1"


def test_decimals_travel_as_texts_and_lose_no_digit() -> None:
    assert [row[3] for row in plain()["rows"]] == ["54.00", "0.1", None]


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        (1, "63", 'ADSL.AGE[2]: "63" is not of the type integer.'),
        (1, True, "ADSL.AGE[2]: true is not of the type integer."),
        (1, 1.5, "ADSL.AGE[2]: 1.5 is not of the type integer."),
        (2, "na", 'ADSL.BMI[2]: "na" is not of the type float.'),
        (3, 0.1, "ADSL.DOSE[2]: 0.1 is not of the type decimal."),
        (3, "a tenth", 'ADSL.DOSE[2]: "a tenth" is not of the type decimal.'),
        (4, "02JAN2014", 'ADSL.ADT[2]: "02JAN2014" is not of the type date.'),
        (4, 19725, "ADSL.ADT[2]: 19725 is not of the type date."),
        (6, "Y", 'ADSL.SAF[2]: "Y" is not of the type boolean.'),
        (0, "x" * 21, "ADSL.USUBJID[2]: The value has 21 characters; the variable is declared with 20."),
        (0, ["x"], 'ADSL.USUBJID[2]: ["x"] is not of the type string.'),
    ],
)
def test_wrong_cell_is_found_at_its_place(column: int, cell: object, said: str) -> None:
    content = plain()
    content["rows"][1][column] = cell
    dataset, findings = read_dataset_json(json.dumps(content).encode())
    assert [str(finding) for finding in findings] == [said]
    assert dataset.frame.height == 3
    with pytest.raises(DatasetRefused):
        read_dataset_json(json.dumps(content).encode(), strict=True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"columns": None}, "“columns” must be a list"),
        ({"datasetJSONVersion": "2.0"}, "not 1.1"),
        ({"datasetJSONCreationDateTime": "yesterday"}, "not a date and time"),
        ({"records": "3"}, "“records” must be a whole number"),
        ({"name": 5}, "“name” must be a text"),
    ],
)
def test_wrong_metadata_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DatasetRefused, match=sentence):
        read_dataset_json(json.dumps({**plain(), **change}).encode())


def test_row_count_and_row_length_are_checked() -> None:
    content = plain()
    content["rows"].append(["too", "short"])
    said = {str(finding) for finding in read_dataset_json(json.dumps(content).encode())[1]}
    assert said == {
        "ADSL[4]: The row has 2 values; there are 7 variables.",
        "ADSL: The file says 3 records but has 4.",
    }


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_refused_clearly(noise: bytes) -> None:
    for content in (noise, gzip.compress(noise, mtime=0), b"\x1f\x8b" + noise, b"{" + noise + b"}"):
        with pytest.raises(DatasetRefused):
            read_dataset_json(content)


if "TRIALLINK_DATA" in os.environ:
    CORPUS = Path(os.environ["TRIALLINK_DATA"], "edc/dataset-json")

    def test_what_we_write_is_valid_by_the_standards_own_schema() -> None:
        schema = json.loads((CORPUS / "schema/dataset.schema.json").read_text())
        jsonschema.validate(plain(), schema)
        for path in sorted(CORPUS.glob("sdtm/*.json")):
            dataset, _ = read_dataset_json(path.read_bytes())
            jsonschema.validate(plain(dataset), schema)

    def test_values_that_are_not_of_their_type_are_found_in_the_extended_example() -> None:
        _, findings = read_dataset_json((CORPUS / "extensions/extended_dataset.json").read_bytes())
        assert any('"na" is not of the type integer' in str(finding) for finding in findings)

    def test_japanese_file_reads_without_loss() -> None:
        dataset, findings = read_dataset_json((CORPUS / "i18n/ae.json").read_bytes())
        assert findings == []
        assert dataset.frame["AETERM"][0] == "アプリケーションサイトの紅斑"


def test_a_variable_without_a_name_is_refused_at_its_place() -> None:
    content = plain()
    content["columns"][2]["name"] = ""
    with pytest.raises(DatasetRefused, match=r"columns\[3\].name"):
        read_dataset_json(json.dumps(content).encode())


@pytest.mark.parametrize(
    ("line", "text", "said"),
    [
        (3, b'["x", 1', "line 3"),
        (2, b"[1],[2]", "line 2"),
        (4, b"nonsense", "line 4"),
    ],
)
def test_a_line_that_is_no_row_is_refused_with_its_number(line: int, text: bytes, said: str) -> None:
    lines = write_dataset_json(WHOLE, created=CREATED, form="ndjson").splitlines()
    broken = [*lines[: line - 1], text, *lines[line - 1 :]]
    with pytest.raises(DatasetRefused, match=said):
        read_dataset_json(b"\n".join(broken))


def test_a_decimal_is_written_in_the_digits_of_the_standard() -> None:
    column = next(number for number, each in enumerate(WHOLE.variables) if each.data_type == "decimal")
    for text in ("１２", "1_000", "NaN", " 1"):
        content = plain()
        content["rows"][0][column] = text
        assert any(
            "decimal" in str(finding) for finding in read_dataset_json(json.dumps(content).encode())[1]
        )
