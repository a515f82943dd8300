"""A study protocol as a value: read from USDM or a registry, stored, compared, its schedule laid out."""

from .criteria_text import split_criteria
from .ctgov import read_ctgov_json
from .ctgov_csv import read_ctgov_csv_row
from .difference import Change, diff
from .durations import duration_seconds
from .expansion import CONVENTIONS, Expansion, TimePoint, expand
from .model import (
    CRITERION_CATEGORIES,
    PHASES,
    STUDY_TYPES,
    Activity,
    Administration,
    Amendment,
    Arm,
    BiomedicalConcept,
    Cell,
    Code,
    Cohort,
    ConceptProperty,
    Country,
    Criterion,
    Element,
    Encounter,
    Endpoint,
    Epoch,
    Identifier,
    Indication,
    Intervention,
    KeyDate,
    Objective,
    Organization,
    Population,
    Procedure,
    Protocol,
    Quantity,
    ScheduleCondition,
    Site,
    Title,
)  # fmt: skip
from .refusal import Finding, ProtocolUnreadable
from .schedule import (
    Schedule,
    ScheduleColumn,
    ScheduleRow,
    schedule_of_activities,
)
from .schedule_model import Branch, ScheduledInstance, Timeline, Timing, study_day
from .storage import content_hash, from_json, to_json
from .timing import TimingCircle, resolve_timings
from .usdm import read_usdm
from .visits import PlannedVisit, planned_visits

__all__ = [
    "CONVENTIONS", "CRITERION_CATEGORIES", "PHASES", "STUDY_TYPES", "Activity", "Administration",
    "Amendment", "Arm", "BiomedicalConcept", "Branch", "Cell", "Change", "Code", "Cohort",
    "ConceptProperty", "Country", "Criterion", "Element", "Encounter", "Endpoint", "Epoch", "Expansion",
    "Finding", "Identifier", "Indication", "Intervention", "KeyDate", "Objective", "Organization",
    "PlannedVisit", "Population", "Procedure", "Protocol", "ProtocolUnreadable", "Quantity", "Schedule",
    "ScheduleColumn", "ScheduleCondition", "ScheduleRow", "ScheduledInstance", "Site", "TimePoint",
    "Timeline", "Timing", "TimingCircle", "Title", "content_hash", "diff", "duration_seconds", "expand",
    "from_json", "planned_visits", "read_ctgov_csv_row", "read_ctgov_json", "read_usdm",
    "resolve_timings", "schedule_of_activities", "split_criteria", "study_day", "to_json",
]  # fmt: skip
