"""Call-offs of hours as both sides read them: what was called off, what still stands, what is behind."""

import datetime as dt
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from triallink.domains.capacity.models import BookedDay
from triallink.domains.contracts.access import visible_call_offs
from triallink.domains.contracts.models import CallOff
from triallink.kernel.actor import Actor


def call_offs(*, to: Actor, today: dt.date) -> QuerySet[Any]:
    """Return what the viewer's organization called off or has to work, newest first.

    standing_minutes  booked minutes that somebody works; past_minutes: those of them before today.
    """
    days = BookedDay.objects.filter(booking=OuterRef("booking"), professional__isnull=False).values("booking")
    standing = days.annotate(sum=Sum("minutes")).values("sum")
    past = days.annotate(sum=Sum("minutes", filter=Q(day__lt=today))).values("sum")
    return (
        visible_call_offs(to=to)
        .select_related(
            "framework__buyer",
            "framework__seller",
            "booking__professional",
            "booking__site",
            "booking__study",
        )
        .annotate(standing_minutes=Coalesce(Subquery(standing), 0), past_minutes=Coalesce(Subquery(past), 0))
        .order_by("-pk")
    )


def call_off_of(booking_id: int, *, to: Actor) -> CallOff | None:
    """Return the call-off of a booking, if it was confirmed and the viewer may see it."""
    return visible_call_offs(to=to).select_related("framework").filter(booking_id=booking_id).first()
