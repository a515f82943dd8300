"""Why an order found no counterpart, and the smallest change that would give it one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HARD = "hard"


@dataclass(frozen=True)
class Wish:
    """What an order asks of its counterpart.

    limit_minor   most per hour a buyer pays, or least a seller takes.
    hours         hours a week, in every week of the window.
    first, last   first and last week as whole numbers that count on.
    """

    limit_minor: int
    hours: int
    first: int
    last: int


@dataclass(frozen=True)
class Chance:
    """One possible counterpart as it stands.

    name          whatever the caller knows it by.
    price_minor   what it would take (an offer) or pay (a need) per hour.
    hours         week -> hours it has free (an offer) or wants (a need).
    hard          codes of what no change of price, hours or time mends; empty = none.
    """

    name: object
    price_minor: int
    hours: dict[int, int]
    hard: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """One change that alone gives the order a counterpart.

    kind      "price": set the limit to value; "hours": ask value hours a week; "start": begin in week
              value; "hard": what stands in the way of most others is `code`.
    gains     counterparts gained.
    """

    kind: str
    value: int
    gains: int
    code: str = ""


def changes_that_match(wish: Wish, chances: Iterable[Chance], *, horizon: int) -> tuple[bool, list[Change]]:
    """Return whether something matches as it is, and the smallest single changes that would.

    horizon   how many weeks the start may move, either way not before week 0.
    Returns   (matches now, changes); at most one change per kind: nearest price, most hours, nearest
              start; "hard" names the most frequent obstacle if no single change helps.
    Raises    ValueError if the window or the hours are empty.
    Source    exhaustive over the chances; a change counts only if nothing else stands in the way.
    """
    if wish.first > wish.last or wish.hours < 1:
        raise ValueError(f"a wish has a window and hours, not {wish!r}")
    weeks = range(wish.first, wish.last + 1)
    prices: list[int] = []
    fewer: list[int] = []
    starts: list[int] = []
    obstacles: dict[str, int] = {}
    matches = False
    for chance in chances:
        for code in chance.hard:
            obstacles[code] = obstacles.get(code, 0) + 1
        if chance.hard:
            continue
        is_paid = chance.price_minor <= wish.limit_minor
        most = min((chance.hours.get(week, 0) for week in weeks), default=0)
        if is_paid and most >= wish.hours:
            matches = True
        elif most >= wish.hours:
            prices.append(chance.price_minor)
        elif is_paid:
            if most > 0:
                fewer.append(most)
            start = _nearest_start(wish, chance, horizon)
            if start is not None:
                starts.append(start)
    found = [
        *([Change("price", min(prices), prices.count(min(prices)))] if prices else []),
        *([Change("start", _nearest(starts, wish.first), len(starts))] if starts else []),
        *([Change("hours", max(fewer), fewer.count(max(fewer)))] if fewer else []),
    ]
    if not found and not matches and obstacles:
        code = max(sorted(obstacles), key=lambda code: obstacles[code])
        found = [Change(HARD, 0, obstacles[code], code)]
    return matches, found


def _nearest_start(wish: Wish, chance: Chance, horizon: int) -> int | None:
    length = wish.last - wish.first + 1
    for shift in range(1, horizon + 1):
        for start in (wish.first + shift, wish.first - shift):
            if start >= 0 and all(chance.hours.get(start + n, 0) >= wish.hours for n in range(length)):
                return start
    return None


def _nearest(starts: Sequence[int], first: int) -> int:
    return min(starts, key=lambda start: (abs(start - first), start))
