"""Heavy work on other processors: a pool of processes by default, a dask cluster by setting; the same code."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

from django.conf import settings

Result = TypeVar("Result")


class Executor(Protocol):
    """Runs pure functions elsewhere. What is sent and what comes back is plain values and arrays."""

    def submit(self, function: Callable[..., Result], /, *args: Any, **kwargs: Any) -> "Future[Result]":
        """Begin one call and return its future."""
        ...


@contextmanager
def executor(workers: int | None = None) -> Iterator[Executor]:
    """Open the executor of this installation: settings.COMPUTE is "processes" or a dask scheduler's address.

    workers  how many processes; every processor by default. A cluster has its own.
    """
    if settings.COMPUTE == "processes":
        # Spawned, not forked: a fork would take open database connections and locks of threads along.
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            yield pool
        return
    from distributed import Client

    with Client(settings.COMPUTE, set_as_default=False) as client:
        yield client.get_executor()


def in_parallel(
    function: Callable[..., Result],
    calls: Iterable[tuple[Any, ...]],
    *,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Result]:
    """Return function(*call) of every call, in the order of the calls.

    on_progress  told (done, total) after each; what it raises (a job's Cancelled) stops the rest.
    Raises       whatever a call raised, the first in time.
    """
    with executor(workers) as found:
        futures = [found.submit(function, *call) for call in calls]
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                future.result()
                if on_progress is not None:
                    on_progress(done, len(futures))
        finally:
            for future in futures:
                future.cancel()
        return [future.result() for future in futures]
