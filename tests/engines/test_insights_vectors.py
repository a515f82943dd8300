"""Every published set of indicators and survival results beside ours, where TRIALLINK_DATA is."""

import os
from pathlib import Path

import pytest

if "TRIALLINK_DATA" in os.environ:
    from tools.insights_vectors import indicators, survival

    FOLDER = Path(os.environ["TRIALLINK_DATA"])

    @pytest.mark.parametrize("made", [indicators.table, survival.table])
    def test_whatever_is_in_scope_is_reproduced(made):
        found = {name: counts for name, *counts in made(FOLDER)}
        assert {name: counts for name, counts in found.items() if counts[0] != counts[1]} == {}
        assert len(found) == {"indicators": 20, "survival": 4}[made.__module__.rpartition(".")[2]]

    def test_named_sets_are_whole():
        found = {name: counts for name, *counts in indicators.table(FOLDER)}
        assert found["gsm: scores and flags of sites from subjects"] == [145] * 3
        assert found["gsm: reporting rows with flags, site level"] == [3369] * 3
        assert found["gsm.kri: indicator specifications"] == [30] * 3
