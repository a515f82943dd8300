"""What happens to calendars, orders and bookings of hours."""

from dataclasses import dataclass

from triallink.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class PublicDaySet(Event):
    """The operator stated a holiday or a make-up day."""

    country: str
    day: str


@dataclass(frozen=True, kw_only=True)
class CalendarChanged(Event):
    """Working hours of professionals changed."""

    organization_id: int
    professional_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class CalendarImported(Event):
    """A table or a calendar file was read into staff calendars."""

    organization_id: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class LeaveRecorded(Event):
    """Somebody will not work for some days."""

    leave_id: int
    professional_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class LeaveWithdrawn(Event):
    """A leave will not be taken."""

    leave_id: int
    professional_id: int


@dataclass(frozen=True, kw_only=True)
class CommitmentPosted(Event):
    """Work elsewhere takes some of somebody's days."""

    commitment_id: int
    professional_id: int


@dataclass(frozen=True, kw_only=True)
class CommitmentWithdrawn(Event):
    """Work elsewhere no longer takes somebody's days."""

    commitment_id: int
    professional_id: int


@dataclass(frozen=True, kw_only=True)
class OfferPublished(Event):
    """Hours are for sale."""

    offer_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class OfferWithdrawn(Event):
    """Hours are no longer for sale."""

    offer_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class NeedPublished(Event):
    """Hours are wanted."""

    need_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class NeedWithdrawn(Event):
    """Hours are no longer wanted."""

    need_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class HoursHeld(Event):
    """Somebody holds hours for some minutes before booking them."""

    booking_id: int
    buyer_id: int
    seller_id: int


@dataclass(frozen=True, kw_only=True)
class BookingAsked(Event):
    """A buyer booked; the supplier has to confirm."""

    booking_id: int
    buyer_id: int
    seller_id: int


@dataclass(frozen=True, kw_only=True)
class BookingConfirmed(Event):
    """Both sides agreed on hours; carries everything a call-off contract needs."""

    booking_id: int
    reference: str
    origin: str
    buyer_id: int
    seller_id: int
    professional_id: int
    offer_id: int | None
    need_id: int | None
    study_id: int | None
    site_id: int | None
    replaces_id: int | None
    role: str
    city: str
    start_on: str
    end_on: str
    hours_per_week: int
    minutes: int
    price_minor: int
    amount_minor: int
    currency: str
    notice_days: int
    fee_percent: int


@dataclass(frozen=True, kw_only=True)
class BookingDeclined(Event):
    """One side said no to a booking or a proposal."""

    booking_id: int
    by_organization_id: int
    buyer_id: int
    seller_id: int


@dataclass(frozen=True, kw_only=True)
class BookingLapsed(Event):
    """A hold or an answer ran out of time; its hours are free again."""

    booking_id: int
    buyer_id: int
    seller_id: int


@dataclass(frozen=True, kw_only=True)
class BookingCancelled(Event):
    """One side cancelled a confirmed booking."""

    booking_id: int
    by_organization_id: int
    buyer_id: int
    seller_id: int
    fee_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class CoverNeeded(Event):
    """Booked days have nobody to work them."""

    booking_id: int
    buyer_id: int
    seller_id: int
    professional_id: int
    days: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClearingAsked(Event):
    """An operator asked for a clearing."""

    run_id: int


@dataclass(frozen=True, kw_only=True)
class ClearingScheduled(Event):
    """The operator set when the worker clears."""

    schedule_id: int
    role: str


@dataclass(frozen=True, kw_only=True)
class ClearingProposed(Event):
    """A clearing proposes bookings; both sides have until respond_by."""

    run_id: int
    proposals: int
    organization_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ClearingClosed(Event):
    """Every proposal of a clearing was answered or lapsed."""

    run_id: int
    confirmed: int
    declined: int
