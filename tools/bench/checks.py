"""How fast checks run: one record at a time as the compiled function, and whole columns at once.

Beside them, in the same run: a Python lambda of the same condition without the logic of missing values (what the
compiled form pays for it), and a walk of the syntax tree (what compiling saves). Records are counted per second of
processor time, so that a busy machine does not change the figure; columns, which use several cores, per second.
"""

import argparse
import json
import random
import time
import timeit
from collections.abc import Callable

import polars as pl

from triallink.engines.checks import Item, bind, evaluate, evaluator, flat_schema, parse, syntax

SCHEMA = flat_schema(
    Item("SYSBP", "number", "mmHg"), Item("DIABP", "number", "mmHg"), Item("SEX", "text", codes=("M", "F"))
)
EXPRESSION = 'SYSBP > DIABP and SYSBP between 60 and 260 and (SEX = "M" or SEX = "F")'
SECONDS, QUICK_SECONDS = 3.0, 0.7
ROWS, QUICK_ROWS = 10_000_000, 2_000_000


def best_rate(
    statement: str | Callable[[], object],
    seconds: float,
    *,
    clock: Callable[[], float] = time.perf_counter,
    **names: object,
) -> float:
    """Return how often a statement runs per second of a clock, the best of three."""
    timer = timeit.Timer(statement, timer=clock, globals=names)
    count, once = timer.autorange()
    number = max(1, int(count * seconds / max(once, 1e-9) / 3))
    return number / min(timer.repeat(3, number))


def walked(node: syntax.Expression, record: dict[str, object]) -> object:
    """Return what a syntax tree says by walking it; present values only."""
    match node:
        case syntax.Number(text):
            return float(text)
        case syntax.Text(value):
            return value
        case syntax.Name((name,)):
            return record[name]
        case syntax.Logic("and", left, right):
            return walked(left, record) and walked(right, record)
        case syntax.Logic("or", left, right):
            return walked(left, record) or walked(right, record)
        case syntax.Compare(">", left, right):
            return walked(left, record) > walked(right, record)  # type: ignore[operator]
        case syntax.Compare("=", left, right):
            return walked(left, record) == walked(right, record)
        case syntax.Between(operand, low, high):
            return walked(low, record) <= walked(operand, record) <= walked(high, record)  # type: ignore[operator]
    raise ValueError(f"{node!r} is not part of this benchmark")


def main() -> None:
    """Print a table, and with --json one object as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under 45 seconds")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    options = parser.parse_args()
    seconds, rows = (QUICK_SECONDS, QUICK_ROWS) if options.quick else (SECONDS, ROWS)

    program = bind(EXPRESSION, SCHEMA)
    compiled, tree = evaluator(program), parse(EXPRESSION)
    values = (120.0, 80.0, "F")
    named = {"SYSBP": 120.0, "DIABP": 80.0, "SEX": "F"}
    plain = eval("lambda s, d, x: s > d and 60 <= s <= 260 and (x == 'M' or x == 'F')")
    rates = {
        name: best_rate(statement, seconds, clock=time.process_time, check=check, record=record, tree=tree)
        for name, statement, check, record in (
            ("compiled, three-valued", "check(record)", compiled, values),
            ("plain lambda, no missing values", "check(*record)", plain, values),
            ("walking the tree", "check(tree, record)", walked, named),
        )
    }

    draw = random.Random(1)
    some = [draw.choice([None, 80.0, 120.0, 300.0]) for _ in range(1000)]
    sexes = [draw.choice([None, "M", "F"]) for _ in range(1000)]
    block = pl.DataFrame({"0": some, "1": some[::-1], "2": sexes})
    frame = pl.concat([block] * (rows // len(block) // 3), rechunk=True)
    batch_rate = best_rate(lambda: evaluate(program, frame), seconds) * frame.height * len(program.inputs)

    print(f"{EXPRESSION}")
    for name, rate in rates.items():
        print(f"{name:34} {rate / 1e6:8.2f} M records/CPU s")
    print(f"{'columns, three-valued':34} {batch_rate / 1e6:8.2f} M values/s ({frame.height:,} records)")
    if options.json:
        compiled_rate = rates["compiled, three-valued"]
        figures = {
            "record_evaluations_per_s": round(compiled_rate),
            "batch_values_per_s": round(batch_rate),
            "ratio_to_plain_lambda": round(compiled_rate / rates["plain lambda, no missing values"], 3),
            "ratio_to_tree_walk": round(compiled_rate / rates["walking the tree"], 2),
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
