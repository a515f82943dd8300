"""What cancelling a booking costs."""

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Fee:
    """The fee and how it comes about.

    amount_minor   what is owed.
    minutes_late   booked minutes that lie inside the notice period.
    minutes_free   booked minutes that are given back without a fee.
    """

    amount_minor: int
    minutes_late: int
    minutes_free: int


def cancellation_fee(
    booked: dict[dt.date, int],
    *,
    cancelled_on: dt.date,
    notice_days: int,
    fee_percent: int,
    price_minor: int,
) -> Fee:
    """Return what cancelling the days still to come costs.

    booked        day -> minutes; days before cancelled_on are worked and cost nothing here.
    notice_days   days from cancelled_on (included) within which the fee is due; 0 = never.
    fee_percent   0 to 100, share of the price of the minutes inside the notice period.
    price_minor   per hour.
    Returns       Fee; the amount is rounded down to the minor unit, once, at the end.
    Raises        ValueError if the percentage, the days, a minute or the price is out of range.
    Source        the terms frozen in the booking.
    """
    if not 0 <= fee_percent <= 100:
        raise ValueError(f"a fee is 0 to 100 percent, not {fee_percent!r}")
    if notice_days < 0 or price_minor < 0 or any(minutes < 0 for minutes in booked.values()):
        raise ValueError(f"not negative: notice {notice_days!r}, price {price_minor!r}, {booked!r}")
    last = cancelled_on + dt.timedelta(days=notice_days)
    late = sum(minutes for day, minutes in booked.items() if cancelled_on <= day < last)
    free = sum(minutes for day, minutes in booked.items() if day >= last)
    return Fee(int(Fraction(late * price_minor * fee_percent, 60 * 100)), late, free)
