"""What a plan would pay if things went so: a scenario of facts by month, settled month by month to the close."""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from triallink.engines.payment.rules import Plan
from triallink.engines.payment.settlement import Occurrence, Part, settle

MONTHS_MOST = 120
FACTS_MOST = 20_000


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """How the work goes.

    begin_on            the first day of the first month.
    months              until the close.
    amounts             by fact: how many in all, spread evenly over the months.
    single              by fact: the month (from 1) in which a thing that happens once happens.
    first_time_percent  how many of the facts are right at the first submission.
    """

    begin_on: dt.date
    months: int
    amounts: dict[str, int] = field(default_factory=dict)
    single: dict[str, int] = field(default_factory=dict)
    first_time_percent: int = 100


@dataclass(frozen=True)
class Point:
    """Where the contract stands at the end of a month, in minor units: owed so far by rule, in all, kept back."""

    on: dt.date
    by_rule: dict[str, int]
    total_minor: int
    retained_minor: int


@dataclass(frozen=True)
class Simulation:
    """A scenario month by month; the last point is the close, with nothing kept back any more."""

    points: tuple[Point, ...]
    parts: tuple[Part, ...]

    @property
    def total_minor(self) -> int:
        """Return what the contract pays in all."""
        return self.points[-1].total_minor


def simulate(plan: Plan, scenario: Scenario) -> Simulation:
    """Return what a plan pays under a scenario, month by month.

    Returns    one point per month; the last is settled as the close.
    Raises     ValueError if months are not from 1 to 120, a number is negative or there are over 20,000 facts.
    Source     `settle`, applied to the facts up to each month's last day.
    """
    if not 1 <= scenario.months <= MONTHS_MOST:
        raise ValueError(f"a scenario has 1 to {MONTHS_MOST} months, not {scenario.months!r}")
    facts = list(_occurrences(scenario))
    points = []
    for number in range(1, scenario.months + 1):
        end = month_after(scenario.begin_on, number) - dt.timedelta(days=1)
        is_closing = number == scenario.months
        so_far = facts if is_closing else [one for one in facts if one.on <= end]
        settled = settle(plan, so_far, as_of=end, is_closing=is_closing)
        by_rule: dict[str, int] = {}
        for part in settled.parts:
            by_rule[part.rule] = by_rule.get(part.rule, 0) + part.amount_minor
        retained = 0 if is_closing else settled.retained_minor
        points.append(Point(end, by_rule, settled.total_minor, retained))
    return Simulation(tuple(points), settled.parts)


def month_after(day: dt.date, months: int) -> dt.date:
    """Return the same day so many months later, or the last of that month if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _occurrences(scenario: Scenario) -> Iterator[Occurrence]:
    if sum(scenario.amounts.values()) > FACTS_MOST or any(n < 0 for n in scenario.amounts.values()):
        raise ValueError(f"from 0 to {FACTS_MOST} facts, not {scenario.amounts!r}")
    end = month_after(scenario.begin_on, scenario.months)
    days = (end - scenario.begin_on).days
    for fact, amount in sorted(scenario.amounts.items()):
        for number in range(amount):
            on = scenario.begin_on + dt.timedelta(days=(2 * number + 1) * days // (2 * amount))
            yield Occurrence(on, f"{fact}:{number + 1}", fact, Decimal(1), _is_right(number, scenario))
    for place, (fact, month) in enumerate(sorted(scenario.single.items())):
        on = month_after(scenario.begin_on, min(max(month, 1), scenario.months)) - dt.timedelta(days=1)
        yield Occurrence(on, fact, fact, Decimal(1), _is_right(place, scenario))


def _is_right(number: int, scenario: Scenario) -> bool:
    """Spread the first-time-right ones evenly: after n facts, percent × n of them, rounded down, were right."""
    percent = scenario.first_time_percent
    return (number + 1) * percent // 100 > number * percent // 100
