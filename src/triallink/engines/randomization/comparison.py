"""Designs side by side: balance against predictability, as a table and as series for charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .design import Design
from .montecarlo import characteristics
from .properties import properties
from .simulation import Population, Site, simulate


@dataclass(frozen=True, slots=True)
class Compared:
    """One design of a comparison.

    method        "exact", or "simulated" with standard errors in `errors` (empty for exact figures).
    expected_max  expected largest absolute imbalance, subjects.
    mean_abs      expected absolute final imbalance, subjects.
    guess         probability of a correct guess by the convergence strategy.
    deterministic share of certain allocations; None when simulated.
    entropy       nats; None when simulated.
    efficient     no other design of the comparison is at least as balanced and at least as hard to guess, and better
                  in one of them.
    distance      distance to the best balance and the best unpredictability in the comparison, each scaled to 0..1
                  over the designs; 0 is best in both, 1 is worst in both.
    """

    name: str
    procedure: str
    method: str
    expected_max: float
    mean_abs: float
    guess: float
    deterministic: float | None
    entropy: float | None
    errors: Mapping[str, float]
    efficient: bool = False
    distance: float = 0.0


@dataclass(frozen=True, slots=True)
class Series:
    """One line or point cloud of a chart."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A table in the order of `distance`, and the data of three charts.

    trade_off     one point per design: guess (x) against expected_max (y); towards the lower left is better.
    imbalance     mean absolute imbalance after every subject (exact designs only).
    guess         probability of a correct guess of every subject (exact designs only).
    """

    n: int
    rows: tuple[Compared, ...]
    trade_off: tuple[Series, ...]
    imbalance: tuple[Series, ...]
    guess: tuple[Series, ...]

    def table(self) -> list[dict[str, object]]:
        """Return the rows as plain values, ready for CSV, JSON or a page."""
        names = (
            "name",
            "procedure",
            "method",
            "expected_max",
            "mean_abs",
            "guess",
            "deterministic",
            "entropy",
        )
        return [
            {name: getattr(row, name) for name in (*names, "efficient", "distance")}
            | {"errors": dict(row.errors)}
            for row in self.rows
        ]


def compare(
    designs: Mapping[str, Design],
    n: int,
    *,
    trials: int = 10_000,
    seed: int = 1,
    population: Population | None = None,
    sites: Sequence[Site] = (),
    success: Sequence[float] = (),
) -> Comparison:
    """Return how designs compare over n subjects.

    designs     name to design; all need the same arms and ratio, otherwise their imbalance cannot be compared.
    n           subjects.
    trials, seed, population, sites, success  for designs that have to be simulated, see `simulate`.
    Returns     Comparison.
    Raises      ValueError if there are no designs or they differ in arms or ratio.
    Source      balance-predictability trade-off: Zhao et al. 2012, Pharm Stat 11:39.
    """
    if not designs:
        raise ValueError("there is nothing to compare")
    plans = {(design.arms, design.ratio) for design in designs.values()}
    if len(plans) > 1:
        raise ValueError(f"designs differ in arms or ratio: {sorted(plans)!r}")
    rows, imbalance, guess = [], [], []
    subjects = tuple(float(i) for i in range(1, n + 1))
    for name, design in designs.items():
        if design.looks_at == "counts":
            exact = properties(design, n)
            rows.append(
                Compared(
                    name,
                    design.procedure,
                    "exact",
                    exact.expected_max,
                    exact.final_mean_abs,
                    exact.guess_convergence,
                    exact.deterministic,
                    exact.entropy,
                    {},
                )
            )
            imbalance.append(Series(name, subjects, exact.steps.mean_abs))
            guess.append(Series(name, subjects, exact.steps.guess))
            continue
        found = characteristics(
            simulate(
                design,
                trials=trials,
                subjects=n,
                seed=seed,
                population=population,
                sites=sites,
                success=success,
            )
        )
        rows.append(
            Compared(
                name,
                design.procedure,
                "simulated",
                expected_max=found.expected_max.value,
                mean_abs=found.final_mean_abs.value,
                guess=found.guess_convergence.value,
                deterministic=None,
                entropy=None,
                errors={
                    "expected_max": found.expected_max.standard_error,
                    "mean_abs": found.final_mean_abs.standard_error,
                    "guess": found.guess_convergence.standard_error,
                },
            )
        )
    judged = _judged(rows)
    points = tuple(Series(row.name, (row.guess,), (row.expected_max,)) for row in judged)
    return Comparison(n, tuple(judged), points, tuple(imbalance), tuple(guess))


def _judged(rows: list[Compared]) -> list[Compared]:
    def scaled(values: list[float]) -> list[float]:
        low, high = min(values), max(values)
        return [(value - low) / (high - low) if high > low else 0.0 for value in values]

    balance, guess = scaled([row.expected_max for row in rows]), scaled([row.guess for row in rows])
    places = list(zip(balance, guess, strict=True))
    judged = []
    for row, (x, y) in zip(rows, places, strict=True):
        beaten = any(a <= x and b <= y and (a < x or b < y) for a, b in places)
        judged.append(replace(row, efficient=not beaten, distance=((x * x + y * y) / 2) ** 0.5))
    return sorted(judged, key=lambda row: row.distance)
