"""The 30 published tables of the CDISC pilot study, recomputed cell by cell where TRIALLINK_DATA is."""

import os
from pathlib import Path

import pytest

if "TRIALLINK_DATA" in os.environ:
    from tools.analysis_vectors.compare import OUT_OF_SCOPE, WHOLE, compare, single_results

    FOLDER = Path(os.environ["TRIALLINK_DATA"])
    # 14-6.01 has a mean of 6.45 printed as 6.4; 14-6.06 a p-value of 0.015 from a table with arms and states mixed up,
    # which its publisher has since corrected to 0.405.
    LACKING = {"14-6.01": 1, "14-6.06": 1}

    @pytest.mark.parametrize("name", sorted(WHOLE))
    def test_published_table(name):
        found = compare(FOLDER, name)
        assert len(found.missed) == LACKING.get(name, 0), found.missed[:3]
        assert found.reproduced == found.total - LACKING.get(name, 0)
        assert found.halves <= 15

    def test_every_published_table_is_rebuilt_or_said_not_to_be():
        names = {path.stem for path in (FOLDER / "insights/vectors/cdisc_pilot/atorus_tsv").glob("*.tsv")}
        assert names == set(WHOLE) | set(OUT_OF_SCOPE)
        assert not set(WHOLE) & set(OUT_OF_SCOPE)

    def test_repeated_measures_submission_tables_and_curves_are_as_published():
        found = single_results(FOLDER)
        assert [each.missed for each in found] == [()] * 4
        assert [each.in_scope for each in found] == [10, 63, 7, 10]
