"""The market the clearing drivers measure on: the reference generator if it is there, else a small one of ours."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from triallink.engines.matching import Market

DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "bench" / "national_market.py"


def generator_path(given: str = "") -> Path | None:
    """The reference generator: command line, then TRIALLINK_MARKET, then beside the checkout."""
    for candidate in (given, os.environ.get("TRIALLINK_MARKET", "")):
        if candidate:
            return Path(candidate)
    return DEFAULT if DEFAULT.exists() else None


def name_of(generator: Path | None) -> str:
    """What to print above a table: figures of the two generators do not compare."""
    return (
        generator.name
        if generator
        else "own, NOT the reference market (give --generator or TRIALLINK_MARKET)"
    )


def arrays(
    generator: Path | None, *, seed: int, scale: float, utilization: float | None = None
) -> dict[str, Any]:
    """Workers, packages and edges of one instance.

    utilization   hours asked for against free hours; None = as generated. The generator's own option
                  for it changes nothing, so free hours are scaled here, in steps of two.
    """
    if generator is None:
        return with_utilization(own_arrays(seed=seed, scale=scale), utilization)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "market.npz"
        subprocess.run(
            [sys.executable, generator, "--seed", str(seed), "--scale", str(scale), "--out", out],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return with_utilization(dict(np.load(out)), utilization)


def utilization_of(z: dict[str, Any]) -> float:
    """Hours asked for against free hours."""
    asked = (z["p_h"].astype(np.int64) * (z["p_e"] - z["p_s"])).sum()
    return float(asked / z["w_cap"].sum())


def with_utilization(z: dict[str, Any], wanted: float | None) -> dict[str, Any]:
    """The same work and people with more or fewer free hours."""
    if wanted is None:
        return z
    hours = z["w_cap"] * (utilization_of(z) / wanted)
    return z | {"w_cap": (2 * np.round(hours / 2)).astype(z["w_cap"].dtype)}


def own_arrays(*, seed: int, scale: float) -> dict[str, Any]:
    """A market with the names of the reference generator, for a checkout that stands alone."""
    rng = np.random.default_rng(seed)
    n_workers, n_packages, weeks, degree = int(35_000 * scale), int(50_000 * scale), 26, 30
    base = rng.choice([8, 16, 24, 32, 40], (n_workers, 1), p=[0.3, 0.3, 0.2, 0.1, 0.1])
    start = rng.integers(0, weeks - 2, n_packages)
    end = np.minimum(start + rng.integers(8, 40, n_packages), weeks)
    hours = rng.choice([4, 8, 12, 16, 20], n_packages)
    package = np.repeat(np.arange(n_packages), degree)
    worker = rng.integers(0, n_workers, len(package))
    _, first = np.unique(package * n_workers + worker, return_index=True)
    package, worker = package[first], worker[first]
    total = hours * (end - start)
    price = rng.normal(100, 15, n_workers)[worker] + rng.gamma(2, 8, len(worker))
    return {
        "p_trial": rng.integers(0, max(1, n_packages // 20), n_packages),
        "p_s": start, "p_e": end, "p_h": hours, "pen": 260.0 * total, "w_cap": np.repeat(base, weeks, axis=1),
        "E_p": package, "E_w": worker, "E_c": np.round(price * total[package]),
    }  # fmt: skip


def market_of(z: dict[str, Any], *, block_hours: int) -> Market:
    """The market in blocks of that many hours, or with one person per package for 0."""
    hours = np.asarray(z["p_h"], np.int64)
    units = np.maximum(1, hours // block_hours) if block_hours else np.ones(len(hours), np.int64)
    package = z["E_p"]
    return Market.of(
        capacity=z["w_cap"],
        start=z["p_s"],
        end=z["p_e"],
        units=units,
        unfilled_cost=z["pen"] / units,
        edge_package=package,
        edge_worker=z["E_w"],
        edge_cost=z["E_c"] / units[package],
        edge_hours=(hours // units)[package],
    )
