"""The engine's own qualification checks pass."""

import pytest

from triallink.engines.enrollment.qualification import checks


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.requirement)
def test_qualification_check_passes(check):
    result = check.run()
    assert result.passed, result.observed
