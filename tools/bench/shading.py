"""Does it pay to shade one's limit in the k-double auction? An experiment, written down as it falls out.

    .venv/bin/python tools/bench/shading.py [--json]

One buyer among n traders on each side states a limit below the true one by some share; all others are
truthful, k = 1/2. Printed: the buyer's profit as a share of the truthful profit with its standard error over
five runs, and the trades it keeps. Not tried: several shading at once, and a shade chosen by what others state.
"""

import argparse
import json
import random
import sys
from pathlib import Path
from statistics import mean, stdev

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src")]

from triallink.engines.matching import Order, settle  # noqa: E402

SHADES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)
RUNS = 5  # apart from each other, for the standard error


def profits(traders: int, markets: int, seed: int) -> dict[float, tuple[float, float]]:
    """Mean profit and traded share of the first buyer at each shade, over the same markets."""
    totals = dict.fromkeys(SHADES, 0.0)
    traded = dict.fromkeys(SHADES, 0)
    rng = random.Random(seed)
    for _ in range(markets):
        values = [rng.randint(9_000, 15_000) for _ in range(traders)]
        floors = [rng.randint(7_000, 13_000) for _ in range(traders)]
        offers = [Order(f"o{n}", floor, 8) for n, floor in enumerate(floors)]
        for shade in SHADES:
            stated = [round(values[0] * (1 - shade)), *values[1:]]
            found = settle([Order(f"n{n}", value, 8) for n, value in enumerate(stated)], offers)
            hours = sum(trade.hours for trade in found.trades if trade.need_id == "n0")
            totals[shade] += hours * (values[0] - (found.price_minor or 0))
            traded[shade] += hours > 0
    return {shade: (totals[shade] / totals[0.0], traded[shade] / max(traded[0.0], 1)) for shade in SHADES}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer markets")
    options = parser.parse_args()
    markets = 500 if options.quick else 4000
    gains = {}
    for traders in (2, 5, 20, 100):
        runs = [profits(traders, markets if traders < 100 else markets // 5, seed=1 + n) for n in range(RUNS)]
        cells, gains[traders] = "", 0.0
        for shade in SHADES:
            profit, traded = ([run[shade][which] for run in runs] for which in (0, 1))
            gains[traders] = max(gains[traders], mean(profit) - 1)
            error = stdev(profit) / RUNS**0.5
            cells += (
                f"   {100 * shade:.0f} %: {100 * mean(profit):.2f} ± {100 * error:.2f} % profit, "
                f"{100 * mean(traded):.1f} % trades"
            )
        print(f"{traders:>4} traders a side{cells}")
    if options.json:
        print(json.dumps({f"best_gain_{n}": gain for n, gain in gains.items()}))


if __name__ == "__main__":
    main()
