"""Spread the minutes of a week over its days."""

from collections.abc import Sequence

STEP = 30


def spread(free: Sequence[int], wanted: int, step: int = STEP) -> list[int]:
    """Return how many minutes to take from each day so that they add up to what is wanted.

    free      minutes free per day, >= 0.
    wanted    minutes in all, >= 0.
    step      days are filled in steps of this many minutes, so that nobody works 97 minutes.
    Returns   one number per day, never more than is free, as even as the free minutes allow;
              a rest smaller than a step lies on the days with most left, the earlier first.
    Raises    ValueError if less is free than wanted, or a number is negative.
    Source    levelling: the fullest-last rule keeps the largest day as small as possible.
    """
    if wanted < 0 or any(minutes < 0 for minutes in free) or step < 1:
        raise ValueError(f"minutes are not negative: free {list(free)!r}, wanted {wanted!r}, step {step!r}")
    if sum(free) < wanted:
        raise ValueError(f"{sum(free)} minutes are free, not {wanted}")
    taken = [0] * len(free)
    left = wanted
    while left:
        # The day with the least work on it that still has room for a step, the earlier first.
        room = [n for n in range(len(free)) if free[n] - taken[n] >= min(step, left)]
        if room:
            day = min(room, key=lambda n: (taken[n], n))
            part = min(step, left)
        else:
            day = max(range(len(free)), key=lambda n: (free[n] - taken[n], -n))
            part = min(left, free[day] - taken[day])
        taken[day] += part
        left -= part
    return taken
