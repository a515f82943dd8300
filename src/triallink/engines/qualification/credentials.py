"""Credentials run out: what has expired, and when to say so beforehand."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

REMINDER_DAYS = (60, 30, 7)
# What nobody may work without once they hold it; a certificate of a professional body is a merit, not a condition.
BLOCKING_KINDS = ("gcp", "nursing", "medical", "pharmacy")


@dataclass(frozen=True)
class Held:
    """A credential as the rule sees it; without a last day it never expires."""

    kind: str
    expires_on: dt.date | None = None


def expired_kinds(credentials: Iterable[Held], on: dt.date) -> list[str]:
    """Return the kinds of which every credential held has expired by a day, sorted.

    A credential counts on its last day. A kind never held is not in the list: who needs it says so elsewhere.
    """
    last: dict[str, list[dt.date | None]] = defaultdict(list)
    for held in credentials:
        last[held.kind].append(held.expires_on)
    return sorted(kind for kind, days in last.items() if all(day is not None and day < on for day in days))


def reminder_due(expires_on: dt.date, on: dt.date, sent: Iterable[int] = ()) -> int | None:
    """Return which reminder (60, 30 or 7 days) is due on a day, None if none is or it was sent.

    Only the nearest is due: whoever adds a credential with five days left is told once, not three times.
    After the last day there is nothing to remind of.
    """
    left = (expires_on - on).days
    if left < 0:
        return None
    reached = [days for days in REMINDER_DAYS if left <= days]
    if not reached:
        return None
    nearest = min(reached)
    return None if nearest in set(sent) else nearest
