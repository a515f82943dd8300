"""Which days are worked: the published calendar of a country, corrected by the operator's rows."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import holidays

from triallink.domains.capacity.models import PublicDay
from triallink.engines.hours import monday_of

COUNTRY = "CN"
WORKING_WEEK = 5
# Names as a reader of either language expects them; the package calls the languages so.
ENGLISH, CHINESE = "en_US", "zh_CN"


@dataclass(frozen=True)
class PublicDayFact:
    """A day that is not worked although a weekday, or worked although a weekend."""

    day: dt.date
    kind: str  # a key of PUBLIC_DAY_KINDS
    name: dict[str, str]
    is_stated: bool  # by the operator


class WorkCalendar:
    """The working days of a country between two dates."""

    def __init__(self, first: dt.date, last: dt.date, country: str = COUNTRY) -> None:
        self.first, self.last = first, last
        stated = {row.day: row for row in PublicDay.objects.filter(country=country, day__range=(first, last))}
        self.facts: dict[dt.date, PublicDayFact] = {}
        for year in range(first.year, last.year + 1):
            for fact in _published(country, year):
                if first <= fact.day <= last:
                    self.facts[fact.day] = fact
        for day, row in stated.items():
            self.facts[day] = PublicDayFact(day, row.kind, row.name, True)

    def is_worked(self, day: dt.date) -> bool:
        """Return whether a day is worked where one works on weekdays."""
        fact = self.facts.get(day)
        if fact is None or fact.kind == "normal":
            return day.weekday() < WORKING_WEEK
        return fact.kind == "makeup"

    def place_in_week(self, day: dt.date) -> int:
        """Return which day of the usual week a day counts as: 1 to 7, 0 = a holiday; a make-up day is a Monday."""
        fact = self.facts.get(day)
        if fact is None or fact.kind == "normal":
            return day.isoweekday()
        return 1 if fact.kind == "makeup" else 0

    def worked_in(self, week_on: dt.date, start_on: dt.date, end_on: dt.date) -> int:
        """Return how many days of a week are worked inside a window."""
        days = (week_on + dt.timedelta(days=n) for n in range(7))
        return sum(start_on <= day <= end_on and self.is_worked(day) for day in days)

    def quota(self, hours_per_week: int, week_on: dt.date, start_on: dt.date, end_on: dt.date) -> int:
        """Return the minutes that hours a week mean in one week: fewer in a short week, in half hours."""
        worked = min(WORKING_WEEK, self.worked_in(week_on, start_on, end_on))
        return hours_per_week * 60 * worked // WORKING_WEEK // 30 * 30


def calendar_of(start_on: dt.date, end_on: dt.date) -> WorkCalendar:
    """Return the calendar of the whole weeks around a window."""
    return WorkCalendar(monday_of(start_on), monday_of(end_on) + dt.timedelta(days=6))


@lru_cache(maxsize=64)
def _published(country: str, year: int) -> tuple[PublicDayFact, ...]:
    english = holidays.country_holidays(country, years=[year], language=ENGLISH)
    chinese = holidays.country_holidays(country, years=[year], language=CHINESE)
    found = [
        PublicDayFact(day, "holiday", {"en": str(name), "zh": str(chinese.get(day, name))}, False)
        for day, name in english.items()
        if day.year == year
    ]
    makeup = {"en": "Make-up working day", "zh": "调休上班"}
    found += [
        PublicDayFact(day, "makeup", makeup, False) for day in english.weekend_workdays if day.year == year
    ]
    return tuple(sorted(found, key=lambda fact: fact.day))
