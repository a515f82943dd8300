"""Pure work that other processes do; imports nothing of Django, as the engines."""

import os


def square(number: int) -> tuple[int, int]:
    """Return the square and the process that computed it."""
    return number * number, os.getpid()


def fail(number: int) -> int:
    """Raise."""
    raise ValueError(f"not {number}")
