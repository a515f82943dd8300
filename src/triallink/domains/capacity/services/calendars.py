"""Staff calendars: opening them, hours of days, leave, commitments, public days."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from triallink.domains.capacity.access import plannable, plannable_professional, require_operator
from triallink.domains.capacity.errors import DatesTurned, HoursOutOfRange, NoCalendar, TimeTaken, WordUnknown
from triallink.domains.capacity.events import (
    CalendarChanged,
    CommitmentPosted,
    CommitmentWithdrawn,
    LeaveRecorded,
    LeaveWithdrawn,
    PublicDaySet,
)
from triallink.domains.capacity.models import (
    LEAVE_KINDS,
    PUBLIC_DAY_KINDS,
    SOURCE_KINDS,
    Commitment,
    CommitmentDay,
    Leave,
    PublicDay,
    StaffDay,
    WorkPattern,
)
from triallink.domains.capacity.models.calendars import LONGEST_DAY
from triallink.domains.capacity.services.days import horizon, open_days
from triallink.domains.capacity.work_calendar import WorkCalendar
from triallink.domains.quality.models import Professional
from triallink.foundation.live import publish
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

SHOWN_IN_CHANGE = 40  # days an audit line spells out; of more it tells the number


@dataclass(frozen=True)
class DayHours:
    """How long one day of one professional can be worked."""

    professional_id: int
    day: dt.date
    minutes: int


@transaction.atomic
def open_calendars(*, by: Actor, clock: Clock = system_clock) -> int:
    """Open the days of everybody of the actor's organization up to the horizon; return how many days are new.

    Refuses: NotAllowed.
    Emits: CalendarChanged.
    """
    ids = list(plannable(by=by).values_list("pk", flat=True))
    today = clock.now().date()
    made = open_days(ids, today - dt.timedelta(days=today.weekday()), horizon(today))
    record(
        CalendarChanged(organization_id=by.own_organization_id, professional_ids=tuple(ids)),
        by=by,
        about=("calendar", by.own_organization_id),
        change={"days": [None, made]},
        clock=clock,
    )
    return made


@transaction.atomic
def set_hours(*, hours: Sequence[DayHours], by: Actor, clock: Clock = system_clock) -> int:
    """Set how long days can be worked, many at once, all or none; return how many days changed.

    Refuses: NotAllowed, NotFound, HoursOutOfRange, NoCalendar, TimeTaken.
    Emits: CalendarChanged.
    """
    people = {row.pk: row for row in plannable(by=by).filter(pk__in={one.professional_id for one in hours})}
    wanted: dict[tuple[int, dt.date], int] = {}
    for one in hours:
        if one.professional_id not in people:
            raise NotFound
        if not 0 <= one.minutes <= LONGEST_DAY:
            raise HoursOutOfRange(field="hours", minimum=0, maximum=LONGEST_DAY // 60)
        wanted[one.professional_id, one.day] = one.minutes
    if not wanted:
        return 0
    days = [day for _, day in wanted]
    open_days(people, min(days), min(max(days), horizon(clock.now().date())))
    rows = {
        (row.professional_id, row.day): row
        for row in StaffDay.objects.select_for_update()
        .filter(professional_id__in=people, day__range=(min(days), max(days)))
        .order_by("professional_id", "day")
    }
    changed, change = [], {}
    for key, minutes in wanted.items():
        row = rows.get(key)
        if row is None:
            raise NoCalendar(day=key[1])
        if row.workable_minutes != minutes:
            taken = row.committed_minutes + row.held_minutes + row.booked_minutes
            if taken > minutes:
                raise TimeTaken(field="hours", name=str(people[key[0]]), day=key[1])
            change[f"{key[0]} {key[1]}"] = [row.workable_minutes, minutes]
            row.workable_minutes = minutes
            changed.append(row)
    StaffDay.objects.bulk_update(changed, ["workable_minutes"], batch_size=1000)
    organization_id = next(iter(people.values())).organization_id
    record(
        CalendarChanged(organization_id=organization_id, professional_ids=tuple(sorted(people))),
        by=by,
        about=("calendar", organization_id),
        organization_id=organization_id,
        change=change if len(change) <= SHOWN_IN_CHANGE else {"days": [None, len(change)]},
        clock=clock,
    )
    publish(f"calendar:{organization_id}", "changed")
    return len(changed)


@transaction.atomic
def set_pattern(
    *, professional_id: int, minutes: Sequence[int], by: Actor, clock: Clock = system_clock
) -> WorkPattern:
    """Set somebody's usual week, Monday first; days from today on that were still usual follow it.

    Refuses: NotAllowed, NotFound, HoursOutOfRange, TimeTaken.
    Emits: CalendarChanged.
    """
    professional = plannable_professional(professional_id, by=by)
    if len(minutes) != 7 or any(not 0 <= one <= LONGEST_DAY for one in minutes):
        raise HoursOutOfRange(field="minutes", minimum=0, maximum=LONGEST_DAY // 60)
    pattern, _ = WorkPattern.objects.select_for_update().get_or_create(professional=professional)
    before = list(pattern.minutes)
    pattern.minutes = list(minutes)
    pattern.save(update_fields=["minutes"])
    today = clock.now().date()
    calendar = WorkCalendar(today, horizon(today))
    rows = (
        StaffDay.objects.select_for_update().filter(professional=professional, day__gte=today).order_by("day")
    )
    changed = []
    for row in rows:
        place = calendar.place_in_week(row.day)
        old, new = (before[place - 1], minutes[place - 1]) if place else (0, 0)
        if row.workable_minutes == old and new != old:
            if row.committed_minutes + row.held_minutes + row.booked_minutes > new:
                raise TimeTaken(field="minutes", name=str(professional), day=row.day)
            row.workable_minutes = new
            changed.append(row)
    StaffDay.objects.bulk_update(changed, ["workable_minutes"], batch_size=1000)
    record(
        CalendarChanged(organization_id=professional.organization_id, professional_ids=(professional.pk,)),
        by=by,
        about=("calendar", professional.organization_id),
        organization_id=professional.organization_id,
        change={"pattern": [before, list(minutes)]},
        clock=clock,
    )
    return pattern


@transaction.atomic
def record_leave(
    *,
    professional_id: int,
    start_on: dt.date,
    end_on: dt.date,
    kind: str,
    note: str = "",
    source_kind: str = "manual",
    source_reference: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> Leave:
    """Record that somebody will not work from the first to the last day.

    Refuses: NotAllowed, NotFound, DatesTurned, WordUnknown, TimeTaken.
    Emits: LeaveRecorded.
    """
    professional = plannable_professional(professional_id, by=by)
    if end_on < start_on:
        raise DatesTurned(field="end_on")
    if kind not in LEAVE_KINDS:
        raise WordUnknown(field="kind", word=kind)
    leave = Leave(
        professional=professional,
        start_on=start_on,
        end_on=end_on,
        kind=kind,
        note=note.strip(),
        source_kind=source_kind,
        source_reference=source_reference[:200],
        recorded_at=clock.now(),
    )
    try:
        with transaction.atomic():
            leave.save(force_insert=True)
    except IntegrityError:
        taken = _taken_days(professional).filter(day__range=(start_on, end_on)).first()
        raise TimeTaken(
            field="start_on", name=str(professional), day=taken.day if taken else start_on
        ) from None
    record(
        LeaveRecorded(
            leave_id=leave.pk, professional_id=professional.pk, organization_id=professional.organization_id
        ),
        by=by,
        about=("leave", leave.pk),
        organization_id=professional.organization_id,
        change={"from": [None, start_on], "to": [None, end_on], "kind": [None, kind]},
        clock=clock,
    )
    publish(f"calendar:{professional.organization_id}", "changed")
    return leave


@transaction.atomic
def withdraw_leave(*, leave_id: int, by: Actor, clock: Clock = system_clock) -> Leave:
    """Take a leave back; its days can be worked again.

    Refuses: NotAllowed, NotFound.
    Emits: LeaveWithdrawn.
    """
    leave = (
        Leave.objects.select_for_update()
        .filter(pk=leave_id, withdrawn_at=None, professional__in=plannable(by=by))
        .first()
    )
    if leave is None:
        raise NotFound
    leave.withdrawn_at = clock.now()
    leave.save(update_fields=["withdrawn_at"])
    organization_id = Professional.objects.get(pk=leave.professional_id).organization_id
    record(
        LeaveWithdrawn(leave_id=leave.pk, professional_id=leave.professional_id),
        by=by,
        about=("leave", leave.pk),
        organization_id=organization_id,
        clock=clock,
    )
    publish(f"calendar:{organization_id}", "changed")
    return leave


@transaction.atomic
def post_commitment(
    *,
    professional_id: int,
    days: dict[dt.date, int],
    source_kind: str,
    source_reference: str,
    title: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> Commitment:
    """Take time of days for work elsewhere; posting the same source again replaces what it took.

    days  day -> minutes.
    Refuses: NotAllowed, NotFound, WordUnknown, HoursOutOfRange, NoCalendar, TimeTaken.
    Emits: CommitmentPosted.
    """
    professional = plannable_professional(professional_id, by=by)
    if source_kind not in SOURCE_KINDS:
        raise WordUnknown(field="source_kind", word=source_kind)
    if not days or any(not 0 < minutes <= LONGEST_DAY for minutes in days.values()):
        raise HoursOutOfRange(field="hours", minimum=0, maximum=LONGEST_DAY // 60)
    today = clock.now().date()
    if max(days) > horizon(today):
        raise NoCalendar(day=max(days))
    open_days([professional.pk], min(days), max(days))
    earlier = (
        Commitment.objects.select_for_update()
        .filter(
            professional=professional,
            source_kind=source_kind,
            source_reference=source_reference[:200],
            withdrawn_at=None,
        )
        .first()
    )
    if earlier is not None:
        _give_back(earlier, clock)
    commitment = Commitment.objects.create(
        professional=professional,
        source_kind=source_kind,
        source_reference=source_reference[:200],
        title=title[:200],
        posted_at=clock.now(),
    )
    try:
        with transaction.atomic():
            CommitmentDay.objects.bulk_create(
                CommitmentDay(commitment=commitment, professional=professional, day=day, minutes=minutes)
                for day, minutes in sorted(days.items())
            )
    except IntegrityError:
        full = _full_day(professional, days)
        raise TimeTaken(field="days", name=str(professional), day=full) from None
    record(
        CommitmentPosted(commitment_id=commitment.pk, professional_id=professional.pk),
        by=by,
        about=("commitment", commitment.pk),
        organization_id=professional.organization_id,
        change={"minutes": [None, sum(days.values())], "from": [None, min(days)], "to": [None, max(days)]},
        clock=clock,
    )
    publish(f"calendar:{professional.organization_id}", "changed")
    return commitment


@transaction.atomic
def withdraw_commitment(*, commitment_id: int, by: Actor, clock: Clock = system_clock) -> None:
    """Give the time of a commitment back.

    Refuses: NotAllowed, NotFound.
    Emits: CommitmentWithdrawn.
    """
    commitment = (
        Commitment.objects.select_for_update()
        .filter(pk=commitment_id, withdrawn_at=None, professional__in=plannable(by=by))
        .first()
    )
    if commitment is None:
        raise NotFound
    _give_back(commitment, clock)
    professional = Professional.objects.get(pk=commitment.professional_id)
    record(
        CommitmentWithdrawn(commitment_id=commitment.pk, professional_id=professional.pk),
        by=by,
        about=("commitment", commitment.pk),
        organization_id=professional.organization_id,
        clock=clock,
    )


@transaction.atomic
def set_public_day(
    *,
    day: dt.date,
    kind: str,
    name: dict[str, str],
    by: Actor,
    country: str = "CN",
    clock: Clock = system_clock,
) -> PublicDay:
    """State a holiday or make-up day; calendars that are already open and still usual follow it.

    Refuses: NotAllowed, WordUnknown.
    Emits: PublicDaySet.
    """
    require_operator(by)
    if kind not in PUBLIC_DAY_KINDS:
        raise WordUnknown(field="kind", word=kind)
    before = WorkCalendar(day, day).place_in_week(day)
    row, _ = PublicDay.objects.update_or_create(
        country=country, day=day, defaults={"kind": kind, "name": name}
    )
    after = WorkCalendar(day, day).place_in_week(day)
    _follow(day, before, after)
    record(
        PublicDaySet(country=country, day=day.isoformat()),
        by=by,
        about=("public_day", row.pk),
        change={"kind": [None, kind]},
        clock=clock,
    )
    return row


def _follow(day: dt.date, before: int, after: int) -> None:
    """Give days that were as usual the length of their new place in the week, where nothing is taken."""
    if before == after:
        return
    rows = (
        StaffDay.objects.select_for_update(of=("self",))
        .filter(day=day, committed_minutes=0, held_minutes=0, booked_minutes=0)
        .select_related("professional__work_pattern")
        .order_by("professional_id")
    )
    changed = []
    for row in rows:
        pattern = getattr(row.professional, "work_pattern", None)
        minutes = list(pattern.minutes) if pattern else WorkPattern().minutes
        if row.workable_minutes == (minutes[before - 1] if before else 0):
            row.workable_minutes = minutes[after - 1] if after else 0
            changed.append(row)
    StaffDay.objects.bulk_update(changed, ["workable_minutes"], batch_size=1000)


def _give_back(commitment: Commitment, clock: Clock) -> None:
    commitment.days.all().delete()
    commitment.withdrawn_at = clock.now()
    commitment.save(update_fields=["withdrawn_at"])


def _taken_days(professional: Professional) -> QuerySet[StaffDay]:
    return (
        StaffDay.objects.filter(professional=professional)
        .exclude(committed_minutes=0, held_minutes=0, booked_minutes=0)
        .order_by("day")
    )


def _full_day(professional: Professional, days: dict[dt.date, int]) -> dt.date:
    """Return the first day that has less free than is asked of it."""
    rows = {
        row.day: row.free_minutes for row in StaffDay.objects.filter(professional=professional, day__in=days)
    }
    return next((day for day in sorted(days) if rows.get(day, 0) < days[day]), min(days))
