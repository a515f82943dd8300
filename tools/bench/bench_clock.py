"""Clocks for a time limit: the wall's, or on a shared machine the busiest thread's own processor time."""

import threading
import time
from collections.abc import Callable


def wall() -> Callable[[], float]:
    """Seconds since now."""
    start = time.perf_counter()
    return lambda: time.perf_counter() - start


def busy() -> Callable[[], float]:
    """Processor seconds of the calling thread, and of the one that made this clock until it waited.

    With as many free cores as threads this is what a wall clock would show; other programs do not count.
    """
    maker = threading.get_ident()
    main = time.pthread_getcpuclockid(maker)
    start = time.clock_gettime(main)

    def elapsed() -> float:
        own = 0.0 if threading.get_ident() == maker else time.thread_time()
        return time.clock_gettime(main) - start + own

    return elapsed


CLOCKS = {"wall": wall, "busy": busy}
