"""Why an order is not matched, and what would match it. Nobody's sealed limit can be read out of it.

A need is measured against the public prices of offers. An offer is measured against sealed ceilings, so a price
is only named when at least MIN_PARTIES buyers stand behind it, and only in steps.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import Q, Sum
from django.db.models.functions import TruncWeek

from triallink.domains.capacity.access import own_limit, reading_limits
from triallink.domains.capacity.models import Need, Offer, OrderLimit, StaffDay
from triallink.domains.capacity.qualifying import lacks_of
from triallink.domains.capacity.selectors.calendars import free_expression
from triallink.domains.capacity.services.orders import LEVELS_FROM
from triallink.domains.capacity.work_calendar import WORKING_WEEK, WorkCalendar
from triallink.domains.quality.models import Professional
from triallink.engines.hours import Chance, Change, Wish, changes_that_match, monday_of, week_number
from triallink.engines.hours.counsel import HARD
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_

Line = list[object]  # [template, params]
MOST = 300  # counterparts looked at
HORIZON = 12  # weeks a start may move
MIN_PARTIES = 3
PRICE_STEP = 500  # minor units
OBSTACLES = {
    "level": {"en": "level", "zh": "级别"},
    "area": {"en": "therapeutic area", "zh": "治疗领域"},
    "credential": {"en": "a required credential", "zh": "所需资质"},
    "distance": {"en": "distance", "zh": "距离"},
    "city": {"en": "city", "zh": "城市"},
    "site": {"en": "site", "zh": "中心"},
    "sealed": {"en": "no public price (batch clearing only)", "zh": "无公开价(仅参与批量撮合)"},
    "least": {"en": "their smallest booking", "zh": "对方最少预订工时"},
    "role": {"en": "role", "zh": "岗位"},
}


def counsel_for_need(need: Need, *, to: Actor, clock: Clock = system_clock) -> list[Line]:
    """Return what would match one's own need, as sentences to fill in; empty if it is not one's own."""
    ceiling = own_limit(need, to=to)
    if ceiling is None:
        return []
    origin = monday_of(clock.now().date())
    wish = Wish(
        limit_minor=ceiling,
        hours=need.block_hours or need.hours_per_week,
        first=max(0, _week(need.start_on, origin)),
        last=max(0, _week(need.end_on, origin)),
    )
    chances = _offer_chances(need, wish, origin)
    is_match, changes = changes_that_match(wish, chances, horizon=HORIZON)
    if is_match:
        return [[N_("It can be booked at once: search for hours from here."), {}]]
    if not chances:
        return [[N_("Nobody else offers this role at present."), {}]]
    return [_said(change, origin, need.currency) for change in changes] or [
        [N_("No single change of price, start or hours would match it."), {}]
    ]


def counsel_for_offer(offer: Offer, *, to: Actor, clock: Clock = system_clock) -> list[Line]:
    """Return what would match one's own offer, as sentences to fill in; empty if it is not one's own."""
    floor = own_limit(offer, to=to)
    if floor is None:
        return []
    needs = list(
        Need.objects.filter(role=offer.role, state="open", end_on__gte=clock.now().date())
        .exclude(organization_id=offer.organization_id)
        .order_by("start_on", "id")[:MOST]
    )
    if not needs:
        return [[N_("Nobody else needs this role at present."), {}]]
    with reading_limits():
        ceilings = dict(OrderLimit.objects.filter(need__in=needs).values_list("need_id", "limit_minor"))
    matching, dear, early, large = 0, [], [], []
    for need in needs:
        is_place = not offer.cities or need.city in offer.cities
        if not is_place or LEVELS_FROM[need.level].count(offer.level) == 0:
            continue
        is_time = offer.start_on <= need.start_on and need.end_on <= offer.end_on
        is_size = (need.block_hours or need.hours_per_week) <= offer.hours_per_week
        is_paid = ceilings.get(need.pk, 0) >= floor
        if is_time and is_size and is_paid:
            matching += 1
        elif is_time and is_size:
            dear.append(need)
        elif is_size and is_paid:
            early.append(need)
        elif is_time and is_paid:
            large.append(need)
    lines: list[Line] = []
    if matching:
        lines.append(
            [
                N_(
                    "%(count)s open needs fit; the next clearing proposes them if nobody is nearer or cheaper."
                ),
                {"count": matching},
            ]
        )
    if dear:
        lines.append(_at_price(dear, ceilings, offer.currency))
    if early:
        first = min(early, key=lambda need: need.start_on)
        lines.append(
            [
                N_("From week %(week)s (%(first)s to %(last)s) it would match %(count)s needs."),
                {
                    "week": week_number(first.start_on),
                    "first": first.start_on.isoformat(),
                    "last": first.end_on.isoformat(),
                    "count": len(early),
                },
            ]
        )
    if large:
        hours = min(need.block_hours or need.hours_per_week for need in large)
        lines.append(
            [
                N_("With %(hours)s hours a week it would match %(count)s needs."),
                {"hours": hours, "count": len(large)},
            ]
        )
    return lines or [
        [
            N_("%(count)s needs of this role are in other cities or ask for another level."),
            {"count": len(needs)},
        ]
    ]


def _at_price(needs: Sequence[Need], ceilings: dict[int, int], currency: str) -> Line:
    """Return the sentence of needs that only the price keeps away; a figure only if enough buyers stand behind it."""
    if len({need.organization_id for need in needs}) < MIN_PARTIES:
        return [N_("A lower floor would match %(count)s needs."), {"count": len(needs)}]
    best = sorted((ceilings.get(need.pk, 0) for need in needs), reverse=True)[:MIN_PARTIES]
    price = best[-1] // PRICE_STEP * PRICE_STEP
    return [
        N_("At %(price)s an hour it would match at least %(count)s needs."),
        {"price": price_text(price, currency), "count": len(best)},
    ]


def _said(change: Change, origin: dt.date, currency: str) -> Line:
    if change.kind == "price":
        return [
            N_(
                "At %(price)s an hour it would match: that is the lowest public price of who is free (%(count)s offers)."
            ),
            {"price": price_text(change.value, currency), "count": change.gains},
        ]
    if change.kind == "start":
        monday = origin + dt.timedelta(weeks=change.value)
        return [
            N_("From week %(week)s (%(day)s) it would match %(count)s offers."),
            {"week": week_number(monday), "day": monday.isoformat(), "count": change.gains},
        ]
    if change.kind == "hours":
        return [
            N_("With %(hours)s hours a week it would match %(count)s offers in this window."),
            {"hours": change.value, "count": change.gains},
        ]
    assert change.kind == HARD
    return [
        N_("What stands in the way of most (%(count)s offers): %(what)s."),
        {"count": change.gains, "what": OBSTACLES[change.code]},
    ]


def _offer_chances(need: Need, wish: Wish, origin: dt.date) -> list[Chance]:
    offers = list(
        Offer.objects.filter(role=need.role, state="open", end_on__gte=origin)
        .exclude(organization_id=need.organization_id)
        .prefetch_related("weeks")
        .order_by("instant_price_minor", "id")[:MOST]
    )
    pools = {offer.organization_id for offer in offers if offer.professional_id is None}
    people = list(
        Professional.objects.filter(
            Q(pk__in=[offer.professional_id for offer in offers if offer.professional_id])
            | Q(organization_id__in=pools, role=need.role),
            is_active=True,
        ).prefetch_related("credentials")
    )
    lacks = {one.pk: lacks_of(one, need) for one in people}
    last = origin + dt.timedelta(weeks=wish.last + HORIZON + 1)
    calendar = WorkCalendar(origin, last)
    free = full_week_hours([one.pk for one in people], origin, last, calendar)
    found = []
    for offer in offers:
        behind = [
            one
            for one in people
            if one.pk == offer.professional_id
            or (
                offer.professional_id is None
                and one.organization_id == offer.organization_id
                and one.level in LEVELS_FROM[offer.level]
            )
        ]
        hard = [] if offer.instant_price_minor is not None else ["sealed"]
        hard += [] if not offer.cities or need.city in offer.cities else ["city"]
        hard += [] if not offer.site_ids or need.site_id in offer.site_ids else ["site"]
        hard += [] if offer.least_hours_per_week <= wish.hours else ["least"]
        fitting = [one for one in behind if not lacks[one.pk]]
        if behind and not fitting:
            hard += sorted((lacks[one.pk] for one in behind), key=len)[0]
        found.append(
            Chance(
                offer.pk,
                offer.instant_price_minor or 0,
                _hours(offer, fitting, free, origin, calendar),
                tuple(hard) if behind else ("role",),
            )
        )
    return found


def full_week_hours(
    professional_ids: Iterable[int], first: dt.date, last: dt.date, calendar: WorkCalendar
) -> dict[int, dict[dt.date, int]]:
    """Return professional -> Monday -> free hours as if the week were a full one, so that short weeks compare."""
    rows = (
        StaffDay.objects.filter(
            professional_id__in=list(professional_ids), day__range=(first, last), leave_count=0
        )
        .annotate(week_on=TruncWeek("day"))
        .values_list("professional_id", "week_on")
        .annotate(free=Sum(free_expression()))
        .order_by()
    )
    found: dict[int, dict[dt.date, int]] = {}
    for professional_id, week_on, minutes in rows:
        worked = min(WORKING_WEEK, calendar.worked_in(week_on, first, last))
        found.setdefault(professional_id, {})[week_on] = (
            minutes * WORKING_WEEK // worked // 60 if worked else WORKING_WEEK * 8
        )
    return found


def _hours(
    offer: Offer,
    people: Sequence[Professional],
    free: dict[int, dict[dt.date, int]],
    origin: dt.date,
    calendar: WorkCalendar,
) -> dict[int, int]:
    """Return week -> hours one person could give in it, within what is left of the offer."""
    found = {}
    for row in offer.weeks.all():
        worked = min(WORKING_WEEK, calendar.worked_in(row.week_on, offer.start_on, offer.end_on))
        left = row.offered_minutes - row.taken_minutes
        hours = left * WORKING_WEEK // worked // 60 if worked else WORKING_WEEK * 8
        best = max((free.get(one.pk, {}).get(row.week_on, 0) for one in people), default=0)
        found[_week(row.week_on, origin)] = min(hours, best)
    return found


def _week(day: dt.date, origin: dt.date) -> int:
    return (monday_of(day) - origin).days // 7


def price_text(minor: int, currency: str) -> str:
    """Return an amount as both languages write it."""
    amount = Money(minor, currency)
    return f"¥{amount.amount:,.2f}" if currency == "CNY" else f"{amount.amount:,.2f} {currency}"
