"""The order book: hours offered and needed per city, role and week, with public prices and depth."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from triallink.engines.hours import monday_of
from triallink.kernel.clock import Clock, system_clock

# An offer that may be worked in several cities stands in the book of each: taken in one, it is gone in all.
OFFERED = """
    SELECT c.city, o.role, w.week_on, sum(w.offered_minutes - w.taken_minutes)::bigint, count(DISTINCT o.id),
           min(o.instant_price_minor)
      FROM capacity_offer o
      JOIN capacity_offerweek w ON w.offer_id = o.id
     CROSS JOIN LATERAL unnest(o.cities) AS c (city)
     WHERE o.state = 'open' AND w.week_on BETWEEN %s AND %s AND w.offered_minutes > w.taken_minutes
       AND (%s = '' OR o.role = %s) AND (%s = '' OR c.city = %s)
     GROUP BY 1, 2, 3
"""
NEEDED = """
    SELECT n.city, n.role, w.week_on, sum(w.needed_minutes - w.covered_minutes)::bigint, count(DISTINCT n.id),
           count(DISTINCT n.id) FILTER (WHERE n.urgency = 'urgent')
      FROM capacity_need n
      JOIN capacity_needweek w ON w.need_id = n.id
     WHERE n.state = 'open' AND w.week_on BETWEEN %s AND %s AND w.needed_minutes > w.covered_minutes
       AND (%s = '' OR n.role = %s) AND (%s = '' OR n.city = %s)
     GROUP BY 1, 2, 3
"""
DEPTH = """
    SELECT o.instant_price_minor, sum(w.offered_minutes - w.taken_minutes)::bigint, count(DISTINCT o.id)
      FROM capacity_offer o
      JOIN capacity_offerweek w ON w.offer_id = o.id
     WHERE o.state = 'open' AND o.role = %s AND %s = ANY (o.cities) AND w.week_on = %s
       AND o.instant_price_minor IS NOT NULL AND w.offered_minutes > w.taken_minutes
     GROUP BY 1 ORDER BY 1
"""
SETTLED = """
    SELECT date_trunc('week', d.day)::date, round(sum(d.minutes * b.price_minor)::numeric / sum(d.minutes))::bigint,
           sum(d.minutes)::bigint
      FROM capacity_booking b
      JOIN capacity_bookedday d ON d.booking_id = b.id
     WHERE b.state = 'confirmed' AND b.role = %s AND b.city = %s AND d.day BETWEEN %s AND %s
     GROUP BY 1 ORDER BY 1
"""
WEEKS = 12
LEAST_TRADES = 1


@dataclass(frozen=True)
class BookCell:
    """One city, role and week: minutes offered and needed, the lowest public price."""

    city: str
    role: str
    week_on: dt.date
    offered: int = 0
    offers: int = 0
    best_minor: int | None = None
    needed: int = 0
    needs: int = 0
    urgent: int = 0


@dataclass(frozen=True)
class BookRow:
    """One city and role over the weeks."""

    city: str
    role: str
    cells: list[BookCell]

    @property
    def offered(self) -> int:
        """Return the minutes offered in all weeks."""
        return sum(cell.offered for cell in self.cells)

    @property
    def needed(self) -> int:
        """Return the minutes needed in all weeks."""
        return sum(cell.needed for cell in self.cells)

    @property
    def offers(self) -> int:
        """Return the most offers of a week."""
        return max(cell.offers for cell in self.cells)

    @property
    def needs(self) -> int:
        """Return the most needs of a week."""
        return max(cell.needs for cell in self.cells)

    @property
    def best_minor(self) -> int | None:
        """Return the lowest public price of any week."""
        return min((cell.best_minor for cell in self.cells if cell.best_minor is not None), default=None)


@dataclass(frozen=True)
class Depth:
    """One city, role and week in depth: what can be had at which public price, and what is wanted."""

    city: str
    role: str
    week_on: dt.date
    asks: list[tuple[int, int, int]]  # price, minutes, offers; the cheapest first
    needed: int
    needs: int
    urgent: int
    settled: list[tuple[dt.date, int, int]]  # week, mean price, minutes


def book_weeks(*, clock: Clock = system_clock, weeks: int = WEEKS) -> list[dt.date]:
    """Return the Mondays the book shows."""
    first = monday_of(clock.now().date())
    return [first + dt.timedelta(weeks=n) for n in range(weeks)]


def order_book(*, weeks: Sequence[dt.date], role: str = "", city: str = "") -> list[BookRow]:
    """Return the book of these weeks, the most active city and role first; anybody signed in may read it."""
    asked: list[str | dt.date] = [weeks[0], weeks[-1], role, role, city, city]
    cells: dict[tuple[str, str, dt.date], dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(OFFERED, asked)
        for place, of_role, week_on, minutes, offers, best in cursor.fetchall():
            cells.setdefault((place, of_role, week_on), {}).update(
                offered=minutes, offers=offers, best_minor=best
            )
        cursor.execute(NEEDED, asked)
        for place, of_role, week_on, minutes, needs, urgent in cursor.fetchall():
            cells.setdefault((place, of_role, week_on), {}).update(needed=minutes, needs=needs, urgent=urgent)
    rows = [
        BookRow(
            place,
            of_role,
            [BookCell(place, of_role, week, **cells.get((place, of_role, week), {})) for week in weeks],
        )
        for place, of_role in {key[:2] for key in cells}
    ]
    return sorted(rows, key=lambda row: (-min(row.offered, row.needed), -row.offered, row.city, row.role))


def depth(*, city: str, role: str, week_on: dt.date) -> Depth:
    """Return one city, role and week in depth; ceilings and floors stay sealed."""
    row = next(iter(order_book(weeks=[week_on], role=role, city=city)), None)
    cell = row.cells[0] if row else BookCell(city, role, week_on)
    with connection.cursor() as cursor:
        cursor.execute(DEPTH, [role, city, week_on])
        asks = cursor.fetchall()
        cursor.execute(
            SETTLED, [role, city, week_on - dt.timedelta(weeks=WEEKS), week_on + dt.timedelta(weeks=WEEKS)]
        )
        settled = cursor.fetchall()
    return Depth(city, role, week_on, asks, cell.needed, cell.needs, cell.urgent, settled)
