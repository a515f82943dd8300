"""What the copy of one's own data tells of the market."""

from triallink.domains.marketplace.models import EvaluationNote, SavedSearch, StaffingLine
from triallink.foundation.own_data import Held

HELD = {
    "saved_searches": Held(
        lambda person_id: SavedSearch.objects.filter(person_id=person_id),
        ("name", "kind", "parameters", "is_alerting", "new_count", "checked_at", "created_at"),
    ),
    "evaluation_notes": Held(
        lambda person_id: EvaluationNote.objects.filter(person_id=person_id),
        ("bid_id", "text", "at"),
    ),
    "offered_in_bids": Held(
        lambda person_id: StaffingLine.objects.filter(professional__person_id=person_id),
        ("bid_id", "line_id", "hours"),
    ),
}
