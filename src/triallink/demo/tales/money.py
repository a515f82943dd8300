"""Money of the demo world: transfers in, payouts, and the bookkeeper's months. Contracts pay by being delivered."""

import datetime as dt
from collections.abc import Iterator

from triallink.demo.stage import Stage, Tale
from triallink.domains.ledger import services
from triallink.domains.ledger.models import Finding
from triallink.domains.ledger.selectors import available_funds
from triallink.domains.ledger.services.periods import is_closed
from triallink.kernel.money import Money

# How long ago the first transfer arrived; nothing is booked before.
BEGIN = 240
CURRENCY = "CNY"


def bank_works(stage: Stage) -> Iterator[dt.datetime]:
    """Every other day the bank takes what waits and answers what is due."""
    for days in range(BEGIN, 0, -2):
        yield stage.ago(days, hour=1)
        services.send_waiting_orders(clock=stage.clock)
        services.deliver_sandbox_messages(clock=stage.clock)


def northlight_tops_up(stage: Stage) -> Iterator[dt.datetime]:
    """The sponsor of the main story transfers money every month; the last transfer is not there yet."""
    yield from _tops_up(stage, "shen", 1_200_000)


def farhill_tops_up(stage: Stage) -> Iterator[dt.datetime]:
    """The other sponsor transfers less."""
    yield from _tops_up(stage, "han", 120_000)


def suppliers_pay_out(stage: Stage) -> Iterator[dt.datetime]:
    """Suppliers have most of what they earned paid out every month."""
    for month, days in enumerate(range(150, 0, -29)):
        yield stage.ago(days)
        for number, who in enumerate(("wang", "luo", "cra")):
            actor = stage.who(who)
            funds = available_funds(actor.own_organization_id, CURRENCY)
            if funds.minor > 1_000_00:
                services.request_payout(
                    amount=funds.shares([4, 1])[0],
                    bank_account=f"6222 0210 0{number}{actor.own_organization_id:03d} 8{number}51",
                    key=f"demo:payout:{who}:{month}",
                    by=actor,
                    clock=stage.clock,
                )


def bookkeeper_works(stage: Stage) -> Iterator[dt.datetime]:
    """Every month the operator compares the bank's statements with the book and closes the month before the last."""
    operator, compared = stage.who("ma"), stage.ago(BEGIN).date()
    for days in range(BEGIN - 32, 0, -30):
        yield stage.ago(days)
        today = stage.clock.now().date()
        while compared < today:
            services.import_statement(day=compared, by=operator, clock=stage.clock)
            compared += dt.timedelta(days=1)
        services.reconcile(until=today - dt.timedelta(days=1), by=operator, clock=stage.clock)
        if days > 60:
            _resolve_all(stage)
        before_last = (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1) - dt.timedelta(days=1)
        if not is_closed(f"{before_last:%Y-%m}"):
            services.close_period(period=f"{before_last:%Y-%m}", by=operator, clock=stage.clock)


def _tops_up(stage: Stage, who: str, major: int) -> Iterator[dt.datetime]:
    for number, days in enumerate((*range(BEGIN - 1, 20, -30), 0.02)):
        yield stage.ago(days)
        services.request_top_up(
            amount=Money.of(major, CURRENCY),
            key=f"demo:top-up:{who}:{number}",
            by=stage.who(who),
            clock=stage.clock,
        )


def _resolve_all(stage: Stage) -> None:
    """Resolve every open difference as the operator would."""
    ways = {"missing_at_bank": "bank_error", "duplicate_at_bank": "bank_error", "missing_in_book": "suspense"}
    for finding in Finding.objects.filter(resolved_at=None):
        services.resolve_finding(
            finding_id=finding.pk,
            resolution=ways.get(finding.kind, "suspense"),
            why="Confirmed with the bank by telephone.",
            by=stage.who("ma"),
            clock=stage.clock,
        )


MONEY: tuple[Tale, ...] = (
    bank_works,
    northlight_tops_up,
    farhill_tops_up,
    suppliers_pay_out,
    bookkeeper_works,
)
