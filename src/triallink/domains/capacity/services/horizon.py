"""The moving end of calendars, and orders whose window is over."""

from triallink.domains.capacity.models import Need, Offer, StaffDay
from triallink.domains.capacity.services.days import horizon, open_days
from triallink.domains.quality.models import Professional
from triallink.engines.hours import monday_of
from triallink.kernel.clock import Clock, system_clock

BATCH = 500


def extend_calendars(*, clock: Clock = system_clock) -> int:
    """Open the days up to the horizon for everybody who has a calendar; return how many are new.

    Nothing is decided here that somebody could have decided otherwise, so no audit line tells of it.
    """
    today = clock.now().date()
    Offer.objects.filter(state="open", end_on__lt=today).update(state="past")
    Need.objects.filter(state="open", end_on__lt=today).update(state="past")
    ids = list(
        Professional.objects.filter(is_active=True, pk__in=StaffDay.objects.values("professional_id"))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    return sum(
        open_days(ids[start : start + BATCH], monday_of(today), horizon(today))
        for start in range(0, len(ids), BATCH)
    )
