"""What hours put on the home page: idle hours to sell, answers and substitutes that wait, holds that run."""

from django.utils.translation import gettext as _

from triallink.domains.capacity.access import may_buy, may_sell
from triallink.domains.capacity.selectors.calendars import live_holds, utilization
from triallink.domains.capacity.selectors.cover import to_cover
from triallink.domains.capacity.selectors.orders import waiting_for
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_
from triallink.web.capacity.orders import place_of
from triallink.web.jinja import number, percent
from triallink.web.navigation import address_of
from triallink.web.next_actions import Figure, NextAction, Start, counts, offer, waits_for

MOST = 4
WORTH_A_NUDGE = 40  # idle hours
WEEKS = 4

offer(
    Start(
        N_("Sell idle hours"),
        N_("Offer what your people have free; buyers book it at once or the clearing finds a match."),
        "capacity:offer-new",
        icon="clock-hour-4",
        kinds=("smo", "cro", "freelancer"),
        roles=("resource_manager", "business_lead"),
        order=25,
    ),
    Start(
        N_("Find hours now"),
        N_("Search by place and weeks, hold for ten minutes, book."),
        "capacity:find",
        icon="calendar-event",
        kinds=("sponsor", "cro", "site"),
        roles=("project_lead", "resource_manager"),
        order=25,
    ),
)


@waits_for
def idle_hours_to_sell(actor: Actor) -> list[NextAction]:
    """Nudge a supplier whose people will stay idle."""
    if not may_sell(actor):
        return []
    hours = utilization(weeks=WEEKS, to=actor).idle_hours
    if hours < WORTH_A_NUDGE:
        return []
    return [
        NextAction(
            title=_("Sell these %(hours)s hours") % {"hours": number(hours)},
            sentence=_("They will stay idle in the next %(weeks)s weeks.") % {"weeks": WEEKS},
            url=address_of("capacity:offer-new") or "",
            icon="clock-hour-4",
        )
    ]


@waits_for
def answers_to_give(actor: Actor) -> list[NextAction]:
    """Name the bookings and proposals that wait for an answer."""
    if not (may_sell(actor) or may_buy(actor)):
        return []
    return [
        NextAction(
            title=_("Answer %(reference)s") % {"reference": booking.reference},
            sentence=place_of(booking),
            url=address_of("capacity:booking", booking_id=booking.pk) or "",
            due=booking.respond_by,
            icon="clock-hour-4",
        )
        for booking in waiting_for(of=actor).select_related("site")[:MOST]
    ]


@waits_for
def days_to_cover(actor: Actor) -> list[NextAction]:
    """Name the bookings with days nobody works."""
    if not (may_sell(actor) or may_buy(actor)):
        return []
    return [
        NextAction(
            title=_("Find a substitute for %(reference)s") % {"reference": booking.reference},
            sentence=place_of(booking),
            url=address_of("capacity:booking", booking_id=booking.pk) or "",
            icon="heartbeat",
        )
        for booking in to_cover(to=actor)[:MOST]
    ]


@waits_for
def holds_to_book(actor: Actor) -> list[NextAction]:
    """Name the hours held for some minutes more."""
    if not may_buy(actor):
        return []
    return [
        NextAction(
            title=_("Book what you hold: %(reference)s") % {"reference": booking.reference},
            sentence=place_of(booking),
            url=address_of("capacity:booking", booking_id=booking.pk) or "",
            due=booking.held_until,
            icon="clock-pause",
        )
        for booking in live_holds(of=actor)[:MOST]
    ]


@counts
def how_full(actor: Actor) -> list[Figure]:
    """Tell a supplier how full its people are."""
    if not may_sell(actor):
        return []
    use = utilization(weeks=WEEKS, to=actor)
    if not sum(use.workable):
        return []
    return [
        Figure(_("Utilization"), percent(use.share), address_of("capacity:overview") or "", icon="chart-bar")
    ]
