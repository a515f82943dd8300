"""Time and news of a long computation, both handed in from outside."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Watch:
    """Says when to stop. The engine reads no clock: `elapsed` is the caller's.

    elapsed   seconds since the computation began; None = no limit of time.
    seconds   when to stop.
    cancel    asked now and then; True stops at the next safe point.
    """

    elapsed: Callable[[], float] | None = None
    seconds: float = float("inf")
    cancel: Callable[[], bool] | None = None

    def is_over(self) -> bool:
        """Whether the time is up or somebody has cancelled."""
        if self.cancel is not None and self.cancel():
            return True
        return self.elapsed is not None and self.elapsed() >= self.seconds

    def remaining(self) -> float:
        """Seconds left, infinite without a limit."""
        return float("inf") if self.elapsed is None else max(0.01, self.seconds - self.elapsed())

    def part(self, share: float) -> "Watch":
        """Return a watch that stops after a share of the whole time."""
        return Watch(self.elapsed, self.seconds * share, self.cancel)


class Pace:
    """How far a loop of like steps has come, when either a count or a watch may end it.

    A step length that shrinks over the whole run needs to know how long the run will be. The first
    steps are not measured (compiled code is still being loaded), and a few are always taken.
    """

    LEAST = 20
    UNMEASURED = 2

    def __init__(self, watch: Watch, most: int) -> None:
        self.watch, self.most, self.done = watch, most, 0
        self._measured_from = 0.0

    def part(self) -> float:
        """Share of the run that lies behind, 0 to 1, before the next step."""
        return min(1.0, self.done / self._planned())

    def next(self) -> bool:
        """Count a finished step and say whether there is another."""
        self.done += 1
        if self.watch.elapsed is not None and self.done == self.UNMEASURED:
            self._measured_from = self.watch.elapsed()
        is_due = self.watch.is_over() and self.done >= min(self.LEAST, self.most)
        return self.done < self.most and not is_due

    def _planned(self) -> float:
        if self.watch.elapsed is None or self.done <= self.UNMEASURED:
            return self.most
        now = self.watch.elapsed()
        each = max(now - self._measured_from, 1e-9) / (self.done - self.UNMEASURED)
        room = self.done + max(self.watch.seconds - now, 0.0) / each
        return min(float(self.most), max(room, float(self.LEAST)))
