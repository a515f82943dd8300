"""Enrollment: each site's totals by day."""

import datetime as dt

from django.db import transaction

from triallink.domains.delivery.access import WORKERS
from triallink.domains.delivery.errors import CountsDoNotAddUp, CountsFall, DayInFuture
from triallink.domains.delivery.events import EnrollmentReported
from triallink.domains.delivery.models import EnrollmentCount
from triallink.domains.studies.access import study_for
from triallink.domains.studies.models import StudySite
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

NAMES = ("screened", "failed", "enrolled", "completed")


@transaction.atomic
def report_enrollment(
    *,
    study_id: int,
    site_id: int,
    on: dt.date,
    screened: int,
    failed: int,
    enrolled: int,
    completed: int,
    note: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> EnrollmentCount:
    """Say what a site has reached by a day, as totals since its opening; the same day again corrects it.

    Refuses: NotFound, NotAllowed, DayInFuture, CountsDoNotAddUp, CountsFall.
    Emits: EnrollmentReported.
    """
    study_for(study_id, to=by)
    by.require(*WORKERS)
    site = StudySite.objects.select_for_update().filter(pk=site_id, study_id=study_id).first()
    if site is None:
        raise NotFound
    if on > clock.now().date():
        raise DayInFuture(field="on")
    new = {"screened": screened, "failed": failed, "enrolled": enrolled, "completed": completed}
    if min(new.values()) < 0 or screened < failed + enrolled or completed > enrolled:
        raise CountsDoNotAddUp(field="screened")
    before = site.enrollment_counts.filter(on__lt=on).order_by("-on").first()
    after = site.enrollment_counts.filter(on__gt=on).order_by("on").first()
    for name in NAMES:
        if before and new[name] < getattr(before, name):
            raise CountsFall(field=name, day=str(before.on), before=getattr(before, name))
        if after and new[name] > getattr(after, name):
            raise CountsFall(field=name, day=str(after.on), before=getattr(after, name))
    old = site.enrollment_counts.filter(on=on).first()
    count, _ = EnrollmentCount.objects.update_or_create(
        site=site,
        on=on,
        defaults={
            **new,
            "note": note.strip()[:200],
            "reported_at": clock.now(),
            "reported_by_id": by.person_id,
        },
    )
    record(
        EnrollmentReported(study_id=study_id, site_id=site_id, enrolled=enrolled, counted_on=str(on)),
        by=by,
        about=("study_site", site_id),
        study_id=study_id,
        change={name: [getattr(old or before, name, 0), new[name]] for name in NAMES},
        clock=clock,
    )
    return count
