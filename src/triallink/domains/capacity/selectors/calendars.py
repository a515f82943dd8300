"""Staff calendars by week and day, how full they are, and what will stay idle."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Q, Sum
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import TruncWeek

from triallink.domains.capacity.access import SELLER_KINDS, plannable_professional
from triallink.domains.capacity.models import (
    BookedDay,
    Booking,
    Commitment,
    CommitmentDay,
    Leave,
    PublicDay,
    StaffDay,
)
from triallink.domains.capacity.work_calendar import PublicDayFact, WorkCalendar
from triallink.domains.quality.models import Professional
from triallink.engines.hours import expected_idle, monday_of, mondays
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

LOOKED_BACK = 8  # weeks of experience behind a forecast
LEADS = 8  # weeks ahead told apart by it


@dataclass(frozen=True)
class WeekCell:
    """One professional's week in minutes."""

    week_on: dt.date
    workable: int
    committed: int
    held: int
    booked: int
    leave_days: int

    @property
    def taken(self) -> int:
        """Return what is taken."""
        return self.committed + self.held + self.booked

    @property
    def free(self) -> int:
        """Return what could be sold."""
        return self.workable - self.taken

    @property
    def share(self) -> float:
        """Return the share taken, 0 to 1; a week without any workable time counts as full."""
        return self.taken / self.workable if self.workable else 1.0


@dataclass(frozen=True)
class StaffRow:
    """One professional's weeks."""

    professional: Professional
    weeks: list[WeekCell]


@dataclass(frozen=True)
class StaffGrid:
    """Everybody's weeks; people without a calendar are only counted."""

    weeks: list[dt.date]
    rows: list[StaffRow]
    without_calendar: int


def staff_grid(*, first: dt.date, weeks: int, to: Actor) -> StaffGrid:
    """Return the weeks of the actor's people, the emptiest first, in three queries however many they are."""
    start = monday_of(first)
    columns = [start + dt.timedelta(weeks=n) for n in range(weeks)]
    people = list(
        Professional.objects.filter(organization_id=to.own_organization_id, is_active=True).order_by(
            "name", "id"
        )
    )
    cells = _cells(Q(organization_id=to.own_organization_id), columns)
    rows = [
        StaffRow(one, [cells[one.pk].get(week) or WeekCell(week, 0, 0, 0, 0, 0) for week in columns])
        for one in people
        if one.pk in cells
    ]
    rows.sort(
        key=lambda row: (-sum(cell.free for cell in row.weeks), row.professional.name, row.professional.pk)
    )
    return StaffGrid(columns, rows, len(people) - len(rows))


def _cells(which: Q, columns: list[dt.date]) -> dict[int, dict[dt.date, WeekCell]]:
    if not columns:
        return {}
    on_duty = Q(leave_count=0)
    found: dict[int, dict[dt.date, WeekCell]] = {}
    rows = (
        StaffDay.objects.filter(which, day__range=(columns[0], columns[-1] + dt.timedelta(days=6)))
        .annotate(week_on=TruncWeek("day"))
        .values_list("professional_id", "week_on")
        .annotate(
            workable=Sum("workable_minutes", filter=on_duty, default=0),
            committed=Sum("committed_minutes"),
            held=Sum("held_minutes"),
            booked=Sum("booked_minutes"),
            leave=Sum("leave_count", filter=Q(workable_minutes__gt=0), default=0),
        )
        .order_by()
    )
    for professional_id, week_on, workable, committed, held, booked, leave in rows:
        cell = WeekCell(week_on, workable, committed, held, booked, leave)
        found.setdefault(professional_id, {})[week_on] = cell
    return found


@dataclass(frozen=True)
class Utilization:
    """The organization's coming weeks: hours there are, taken, free, and expected to stay idle."""

    weeks: list[dt.date]
    workable: list[int]
    committed: list[int]
    booked: list[int]
    free: list[int]
    idle: list[int]

    @property
    def idle_hours(self) -> int:
        """Return the hours expected to stay idle over all weeks."""
        return sum(self.idle) // 60

    @property
    def share(self) -> float:
        """Return the share of all minutes that is taken."""
        there = sum(self.workable)
        return (sum(self.committed) + sum(self.booked)) / there if there else 0.0


def utilization(*, weeks: int = 8, to: Actor, clock: Clock = system_clock) -> Utilization:
    """Return how full the coming weeks are, and what past experience expects to stay idle."""
    first = monday_of(clock.now().date())
    columns = [first + dt.timedelta(weeks=n) for n in range(weeks)]
    totals = {week: [0, 0, 0] for week in columns}
    for by_week in _cells(Q(organization_id=to.own_organization_id), columns).values():
        for week, cell in by_week.items():
            totals[week][0] += cell.workable
            totals[week][1] += cell.committed
            totals[week][2] += cell.held + cell.booked
    free = [totals[week][0] - totals[week][1] - totals[week][2] for week in columns]
    return Utilization(
        columns,
        [totals[week][0] for week in columns],
        [totals[week][1] for week in columns],
        [totals[week][2] for week in columns],
        free,
        expected_idle(free, filled_late(to.own_organization_id, first)),
    )


def filled_late(organization_id: int, this_week: dt.date) -> list[float]:
    """Return, for 0, 1, … weeks ahead, the share of minutes then free that was booked by the time the week came.

    Read from the last LOOKED_BACK weeks: what was booked n or fewer weeks before, against what was free then.
    """
    past = (this_week - dt.timedelta(weeks=LOOKED_BACK), this_week - dt.timedelta(days=1))
    there = StaffDay.objects.filter(
        organization_id=organization_id, day__range=past, leave_count=0
    ).aggregate(
        workable=Sum("workable_minutes", default=0),
        committed=Sum("committed_minutes", default=0),
        booked=Sum("booked_minutes", default=0),
    )
    if not there["workable"]:
        return []
    days = BookedDay.objects.filter(
        booking__seller_id=organization_id, booking__state="confirmed", day__range=past
    ).values_list("day", "minutes", "booking__created_at")
    late = [0] * LEADS
    for day, minutes, created_at in days:
        lead = max(0, (monday_of(day) - monday_of(created_at.date())).days // 7)
        for n in range(lead, LEADS):
            late[n] += minutes
    # What was free n weeks ahead is what is idle in the end and what was booked after that.
    idle = there["workable"] - there["committed"] - there["booked"]
    return [minutes / (idle + minutes) if idle + minutes > 0 else 0.0 for minutes in late]


@dataclass(frozen=True)
class DayFacts:
    """One day of one professional: the row and what fills it."""

    day: dt.date
    row: StaffDay | None
    public: PublicDayFact | None
    commitments: list[CommitmentDay]
    bookings: list[BookedDay]


@dataclass(frozen=True)
class PersonCalendar:
    """Some weeks of one professional day by day."""

    professional: Professional
    weeks: list[list[DayFacts]]
    leaves: list[Leave]
    commitments: list[Commitment]


def person_calendar(professional_id: int, *, first: dt.date, weeks: int, to: Actor) -> PersonCalendar:
    """Return somebody's days with everything that fills them.

    Refuses: NotAllowed, NotFound.
    """
    professional = plannable_professional(professional_id, by=to)
    start = monday_of(first)
    last = start + dt.timedelta(weeks=weeks, days=-1)
    rows = {
        row.day: row for row in StaffDay.objects.filter(professional=professional, day__range=(start, last))
    }
    public = WorkCalendar(start, last).facts
    commitments: dict[dt.date, list[CommitmentDay]] = {}
    for day in CommitmentDay.objects.filter(
        professional=professional, day__range=(start, last)
    ).select_related("commitment"):
        commitments.setdefault(day.day, []).append(day)
    booked: dict[dt.date, list[BookedDay]] = {}
    for one in BookedDay.objects.filter(professional=professional, day__range=(start, last)).select_related(
        "booking", "booking__buyer", "booking__site"
    ):
        booked.setdefault(one.day, []).append(one)
    grid = [
        [
            DayFacts(day, rows.get(day), public.get(day), commitments.get(day, []), booked.get(day, []))
            for day in (week + dt.timedelta(days=n) for n in range(7))
        ]
        for week in mondays(start, last)
    ]
    leaves = Leave.objects.filter(professional=professional, withdrawn_at=None, end_on__gte=start)
    posted = Commitment.objects.filter(
        professional=professional, withdrawn_at=None, days__day__gte=start
    ).distinct()
    return PersonCalendar(
        professional, grid, list(leaves.order_by("start_on")), list(posted.order_by("-posted_at"))
    )


def public_days(year: int) -> list[PublicDayFact]:
    """Return a year's holidays and make-up days, the operator's own statements first where they differ."""
    calendar = WorkCalendar(dt.date(year, 1, 1), dt.date(year, 12, 31))
    return [calendar.facts[day] for day in sorted(calendar.facts)]


def stated_days() -> int:
    """Return how many days the operator has stated."""
    return PublicDay.objects.count()


def sells_hours(actor: Actor) -> bool:
    """Return whether the actor's organization has people whose hours it may sell."""
    return actor.organization_kind in SELLER_KINDS


def live_holds(*, of: Actor) -> list[Booking]:
    """Return the actor's own holds that still run."""
    return list(
        Booking.objects.filter(buyer_id=of.own_organization_id, state="held")
        .select_related("site")
        .order_by("held_until")
    )


def free_expression() -> CombinedExpression:
    """Return free minutes of a StaffDay on duty as a database expression."""
    return F("workable_minutes") - F("committed_minutes") - F("held_minutes") - F("booked_minutes")
