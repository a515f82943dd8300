"""The two passes over a network, compiled: earliest days forwards, latest days backwards.

Each pass visits activities in the network's order and skips those not marked, so that the same code computes a
whole plan and what one change touches. Every function returns -1 when the work runs past the calendars.
"""

import numpy as np
from numba import njit

from triallink.engines.planning.calendars import NO_DAY

FS, SS, FF, SF = 0, 1, 2, 3


@njit(cache=True, inline="always")
def shifted(before, day, instant, days):
    """Return the instant `days` worked days after an instant (before it, if negative); -1 outside the calendar."""
    if days == 0:
        return instant
    count = before[instant]
    if days > 0:
        k = count + days - 1
        if k >= before[-1]:
            return -1
        return day[k] + 1
    k = count + days
    if k < 0:
        return -1
    return day[k]


@njit(cache=True, inline="always")
def begin(before, day, instant, duration):
    """Return when work may begin at or after an instant: at once if it takes no time, else on a worked day."""
    if duration == 0:
        return instant
    k = before[instant]
    if k >= before[-1]:
        return -1
    return day[k]


@njit(cache=True, inline="always")
def begin_to_end_by(before, day, instant, duration):
    """Return the earliest begin whose end is not before an instant."""
    if duration == 0 or instant <= 0:
        return max(instant, 0)
    k = before[instant - 1] + 1 - duration
    if k < 0:
        return 0
    return day[k] if k < before[-1] else -1


@njit(cache=True)
def forward(
    order, first, marked, in_start, in_from, in_kind, in_lag, out_start, out_to,
    duration, calendar, not_before, actual_start, actual_finish, remaining,
    before, day, today, start, finish,
):  # fmt: skip
    """Compute the earliest start and finish of the marked activities and of all their changes reach.

    Return how many activities changed, or -1 if the work runs past the calendars.
    """
    changed = 0
    for position in range(first, len(order)):
        a = order[position]
        if not marked[a]:
            continue
        marked[a] = False
        c, d = calendar[a], duration[a]
        wb, wd = before[c], day[c]
        if actual_finish[a] != NO_DAY:
            s, f = actual_start[a], actual_finish[a]
        else:
            is_begun = actual_start[a] != NO_DAY
            # Retained logic: what remains of begun work still waits for its predecessors.
            left = remaining[a] if is_begun else d
            earliest = today if is_begun else max(not_before[a], today)
            for link in range(in_start[a], in_start[a + 1]):
                p, kind = in_from[link], in_kind[link]
                from_finish = kind in (FS, FF)
                bound = shifted(wb, wd, finish[p] if from_finish else start[p], in_lag[link])
                if bound < 0:
                    if in_lag[link] > 0:
                        return -1
                    bound = 0
                if kind in (FF, SF):
                    bound = begin_to_end_by(wb, wd, bound, left)
                    if bound < 0:
                        return -1
                if bound > earliest:
                    earliest = bound
            s = begin(wb, wd, earliest, left)
            if s < 0:
                return -1
            f = shifted(wb, wd, s, left)
            if f < 0:
                return -1
            if is_begun:
                s = actual_start[a]
        if s != start[a] or f != finish[a]:
            start[a], finish[a] = s, f
            changed += 1
            for link in range(out_start[a], out_start[a + 1]):
                marked[out_to[link]] = True
    return changed


@njit(cache=True)
def backward(
    order, last, marked, in_start, in_from, out_start, out_to, out_kind, out_lag,
    duration, calendar, before, day, end, late_start, late_finish,
):  # fmt: skip
    """Compute the latest start and finish of the marked activities and of all their changes reach, from an end."""
    for position in range(last, -1, -1):
        a = order[position]
        if not marked[a]:
            continue
        marked[a] = False
        c, d = calendar[a], duration[a]
        wb, wd = before[c], day[c]
        latest = end
        for link in range(out_start[a], out_start[a + 1]):
            s, kind = out_to[link], out_kind[link]
            cs = calendar[s]
            target = late_finish[s] if kind in (FF, SF) else late_start[s]
            bound = shifted(before[cs], day[cs], target, -out_lag[link])
            if bound < 0:
                # A lag that reaches before day 0 binds as day 0; a lead past the last day does not bind.
                bound = 0 if out_lag[link] > 0 else end
            if kind in (SS, SF) and d > 0:
                # The bound is on the start: the work may end as long after it as it takes.
                is_worked = bound < len(wd) and wb[bound + 1] > wb[bound]
                k = max(wb[bound] if is_worked else wb[bound] - 1, 0) + d - 1
                bound = wd[k] + 1 if k < wb[-1] else end
            if bound < latest:
                latest = bound
        if d == 0:
            ls, lf = latest, latest
        else:
            k = wb[latest]
            lf = wd[k - 1] + 1 if k > 0 else 0
            ls = wd[k - d] if k >= d else 0
        if ls != late_start[a] or lf != late_finish[a]:
            late_start[a], late_finish[a] = ls, lf
            for link in range(in_start[a], in_start[a + 1]):
                marked[in_from[link]] = True


@njit(cache=True)
def slack(
    out_start, out_to, out_kind, out_lag, duration, calendar, before, day,
    start, finish, late_start, late_finish, end, total, free,
):  # fmt: skip
    """Compute total and free float of every activity in worked days of its own calendar."""
    for a in range(len(start)):
        wb = before[calendar[a]]
        total[a] = wb[late_finish[a]] - wb[finish[a]]
        if duration[a] == 0:
            # Work that takes no time may stand on a day that is not worked: the days themselves decide.
            if late_finish[a] == finish[a]:
                total[a] = 0
            elif total[a] == 0:
                total[a] = 1 if late_finish[a] > finish[a] else -1
        room = wb[end] - wb[finish[a]]
        for link in range(out_start[a], out_start[a + 1]):
            s, kind = out_to[link], out_kind[link]
            cs = calendar[s]
            target = finish[s] if kind in (FF, SF) else start[s]
            bound = shifted(before[cs], day[cs], target, -out_lag[link])
            if bound < 0:
                bound = 0 if out_lag[link] > 0 else end
            own = start[a] if kind in (SS, SF) else finish[a]
            found = wb[bound] - wb[own]
            if found < room:
                room = found
        free[a] = room
    return 0


def marks(count: int, is_marked: bool) -> np.ndarray:
    """Return a mark per activity, all set or none."""
    return np.full(count, is_marked, dtype=np.bool_)


@njit(cache=True)
def ordered(order, waiting, out_start, out_to):
    """Write the activities in an order of their links (Kahn 1962) and return how many could be ordered."""
    filled = 0
    for activity in range(len(waiting)):
        if waiting[activity] == 0:
            order[filled] = activity
            filled += 1
    read = 0
    while read < filled:
        activity = order[read]
        read += 1
        for link in range(out_start[activity], out_start[activity + 1]):
            successor = out_to[link]
            waiting[successor] -= 1
            if waiting[successor] == 0:
                order[filled] = successor
                filled += 1
    return filled
