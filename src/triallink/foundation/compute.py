"""Heavy work on other processors: a pool of processes by default, a dask cluster by setting; the same code."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
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


class Each(Protocol):
    """Calls function(value, *arguments) for every value held elsewhere; answers in the order of the values."""

    def __call__(self, function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], /) -> list[Any]:
        """Call and wait for all; what a call raised is raised here."""
        ...


@contextmanager
def held(values: Sequence[Any], *, workers: int | None = None) -> Iterator[Each]:
    """Keep values that are too large to be sent each time where they are computed with.

    workers   how many processes hold them; as many as values by default. A cluster has its own; if it
              loses one that holds a value, the next call raises.
    """
    if settings.COMPUTE == "processes":
        with ExitStack() as stack:
            count = max(1, min(workers or len(values), len(values)))
            # One process each, because a call must come to the process that has its value.
            pools = [
                stack.enter_context(
                    ProcessPoolExecutor(
                        1,
                        mp_context=get_context("spawn"),
                        initializer=_hold,
                        initargs=({n: values[n] for n in range(first, len(values), count)},),
                    )
                )
                for first in range(count)
            ]

            def on_processes(function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
                futures = [
                    pools[n % count].submit(_with_held, n, function, given)
                    for n, given in enumerate(arguments)
                ]
                return [future.result() for future in futures]

            yield on_processes
        return
    from distributed import Client

    with Client(settings.COMPUTE, set_as_default=False) as client:
        there = sorted(client.scheduler_info(n_workers=-1)["workers"])
        homes = [[there[n % len(there)]] for n in range(len(values))]
        kept = [
            client.scatter(value, workers=home, hash=False) for value, home in zip(values, homes, strict=True)
        ]

        def on_cluster(function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
            futures = [
                client.submit(function, value, *given, workers=home, pure=False)
                for value, home, given in zip(kept, homes, arguments, strict=True)
            ]
            return list(client.gather(futures))

        yield on_cluster


_HELD: dict[int, Any] = {}  # what this process holds for the one that started it


def _hold(values: dict[int, Any]) -> None:
    _HELD.update(values)


def _with_held(number: int, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return function(_HELD[number], *arguments)
