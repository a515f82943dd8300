"""The supply engine passes its own qualification checks."""

import pytest

from triallink.engines.supply.qualification import checks


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.requirement)
def test_qualification_check_passes(check):
    result = check.run()
    assert result.passed, f"observed {result.observed}, expected {result.expected}"
