"""Every published assertion beside our value: set × reproduced / in scope / total.

    python -m tools.design_vectors FOLDER [--json] [--show SET]

FOLDER holds insights/vectors. An assertion is in scope when it states a number this engine computes; it is reproduced when
ours differs by no more than 1e-5 of it (at least 1e-8), vectors by their mean, as the publishers' own tests compare: their
programs stop searching at 1e-6 to 1e-5 while printing eight digits.
"""

import collections
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tools.design_vectors import plans
from tools.design_vectors.benchmarks import SETS, holds
from tools.design_vectors.counts import counts
from tools.design_vectors.designs import OutOfScope, design_of, two_sided_beta
from tools.design_vectors.rcalls import Call, UnknownR, read
from tools.design_vectors.survival import event_shares, subjects_there, survival

RELATIVE, ABSOLUTE = 1e-5, 1e-8
# How many assertions of each set we must go on reproducing.
FLOORS = {
    "test-f_design_fisher_combination_test": 29,
    "test-f_design_group_sequential": 152,
    "test-f_design_group_sequential_beta_spending": 100,
    "test-f_design_plan_count_data": 581,
    "test-f_design_plan_means": 882,
    "test-f_design_plan_rates": 532,
    "test-f_design_plan_survival": 3006,
}
# Their argument is a variable the rows do not carry; the test they are in tells which design it is.
_LOST = {"getDesignCharacteristics(design)", *(f"getDesignCharacteristics(dl{k})" for k in range(1, 6))}
_PATH = re.compile(r"^\$(\w+)(?:\[(\d+), \])?$")


@dataclass(frozen=True)
class Outcome:
    """One assertion: whether it is in scope (else why not), and whether we have its value."""

    call: str
    path: str
    expected: Any
    observed: Any
    in_scope: bool
    reason: str = ""
    reproduced: bool = False


_CALLS: dict[str, Callable[[Call], dict[str, Any]]] = {
    "getSampleSizeMeans": plans.means,
    "getPowerMeans": plans.means,
    "getSampleSizeRates": plans.rates,
    "getPowerRates": plans.rates,
    "getSampleSizeCounts": counts,
    "getPowerCounts": counts,
    "getSampleSizeSurvival": survival,
    "getPowerSurvival": survival,
    "getEventProbabilities": event_shares,
    "getNumberOfSubjects": subjects_there,
    "getDesignFisher": plans.fisher,
    "getGroupSequentialProbabilities": plans.stopping_chances,
}


def _fields(call: Call, test: str) -> dict[str, Any]:
    if call.name in _CALLS:
        return _CALLS[call.name](call)
    if call.name in ("getDesignGroupSequential", "getDesignInverseNormal"):
        return plans.bounds(call, design_of(call))
    if call.name == "getDesignCharacteristics":
        design = call.arguments.get("0", call.arguments.get("design"))
        return plans.characteristics(
            call, design_of(design if isinstance(design, Call) else two_sided_beta(test))
        )
    raise OutOfScope(call.name)


def outcomes(path: Path) -> Iterator[Outcome]:
    """Return the outcome of every assertion of a file."""
    known: dict[tuple[str, str], dict[str, Any] | str] = {}
    for line in path.read_text().splitlines():
        row = json.loads(line)
        references = dict(row["refs"] or {})
        key = (row["call"], json.dumps(references) if references else row["test"])
        if key not in known:
            try:
                text = "getDesignCharacteristics()" if row["call"] in _LOST else row["call"]
                call = read(text, references)
                if not isinstance(call, Call):
                    raise OutOfScope("not a call of the package")
                known[key] = _fields(call, row["test"])
            except OutOfScope as reason:
                known[key] = str(reason)
            except UnknownR as unknown:
                known[key] = f"reads R beyond literals: {unknown}"
        yield _outcome(row, known[key])


def _outcome(row: dict[str, Any], fields: dict[str, Any] | str) -> Outcome:
    call, path, expected = row["call"], row["path"], row["expected"]
    if isinstance(fields, str):
        return Outcome(call, path, expected, None, False, fields)
    row_only = re.fullmatch(r"\[(\d), \]", path)
    if row_only is not None:
        path = f"$row{row_only.group(1)}"
    match = _PATH.match(path)
    if match is None or match.group(1) not in fields:
        return Outcome(call, path, expected, None, False, f"field {path.split('[')[0]}")
    ours = np.asarray(fields[match.group(1)], dtype=float)
    if match.group(2):
        ours = ours[int(match.group(2)) - 1] if ours.ndim else ours
    return Outcome(call, path, expected, ours.tolist(), True, "", close(ours, expected))


def _number(value: Any) -> float:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return {"Inf": math.inf, "-Inf": -math.inf}.get(value, math.nan)
    return math.nan if value is None else float(value)


def close(ours: Any, expected: Any) -> bool:
    """Return whether our values are the expected ones; one value stands for as many equal ones."""
    theirs = np.array([_number(each) for each in (expected if isinstance(expected, list) else [expected])])
    mine = np.atleast_1d(np.asarray(ours, dtype=float)).ravel()
    if 1 in (len(theirs), len(mine)):
        mine, theirs = np.broadcast_arrays(mine, theirs)
    if mine.shape != theirs.shape:
        return False
    if (np.isnan(mine) != np.isnan(theirs)).any() or ((mine != theirs) & np.isinf(theirs)).any():
        return False
    known = np.isfinite(theirs)
    apart = float(np.abs(mine[known] - theirs[known]).sum())
    return apart <= max(RELATIVE * float(np.abs(theirs)[known].sum()), ABSOLUTE)


def table(folder: Path) -> list[tuple[str, int, int, int]]:
    """Return per set: name, reproduced, in scope, total."""
    rows = []
    for name, checks in SETS.items():
        found_checks = list(checks(folder / "insights/vectors"))
        rows.append((name, sum(map(holds, found_checks)), len(found_checks), len(found_checks)))
    for path in sorted((folder / "insights/vectors/rpact").glob("*.jsonl")):
        found = list(outcomes(path))
        rows.append(
            (
                path.stem,
                sum(each.reproduced for each in found),
                sum(each.in_scope for each in found),
                len(found),
            )
        )
    return rows


def misses(folder: Path, name: str) -> Iterator[str]:
    """Return one line per assertion in scope that is not reproduced, then the reasons for what is out of scope."""
    reasons: collections.Counter[str] = collections.Counter()
    for each in outcomes(folder / "insights/vectors/rpact" / f"{name}.jsonl"):
        if not each.in_scope:
            reasons[each.reason] += 1
        elif not each.reproduced:
            yield f"{each.call[:150]} {each.path}\n    expected {each.expected}\n    observed {each.observed}"
    for reason, count in reasons.most_common():
        yield f"out of scope {count:5d}  {reason}"
