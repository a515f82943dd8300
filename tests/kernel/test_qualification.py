"""A check carries its evidence with it and cannot be altered after it was listed."""

from dataclasses import FrozenInstanceError

import pytest

from triallink.kernel.qualification import Check, CheckResult


def test_a_check_reports_what_it_observed_and_what_was_expected():
    check = Check(
        "Two and two are four", "Peano 1889", "exact", lambda: CheckResult(2 + 2 == 4, str(2 + 2), "4")
    )

    assert check.run() == CheckResult(passed=True, observed="4", expected="4")


def test_a_listed_check_cannot_be_altered():
    check = Check("r", "s", "exact", lambda: CheckResult(True, "", ""))

    with pytest.raises(FrozenInstanceError):
        check.tolerance = "anything goes"
