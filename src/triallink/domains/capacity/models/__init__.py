"""Tables of capacity, one file per noun."""

from triallink.domains.capacity.models.bookings import (
    BOOKING_STATES,
    HOLDING_STATES,
    LIVE_STATES,
    ORIGINS,
    BookedDay,
    Booking,
)
from triallink.domains.capacity.models.calendars import (
    LEAVE_KINDS,
    PUBLIC_DAY_KINDS,
    SOURCE_KINDS,
    Commitment,
    CommitmentDay,
    Leave,
    PublicDay,
    StaffDay,
    WorkPattern,
)
from triallink.domains.capacity.models.clearing import RUN_STATES, ClearingRun, ClearingSchedule, RefusedPair
from triallink.domains.capacity.models.orders import (
    CONFIRM_RULES,
    ORDER_STATES,
    URGENCIES,
    Need,
    NeedWeek,
    Offer,
    OfferWeek,
    OrderLimit,
)

__all__ = [
    "BOOKING_STATES",
    "CONFIRM_RULES",
    "HOLDING_STATES",
    "LEAVE_KINDS",
    "LIVE_STATES",
    "ORDER_STATES",
    "ORIGINS",
    "PUBLIC_DAY_KINDS",
    "RUN_STATES",
    "SOURCE_KINDS",
    "URGENCIES",
    "BookedDay",
    "Booking",
    "ClearingRun",
    "ClearingSchedule",
    "Commitment",
    "CommitmentDay",
    "Leave",
    "Need",
    "NeedWeek",
    "Offer",
    "OfferWeek",
    "OrderLimit",
    "PublicDay",
    "RefusedPair",
    "StaffDay",
    "WorkPattern",
]
