"""The published open rules and their results, of TRIALLINK_DATA; not collected when the variable is not set.

Source: cdisc-org/cdisc-open-rules at 618ab81, folder Published (629 rules). A result agrees if the same records of the
same datasets are found. The shares are those reached when this was written, rounded down: some published results were
made from other data or by an older engine than the one beside them and cannot be reached.
"""

import os
import re
import tarfile
from pathlib import Path

import pytest

from triallink.cli.conformance import rules_in, study_of_files, trials_in
from triallink.engines.conformance import Agreement, agreement, run_rule, unsupported

DATA = Path(os.environ["TRIALLINK_DATA"])
RULES = DATA / "insights/vectors/cdisc_open_rules/published_rules_with_testdata.tar.gz"
GUIDE = Path(__file__).parents[3] / "docs/guide/conformance-differences.md"
PILOT = DATA / "insights/data/cdiscpilot_xpt/sdtm"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    with tarfile.open(RULES) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def found(published: Path) -> Agreement:
    placed = list(rules_in(published))
    reasons = {rule.id: unsupported(rule) for _, rule in placed}
    return agreement([trial for place, rule in placed for trial in trials_in(place, rule)], reasons)


def test_the_results_of_the_published_rules_agree(found: Agreement):
    assert (found.rules, found.results) == (629, 1591)
    assert found.rules_supported_share >= 0.92
    assert found.results_agree_share >= 0.98


def test_every_difference_is_explained_in_the_guide(found: Agreement):
    rows = re.findall(r"^\| (CORE-\d+) (\S+) \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted((trial.rule_id, trial.case) for trial in found.disagreements)


def test_every_rule_without_support_says_what_it_needs(found: Agreement):
    about = {reason.about for reason in found.unsupported.values()}
    assert about <= {
        "the controlled terminology packages",
        "the variables of the implementation guide (CDISC Library)",
    }


def test_every_published_rule_ends_in_one_of_three_ways_on_the_pilot_study(published: Path):
    study = study_of_files(PILOT, product="SDTMIG", version="3-3")
    assert len(study.tables) == 18
    for _, rule in rules_in(published):
        outcome = run_rule(rule, study)
        assert outcome.status in ("passed", "findings", "not_run")
        assert (outcome.status == "not_run") == (outcome.reason is not None)
