"""What the copy of one's own data tells of hours."""

from triallink.domains.capacity.models import Booking, Commitment, Leave
from triallink.foundation.own_data import Held

HELD = {
    "leaves": Held(
        lambda person_id: Leave.objects.filter(professional__person_id=person_id),
        ("start_on", "end_on", "kind", "note", "source_kind", "recorded_at", "withdrawn_at"),
    ),
    "commitments": Held(
        lambda person_id: Commitment.objects.filter(professional__person_id=person_id),
        ("title", "source_kind", "source_reference", "posted_at", "withdrawn_at"),
    ),
    "hours_booked": Held(
        lambda person_id: Booking.objects.filter(professional__person_id=person_id),
        ("reference", "role", "city", "state", "hours_per_week", "start_on", "end_on", "created_at"),
    ),
}
