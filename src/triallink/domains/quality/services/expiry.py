"""What the passing of days does to qualifications: reminders before, the end after."""

import datetime as dt

from django.db import transaction

from triallink.domains.accounts.selectors import people_with_roles
from triallink.domains.quality.access import APPLICANT_ROLES
from triallink.domains.quality.events import QualificationExpired
from triallink.domains.quality.models import Qualification, QualificationReminder, SupplierProfile
from triallink.foundation.notices import notify
from triallink.foundation.record import record
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import N_

# Days before the end of a qualification on which its owner is reminded to apply again.
REQUALIFY_DAYS = (90, 30, 7)


def end_qualifications(*, clock: Clock = system_clock) -> int:
    """Let every qualification end whose last day has passed, and return how many did."""
    due = Qualification.objects.filter(state="valid", expires_on__lt=clock.now().date())
    return sum(
        expire_qualification(qualification_id=pk, by=SYSTEM, clock=clock)
        for pk in due.values_list("pk", flat=True)
    )


@transaction.atomic
def expire_qualification(*, qualification_id: int, by: Actor, clock: Clock = system_clock) -> bool:
    """End one qualification whose last day has passed; return False if somebody else did or it holds.

    Refuses: nothing.
    Emits: QualificationExpired, if it ended.
    """
    row = Qualification.objects.select_for_update(of=("self",)).get(pk=qualification_id)
    if row.state != "valid" or row.expires_on >= clock.now().date():
        return False
    row.state = "expired"
    row.save(update_fields=["state"])
    SupplierProfile.objects.filter(organization_id=row.organization_id).update(is_qualified=False)
    record(
        QualificationExpired(qualification_id=row.pk, organization_id=row.organization_id),
        by=by,
        about=("qualification_application", row.application_id),
        organization_id=row.organization_id,
        change={"qualification": ["valid", "expired"]},
        clock=clock,
    )
    return True


@transaction.atomic
def remind_of_requalification(*, clock: Clock = system_clock) -> int:
    """Tell suppliers that their qualification runs out in 90, 30 or 7 days; each of these once."""
    today = clock.now().date()
    rows = Qualification.objects.filter(
        state="valid", expires_on__range=(today, today + dt.timedelta(days=max(REQUALIFY_DAYS)))
    )
    sent = 0
    for row in rows.prefetch_related("reminders"):
        left = (row.expires_on - today).days
        nearest = min(days for days in REQUALIFY_DAYS if left <= days)
        if nearest in {reminder.days for reminder in row.reminders.all()}:
            continue
        QualificationReminder.objects.create(qualification=row, days=nearest, sent_at=clock.now())
        notify(
            people_with_roles(row.organization_id, *APPLICANT_ROLES),
            kind="qualification_expiring",
            template=N_("Your qualification ends on %(day)s. Apply again in time."),
            url="/quality/qualification/",
            organization_id=row.organization_id,
            clock=clock,
            day=row.expires_on.isoformat(),
        )
        sent += 1
    return sent
