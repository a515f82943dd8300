"""Tell people what happened to their hours. No notice carries a price."""

from collections.abc import Iterable

from triallink.domains.accounts.models import Membership
from triallink.domains.capacity.events import (
    BookingAsked,
    BookingCancelled,
    BookingConfirmed,
    BookingDeclined,
    BookingLapsed,
    ClearingProposed,
    CoverNeeded,
)
from triallink.domains.capacity.models import Booking
from triallink.foundation.notices import notify
from triallink.foundation.outbox import hears
from triallink.kernel.refusals import N_

SELLERS = ("resource_manager", "business_lead")
BUYERS = ("project_lead", "resource_manager")


def _people(organization_ids: Iterable[int], roles: tuple[str, ...]) -> list[int]:
    return list(
        Membership.objects.filter(
            organization_id__in=list(organization_ids), ended_at=None, roles__overlap=list(roles)
        ).values_list("person_id", flat=True)
    )


def _tell(booking_id: int, people: Iterable[int], kind: str, template: str) -> None:
    booking = Booking.objects.get(pk=booking_id)
    notify(
        people,
        kind=kind,
        template=template,
        url=f"/hours/bookings/{booking.pk}/",
        reference=booking.reference,
        city={"en": booking.city, "zh": booking.city_zh or booking.city},
    )


@hears(BookingAsked)
def tell_of_a_question(event: BookingAsked) -> None:
    """Ask the supplier to confirm."""
    template = N_("%(reference)s: a buyer asks for hours in %(city)s; please confirm")
    _tell(event.booking_id, _people([event.seller_id], SELLERS), "hours_booking", template)


@hears(BookingConfirmed)
def tell_of_a_booking(event: BookingConfirmed) -> None:
    """Tell both sides that hours are booked."""
    people = {*_people([event.seller_id], SELLERS), *_people([event.buyer_id], BUYERS)}
    _tell(event.booking_id, people, "hours_booking", N_("%(reference)s: hours in %(city)s are booked"))


@hears(BookingDeclined)
def tell_of_a_no(event: BookingDeclined) -> None:
    """Tell the other side that it was declined."""
    is_buyer = event.by_organization_id == event.buyer_id
    others = _people([event.seller_id], SELLERS) if is_buyer else _people([event.buyer_id], BUYERS)
    _tell(event.booking_id, others, "hours_booking", N_("%(reference)s: the other side declined"))


@hears(BookingLapsed)
def tell_of_a_lapse(event: BookingLapsed) -> None:
    """Tell the buyer that the time is over."""
    template = N_("%(reference)s lapsed: the hours in %(city)s are free for others again")
    _tell(event.booking_id, _people([event.buyer_id], BUYERS), "hours_booking", template)


@hears(BookingCancelled)
def tell_of_a_cancellation(event: BookingCancelled) -> None:
    """Tell the other side of a confirmed booking that it is cancelled."""
    is_buyer = event.by_organization_id == event.buyer_id
    others = _people([event.seller_id], SELLERS) if is_buyer else _people([event.buyer_id], BUYERS)
    if Booking.objects.filter(pk=event.booking_id, confirmed_at__isnull=False).exists():
        template = N_("%(reference)s: the booking in %(city)s was cancelled")
        _tell(event.booking_id, others, "hours_booking", template)


@hears(CoverNeeded)
def tell_that_cover_is_needed(event: CoverNeeded) -> None:
    """Tell both sides that days have nobody, and where substitutes are."""
    people = {*_people([event.seller_id], SELLERS), *_people([event.buyer_id], BUYERS)}
    template = N_("%(reference)s: somebody cannot come; choose a substitute for %(city)s")
    _tell(event.booking_id, people, "hours_cover", template)


@hears(ClearingProposed)
def tell_of_proposals(event: ClearingProposed) -> None:
    """Tell everybody who is proposed a match."""
    people = _people(event.organization_ids, tuple(dict.fromkeys((*SELLERS, *BUYERS))))
    notify(
        people,
        kind="hours_clearing",
        template=N_("The clearing proposes matches for your hours; answer before the time is over"),
        url="/hours/bookings/?state=proposed",
    )
