"""`python -m tools.insights_vectors FOLDER`: every published set beside ours: reproduced / in scope / total.

FOLDER holds `insights`. Indicators and under-reporting, trial designs (assertions of rpact by file), survival, the tables of
the CDISC pilot. `python -m tools.design_vectors` and `python -m tools.analysis_vectors` list what is not reproduced and why.
"""

import argparse
import json
from pathlib import Path

from tools.analysis_vectors.compare import table as pilot
from tools.design_vectors.compare import table as designs
from tools.insights_vectors.indicators import Counted
from tools.insights_vectors.indicators import table as indicators
from tools.insights_vectors.survival import table as survival


def rows(folder: Path) -> list[Counted]:
    """Return set, reproduced, in scope and total of every set."""
    return [
        *indicators(folder),
        *((f"design: {name}", *counts) for name, *counts in designs(folder)),
        *survival(folder),
        *((f"pilot: {each.name}", each.reproduced, each.in_scope, each.total) for each in pilot(folder)),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder that holds insights/")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    given = parser.parse_args()
    found = rows(given.folder)
    if given.json:
        print(json.dumps({name: counts for name, *counts in found}))
        return
    print(f"{'set':68s} {'reproduced':>10s} {'in scope':>9s} {'total':>7s}")
    for name, *counts in [*found, ("all", *(sum(row[k] for row in found) for k in (1, 2, 3)))]:
        print(f"{name:68s} {counts[0]:10,d} {counts[1]:9,d} {counts[2]:7,d}")


if __name__ == "__main__":
    main()
