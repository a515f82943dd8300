"""Operating characteristics by simulation: seeds are recorded, work comes in chunks that any machine may do in any order.

work = chunks(seed=20261123, trials=100_000)
found = summary([run_chunk(model, chunk) for chunk in work])     # or an executor's map over the chunks
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from triallink.engines.design.recursion import Array

Flags = NDArray[np.bool_]
CHUNK = 10_000


@dataclass(frozen=True)
class Outcomes:
    """How simulated trials ended.

    rejected  shape (trials, n_hypotheses), whether each hypothesis was rejected.
    look      shape (trials,), the look at which the trial ended, 1 the first.
    size      shape (trials,), subjects or information at the end.
    """

    rejected: Flags
    look: NDArray[np.int64]
    size: Array


class TrialModel(Protocol):
    """A trial that can be simulated: its design and the truth."""

    def simulate(self, draw: np.random.Generator, trials: int) -> Outcomes:
        """Return how that many independent trials end."""
        ...


@dataclass(frozen=True)
class Chunk:
    """A share of a simulation: which one, of which seed, how many trials."""

    seed: int
    number: int
    trials: int


@dataclass(frozen=True)
class Tally:
    """What a chunk adds to the summary.

    rejected  how often each hypothesis was rejected; any and all: at least one, every one.
    looks     how many trials ended at each look.
    """

    chunk: Chunk
    rejected: tuple[int, ...]
    any_rejected: int
    all_rejected: int
    looks: tuple[int, ...]
    size: float
    size_squared: float


@dataclass(frozen=True)
class Characteristics:
    """Operating characteristics with their Monte Carlo errors.

    rejected       chance to reject each hypothesis; rejected_error: its standard error.
    any_rejected, all_rejected  chance to reject at least one hypothesis, and every one.
    looks          chance to end at each look.
    size           mean size at the end; size_error: its standard error.
    seed, trials   what a repetition needs.
    """

    rejected: tuple[float, ...]
    rejected_error: tuple[float, ...]
    any_rejected: float
    any_rejected_error: float
    all_rejected: float
    looks: tuple[float, ...]
    size: float
    size_error: float
    seed: int
    trials: int


def chunks(*, seed: int, trials: int, size: int = CHUNK) -> tuple[Chunk, ...]:
    """Return the shares of a simulation; the same seed, trials and size give the same trials, wherever they run.

    seed    recorded with the result, >= 0.
    Raises  ValueError if a number is not positive or the seed negative.
    Source  independent streams by numpy's SeedSequence with the chunk's number as its spawn key.
    """
    if trials < 1 or size < 1 or seed < 0:
        raise ValueError(f"{trials} trials in chunks of {size} with seed {seed}")
    return tuple(
        Chunk(seed, number, min(size, trials - number * size)) for number in range(math.ceil(trials / size))
    )


def run_chunk(model: TrialModel, chunk: Chunk) -> Tally:
    """Return what the trials of one chunk add to the summary."""
    draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence(chunk.seed, spawn_key=(chunk.number,))))
    ends = model.simulate(draw, chunk.trials)
    return Tally(
        chunk,
        tuple(int(count) for count in ends.rejected.sum(axis=0)),
        int(ends.rejected.any(axis=1).sum()),
        int(ends.rejected.all(axis=1).sum()),
        tuple(int(count) for count in np.bincount(ends.look, minlength=2)[1:]),
        float(ends.size.sum()),
        float(ends.size @ ends.size),
    )


def summary(tallies: Sequence[Tally]) -> Characteristics:
    """Return operating characteristics from the tallies of all chunks, in whatever order they came.

    Raises  ValueError if there is none, or they come from different seeds, or one came twice.
    """
    if not tallies or len({each.chunk.seed for each in tallies}) > 1:
        raise ValueError(f"tallies of {len({each.chunk.seed for each in tallies})} seeds")
    if len({each.chunk.number for each in tallies}) < len(tallies):
        raise ValueError(f"a chunk came twice: {sorted(each.chunk.number for each in tallies)}")
    # Sums of rounded numbers depend on their order: it must not matter which worker was first.
    tallies = sorted(tallies, key=lambda each: each.chunk.number)
    trials = sum(each.chunk.trials for each in tallies)
    rejected = np.sum([each.rejected for each in tallies], axis=0) / trials
    looks = np.zeros(max(len(each.looks) for each in tallies))
    for each in tallies:
        looks[: len(each.looks)] += each.looks
    some = sum(each.any_rejected for each in tallies) / trials
    mean = math.fsum(each.size for each in tallies) / trials
    variance = max(0.0, math.fsum(each.size_squared for each in tallies) / trials - mean**2)
    return Characteristics(
        tuple(float(share) for share in rejected),
        tuple(float(math.sqrt(share * (1 - share) / trials)) for share in rejected),
        some,
        math.sqrt(some * (1 - some) / trials),
        sum(each.all_rejected for each in tallies) / trials,
        tuple(float(count) / trials for count in looks),
        mean,
        math.sqrt(variance / trials),
        tallies[0].chunk.seed,
        trials,
    )


def simulate(model: TrialModel, *, seed: int, trials: int, size: int = CHUNK) -> Characteristics:
    """Return operating characteristics, all chunks one after the other.

    Raises  ValueError as `chunks`.
    """
    return summary([run_chunk(model, chunk) for chunk in chunks(seed=seed, trials=trials, size=size)])
