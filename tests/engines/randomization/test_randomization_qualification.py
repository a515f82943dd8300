"""Every qualification check passes here, and none of them could pass for the wrong reason unnoticed."""

from dataclasses import FrozenInstanceError

import pytest

from triallink.engines.randomization import qualification


@pytest.mark.parametrize("check", qualification.checks(), ids=lambda check: check.requirement)
def test_qualification_check_passes(check):
    result = check.run()

    assert result.passed, f"observed {result.observed}, expected {result.expected}"


def test_checks_name_requirement_source_and_tolerance_and_are_frozen():
    checks = qualification.checks()

    assert len({check.requirement for check in checks}) == len(checks)
    assert all(check.source and check.tolerance for check in checks)
    with pytest.raises(FrozenInstanceError):
        checks[0].tolerance = "anything"


def test_a_changed_vector_fails_its_check():
    file = qualification.vectors("zhao2012_tables")
    row = file["rows"][0]
    row["published"]["expected_max"] *= 1.03

    assert not qualification._zhao_row(row).passed
