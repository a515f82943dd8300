"""Batch clearing: asked for, computed as a job, proposed, answered, closed; declines clear again."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from django.db import IntegrityError, transaction

from triallink.domains.capacity.access import reading_limits, require_operator
from triallink.domains.capacity.clearing_counsel import Explainer
from triallink.domains.capacity.clearing_market import Cleared, Match, OpenMarket, clear_part, open_markets
from triallink.domains.capacity.errors import ClearingUnderWay, HoursOutOfRange, HoursTaken, WordUnknown
from triallink.domains.capacity.events import ClearingAsked, ClearingClosed, ClearingProposed
from triallink.domains.capacity.models import Booking, ClearingRun, Need, Offer, OrderLimit
from triallink.domains.capacity.services.bookings import next_reference, take_first
from triallink.domains.capacity.services.topics import tell_book, tell_parties
from triallink.engines.hours import week_number
from triallink.foundation import jobs
from triallink.foundation.compute import in_parallel
from triallink.foundation.live import publish
from triallink.foundation.models import Job
from triallink.foundation.record import record
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import N_, NotFound
from triallink.kernel.vocabulary import PROFESSIONAL_ROLES

KIND = "capacity.clearing"
SECONDS = 60.0
RESPOND = (1, 168)  # hours
# Below so many edges another process would take longer to start than to clear.
SMALL = 20_000
SAVED_AT_ONCE = 25
Step = Callable[[int, int], None]


@transaction.atomic
def start_clearing(
    *,
    role: str = "",
    respond_hours: int = 24,
    after: ClearingRun | None = None,
    by: Actor,
    clock: Clock = system_clock,
) -> ClearingRun:
    """Ask for a clearing of the open orders, of one role or of all; it runs as a job.

    Refuses: NotAllowed, WordUnknown, HoursOutOfRange, ClearingUnderWay.
    Emits: ClearingAsked.
    """
    require_operator(by)
    if role and role not in PROFESSIONAL_ROLES:
        raise WordUnknown(field="role", word=role)
    if not RESPOND[0] <= respond_hours <= RESPOND[1]:
        raise HoursOutOfRange(field="respond_hours", minimum=RESPOND[0], maximum=RESPOND[1])
    try:
        with transaction.atomic():
            run = ClearingRun.objects.create(
                role=role,
                respond_hours=respond_hours,
                after=after,
                created_at=clock.now(),
                created_by_id=by.person_id,
            )
    except IntegrityError:
        raise ClearingUnderWay from None
    run.job_id = jobs.enqueue(KIND, by=by, clock=clock, run_id=run.pk).pk
    run.save(update_fields=["job_id"])
    record(
        ClearingAsked(run_id=run.pk),
        by=by,
        about=("clearing", run.pk),
        change={"role": [None, role or "all"], "respond_hours": [None, respond_hours]},
        clock=clock,
    )
    return run


@transaction.atomic
def cancel_clearing(*, run_id: int, by: Actor) -> ClearingRun:
    """Stop a clearing that waits or runs; proposals already made stay.

    Refuses: NotAllowed, NotFound.
    """
    require_operator(by)
    run = ClearingRun.objects.select_for_update().filter(pk=run_id, state__in=["queued", "running"]).first()
    if run is None:
        raise NotFound
    job = Job.objects.filter(pk=run.job_id or 0).first()
    if job is not None:
        jobs.cancel(job)
    if run.state == "queued":
        run.state = "cancelled"
        run.save(update_fields=["state"])
    publish(f"clearing:{run.pk}", "run")
    return run


def run_clearing(run_id: int, step: Step, clock: Clock = system_clock) -> dict[str, object]:
    """Compute a clearing and propose its matches; the work of the job. `step` tells progress and may stop it."""
    run = ClearingRun.objects.get(pk=run_id)
    # A run found running was left by a worker that was killed; what it proposed stays and is not proposed again.
    if run.state not in ("queued", "running"):
        return {"state": run.state}
    run.state, run.started_at = "running", clock.now()
    run.save(update_fields=["state", "started_at"])
    publish(f"clearing:{run.pk}", "run")
    ended_as = "failed"  # The run tells that it failed; the job's row tells why.
    try:
        step(0, 1)
        markets = open_markets(role=run.role, today=clock.now().date())
        run.needs_read = sum(len(market.needs) for market in markets)
        run.offers_read = sum(len(market.offers) for market in markets)
        run.edges = sum(len(market.pairs) for market in markets)
        served = [market for market in markets if market.pairs]
        cleared = _clear(served, step)
        _propose(run, served, cleared, step, clock)
        # With what a killed worker had proposed before this one took the run up.
        proposals = list(Booking.objects.filter(run=run, state="proposed").order_by("pk"))
        _explain(markets)
        cost, bound = sum(one.cost for one in cleared), sum(one.bound for one in cleared)
        run.gap = max(0.0, cost - bound) / abs(bound) if bound else 0.0
        run.proposals = len(proposals)
        run.wanted_minutes = sum(
            row.needed_minutes for m in markets for need in m.needs for row in need.weeks.all()
        )
        run.shadow_prices = _shadow(served, cleared)
        propose_run(run=run, bookings=proposals, by=SYSTEM, clock=clock)
        ended_as = "proposed"
    except jobs.Cancelled:
        ended_as = "cancelled"
        raise
    finally:
        if ended_as != "proposed":
            _end(run, ended_as)
    return {"state": run.state, "proposals": run.proposals}


@transaction.atomic
def propose_run(*, run: ClearingRun, bookings: Sequence[Booking], by: Actor, clock: Clock) -> None:
    """Say that a clearing is done and its proposals wait for answers.

    Refuses: nothing.
    Emits: ClearingProposed.
    """
    run.state, run.proposed_at = "proposed" if bookings else "closed", clock.now()
    run.respond_by = clock.now() + dt.timedelta(hours=run.respond_hours)
    run.closed_at = None if bookings else clock.now()
    run.matched_minutes = sum(day for one in bookings for day in one.days.values_list("minutes", flat=True))
    run.save()
    publish(f"clearing:{run.pk}", "run")
    organizations = sorted({pk for one in bookings for pk in (one.buyer_id, one.seller_id)})
    for one in bookings:
        tell_parties(one.buyer_id, one.seller_id)
    tell_book()
    record(
        ClearingProposed(run_id=run.pk, proposals=len(bookings), organization_ids=tuple(organizations)),
        by=by,
        about=("clearing", run.pk),
        change={"state": ["running", run.state], "proposals": [0, len(bookings)], "gap": [None, run.gap]},
        clock=clock,
    )


@transaction.atomic
def close_run(*, run_id: int, by: Actor, clock: Clock = system_clock) -> bool:
    """Close a clearing all of whose proposals were answered or lapsed; return whether this call closed it.

    Refuses: nothing.
    Emits: ClearingClosed.
    """
    run = ClearingRun.objects.select_for_update().filter(pk=run_id, state="proposed").first()
    if run is None or Booking.objects.filter(run=run, state="proposed").exists():
        return False
    states = Counter(Booking.objects.filter(run=run).values_list("state", flat=True))
    run.state, run.closed_at = "closed", clock.now()
    run.save(update_fields=["state", "closed_at"])
    publish(f"clearing:{run.pk}", "run")
    confirmed = states["confirmed"] + states["fallen"] + states["cancelled"]
    record(
        ClearingClosed(run_id=run.pk, confirmed=confirmed, declined=states["declined"] + states["lapsed"]),
        by=by,
        about=("clearing", run.pk),
        change={"state": ["proposed", "closed"], "confirmed": [0, confirmed]},
        clock=clock,
    )
    return True


def _clear(markets: Sequence[OpenMarket], step: Step) -> list[Cleared]:
    total = len(markets) + 1
    if sum(len(market.pairs) for market in markets) < SMALL:
        found = []
        for done, market in enumerate(markets, start=1):
            found.append(clear_part(market.arrays(), SECONDS))
            step(done, total)
        return found
    calls = [(market.arrays(), SECONDS) for market in markets]
    return in_parallel(clear_part, calls, on_progress=lambda done, _of: step(done, total))


def _propose(
    run: ClearingRun, markets: Sequence[OpenMarket], cleared: Sequence[Cleared], step: Step, clock: Clock
) -> None:
    """Hold the hours of every match for both sides; a match whose hours went meanwhile is left out."""
    matches = [
        match for market, found in zip(markets, cleared, strict=True) for match in market.matches(found.units)
    ]
    for done, match in enumerate(matches, start=1):
        _hold(run, match, clock)
        if done % SAVED_AT_ONCE == 0:
            step(len(markets) * len(matches) + done, (len(markets) + 1) * len(matches))


@transaction.atomic
def _hold(run: ClearingRun, match: Match, clock: Clock) -> None:
    pair = match.pair
    need = Need.objects.select_for_update(of=("self",)).get(pk=pair.need.pk)
    offer = Offer.objects.select_for_update(of=("self",)).get(pk=pair.offer.pk)
    if need.state != "open" or offer.state != "open":
        return
    block = need.block_hours or need.hours_per_week
    # Blocks that one person cannot do alone go to several people of the pool.
    sizes = (
        [match.hours_per_week] if match.hours_per_week <= 40 else [block] * (match.hours_per_week // block)
    )
    for hours in sizes:
        booking = Booking(
            reference=next_reference(clock.now().year), buyer_id=need.organization_id, seller_id=offer.organization_id,
            offer=offer, need=need, run=run, study_id=need.study_id, site_id=need.site_id, origin="clearing",
            state="proposed", role=need.role, city=need.city, city_zh=need.city_zh, latitude=need.latitude,
            longitude=need.longitude, hours_per_week=hours, start_on=need.start_on, end_on=need.end_on,
            price_minor=pair.price_minor, currency=need.currency, notice_days=offer.notice_days,
            fee_percent=offer.fee_percent, reasons=_reasons(match), created_at=clock.now(),
            respond_by=clock.now() + dt.timedelta(hours=run.respond_hours),
        )  # fmt: skip
        try:
            take_first(booking, pair.people)
        except HoursTaken:
            continue


def _reasons(match: Match) -> list[list[object]]:
    pair = match.pair
    lines: list[list[object]] = [
        [
            N_("Free in every week from %(first)s to %(last)s with %(hours)s hours."),
            {
                "first": pair.need.start_on.isoformat(),
                "last": pair.need.end_on.isoformat(),
                "hours": match.hours_per_week,
            },
        ],
        [N_("The price lies in the middle of what both sides would have settled for."), {}],
    ]
    if pair.minutes is not None:
        lines.insert(0, [N_("%(minutes)s minutes from door to door."), {"minutes": pair.minutes}])
    if pair.need.required_credentials:
        lines.append([N_("All required credentials are valid to the last day."), {}])
    lines.append([N_("Best for the whole market: nobody else can take it at less total cost."), {}])
    return lines


def _explain(markets: Iterable[OpenMarket]) -> None:
    """Write to every order the clearing left open why, and what would have matched it."""
    with reading_limits():
        floors = dict(OrderLimit.objects.filter(offer__isnull=False).values_list("offer_id", "limit_minor"))
        ceilings = dict(OrderLimit.objects.filter(need__isnull=False).values_list("need_id", "limit_minor"))
    proposed = Booking.objects.filter(state="proposed")
    booked = set(proposed.values_list("need_id", flat=True))
    sold = set(proposed.values_list("offer_id", flat=True))
    for market in markets:
        explainer = Explainer(market, floors, ceilings)
        for need in market.needs:
            need.why_unmatched = [] if need.pk in booked else explainer.of_need(need)
        for offer in market.offers:
            offer.why_unmatched = [] if offer.pk in sold else explainer.of_offer(offer)
        Need.objects.bulk_update(market.needs, ["why_unmatched"], batch_size=500)
        Offer.objects.bulk_update(market.offers, ["why_unmatched"], batch_size=500)


def _shadow(markets: Sequence[OpenMarket], cleared: Sequence[Cleared]) -> list[dict[str, object]]:
    """Return what one more hour is worth by city, role and week, averaged over the offers of the city."""
    rows: list[dict[str, object]] = []
    for market, found in zip(markets, cleared, strict=True):
        cities: dict[str, list[list[float]]] = {}
        for offer in market.offers:
            for city in offer.cities[:1]:
                cities.setdefault(city, []).append(found.worth[offer.pk])
        for city, several in sorted(cities.items()):
            for n, week_on in enumerate(market.weeks):
                worth = sum(prices[n] for prices in several) / len(several)
                if worth >= 1:
                    rows.append(
                        {
                            "city": city,
                            "role": market.role,
                            "week_on": week_on.isoformat(),
                            "week": week_number(week_on),
                            "price_minor": round(worth),
                        }
                    )
    return sorted(rows, key=lambda row: -int(str(row["price_minor"])))[:500]


def _end(run: ClearingRun, state: str) -> None:
    """Free everything a broken-off clearing held, and say how it ended."""
    for booking in Booking.objects.filter(run=run, state="proposed"):
        with transaction.atomic():
            booking.days.all().delete()
            Booking.objects.filter(pk=booking.pk, state="proposed").update(state="lapsed", ended_by="system")
    ClearingRun.objects.filter(pk=run.pk).update(state=state)
    publish(f"clearing:{run.pk}", "run")
