"""Money of the demo world: transfers in, escrow of the contracts in force, payments, payouts, and the bookkeeper's months."""

import datetime as dt
from collections.abc import Iterator

from triallink.demo.stage import Stage, Tale
from triallink.domains.contracts.models import Contract, Milestone
from triallink.domains.ledger import services
from triallink.domains.ledger.models import Finding
from triallink.domains.ledger.selectors import available_funds, escrow_of
from triallink.domains.ledger.services.periods import is_closed
from triallink.kernel.actor import SYSTEM
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
    yield from _tops_up(stage, "han", 90_000)


def coalition_is_paid(stage: Stage) -> Iterator[dt.datetime]:
    """The coalition's contract: funded in two parts, half of its milestones paid, with a retention."""
    yield from _is_paid(stage, "luo", "shen", signed=200, share=50, retention=5)


def auction_winner_is_paid(stage: Stage) -> Iterator[dt.datetime]:
    """The CRO's contract: funded whole, its first milestones paid."""
    yield from _is_paid(stage, "wang", "shen", signed=138, share=40, retention=0)


def freelancer_is_paid(stage: Stage) -> Iterator[dt.datetime]:
    """The freelancer's small contract: paid in full."""
    yield from _is_paid(stage, "cra", "han", signed=112, share=100, retention=0)


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


def _is_paid(
    stage: Stage, supplier: str, payer: str, *, signed: int, share: int, retention: int
) -> Iterator[dt.datetime]:
    """Fund a contract, hold its milestones and release the first `share` percent of them."""
    yield stage.ago(signed)
    contract = (
        Contract.objects.filter(
            supplier_id=stage.who(supplier).own_organization_id,
            buyer_id=stage.who(payer).own_organization_id,
            state="signed",
        )
        .order_by("id")
        .first()
    )
    assert contract is not None, f"{supplier} has no contract in force with {payer}"
    _open(stage, contract)
    milestones = list(contract.milestones.order_by("due_on", "id"))
    count = max(1, len(milestones) * share // 100)
    for number, milestone in enumerate(milestones[:count]):
        yield stage.ago(signed - 3 - (signed - 10) * number / count)
        _set_aside(stage, contract, milestone, payer)
        _pay(stage, contract, milestone, payer, retention)
    for milestone in milestones[count : count + 2]:
        _set_aside(stage, contract, milestone, payer)


def _open(stage: Stage, contract: Contract) -> None:
    services.open_escrow(
        about=("contract", contract.pk),
        payer_id=contract.buyer_id,
        payee_ids=[
            party.organization_id for party in contract.parties.exclude(organization_id=contract.buyer_id)
        ],
        currency=contract.currency,
        reference=contract.reference,
        title=contract.title,
        agreed=Money(contract.total_minor, contract.currency),
        by=SYSTEM,
        clock=stage.clock,
    )


def _set_aside(stage: Stage, contract: Contract, milestone: Milestone, payer: str) -> None:
    """Fund what a milestone needs, if the buyer has it, and hold it."""
    part, needed = f"milestone:{milestone.pk}", Money(milestone.amount_minor, contract.currency)
    if needed.minor > available_funds(contract.buyer_id, contract.currency).minor:
        return
    services.fund_escrow(
        about=("contract", contract.pk), payer_id=contract.buyer_id, amount=needed, key=f"demo:{part}:fund",
        reason=contract.reference, by=stage.who(payer), clock=stage.clock,
    )  # fmt: skip
    services.hold_from_escrow(
        about=("contract", contract.pk), part=part, amount=needed, key=f"demo:{part}:hold",
        reason=milestone.name.get("en", ""), by=stage.who(payer), clock=stage.clock,
    )  # fmt: skip


def _pay(stage: Stage, contract: Contract, milestone: Milestone, payer: str, retention: int) -> None:
    """Release what is held for a milestone, less the retention."""
    part = f"milestone:{milestone.pk}"
    held = escrow_of(("contract", contract.pk)).held_for(part)
    if not held.minor:
        return
    kept, own = held.shares([retention, 100 - retention])
    services.release(
        about=("contract", contract.pk), payee_id=contract.supplier_id, amount=own, part=part, retained=kept,
        key=f"demo:{part}:release", reason=milestone.name.get("en", ""), by=stage.who(payer), clock=stage.clock,
    )  # fmt: skip


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
    coalition_is_paid,
    auction_winner_is_paid,
    freelancer_is_paid,
    suppliers_pay_out,
    bookkeeper_works,
)
