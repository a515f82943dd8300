"""How the market of hours does, for its operator: pressure, worth, liquidity, fill rate, time to match, prices."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from triallink.domains.capacity.access import require_operator
from triallink.domains.capacity.models import ClearingRun
from triallink.domains.capacity.selectors.book import BookRow, book_weeks, order_book
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

PAST_WEEKS = 12
FILLED = """
    SELECT w.week_on, sum(w.needed_minutes)::bigint, sum(w.covered_minutes)::bigint
      FROM capacity_need n JOIN capacity_needweek w ON w.need_id = n.id
     WHERE n.state <> 'withdrawn' AND w.week_on BETWEEN %s AND %s AND (%s = '' OR n.role = %s)
     GROUP BY 1 ORDER BY 1
"""
# A need is matched when its first booking is confirmed by both sides.
MATCHED = """
    SELECT date_trunc('week', first_at)::date, count(*)::int,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY hours), percentile_cont(0.9) WITHIN GROUP (ORDER BY hours)
      FROM (SELECT min(b.confirmed_at) AS first_at,
                   extract(epoch FROM min(b.confirmed_at) - n.created_at)::float / 3600 AS hours
              FROM capacity_need n JOIN capacity_booking b ON b.need_id = n.id
             WHERE b.confirmed_at IS NOT NULL AND (%s = '' OR n.role = %s)
             GROUP BY n.id) AS firsts
     WHERE first_at >= %s GROUP BY 1 ORDER BY 1
"""
# By the week of work, each price weighing as many minutes as were booked at it.
PRICES = """
    SELECT b.role, date_trunc('week', d.day)::date,
           round(sum(d.minutes * b.price_minor)::numeric / sum(d.minutes))::bigint, sum(d.minutes)::bigint
      FROM capacity_booking b JOIN capacity_bookedday d ON d.booking_id = b.id
     WHERE b.state = 'confirmed' AND d.day BETWEEN %s AND %s AND (%s = '' OR b.role = %s)
     GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True)
class FillWeek:
    """Minutes needed and covered in one week."""

    week_on: dt.date
    needed: int
    covered: int

    @property
    def share(self) -> float:
        """Return the covered share of what was needed."""
        return self.covered / self.needed if self.needed else 0.0


@dataclass(frozen=True)
class MatchWeek:
    """Needs first matched in one week, and how many hours that took from when they were asked."""

    week_on: dt.date
    needs: int
    median_hours: float
    slow_hours: float  # nine of ten were matched within


@dataclass(frozen=True)
class PriceWeek:
    """The mean settled price of a role in one week of work; 100 is the role's first week told."""

    role: str
    week_on: dt.date
    price_minor: int
    minutes: int
    index: float


@dataclass(frozen=True)
class LiquidWeek:
    """What stands in the book for one week, and how much of what is needed meets an offer in its city and role."""

    week_on: dt.date
    offered: int
    needed: int
    meeting: int

    @property
    def share(self) -> float:
        """Return the share of needed minutes for which hours are offered where they are needed."""
        return self.meeting / self.needed if self.needed else 0.0


@dataclass(frozen=True)
class ShadowPrice:
    """What one more hour would have been worth to the latest clearing."""

    city: str
    role: str
    week_on: dt.date
    price_minor: int


@dataclass(frozen=True)
class MarketView:
    """The market as its operator sees it."""

    weeks: list[dt.date]
    pressure: list[BookRow]  # the most active city and role first
    shadow_run_id: int | None
    shadow: list[ShadowPrice]
    liquidity: list[LiquidWeek]
    fill: list[FillWeek]
    matched: list[MatchWeek]
    prices: list[PriceWeek]


def market_view(*, to: Actor, role: str = "", clock: Clock = system_clock) -> MarketView:
    """Return the operator's view of the market, of every role or of one.

    Refuses: NotAllowed.
    """
    require_operator(to)
    weeks = book_weeks(clock=clock)
    first, last = weeks[0] - dt.timedelta(weeks=PAST_WEEKS), weeks[-1] + dt.timedelta(days=6)
    book = order_book(weeks=weeks, role=role)
    run = ClearingRun.objects.filter(proposed_at__isnull=False).order_by("-id").first()
    with connection.cursor() as cursor:
        cursor.execute(FILLED, [first, last, role, role])
        fill = [FillWeek(*row) for row in cursor.fetchall()]
        cursor.execute(MATCHED, [role, role, first])
        matched = [MatchWeek(*row) for row in cursor.fetchall()]
        cursor.execute(PRICES, [first, last, role, role])
        prices = _indexed(cursor.fetchall())
    return MarketView(
        weeks=weeks,
        pressure=book,
        shadow_run_id=run.pk if run else None,
        shadow=_shadow(run, role),
        liquidity=[
            LiquidWeek(
                week,
                sum(row.cells[n].offered for row in book),
                sum(row.cells[n].needed for row in book),
                sum(min(row.cells[n].offered, row.cells[n].needed) for row in book),
            )
            for n, week in enumerate(weeks)
        ],
        fill=fill,
        matched=matched,
        prices=prices,
    )


def _shadow(run: ClearingRun | None, role: str) -> list[ShadowPrice]:
    rows = run.shadow_prices if run else []
    return [
        ShadowPrice(row["city"], row["role"], dt.date.fromisoformat(row["week_on"]), row["price_minor"])
        for row in rows
        if not role or row["role"] == role
    ]


def _indexed(rows: list[tuple[str, dt.date, int, int]]) -> list[PriceWeek]:
    base: dict[str, int] = {}
    return [
        PriceWeek(role, week_on, price, minutes, 100 * price / base.setdefault(role, price))
        for role, week_on, price, minutes in rows
    ]
