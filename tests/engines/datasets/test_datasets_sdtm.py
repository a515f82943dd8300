"""SDTM records from collected answers, as the annotations of the CRF say."""

import csv
import os
from pathlib import Path

import polars as pl
import pytest

from triallink.engines.datasets import completed, study_day
from triallink.engines.datasets.sdtm import Annotation, Target, map_domain, parse_annotation


def answers(*lines: tuple[str, str, str, str | None]) -> pl.DataFrame:
    """Return collected answers: subject, what was filled in together, item, value."""
    names = ("USUBJID", "RECORD", "ITEM", "VALUE")
    return pl.DataFrame(list(lines), schema=dict.fromkeys(names, pl.String), orient="row")


@pytest.mark.parametrize(
    ("text", "annotation"),
    [
        ("AETERM", Annotation((Target("AETERM"),))),
        ("AESTDAT", Annotation((Target("AESTDTC"),))),
        ("VSTIM", Annotation((Target("VSDTC"),))),
        ("VSORRES when VSTESTCD = SYSBP", Annotation((Target("VSORRES", "", ("VSTESTCD", "SYSBP")),))),
        ("QSORRES where QSTESTCD = EQ5D0201", Annotation((Target("QSORRES", "", ("QSTESTCD", "EQ5D0201")),))),
        (
            "VSORRESU = mmHg when VSTESTCD = DIABP",
            Annotation((Target("VSORRESU", "mmHg", ("VSTESTCD", "DIABP")),)),
        ),
        ("EGTEST = PR Interval, Aggregate", Annotation((Target("EGTEST", "PR Interval, Aggregate"),))),
        ("RACEOTH in SUPPDM", Annotation((Target("RACEOTH", qualifies="SUPPDM"),))),
        ("CMDOSE;CMDOSTXT", Annotation((Target("CMDOSE"), Target("CMDOSTXT")))),
        ("[NOT SUBMITTED]", Annotation((), True)),
        (
            "[NOT SUBMITTED]; VSSTAT = NOT DONE when VSTESTCD = VSALL",
            Annotation((Target("VSSTAT", "NOT DONE", ("VSTESTCD", "VSALL")),), True),
        ),
        ("", Annotation(())),
    ],
)
def test_an_annotation_is_read(text: str, annotation: Annotation):
    assert parse_annotation(text) == annotation


@pytest.mark.parametrize("text", ["goes somewhere", "AETERM maybe", "VSORRES when pigs fly"])
def test_a_text_that_is_no_annotation_is_refused(text: str):
    with pytest.raises(ValueError, match="not an SDTM annotation"):
        parse_annotation(text)


def test_an_event_is_one_record_numbered_by_subject():
    mapped = map_domain(
        "AE",
        {"T": "AETERM", "S": "AESTDTC", "C": "AECAT = GENERAL", "Q": "[NOT SUBMITTED]"},
        answers(
            ("1", "a", "T", "Fall"),
            ("1", "a", "S", "2024-05"),
            ("1", "a", "C", None),
            ("1", "b", "T", "Pain"),
            ("2", "c", "T", "疼痛"),
            ("2", "d", "C", None),
            ("2", "e", "Q", "Y"),
        ),
        study="S1",
        label="Adverse Events",
        labels={"AETERM": "Reported Term"},
    )
    assert mapped.domain.frame.to_dict(as_series=False) == {
        "STUDYID": ["S1"] * 3,
        "DOMAIN": ["AE"] * 3,
        "USUBJID": ["1", "1", "2"],
        "AESEQ": [1, 2, 1],
        "AETERM": ["Fall", "Pain", "疼痛"],
        "AESTDTC": ["2024-05", None, None],
        "AECAT": ["GENERAL", None, None],
    }
    assert mapped.domain.variable("AETERM").label == "Reported Term"
    assert (mapped.supplemental, mapped.findings) == (None, ())


def test_findings_collected_together_become_a_record_for_each_test():
    mapped = map_domain(
        "VS",
        {
            "DAT": "VSDTC",
            "TIM": "VSDTC",
            "SYS": "VSORRES when VSTESTCD = SYSBP",
            "SYSU": "VSORRESU = mmHg when VSTESTCD = SYSBP",
            "WT": "VSORRES when VSTESTCD = WEIGHT",
            "WTU": "VSORRESU when VSTESTCD = WEIGHT",
            "DIAU": "VSORRESU = mmHg when VSTESTCD = DIABP",
        },
        answers(
            ("1", "v1", "DAT", "2024-05-17"),
            ("1", "v1", "TIM", "08:30"),
            ("1", "v1", "SYS", "120"),
            ("1", "v1", "SYSU", None),
            ("1", "v1", "WT", "70"),
            ("1", "v1", "WTU", "kg"),
            ("1", "v1", "DIAU", None),
        ),
        study="S1",
    )
    assert mapped.domain.frame.select("VSSEQ", "VSDTC", "VSTESTCD", "VSORRES", "VSORRESU").rows() == [
        (1, "2024-05-17T08:30", "SYSBP", "120", "mmHg"),
        (2, "2024-05-17T08:30", "WEIGHT", "70", "kg"),
    ]


def test_what_was_not_done_is_a_record_only_if_it_was_not():
    annotations = {"DONE": "[NOT SUBMITTED]; VSSTAT = NOT DONE when VSTESTCD = VSALL"}
    given = answers(("1", "a", "DONE", "N"), ("2", "b", "DONE", "Y"))
    mapped = map_domain("VS", annotations, given, study="S1")
    assert mapped.domain.frame.select("USUBJID", "VSTESTCD", "VSSTAT").rows() == [("1", "VSALL", "NOT DONE")]


def test_a_dose_goes_to_the_number_or_to_the_text():
    given = answers(("1", "a", "D", "2.5"), ("1", "b", "D", "two puffs"))
    mapped = map_domain("CM", {"D": "CMDOSE;CMDOSTXT"}, given, study="S1")
    assert mapped.domain.frame.select("CMDOSE", "CMDOSTXT").rows() == [("2.5", None), (None, "two puffs")]


@pytest.mark.parametrize(("domain", "variable", "value"), [("DM", "", ""), ("PR", "PRSEQ", "1")])
def test_a_qualifier_goes_to_the_supplemental_dataset_of_its_record(domain: str, variable: str, value: str):
    annotations = {"A": f"{domain}TERM", "B": f"RACEOTH in SUPP{domain}"}
    given = answers(("1", "a", "A", "x"), ("1", "a", "B", "other"))
    mapped = map_domain(domain, annotations, given, study="S1", labels={"RACEOTH": "Other race"})
    assert mapped.supplemental is not None
    assert mapped.supplemental.frame.rows() == [
        ("S1", domain, "1", variable, value, "RACEOTH", "Other race", "other", "CRF", "")
    ]


def test_what_cannot_be_placed_is_said_once_and_not_guessed():
    annotations = {"E": "AEENRTPT; AEENRF;AEENTPT", "T": "AETERM"}
    given = answers(
        ("1", "a", "T", "x"), ("1", "a", "E", "ONGOING"), ("1", "b", "E", "ONGOING"), ("1", "a", "NEW", "?")
    )
    mapped = map_domain("AE", annotations, given, study="S1")
    assert mapped.domain.frame.columns == ["STUDYID", "DOMAIN", "USUBJID", "AESEQ", "AETERM"]
    assert [str(each) for each in mapped.findings] == [
        "AE: The answer to “E” may go to several variables; it has to be decided which.",
        "AE: “NEW” has no annotation and is not in the datasets.",
    ]


def test_answers_without_a_column_are_refused():
    with pytest.raises(ValueError, match="VALUE"):
        map_domain("AE", {}, answers().drop("VALUE"), study="S1")


@pytest.mark.parametrize(
    ("moment", "reference", "day"),
    [
        ("2024-02-29", "2024-03-01", -1),
        ("2024-03-01T23:59", "2024-03-01", 1),
        ("2024-03-02", "2024-03-01T08:00", 2),
        ("2024-03", "2024-03-01", None),
        ("2024-02-30", "2024-03-01", None),
        ("", "2024-03-01", None),
    ],
)
def test_there_is_no_study_day_zero(moment: str, reference: str, day: int | None):
    assert study_day(moment, reference) == day


def test_standard_results_are_converted_and_what_cannot_be_is_told():
    annotations = {
        "W": "VSORRES when VSTESTCD = WEIGHT",
        "U": "VSORRESU when VSTESTCD = WEIGHT",
        "P": "VSPOS",
    }
    lines = [("1", "a", "W", "154.3"), ("1", "a", "U", "LB"), ("1", "b", "W", "70"), ("1", "b", "U", "kg")]
    lines += [("1", "c", "W", "7"), ("1", "c", "U", "mmHg"), ("1", "d", "W", "ND"), ("1", "d", "P", "9")]
    mapped = map_domain("VS", annotations, answers(*lines), study="S1", codes={"P": {"1": "SUPINE"}})
    done = completed(
        mapped,
        units={"WEIGHT": "kg"},
        tests={"WEIGHT": "Weight", "HEIGHT": "H" * 41},
        conversion=lambda own, wanted: (0.45359237, 0.0) if (own, wanted) == ("LB", "kg") else None,
    )
    names = ["VSTEST", "VSSTRESC", "VSSTRESN", "VSSTRESU"]
    assert done.domain.frame.select(names).rows() == [
        ("Weight", "69.98930269", 69.98930269, "kg"),
        ("Weight", "70", 70.0, "kg"),
        ("Weight", None, None, None),
        ("Weight", "ND", None, None),
    ]
    assert [str(each) for each in done.findings] == [
        "VS: “9” is not in the code list of “P”; it is written as it is.",
        "VS.VSTEST: The value takes 41 bytes; at most 40 can be stored.",
        "VS.VSORRESU[3]: mmHg cannot be converted to kg; there is no standard result.",
    ]


def test_numbers_are_numbers_in_the_order_of_the_standard():
    given = answers(
        ("1", "a", "D", "2024-03-01"), ("1", "a", "N", "2.5"), ("1", "b", "N", "2,5"), ("1", "a", "X", "q")
    )
    mapped = map_domain("EX", {"D": "EXSTDTC", "N": "EXDOSE", "X": "EXODD"}, given, study="S1")
    done = completed(mapped, reference_dates={"1": "2024-02-28"})
    assert done.domain.frame.columns == [
        *("STUDYID", "DOMAIN", "USUBJID", "EXSEQ", "EXDOSE", "EXSTDTC", "EXSTDY", "EXODD")
    ]
    assert done.domain.frame["EXDOSE"].to_list() == [2.5, None]
    assert done.domain.frame["EXSTDY"].to_list() == [3, None]
    assert done.domain.label == "Exposure"
    assert [each.variable for each in done.findings] == ["EXDOSE"]


if "TRIALLINK_DATA" in os.environ:
    COSMOS = Path(os.environ["TRIALLINK_DATA"]) / "edc/cdash/cdisc_crf_specializations_draft.csv"

    def test_every_annotation_of_the_crf_specializations_is_read():
        with COSMOS.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file))
        assert len(lines) == 2073
        for line in lines:
            parse_annotation(line["sdtm_annotation"])
