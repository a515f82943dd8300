"""The qualification report says what was checked, and a failed check fails the command."""

import json

import pytest
from click.testing import CliRunner

from triallink.cli.qualify import Line, command, markdown, qualified_engines, report_of, table


def test_the_engines_with_checks_are_found():
    assert {"dosefinding", "supply"} <= set(qualified_engines())


def test_every_check_passes_on_this_copy_and_the_report_can_be_signed(tmp_path):
    target = tmp_path / "report.md"
    result = CliRunner().invoke(command, ["--engine", "dosefinding", "--json", "--output", str(target)])
    assert result.exit_code == 0, result.output
    report = json.loads(result.output)
    assert report["passed"]
    assert {"requirement", "source", "tolerance", "expected", "observed", "passed"} <= set(
        report["checks"][0]
    )
    text = target.read_text()
    assert text.count("| dosefinding-") == len(report["checks"])
    assert "## Sign-off" in text
    assert report["fingerprint"] in text


def test_the_table_names_every_requirement():
    result = CliRunner().invoke(command, ["--engine", "dosefinding"])
    assert "passed  dosefinding: BOIN" in result.output
    assert result.output.rstrip().endswith("0 failed")


def test_an_unknown_engine_is_a_usage_error():
    result = CliRunner().invoke(command, ["--engine", "astrology"])
    assert result.exit_code == 2
    assert "astrology" in result.output


@pytest.mark.parametrize("passed", [True, False])
def test_the_report_shows_a_failure(passed):
    report = report_of([Line("supply", "Kits | are counted.", "source", "exact", "1", "2", passed)])
    assert report.passed is passed
    assert ("**FAILED**" in markdown(report)) is not passed
    assert "Kits \\| are counted." in markdown(report)
    assert ("observed 2" in table(report)) is not passed


def test_a_report_without_checks_has_not_passed():
    assert not report_of([]).passed
