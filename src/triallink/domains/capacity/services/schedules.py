"""When the worker clears by itself: a setting of the operator, obeyed once on each of its days."""

import datetime as dt
from collections.abc import Collection
from zoneinfo import ZoneInfo

from django.db import transaction

from triallink.domains.capacity.access import require_operator
from triallink.domains.capacity.errors import ClearingUnderWay, HoursOutOfRange, WordUnknown
from triallink.domains.capacity.events import ClearingScheduled
from triallink.domains.capacity.models import ClearingRun, ClearingSchedule
from triallink.domains.capacity.services.clearing import RESPOND, start_clearing
from triallink.foundation.record import record
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.vocabulary import PROFESSIONAL_ROLES

ZONE = ZoneInfo("Asia/Shanghai")


@transaction.atomic
def schedule_clearing(
    *,
    role: str = "",
    weekdays: Collection[int],
    at: dt.time,
    respond_hours: int = 24,
    is_active: bool = True,
    by: Actor,
    clock: Clock = system_clock,
) -> ClearingSchedule:
    """Set on which days and when a role, or every role, is cleared; setting it again replaces it.

    weekdays  0 is Monday;  at  by the clock of mainland China.

    Refuses: NotAllowed, WordUnknown, HoursOutOfRange.
    Emits: ClearingScheduled.
    """
    require_operator(by)
    if role and role not in PROFESSIONAL_ROLES:
        raise WordUnknown(field="role", word=role)
    unknown = [day for day in weekdays if day not in range(7)]
    if unknown:
        raise WordUnknown(field="weekdays", word=str(unknown[0]))
    if not RESPOND[0] <= respond_hours <= RESPOND[1]:
        raise HoursOutOfRange(field="respond_hours", minimum=RESPOND[0], maximum=RESPOND[1])
    now = clock.now().astimezone(ZONE)
    row, _is_new = ClearingSchedule.objects.update_or_create(
        role=role,
        defaults={
            "weekdays": sorted(set(weekdays)),
            "at": at,
            "respond_hours": respond_hours,
            "is_active": is_active,
            # A time of today that has passed is first obeyed on the next of its days.
            "last_on": now.date() if now.time() >= at else None,
            "changed_at": clock.now(),
            "changed_by_id": by.person_id,
        },
    )
    record(
        ClearingScheduled(schedule_id=row.pk, role=role),
        by=by,
        about=("clearing_schedule", row.pk),
        change={
            "at": [None, at.isoformat()],
            "weekdays": [None, row.weekdays],
            "is_active": [None, is_active],
        },
        clock=clock,
    )
    return row


def start_due_clearings(clock: Clock = system_clock) -> list[ClearingRun]:
    """Start what is due by schedule; what waits for a running clearing is tried again in a minute."""
    now = clock.now().astimezone(ZONE)
    started = []
    for pk in ClearingSchedule.objects.filter(is_active=True).values_list("pk", flat=True):
        with transaction.atomic():
            row = ClearingSchedule.objects.select_for_update().get(pk=pk)
            is_due = row.is_active and now.weekday() in row.weekdays and now.time() >= row.at
            if not is_due or row.last_on == now.date():
                continue
            try:
                run = start_clearing(role=row.role, respond_hours=row.respond_hours, by=SYSTEM, clock=clock)
            except ClearingUnderWay:
                continue
            row.last_on = now.date()
            row.save(update_fields=["last_on"])
            started.append(run)
    return started
