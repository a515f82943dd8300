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

    def share_used(self) -> float:
        """Share of the time that has passed, 0 without a limit."""
        return 0.0 if self.elapsed is None else self.elapsed() / self.seconds

    def part(self, share: float) -> "Watch":
        """Return a watch that stops after a share of the whole time."""
        return Watch(self.elapsed, self.seconds * share, self.cancel)
