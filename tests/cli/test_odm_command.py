"""`triallink odm`: a corpus is judged, a file is checked and converted, a protocol becomes a skeleton."""

import json
from pathlib import Path

from click.testing import CliRunner, Result
from tests.engines.odm.documents import ODM_20, ODM_132
from tests.engines.protocol.cases import as_bytes, small_usdm

from triallink.cli.odm import command
from triallink.engines.odm import collected_counts, read_columns, read_odm, validate


def run(*arguments: object) -> Result:
    """Return what the command says."""
    answer = CliRunner().invoke(command, list(map(str, arguments)), catch_exceptions=False)
    assert answer.exit_code == 0
    return answer


def test_every_file_of_a_folder_is_judged(tmp_path: Path) -> None:
    (tmp_path / "one.xml").write_bytes(ODM_132)
    (tmp_path / "two.xml").write_bytes(ODM_20)
    (tmp_path / "other.xml").write_bytes(b"<html/>")
    (tmp_path / "plan.json").write_bytes(as_bytes(small_usdm()))
    (tmp_path / "broken.json").write_bytes(b'{"study": 1}')
    (tmp_path / "numbers.json").write_bytes(b"[1]")
    (tmp_path / "cut.json").write_bytes(b'{"study"')
    rows = {row["file"]: row for row in json.loads(run("corpus", tmp_path, "--json").output)}
    good = {"read": True, "validated": True, "round_tripped": True, "written_valid": True, "findings": 0}
    assert rows["one.xml"] == {"file": "one.xml", **good}
    assert rows["two.xml"] == {"file": "two.xml", **good}
    assert rows["other.xml"]["read"] is False
    assert (
        rows["plan.json"]["read"],
        rows["plan.json"]["round_tripped"],
        rows["plan.json"]["written_valid"],
    ) == (
        True,
        True,
        True,
    )
    assert (rows["broken.json"]["read"], rows["broken.json"]["findings"] > 0) == (False, True)
    assert not {"numbers.json", "cut.json"} & set(rows)
    assert "yes   yes    yes   yes             0  one.xml" in run("corpus", tmp_path).output


def test_a_file_is_checked_with_lines_and_conditions(tmp_path: Path) -> None:
    path = tmp_path / "odm.xml"
    path.write_bytes(ODM_132.replace(b'DataType="partialDate"', b'DataType="someday"'))
    assert "CO.MALE: omit_if_true (odm_default)" in run("check", path).output
    said = json.loads(run("check", path, "--json").output)
    assert any(finding["line"] and "someday" in finding["said"] for finding in said["findings"])


def test_a_file_is_converted(tmp_path: Path) -> None:
    source, target = tmp_path / "in.xml", tmp_path / "out.xml"
    source.write_bytes(ODM_132)
    run("convert", source, target, "--version", "2.0", "--plain")
    assert validate(target.read_bytes(), extensions=False) == ()
    assert read_odm(target.read_bytes()).line == "2.0"


def test_a_protocol_becomes_a_skeleton(tmp_path: Path) -> None:
    source, target = tmp_path / "usdm.json", tmp_path / "out.xml"
    source.write_bytes(as_bytes(small_usdm()))
    assert "automatic" in run("build", source, target).output
    assert validate(target.read_bytes(), extensions=False) == ()


def test_an_amendment_is_weighed_by_the_data_it_touches(tmp_path: Path) -> None:
    before, after = tmp_path / "v1.xml", tmp_path / "v2.xml"
    before.write_bytes(ODM_132)
    start = ODM_132.index(b'<CodeListItem CodedValue="F"')
    end = ODM_132.index(b"</CodeListItem>", start) + len(b"</CodeListItem>")
    amended = ODM_132[:start] + ODM_132[end:]
    after.write_bytes(
        amended.replace(
            b'OID="IT.AETERM" Name="Term" DataType="text" Length="200"',
            b'OID="IT.AETERM" Name="Term" DataType="text" Length="1"',
        )
    )
    changes = {
        (each["oid"], each["part"]): each for each in json.loads(run("diff", before, after, "--json").output)
    }
    lost = [each for each in changes.values() if each["effect"] == "destructive"]
    assert {(each["oid"].partition("/")[0], each["affected"]) for each in lost} == {
        ("CL.SEX", 1),
        ("IT.AETERM", 1),
    }
    assert "destructive" in run("diff", before, after).output
    empty = tmp_path / "empty.xml"
    empty.write_bytes(ODM_132[: ODM_132.index(b"<ClinicalData")] + b"</ODM>")
    untouched = json.loads(run("diff", before, after, "--data", empty, "--json").output)
    assert {each["affected"] for each in untouched} == {0}


def test_what_was_collected_is_counted_once_for_each_place() -> None:
    counts = collected_counts(read_columns(ODM_132))
    assert (counts.events, counts.forms) == ({"SE.V1": 1}, {"F.DM": 1})
    assert counts.groups == {"IG.DM": 1, "IG.AE": 1}
    assert (counts.items["IT.SEX"], counts.items["IT.PREG"], counts.items["IT.WEIGHT"]) == (1, 0, 1)
    assert counts.codes["IT.SEX"] == {"F": 1}
    assert "IT.WEIGHT" not in counts.codes
    assert collected_counts(read_columns(ODM_132[: ODM_132.index(b"<ClinicalData")] + b"</ODM>")).items == {}
