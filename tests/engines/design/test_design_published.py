"""All published design assertions in scope, where the folder with them is given."""

import os
from pathlib import Path

import pytest

if "TRIALLINK_DATA" in os.environ:
    from tools.design_vectors.benchmarks import SETS, holds
    from tools.design_vectors.compare import FLOORS, outcomes

    FOLDER = Path(os.environ["TRIALLINK_DATA"], "insights/vectors/rpact")

    @pytest.mark.parametrize("name", sorted(FLOORS))
    def test_published_assertions_are_reproduced(name: str) -> None:
        found = list(outcomes(FOLDER / f"{name}.jsonl"))
        missed = [each for each in found if each.in_scope and not each.reproduced]
        assert sum(each.reproduced for each in found) >= FLOORS[name], missed[:3]

    @pytest.mark.parametrize("name", sorted(SETS))
    def test_every_benchmark_is_within_its_tolerance(name: str) -> None:
        found = list(SETS[name](FOLDER.parent))
        assert found
        assert [check for check in found if not holds(check)] == []
