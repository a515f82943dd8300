"""Hours in the demo world: calendars, offers, needs, bookings of past and coming weeks, one person ill."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random

from django.db import transaction
from django.db.models import QuerySet

from triallink.demo.bulk import copy_in
from triallink.demo.stage import Stage, Tale
from triallink.domains.accounts.models import Organization
from triallink.domains.capacity.models import Booking, ClearingRun, Need, Offer, OfferWeek, OrderLimit
from triallink.domains.capacity.selectors.cover import substitutes
from triallink.domains.capacity.selectors.finding import Wanted, find_hours
from triallink.domains.capacity.services.bookings import BookingTerms, answer_booking, book_held, hold_hours
from triallink.domains.capacity.services.calendars import open_calendars, post_commitment, record_leave
from triallink.domains.capacity.services.clearing import close_run, run_clearing, start_clearing
from triallink.domains.capacity.services.cover import report_illness
from triallink.domains.capacity.services.days import open_days
from triallink.domains.capacity.services.lapsing import lapse_due
from triallink.domains.capacity.services.orders import (
    NeedTerms,
    OfferTerms,
    need_weeks,
    place_of,
    publish_need,
    publish_offer,
)
from triallink.domains.capacity.work_calendar import calendar_of
from triallink.domains.quality.models import Professional
from triallink.engines.hours import monday_of, mondays
from triallink.foundation.models import Job
from triallink.foundation.tenancy import reading_as
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import Refusal

SELLERS = ("xu", "liang", "luo", "wang")
PEOPLE = 14  # of each seller, whose weeks are filled
PROJECTS = ("NL-118", "NL-301", "FH-204", "HARVEST", "FH-077")


def trade_hours(stage: Stage) -> Iterator[dt.datetime]:
    """Four suppliers sell what is idle; sponsors and a hospital book it, week after week, until today."""
    yield stage.ago(70)
    for seller in SELLERS:
        open_calendars(by=stage.who(seller), clock=stage.clock)
        _fill(stage, stage.who(seller))
    yield stage.ago(56)
    _offer_all(stage, weeks=8, shift=1)
    for days, buyers in (
        (55, ("lin", "han")),
        (42, ("lin", "he")),
        (28, ("han", "lin")),
        (14, ("lin", "han")),
    ):
        yield stage.ago(days)
        for number, buyer in enumerate(buyers):
            _book(stage, buyer, hours=(6, 8, 10)[(days + number) % 3], weeks=2 + number, ahead=1 + number)
    yield stage.ago(7)
    for seller in SELLERS:
        open_calendars(by=stage.who(seller), clock=stage.clock)
    _offer_all(stage, weeks=12, shift=2)
    yield stage.ago(5)
    for number, buyer in enumerate(("lin", "han", "lin", "he", "han", "lin")):
        _book(stage, buyer, hours=(4, 6, 8)[number % 3], weeks=3 + number % 3, ahead=1 + number % 2)
    yield stage.ago(3)
    _ask_all(stage)
    wanted_by_many = _ask_for_the_same(stage)
    yield stage.ago(2)
    first = _clear(stage, None)
    yield stage.ago(1.5)
    _answer_all(stage, first, wanted_by_many)
    _clear(stage, first)
    yield stage.ago(0.5)
    lapse_due(clock=stage.clock)
    _fall_ill(stage)


HOURS: tuple[Tale, ...] = (trade_hours,)


def _fill(stage: Stage, by: Actor) -> None:
    """Give a supplier's first people work elsewhere, and some of them leave."""
    luck = stage.luck("hours", by.label)
    first = monday_of(stage.clock.now().date())
    for number, one in enumerate(_people(by)):
        away = first + dt.timedelta(weeks=10 + luck.randint(1, 5))
        if number % 5 == 4:
            record_leave(
                professional_id=one.pk, start_on=away, end_on=away + dt.timedelta(days=4), kind="annual", by=by,
                clock=stage.clock,
            )  # fmt: skip
        worked = calendar_of(first, first + dt.timedelta(weeks=20, days=-1))
        minutes = luck.choice((120, 240, 240, 300, 360))
        days = [first + dt.timedelta(days=n) for n in range(7 * luck.choice((12, 16, 20)))]
        is_away = {away + dt.timedelta(days=n) for n in range(5)} if number % 5 == 4 else set()
        project = luck.choice(PROJECTS)
        post_commitment(
            professional_id=one.pk,
            days={day: minutes for day in days if worked.is_worked(day) and day not in is_away},
            source_kind="contract",
            source_reference=f"{project}-{one.pk}",
            title=project,
            by=by,
            clock=stage.clock,
        )


def _people(by: Actor) -> list[Professional]:
    rows = Professional.objects.filter(
        organization_id=by.own_organization_id, role__in=("CRC", "CRA"), is_active=True
    )
    return list(rows.order_by("id")[:PEOPLE])


def _offer_all(stage: Stage, *, weeks: int, shift: int) -> None:
    """Offer what the first people of every supplier have free, some only to the clearing."""
    first = monday_of(stage.clock.now().date()) + dt.timedelta(weeks=1)
    for seller in SELLERS:
        by, luck = stage.who(seller), stage.luck("offers", seller, weeks)
        for number, one in enumerate(_people(by)[shift::2]):
            price = one.hourly_price_minor or 12_000
            terms = OfferTerms(
                professional_id=one.pk,
                hours_per_week=luck.choice((8, 10, 12, 16)),
                least_hours_per_week=2,
                start_on=first,
                end_on=first + dt.timedelta(weeks=weeks, days=-3),
                floor_minor=int(price * 0.85) // 100 * 100,
                instant_price_minor=None
                if number % 4 == 3
                else int(price * luck.uniform(0.95, 1.1)) // 100 * 100,
                confirm_rule="ask" if number % 3 == 2 else "instant",
                notice_days=luck.choice((3, 7, 14)),
                fee_percent=luck.choice((30, 50)),
                conditions="Travel outside the city is paid by receipt. 跨城差旅凭票报销。",
            )
            try:
                publish_offer(terms=terms, by=by, clock=stage.clock)
            except Refusal:
                # Whoever is fully busy in one of the weeks has nothing to sell.
                continue


def _book(stage: Stage, buyer: str, *, hours: int, weeks: int, ahead: int) -> None:
    """Find, hold and book the cheapest hours of a role."""
    by = stage.who(buyer)
    start = monday_of(stage.clock.now().date()) + dt.timedelta(weeks=ahead)
    end = start + dt.timedelta(weeks=weeks, days=-3)
    for role in ("CRC", "CRA"):
        for offer in Offer.objects.filter(
            state="open", role=role, instant_price_minor__isnull=False
        ).order_by("pk"):
            city = offer.cities[0] if offer.cities else ""
            site = Organization.objects.filter(kind="site", city=city).order_by("pk").first()
            place = place_of(site_id=site.pk if site else None, city=city)
            wanted = Wanted(role=role, hours_per_week=hours, start_on=start, end_on=end, place=place)
            found = find_hours(wanted, to=by)
            if not found:
                continue
            terms = BookingTerms(
                offer_id=found[0].offer.pk, hours_per_week=hours, start_on=start, end_on=end,
                site_id=site.pk if site else None, city=city,
            )  # fmt: skip
            booking = hold_hours(terms=terms, by=by, clock=stage.clock)
            booking = book_held(booking_id=booking.pk, by=by, clock=stage.clock)
            is_recent = (stage.now - stage.clock.now()) < dt.timedelta(days=2)
            if booking.state == "asked" and not is_recent and booking.pk % 4:
                seller = next(
                    stage.who(key) for key in SELLERS if stage.who(key).organization_id == booking.seller_id
                )
                answer_booking(booking_id=booking.pk, is_accepted=True, by=seller, clock=stage.clock)
            return


def _ask_all(stage: Stage) -> None:
    """Ask for hours where they are offered, and somewhere nobody offers any."""
    first = monday_of(stage.clock.now().date()) + dt.timedelta(weeks=2)
    offers = list(_running(first))
    sold = {city for offer in offers for city in offer.cities}
    nobody_sells = Organization.objects.filter(kind="site").exclude(city__in=sold).order_by("pk")[0].city
    for number, buyer in enumerate(("lin", "lin", "han", "he", "han", "lin", "he", "han")):
        offer = offers[number * 3 % len(offers)]
        luck = stage.luck("needs", number)
        city = offer.cities[0] if number != 5 and offer.cities else nobody_sells
        site = Organization.objects.filter(kind="site", city=city).order_by("pk").first()
        floor = offer.instant_price_minor or 20_000
        publish_need(
            terms=NeedTerms(
                role=offer.role,
                hours_per_week=luck.choice((4, 6, 8)),
                start_on=first,
                end_on=first + dt.timedelta(weeks=luck.choice((3, 4, 6)), days=-3),
                ceiling_minor=int(floor * (0.7 if number == 2 else luck.uniform(0.95, 1.2))) // 100 * 100,
                site_id=site.pk if site else None,
                city=city,
                urgency=luck.choice(("normal", "normal", "soon", "urgent")),
                about="Subject visits and data entry. 受试者访视与数据录入。",
            ),
            by=stage.who(buyer),
            clock=stage.clock,
        )


def _running(first: dt.date) -> QuerySet[Offer]:
    """Return the offers that still run when what is asked for begins."""
    return Offer.objects.filter(state="open", end_on__gte=first + dt.timedelta(weeks=6)).order_by("pk")


def _ask_for_the_same(stage: Stage) -> list[int]:
    """Let buyers want more of one city's hours than anybody sells: what is scarce has a shadow price."""
    first = monday_of(stage.clock.now().date()) + dt.timedelta(weeks=3)
    # Whoever lives where nobody else sells the role, so that nobody can stand in.
    offers = list(_running(first).filter(professional__isnull=False, instant_price_minor__isnull=False))
    crowd = Counter((offer.role, city) for offer in offers for city in offer.cities)
    scarce = min(offers, key=lambda offer: (sum(crowd[offer.role, city] for city in offer.cities), offer.pk))
    site = Organization.objects.filter(kind="site", city=scarce.cities[0]).order_by("pk").first()
    needs = []
    for buyer, share in (("lin", 1.5), ("han", 1.3), ("he", 1.2), ("han", 1.4), ("lin", 1.1)):
        need = publish_need(
            terms=NeedTerms(
                role=scarce.role,
                hours_per_week=4,
                start_on=first,
                end_on=first + dt.timedelta(weeks=4, days=-3),
                ceiling_minor=int((scarce.instant_price_minor or 20_000) * share) // 100 * 100,
                site_id=site.pk if site else None,
                city=scarce.cities[0],
                urgency="soon",
                about="Enrollment peak: visits every day. 入组高峰，每日访视。",
            ),
            by=stage.who(buyer),
            clock=stage.clock,
        )
        needs.append(need.pk)
    return needs


def _clear(stage: Stage, after: ClearingRun | None) -> ClearingRun:
    """Clear the open orders as the worker would, at the story's instant; the last proposals wait for the visitor."""
    run = start_clearing(respond_hours=72, after=after, by=stage.who("ma"), clock=stage.clock)
    result = run_clearing(run.pk, lambda done, total: None, stage.clock)
    Job.objects.filter(pk=run.job_id or 0).update(
        state="done", started_at=stage.clock.now(), finished_at=stage.clock.now(), result=result
    )
    return ClearingRun.objects.get(pk=run.pk)


def _answer_all(stage: Stage, run: ClearingRun, wanted_by_many: list[int]) -> None:
    """Let both sides accept what was proposed, but for a supplier that declines what others want too."""
    actors = {stage.who(key).organization_id: stage.who(key) for key in ("lin", "han", "he", *SELLERS)}
    for booking in Booking.objects.filter(run=run, state="proposed").order_by("pk"):
        is_declined = booking.need_id in wanted_by_many
        sides = (booking.seller_id,) if is_declined else (booking.buyer_id, booking.seller_id)
        for side in sides:
            answer_booking(
                booking_id=booking.pk, is_accepted=not is_declined, by=actors[side], clock=stage.clock
            )
    close_run(run_id=run.pk, by=stage.who("ma"), clock=stage.clock)


def _fall_ill(stage: Stage) -> None:
    """Somebody with bookings in the coming days falls ill, and nobody has been chosen yet."""
    today = stage.now.date()
    for seller in SELLERS:
        by = stage.who(seller)
        rows = (
            Professional.objects.filter(
                bookings__seller_id=by.own_organization_id,
                bookings__state="confirmed",
                bookings__days__day__gt=today,
                bookings__days__professional__isnull=False,
            )
            .distinct()
            .order_by("id")
        )
        for one in rows:
            # Only somebody for whom another could come: the visitor shall be able to choose.
            point = transaction.savepoint()
            open_bookings = report_illness(
                professional_id=one.pk, start_on=today, end_on=today + dt.timedelta(days=11), note="Flu 流感", by=by,
                clock=stage.clock,
            )  # fmt: skip
            buyers = {actor.organization_id: actor for actor in stage.company.actors.values()}
            if any(
                substitutes(booking, to=buyers.get(booking.buyer_id, by), clock=stage.clock)
                for booking in open_bookings
            ):
                transaction.savepoint_commit(point)
                return
            transaction.savepoint_rollback(point)


def fill_market(
    seed: int, now: dt.datetime, organizations: dict[str, list[Organization]], *, share: float
) -> None:
    """Write a national market of hours in bulk: offers of idle people and needs of sponsors at hospitals.

    share  of the idle professionals that offer something. Nothing here happened to anybody, so no audit tells of it.
    """
    rng = Random(f"triallink-hours-{seed}")
    first = monday_of(now.date()) + dt.timedelta(weeks=1)
    idle = list(
        Professional.objects.filter(
            free_hours_per_week__gt=0, is_active=True, role__in=("CRC", "CRA", "SSU", "PM")
        )
        .only("pk", "organization_id", "role", "level", "city", "hourly_price_minor", "free_hours_per_week")
        .order_by("pk")
    )
    chosen = [one for one in idle if rng.random() < share]
    last = first + dt.timedelta(weeks=8, days=-1)
    open_days([one.pk for one in chosen], first, last)
    offers = copy_in([_bulk_offer(rng, one, first, now) for one in chosen])
    copy_in([week for offer in offers for week in _offer_weeks(offer)])
    needs = copy_in([_bulk_need(rng, organizations, first, now) for _ in range(round(len(offers) * 0.8))])
    copy_in([week for need in needs for week in need_weeks(need)])
    _seal([(one, int((one.instant_price_minor or 12_000) * 0.85)) for one in offers])
    _seal([(one, rng.randint(90, 320) * 100) for one in needs])


def _seal(orders: Sequence[tuple[Offer | Need, int]]) -> None:
    """Write the limits as each owner, as row-level security wants it."""
    by_owner: dict[int, list[OrderLimit]] = {}
    for order, minor in orders:
        key = "offer" if isinstance(order, Offer) else "need"
        limit = OrderLimit(organization_id=order.organization_id, limit_minor=minor, **{key: order})
        by_owner.setdefault(order.organization_id, []).append(limit)
    for organization_id, rows in sorted(by_owner.items()):
        with reading_as(organization_id):
            OrderLimit.objects.bulk_create(rows)


def _bulk_offer(rng: Random, one: Professional, first: dt.date, now: dt.datetime) -> Offer:
    start = first + dt.timedelta(weeks=rng.randint(0, 3))
    price = int((one.hourly_price_minor or 12_000) * rng.uniform(0.95, 1.15)) // 100 * 100
    return Offer(
        organization_id=one.organization_id, professional_id=one.pk, role=one.role, level=one.level,
        hours_per_week=max(2, one.free_hours_per_week), least_hours_per_week=2, start_on=start,
        end_on=first + dt.timedelta(weeks=8, days=-3), cities=[one.city], instant_price_minor=price,
        confirm_rule=rng.choice(("instant", "ask")), notice_days=7, fee_percent=50, created_at=now,
    )  # fmt: skip


def _offer_weeks(offer: Offer) -> list[OfferWeek]:
    calendar = calendar_of(offer.start_on, offer.end_on)
    return [
        OfferWeek(
            offer=offer,
            week_on=week,
            offered_minutes=calendar.quota(offer.hours_per_week, week, offer.start_on, offer.end_on),
        )
        for week in mondays(offer.start_on, offer.end_on)
    ]


def _bulk_need(
    rng: Random, organizations: dict[str, list[Organization]], first: dt.date, now: dt.datetime
) -> Need:
    site, buyer = rng.choice(organizations["site"]), rng.choice(organizations["sponsor"])
    start = first + dt.timedelta(weeks=rng.randint(0, 3))
    return Need(
        organization=buyer, site=site, role=rng.choices(("CRC", "CRA", "SSU", "PM"), (70, 20, 6, 4))[0],
        level="junior", hours_per_week=rng.choice((4, 6, 8, 10, 12, 16)), start_on=start,
        end_on=start + dt.timedelta(weeks=rng.randint(2, 4), days=-3), city=site.city, city_zh=site.city_zh,
        province=site.province, latitude=site.latitude, longitude=site.longitude,
        urgency=rng.choices(("normal", "soon", "urgent"), (70, 20, 10))[0], created_at=now,
    )  # fmt: skip
