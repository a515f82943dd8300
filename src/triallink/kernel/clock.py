"""Time is passed in, so that a test can choose it."""

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> dt.datetime:
        """Return the present instant in UTC, timezone-aware."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> dt.datetime:
        """Return the present instant in UTC."""
        return dt.datetime.now(dt.UTC)


class FixedClock:
    """A clock that stands still until it is moved; for tests, replays and the demo world."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at

    def now(self) -> dt.datetime:
        """Return the instant the clock was set to."""
        return self.at

    def move(self, by: dt.timedelta) -> None:
        """Let time pass."""
        self.at += by


system_clock = SystemClock()
