"""`python -m tools.design_vectors FOLDER`: the table of published design assertions."""

import argparse
import json
from pathlib import Path

from tools.design_vectors.compare import misses, table


def main() -> None:
    """Print the table, or what is missing of one set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder that holds insights/vectors")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--show", help="list what of this set is not reproduced")
    given = parser.parse_args()
    if given.show:
        print("\n".join(misses(given.folder, given.show)))
        return
    rows = table(given.folder)
    if given.json:
        print(json.dumps({name: counts for name, *counts in rows}))
        return
    print(f"{'set':52s} {'reproduced':>10s} {'in scope':>9s} {'total':>6s}")
    for name, *counts in [*rows, ("all", *(sum(row[k] for row in rows) for k in (1, 2, 3)))]:
        print(f"{name:52s} {counts[0]:10d} {counts[1]:9d} {counts[2]:6d}")


if __name__ == "__main__":
    main()
