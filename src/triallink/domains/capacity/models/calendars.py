"""When people can work: public days, patterns, days, leave and commitments.

Everything that takes somebody's time on a day is counted in one row, StaffDay, by database triggers
(migration 0002); its check constraint is what makes a double booking impossible.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from triallink.domains.accounts.models import Organization
from triallink.domains.quality.models import Professional
from triallink.foundation.guards import keeps_history
from triallink.kernel.refusals import N_

PUBLIC_DAY_KINDS = {
    "holiday": N_("Public holiday"),
    "makeup": N_("Make-up working day"),
    "normal": N_("As any other day"),
}
LEAVE_KINDS = {
    "annual": N_("Annual leave"),
    "ill": N_("Ill"),
    "training": N_("Training"),
    "parental": N_("Parental leave"),
    "other": N_("Other absence"),
}
SOURCE_KINDS = {
    "manual": N_("Entered by hand"),
    "import": N_("Imported from a table"),
    "icalendar": N_("Imported from a calendar"),
    "contract": N_("Contract"),
    "timesheet": N_("Timesheet"),
}
LONGEST_DAY = 12 * 60
FULL_WEEK = [480, 480, 480, 480, 480, 0, 0]


def full_week() -> list[int]:
    """Return the minutes of a usual week, Monday first."""
    return list(FULL_WEEK)


class PublicDay(models.Model):
    """A holiday or make-up day as the operator states it; it goes before the package's own calendar."""

    country = models.CharField(max_length=2, default="CN")
    day = models.DateField()
    kind = models.CharField(max_length=8)
    name = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["country", "day"], name="public_day_once"),
            models.CheckConstraint(
                name="public_day_kind_known", condition=Q(kind__in=list(PUBLIC_DAY_KINDS))
            ),
        ]


class WorkPattern(models.Model):
    """The usual week of a professional in minutes per day, Monday first; without one, eight hours on five days."""

    professional = models.OneToOneField(Professional, on_delete=models.PROTECT, related_name="work_pattern")
    minutes = ArrayField(models.SmallIntegerField(), size=7, default=full_week)


class StaffDay(models.Model):
    """One day of one professional: how long it can be worked, and what is taken of it."""

    professional = models.ForeignKey(Professional, on_delete=models.PROTECT, related_name="staff_days")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    workable_minutes = models.SmallIntegerField()
    leave_count = models.SmallIntegerField(default=0)
    committed_minutes = models.SmallIntegerField(default=0)
    held_minutes = models.SmallIntegerField(default=0)
    booked_minutes = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["professional", "day"], name="staff_day_once"),
            models.CheckConstraint(
                name="staff_day_length_in_range", condition=Q(workable_minutes__range=(0, LONGEST_DAY))
            ),
            models.CheckConstraint(
                name="staff_day_not_negative",
                condition=Q(
                    leave_count__gte=0, committed_minutes__gte=0, held_minutes__gte=0, booked_minutes__gte=0
                ),
            ),
            # The rule the whole market stands on: nobody is booked beyond the free hours …
            models.CheckConstraint(
                name="staff_day_not_overbooked",
                condition=Q(
                    booked_minutes__lte=F("workable_minutes") - F("committed_minutes") - F("held_minutes")
                ),
            ),
            # … nor on leave.
            models.CheckConstraint(
                name="staff_day_leave_is_free",
                condition=Q(leave_count=0) | Q(committed_minutes=0, held_minutes=0, booked_minutes=0),
            ),
        ]
        indexes = [models.Index(fields=["organization", "day"], name="staff_day_by_employer")]

    @property
    def free_minutes(self) -> int:
        """Return what can still be sold of the day."""
        if self.leave_count:
            return 0
        return self.workable_minutes - self.committed_minutes - self.held_minutes - self.booked_minutes


@keeps_history()
class Leave(models.Model):
    """Days on which somebody does not work."""

    professional = models.ForeignKey(Professional, on_delete=models.PROTECT, related_name="leaves")
    start_on = models.DateField()
    end_on = models.DateField()
    kind = models.CharField(max_length=10, default="annual")
    note = models.CharField(max_length=200, blank=True)
    source_kind = models.CharField(max_length=10, default="manual")
    source_reference = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="leave_kind_known", condition=Q(kind__in=list(LEAVE_KINDS))),
            models.CheckConstraint(name="leave_ends_after_start", condition=Q(end_on__gte=F("start_on"))),
        ]
        indexes = [models.Index(fields=["professional", "start_on"], name="leave_by_professional")]


@keeps_history()
class Commitment(models.Model):
    """Work somebody is bound to elsewhere: a contract, a timesheet, an appointment. Posted by its source."""

    professional = models.ForeignKey(Professional, on_delete=models.PROTECT, related_name="commitments")
    source_kind = models.CharField(max_length=10)
    source_reference = models.CharField(max_length=200)
    title = models.CharField(max_length=200, blank=True)
    posted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source_kind", "source_reference", "professional"],
                condition=Q(withdrawn_at__isnull=True),
                name="commitment_once_per_source",
            ),
            models.CheckConstraint(
                name="commitment_source_known", condition=Q(source_kind__in=list(SOURCE_KINDS))
            ),
        ]


class CommitmentDay(models.Model):
    """The minutes a commitment takes of one day."""

    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="days")
    professional = models.ForeignKey(Professional, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    minutes = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commitment", "day"], name="commitment_day_once"),
            models.CheckConstraint(name="commitment_day_positive", condition=Q(minutes__gt=0)),
        ]
