"""What shows, on the installed copy, that randomization allocates as published.

Each check names its requirement, its source and its tolerance with the reason; published numbers lie in `vectors/`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import partial
from importlib import resources
from math import comb
from typing import Any

import numpy as np

from triallink.kernel.qualification import Check, CheckResult

from .allocation import allocate, probabilities
from .batch import NO_RESPONSES, batch, one_by_one
from .design import Counts, Design, Factor, Subject, as_factors, factors_of
from .exact import exact
from .minimization import Minimization, biased_coin_table
from .properties import Properties, properties, ratio_preservation, sequences
from .registry import BY_NAME, PROCEDURES, Procedure
from .replay import Randomized, Responded, randomize, replay
from .saved import design_from_json
from .strata import ratio_preserving
from .stream import Stream
from .tallies import Tallies

AB = ("A", "B")
EXACT = "exact"


def vectors(name: str) -> dict[str, Any]:
    """Return a shipped vector file as plain values.

    name     file name without its ending, e.g. "zhao2012_tables".
    Returns  the mapping with source, version, tolerance, why and the numbers.
    Raises   FileNotFoundError if there is no such file.
    Source   each file names its own.
    """
    text = resources.files(__package__).joinpath("vectors", f"{name}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def checks() -> tuple[Check, ...]:
    """Return all checks of the randomization engine, in the order of the report.

    Returns  frozen checks; running them all takes about ten seconds.
    Raises   nothing.
    Source   each check names its own.
    """
    return (*_published(), *_formulas(), *_invariants())


def _same(observed: object, expected: object) -> CheckResult:
    return CheckResult(observed == expected, str(observed), str(expected))


def _near(
    observed: Mapping[str, float], expected: Mapping[str, float], limit: Callable[[str], float]
) -> CheckResult:
    passed = all(abs(observed[name] - value) <= limit(name) for name, value in expected.items())
    return CheckResult(
        passed,
        ", ".join(f"{name} {observed[name]:.6g}" for name in expected),
        ", ".join(f"{name} {value:.6g}" for name, value in expected.items()),
    )


def _published() -> Iterable[Check]:
    for name, requirement, run in (
        ("zhao2011_block_urn", "The block urn repeats the published walk of 14 subjects", _zhao_walk),
        ("pocock1983_minimization", "Minimization prefers the arm of the textbook example", _pocock),
        ("rfc4231_hmac", "The stream's HMAC-SHA256 is the standard one", _hmac),
    ):
        file = vectors(name)
        yield Check(requirement, file["source"], _tolerance(file), partial(run, file))
    file = vectors("zhao2012_tables")
    for row in file["rows"]:
        requirement = f"{row['label']}, N = {row['n']}: six properties agree with the published table"
        yield Check(requirement, file["source"], _tolerance(file), partial(_zhao_row, row))
    file = vectors("randomizer_exact")
    for row in file["rows"]:
        requirement = f"{row['label']}: five exact means and the number of sequences agree"
        yield Check(requirement, file["source"], _tolerance(file), partial(_randomizer_row, row))
    file = vectors("han2009_tables")
    for table in file["tables"]:
        requirement = f"Biased-coin probabilities for ratio {table['ratio']}, p = {table['p']}"
        yield Check(requirement, file["source"], _tolerance(file), partial(_han, table))
    file = vectors("brick_tunnel")
    for case in file["cases"]:
        requirement = f"Every step of the brick tunnel for ratio {case['ratio']}"
        yield Check(requirement, file["source"], _tolerance(file), partial(_tunnel, case))


def _tolerance(file: Mapping[str, Any]) -> str:
    return f"{file['tolerance']}: {file['why']}"


def _zhao_walk(file: Mapping[str, Any]) -> CheckResult:
    design = BY_NAME["block-urn"].design(arms=AB, balanced_sets=file["balanced_sets"])  # type: ignore[call-arg]
    state, observed = design.start(), []
    for u, *_ in file["steps"]:
        allocation = allocate(design, state, None, u)
        state = allocation.state
        observed.append([exact(u), allocation.probabilities["A"], allocation.arm, *state.counts])
    return _same(observed, [[exact(u), exact(p), *rest] for u, p, *rest in file["steps"]])


def _pocock(file: Mapping[str, Any]) -> CheckResult:
    # For two arms the variance measure compares the sums of the subject's totals, which is what the textbook does.
    design = Minimization(arms=AB, factors=as_factors(file["factors"]), measure="variance", p=Fraction(1))
    groups = [
        (f"{factor}={level}", tuple(counts))
        for factor, levels in file["factors"].items()
        for level, counts in levels.items()
    ]
    state = Tallies((40, 40), tuple(sorted(groups)))
    subject = Subject(factors=file["subject"])
    sums = [
        sum(column)
        for column in zip(*(state.of(f"{f}={v}") for f, v in file["subject"].items()), strict=True)
    ]
    arm = allocate(design, state, subject, Fraction(1, 2)).arm
    return _same((sums, arm), (file["sums"], file["preferred"]))


def _hmac(file: Mapping[str, Any]) -> CheckResult:
    digest = hmac.new(file["key"].encode(), file["message"].encode(), hashlib.sha256).hexdigest()
    seed, message = bytes(range(32)), b"S1|1|sex=F|7"
    by_hand = int.from_bytes(hmac.new(seed, message, hashlib.sha256).digest(), "big")
    return _same((digest, Stream(seed, "S1").draw("sex=F", 7).numerator), (file["digest"], by_hand))


def _figures(found: Properties, names: Iterable[str]) -> dict[str, float]:
    return {name: getattr(found, name) for name in names}


def _listed(row: Mapping[str, Any]) -> Design:
    return BY_NAME[row["procedure"]].design(arms=AB, **row["parameters"])


def _zhao_row(row: Mapping[str, Any]) -> CheckResult:
    published = row["published"]
    observed = _figures(properties(_listed(row), row["n"]), published)
    relative = ("final_sd", "expected_max")
    return _near(observed, published, lambda name: 0.025 * published[name] if name in relative else 0.005)


def _randomizer_row(row: Mapping[str, Any]) -> CheckResult:
    design = _listed(row)
    observed = _figures(properties(design, row["n"]), row["expected"])
    observed["sequences"] = sum(1 for _ in sequences(design, row["n"]))
    return _near(observed, {**row["expected"], "sequences": row["sequences"]}, lambda name: 1e-12)


def _han(table: Mapping[str, Any]) -> CheckResult:
    expected = tuple(tuple(exact(cell) for cell in row) for row in table["rows"])
    return _same(biased_coin_table(table["ratio"], table["p"]), expected)


def _tunnel(case: Mapping[str, Any]) -> CheckResult:
    design = BY_NAME["brick-tunnel"].design(arms=AB, ratio=tuple(case["ratio"]))
    observed = [
        str(probabilities(design, Counts((on_a, subject - 1 - on_a)))["A"])
        for subject, on_a, _ in case["steps"]
    ]
    return _same(observed, [chance for _, _, chance in case["steps"]])


def _formulas() -> Iterable[Check]:
    guesses = "1e-12 relative: double precision"
    source = "Blackwell & Hodges 1957, Ann Math Stat 28:449"
    for n in (4, 10, 20, 50, 100):
        rule = n / 2 + 2 ** (n - 1) / comb(n, n // 2) - 0.5
        binomial = n / 2 + n / 2 * comb(n, n // 2) / 2**n
        for name, expected in (("random-allocation-rule", rule), ("truncated-binomial", binomial)):
            requirement = f"{name}, N = {n}: expected number of correct guesses"
            yield Check(requirement, source, guesses, partial(_correct_guesses, name, n, expected))
    for p in ("3/5", "2/3", "7/10", "3/4", "4/5"):
        yield Check(
            f"Efron's coin with p = {p} approaches its stationary law",
            "Efron 1971, Biometrika 58:403",
            "0.1 %: at N = 400 the slowest of these chains is that near its limit",
            partial(_stationary, Fraction(p)),
        )
    for half in range(1, 6):
        yield Check(
            f"All {comb(2 * half, half)} arrangements of a block of {2 * half} are equally likely",
            "definition of permuted blocks, Zelen 1974",
            EXACT,
            partial(_block, half),
        )


def _correct_guesses(name: str, n: int, expected: float) -> CheckResult:
    design = BY_NAME[name].design(arms=AB, total=n)  # type: ignore[call-arg]  # both have a planned total
    observed = properties(design, n).guess_convergence * n
    return CheckResult(abs(observed - expected) <= 1e-12 * expected, f"{observed:.12f}", f"{expected:.12f}")


def _stationary(p: Fraction) -> CheckResult:
    found = properties(BY_NAME["efron"].design(arms=AB, p=p), 400)  # type: ignore[call-arg]
    r = float((1 - p) / p)
    expected = {"balance": 1 - r, "variance": 4 * r * (1 + r * r) / (1 - r * r) ** 2}
    observed = {"balance": found.steps.balance[-1], "variance": found.final_sd**2}
    return _near(observed, expected, lambda name: 1e-3 * expected[name])


def _block(half: int) -> CheckResult:
    design = BY_NAME["permuted-blocks"].design(arms=AB, block_sizes=(2 * half,))  # type: ignore[call-arg]
    listed = [chance for _, chance in sequences(design, 2 * half)]
    ways = comb(2 * half, half)
    return _same((len(listed), set(listed)), (ways, {Fraction(1, ways)}))


def _invariants() -> Iterable[Check]:
    ours = "own definition"
    for procedure in PROCEDURES:
        yield Check(
            f"{procedure.title}: probabilities sum to one, and a replay repeats every allocation byte for byte",
            f"{ours}; design by {procedure.reference}",
            EXACT,
            partial(_replayed, procedure),
        )
        if procedure.family not in ("list",) and procedure.name != "capped":
            yield Check(
                f"{procedure.title}: the batch simulator gives the arms of the exact core",
                ours,
                EXACT,
                partial(_batched, procedure),
            )
        if (
            procedure.ratio == "any"
            and procedure.typical().looks_at == "counts"
            and not procedure.design.unbounded
        ):
            yield Check(
                f"{procedure.title}: every allocation has the ratio 3:2 beforehand"
                + ("" if procedure.keeps_ratio else " in its ratio-preserving form"),
                "Kuznetsova & Tymofyeyev 2012, Stat Med 31:701",
                EXACT,
                partial(_ratio_kept, procedure),
            )
    yield Check(
        "Equal imbalance scores tie although floating point says otherwise",
        "measured defect of other programs: wrong tie sets in 0.2 to 7 % of minimization steps",
        EXACT,
        _float_tie,
    )
    yield Check(
        "A partial tie is broken among the tied arms alone",
        "measured defect of another program",
        EXACT,
        _partial_tie,
    )


def _subject(i: int) -> Subject:
    return Subject(str(i), {"sex": "FM"[i % 2], "stage": ("I", "II", "III")[i % 3]})


def _replayed(procedure: Procedure) -> CheckResult:
    design, stream = procedure.typical(), Stream(bytes(range(32)), "qualification")
    state, sums = design.start(), set()
    events: list[Randomized | Responded] = []
    for i in range(12):
        allocation, event = randomize(design, state, _subject(i), stream)
        sums.add(sum(allocation.probabilities.values()))
        state = allocation.state
        events.append(event)
        if design.looks_at == "responses":
            state = design.observe(state, allocation.arm, i % 3 == 0)
            events.append(Responded(allocation.arm, i % 3 == 0))
    again = replay(design_from_json(design.to_json()), stream, events)
    return _same((sums, again.differences, again.state == state), ({Fraction(1)}, (), True))


def _batched(procedure: Procedure) -> CheckResult:
    design = procedure.typical()
    rng = np.random.Generator(np.random.PCG64(1))
    shape = (4, 12)
    u = rng.integers(0, 2**64, shape, dtype=np.uint64)
    factors = factors_of(design)
    levels = np.zeros((*shape, len(factors)), dtype=np.uint8)
    for k, factor in enumerate(factors):
        levels[..., k] = rng.integers(0, len(factor.levels), shape)
    responses = rng.integers(0, 2, (*shape, len(design.arms))).astype(np.uint8)
    adaptive = design.looks_at == "responses"
    slow = one_by_one(design, u, levels, responses if adaptive else NO_RESPONSES)
    fast = batch(design, u, levels if factors else None, responses)
    return CheckResult(
        bool((slow == fast).all()), f"{int((slow != fast).sum())} of {u.size} differ", "0 differ"
    )


def _ratio_kept(procedure: Procedure) -> CheckResult:
    ratio = (3, 2)
    if procedure.name == "ratio-preserving" or procedure.family == "composed":
        design: Design = procedure.typical()
    elif procedure.keeps_ratio:
        design = procedure.typical(AB, ratio)
    else:
        parameters = {k: v * sum(ratio) if k == "total" else v for k, v in procedure.example.items()}
        design = ratio_preserving(procedure.design, arms=AB, ratio=ratio, **parameters)
    found = ratio_preservation(design, 6)
    return CheckResult(
        found.holds, f"largest difference {found.worst} at subject {found.step}", "no difference"
    )


def _float_tie() -> CheckResult:
    weights = {"x": "0.1", "y": "0.2", "z": "0.3"}
    factors = tuple(Factor(name, (), exact(weight)) for name, weight in weights.items())
    design = Minimization(arms=AB, factors=factors, p=Fraction(1))
    state = Tallies((1, 1), (("x=1", (1, 0)), ("y=1", (1, 0)), ("z=1", (0, 1))))
    found = design.preferred(state, Subject(factors=dict.fromkeys(weights, "1")))
    return _same((found, 0.1 + 0.2 == 0.3), ((0, 1), False))


def _partial_tie() -> CheckResult:
    design = Minimization(arms=("A", "B", "C"), factors=(Factor("sex"),), p=Fraction(1))
    state = Tallies((0, 0, 1), (("sex=F", (0, 0, 1)),))
    found = probabilities(design, state, {"sex": "F"})
    return _same(list(found.values()), [Fraction(1, 2), Fraction(1, 2), Fraction(0)])
