"""Hours: written per week, submitted, approved; contract lines warn before their cap is reached."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum

from triallink.domains.contracts.models import CONCLUDED, ContractLine
from triallink.domains.delivery.errors import (
    ApprovesOwnHours,
    CapReached,
    HoursOutOfRange,
    ReasonMissing,
    TimesheetEmpty,
    TimesheetWrongState,
)
from triallink.domains.delivery.events import (
    HoursWritten,
    OverrunForeseen,
    TimesheetApproved,
    TimesheetReturned,
    TimesheetSubmitted,
)
from triallink.domains.delivery.models import (
    TIMESHEET_STATES,
    PlanItem,
    Timesheet,
    TimesheetEntry,
)
from triallink.domains.studies.access import visible_studies
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

APPROVERS = ("resource_manager", "project_lead", "administrator", "business_lead")
WARN_AT_PERCENT = 80
PACE_WEEKS = 4
WARN_WEEKS_AHEAD = 3


@dataclass(frozen=True)
class HoursLine:
    """What was worked on one thing on one day."""

    on: dt.date
    study_id: int
    hours: Decimal
    contract_line_id: int | None = None
    plan_item_id: int | None = None
    note: str = ""


@transaction.atomic
def write_hours(
    *, week_on: dt.date, lines: list[HoursLine], by: Actor, clock: Clock = system_clock
) -> Timesheet:
    """Write down the person's own week anew: these lines replace what was there.

    Refuses: NotAllowed (no organization), NotFound (a study, line or task not the person's to see),
    HoursOutOfRange, TimesheetWrongState (submitted or approved).
    Emits: HoursWritten.
    """
    monday = week_on - dt.timedelta(days=week_on.weekday())
    sheet, _ = Timesheet.objects.select_for_update().get_or_create(
        person_id=by.own_person_id, organization_id=by.own_organization_id, week_on=monday
    )
    if sheet.state not in ("draft", "returned"):
        raise TimesheetWrongState(state=TIMESHEET_STATES[sheet.state])
    kept = [line for line in lines if line.hours]
    _check(kept, monday, by)
    before = sheet.entries.aggregate(sum=Sum("hours"))["sum"] or 0
    sheet.entries.all().delete()
    TimesheetEntry.objects.bulk_create(
        TimesheetEntry(
            timesheet=sheet,
            on=line.on,
            study_id=line.study_id,
            contract_line_id=line.contract_line_id,
            plan_item_id=line.plan_item_id,
            hours=line.hours,
            note=line.note[:200],
        )
        for line in kept
    )
    record(
        HoursWritten(timesheet_id=sheet.pk, person_id=sheet.person_id),
        by=by,
        about=("timesheet", sheet.pk),
        change={"hours": [before, sum(line.hours for line in kept)]},
        clock=clock,
    )
    return sheet


@transaction.atomic
def submit_timesheet(*, timesheet_id: int, by: Actor, clock: Clock = system_clock) -> Timesheet:
    """Hand a week in for approval; a contract line paid by the hour is not exceeded.

    Refuses: NotFound (another's), TimesheetWrongState, TimesheetEmpty, CapReached.
    Emits: TimesheetSubmitted, and OverrunForeseen for every contract line near its cap.
    """
    sheet = Timesheet.objects.select_for_update().filter(pk=timesheet_id, person_id=by.own_person_id).first()
    if sheet is None or sheet.organization_id != by.organization_id:
        raise NotFound
    _expect(sheet, "draft", "returned")
    if not sheet.entries.exists():
        raise TimesheetEmpty
    lines = ContractLine.objects.filter(hours_worked__timesheet=sheet, unit="hour").distinct()
    # Locked, so that two people do not use up the same last hours.
    locked = list(ContractLine.objects.select_for_update().filter(pk__in=lines).order_by("pk"))
    own = hours_by_line(sheet)
    for line in locked:
        used = used_hours(line.pk, without=sheet.pk)
        if used + own[line.pk] > line.quantity:
            raise CapReached(line=line.service.name, cap=f"{line.quantity:g}", used=f"{used:g}")
    sheet.state, sheet.submitted_at = "submitted", clock.now()
    sheet.save(update_fields=["state", "submitted_at"])
    for line in locked:
        state = burn(line, clock.now().date())
        if state.is_warning:
            record(
                OverrunForeseen(
                    contract_line_id=line.pk,
                    contract_id=line.contract_id,
                    used_share_percent=state.used_percent,
                ),
                by=by,
                about=("contract", line.contract_id),
                study_id=line.contract.study_id,
                change={f"hours of line {line.position}": [str(line.quantity), str(state.used)]},
                clock=clock,
            )
    record(
        TimesheetSubmitted(
            timesheet_id=sheet.pk,
            organization_id=sheet.organization_id,
            person_id=sheet.person_id,
            week_on=str(sheet.week_on),
        ),
        by=by,
        about=("timesheet", sheet.pk),
        change={"state": ["draft", "submitted"]},
        clock=clock,
    )
    return sheet


@transaction.atomic
def approve_timesheet(*, timesheet_id: int, by: Actor, clock: Clock = system_clock) -> Timesheet:
    """Approve a colleague's week.

    Refuses: NotFound, NotAllowed, TimesheetWrongState, ApprovesOwnHours (unless the organization is one person).
    Emits: TimesheetApproved.
    """
    sheet = _to_decide(timesheet_id, by)
    sheet.state, sheet.decided_at, sheet.decided_by_id = "approved", clock.now(), by.own_person_id
    sheet.save(update_fields=["state", "decided_at", "decided_by"])
    totals: dict[tuple[int | None, int], Decimal] = defaultdict(Decimal)
    for entry in sheet.entries.all():
        totals[entry.contract_line_id, entry.study_id] += entry.hours
    record(
        TimesheetApproved(
            timesheet_id=sheet.pk,
            organization_id=sheet.organization_id,
            person_id=sheet.person_id,
            week_on=str(sheet.week_on),
            lines=[[line, study, str(hours)] for (line, study), hours in totals.items()],
        ),
        by=by,
        about=("timesheet", sheet.pk),
        change={"state": ["submitted", "approved"]},
        clock=clock,
    )
    return sheet


@transaction.atomic
def return_timesheet(*, timesheet_id: int, why: str, by: Actor, clock: Clock = system_clock) -> Timesheet:
    """Return a colleague's week with a reason.

    Refuses: NotFound, NotAllowed, TimesheetWrongState, ApprovesOwnHours, ReasonMissing.
    Emits: TimesheetReturned.
    """
    sheet = _to_decide(timesheet_id, by)
    if not why.strip():
        raise ReasonMissing(field="why")
    sheet.state, sheet.returned_reason = "returned", why.strip()
    sheet.save(update_fields=["state", "returned_reason"])
    record(
        TimesheetReturned(
            timesheet_id=sheet.pk, organization_id=sheet.organization_id, person_id=sheet.person_id
        ),
        by=by,
        about=("timesheet", sheet.pk),
        why=why,
        change={"state": ["submitted", "returned"]},
        clock=clock,
    )
    return sheet


@dataclass(frozen=True)
class Burn:
    """How a contract line's hours are used: `weeks_left` at the pace of the last weeks, None without a pace."""

    cap: Decimal
    used: Decimal
    per_week: Decimal
    weeks_left: float | None

    @property
    def used_percent(self) -> int:
        """Return the share of the cap that is used, in whole percent."""
        return int(self.used * 100 / self.cap) if self.cap else 0

    @property
    def is_warning(self) -> bool:
        """Return whether somebody should act before the cap is reached."""
        ends_soon = self.weeks_left is not None and self.weeks_left <= WARN_WEEKS_AHEAD
        return self.used_percent >= WARN_AT_PERCENT or ends_soon


def burn(line: ContractLine, today: dt.date) -> Burn:
    """Return how a contract line's hours are used, submitted ones included."""
    used = used_hours(line.pk)
    since = today - dt.timedelta(weeks=PACE_WEEKS)
    recent = _counted(line.pk).filter(on__gt=since).aggregate(sum=Sum("hours"))["sum"] or Decimal(0)
    pace = recent / PACE_WEEKS
    left = max(line.quantity - used, Decimal(0))
    return Burn(line.quantity, used, pace, float(left / pace) if pace else None)


def used_hours(line_id: int, without: int | None = None) -> Decimal:
    """Return the submitted and approved hours on a contract line, without one timesheet's."""
    return _counted(line_id).exclude(timesheet_id=without or 0).aggregate(sum=Sum("hours"))["sum"] or Decimal(
        0
    )


def hours_by_line(sheet: Timesheet) -> dict[int | None, Decimal]:
    """Return a timesheet's hours by contract line."""
    rows = sheet.entries.order_by().values_list("contract_line_id").annotate(sum=Sum("hours"))
    return defaultdict(Decimal, dict(rows))


def lines_to_book(by: Actor) -> list[ContractLine]:
    """Return the lines of contracts in force the actor's organization works on, in the studies it sees."""
    rows = ContractLine.objects.filter(
        contract__state__in=CONCLUDED, contract__parties__organization_id=by.own_organization_id
    ).exclude(contract__study=None)
    return list(
        rows.select_related("contract__study", "service").order_by("contract_id", "position").distinct()
    )


def _counted(line_id: int) -> QuerySet[TimesheetEntry]:
    return TimesheetEntry.objects.filter(
        contract_line_id=line_id, timesheet__state__in=["submitted", "approved"]
    )


def _check(lines: list[HoursLine], monday: dt.date, by: Actor) -> None:
    per_day: dict[dt.date, Decimal] = defaultdict(Decimal)
    for line in lines:
        per_day[line.on] += line.hours
        in_week = monday <= line.on < monday + dt.timedelta(days=7)
        if not in_week or line.hours < 0 or line.hours % Decimal("0.25"):
            raise HoursOutOfRange(field="hours")
    if per_day and max(per_day.values()) > 24:
        raise HoursOutOfRange(field="hours")
    studies = {line.study_id for line in lines}
    if visible_studies(to=by).filter(pk__in=studies).count() != len(studies):
        raise NotFound
    bookable = {row.pk: row.contract.study_id for row in lines_to_book(by)}
    items = {line.plan_item_id for line in lines if line.plan_item_id}
    item_study = dict(PlanItem.objects.filter(pk__in=items).values_list("pk", "plan__study_id"))
    for line in lines:
        if line.contract_line_id and bookable.get(line.contract_line_id) != line.study_id:
            raise NotFound
        if line.plan_item_id and item_study.get(line.plan_item_id) != line.study_id:
            raise NotFound


def _to_decide(timesheet_id: int, by: Actor) -> Timesheet:
    sheet = (
        Timesheet.objects.select_for_update()
        .filter(pk=timesheet_id, organization_id=by.own_organization_id)
        .first()
    )
    if sheet is None:
        raise NotFound
    by.require(*APPROVERS)
    _expect(sheet, "submitted")
    # A freelancer is an organization of one and has nobody else; the buyer sees the hours all the same.
    if sheet.person_id == by.own_person_id and by.organization_kind != "freelancer":
        raise ApprovesOwnHours
    return sheet


def _expect(sheet: Timesheet, *states: str) -> None:
    if sheet.state not in states:
        raise TimesheetWrongState(state=TIMESHEET_STATES[sheet.state])
