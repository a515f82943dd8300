"""The designs decide as published; the qualification checks hold the published values."""

import numpy as np
import pytest

from triallink.engines.dosefinding import BOIN
from triallink.engines.dosefinding.qualification import checks


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.requirement)
def test_qualification_check_passes(check):
    result = check.run()
    assert result.passed, f"observed {result.observed}, expected {result.expected}"


def test_boin_declares_the_dose_of_its_documented_example():
    """The help page of select.mtd in the R package BOIN: 3, 3, 15, 9 and 0 subjects, 0, 0, 4, 4 and 0 toxicities."""
    chosen = BOIN(n_doses=5, target=0.3).select(np.array([[3, 3, 15, 9, 0]]), np.array([[0, 0, 4, 4, 0]]))
    assert chosen.tolist() == [3]
