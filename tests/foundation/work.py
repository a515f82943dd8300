"""Pure work that other processes do; imports nothing of Django, as the engines."""

import os

import numpy as np

from triallink.engines.matching import Market


def square(number: int) -> tuple[int, int]:
    """Return the square and the process that computed it."""
    return number * number, os.getpid()


def fail(number: int) -> int:
    """Raise."""
    raise ValueError(f"not {number}")


def scale(held: int, factor: int) -> tuple[int, int]:
    """Return the product with what is held and the process that computed it."""
    if factor < 0:
        raise ValueError(f"not {factor}")
    return held * factor, os.getpid()


def small_market() -> tuple[Market, np.ndarray]:
    """A market of 60 packages in two regions that share their 40 people."""
    rng = np.random.default_rng(1)
    package, worker = np.divmod(np.arange(60 * 40), 40)
    picked = rng.random(len(package)) < 0.2
    package, worker = package[picked], worker[picked]
    market = Market.of(
        capacity=rng.integers(0, 9, (40, 4)) * 2,
        start=np.zeros(60, int),
        end=rng.integers(1, 5, 60),
        units=rng.integers(1, 4, 60),
        unfilled_cost=np.full(60, 500.0),
        edge_package=package,
        edge_worker=worker,
        edge_cost=rng.integers(50, 300, len(package)),
        edge_hours=np.full(len(package), 2),
    )
    return market, np.arange(60) % 2
