"""`python -m tools.analysis_vectors FOLDER`: the 30 published tables of the CDISC pilot beside ours, cell by cell.

FOLDER holds `insights`. A cell is what stands in one column of one line; it counts as reproduced when it is the same text
after blanks are taken away. The published files were made with R, whose halves go to the even digit: "halves" counts
the cells that are the same so and would be another text rounded as SAS does.
"""

import argparse
import json
from pathlib import Path

from tools.analysis_vectors.compare import table


def main() -> None:
    """Print the table, or what one table lacks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder that holds insights/")
    parser.add_argument("--show", help="list what of this table is not reproduced")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    given = parser.parse_args()
    found = table(given.folder)
    if given.show:
        print("\n".join(line for each in found if each.name == given.show for line in each.missed))
        return
    if given.json:
        print(json.dumps({each.name: [each.reproduced, each.in_scope, each.total] for each in found}))
        return
    print(f"{'table':34s} {'reproduced':>10s} {'halves':>7s} {'in scope':>9s} {'total':>6s}")
    counts = [(each.reproduced, each.halves, each.in_scope, each.total) for each in found]
    for name, row in [
        *zip((each.name for each in found), counts, strict=True),
        ("all", tuple(map(sum, zip(*counts, strict=True)))),
    ]:
        print(f"{name:34s} {row[0]:10d} {row[1]:7d} {row[2]:9d} {row[3]:6d}")


if __name__ == "__main__":
    main()
