"""Hours that will stay idle unless something is done."""

from collections.abc import Sequence


def expected_idle(free: Sequence[int], filled_late: Sequence[float]) -> list[int]:
    """Return the free minutes of each coming week that past experience does not expect to be filled.

    free          minutes free now, this week first.
    filled_late   share (0 to 1) of the minutes free n weeks ahead that were filled by the time the
                  week came, for n = 0, 1, …; the last share holds for all weeks beyond.
    Returns       whole minutes per week, rounded down.
    Raises        ValueError if a share lies outside 0 to 1 or free minutes are negative.
    Source        a mean of past weeks; no trend and no season, which eight weeks could not show.
    """
    if any(not 0 <= share <= 1 for share in filled_late):
        raise ValueError(f"shares lie in 0 to 1: {list(filled_late)!r}")
    if any(minutes < 0 for minutes in free):
        raise ValueError(f"free minutes are not negative: {list(free)!r}")
    shares = list(filled_late) or [0.0]
    return [int(minutes * (1 - shares[min(n, len(shares) - 1)])) for n, minutes in enumerate(free)]
