"""`triallink ledger`: the book from the command line."""

import datetime as dt
import json
import sys

import click

from triallink.cli.acting import acting_options
from triallink.domains.ledger import selectors, services
from triallink.domains.ledger.access import account_for
from triallink.domains.ledger.selectors.lists import require_operator
from triallink.domains.ledger.verification import verify
from triallink.kernel.actor import Actor

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def command() -> None:
    """Look at money, reconcile it with the bank, and verify the book."""


@command.command("verify")
@click.option("--json", "as_json", is_flag=True)
def verify_book(as_json: bool) -> None:
    """Check the whole book: every posting balances, every balance is the sum of its entries; exit 1 if not."""
    found = verify()
    if as_json:
        click.echo(json.dumps(found.as_dict()))
    else:
        click.echo(
            f"{found.postings} postings, {found.entries} entries: {'good' if found.is_good else 'BROKEN'}"
        )
        for fault in found.faults:
            click.echo(f"  {fault}")
    sys.exit(0 if found.is_good else 1)


@command.command()
@click.option("--json", "as_json", is_flag=True)
@acting_options
def balances(as_json: bool, by: Actor) -> None:
    """Say what the organization has."""
    rows = [
        {
            "currency": purse.currency,
            "account_id": purse.account_id,
            "available": str(purse.available.amount),
            "set_aside": str(purse.set_aside.amount),
            "on_the_way": str(purse.on_the_way.amount),
        }
        for purse in selectors.purses(to=by)
    ]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo("  ".join(str(value) for value in row.values()))


@command.command()
@click.argument("account_id", type=int)
@click.option("--since", type=DAY, required=True)
@click.option("--until", type=DAY, required=True)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def statement(account_id: int, since: dt.datetime, until: dt.datetime, as_json: bool, by: Actor) -> None:
    """Print the statement of an account."""
    found = selectors.statement(account_for(account_id, to=by), since.date(), until.date())
    if as_json:
        rows = [
            [
                row.posting.booked_on.isoformat(),
                row.posting.kind,
                row.posting.reason,
                row.amount.minor,
                row.balance.minor,
            ]
            for row in found.rows
        ]
        click.echo(json.dumps({"opening": found.opening.minor, "rows": rows, "closing": found.closing.minor}))
        return
    click.echo(f"{found.since}  {'':40}  {'':>16}  {found.opening.amount:>16,}")
    for row in found.rows:
        what = f"{row.posting.kind} {row.posting.reason}"[:40]
        click.echo(f"{row.posting.booked_on}  {what:40}  {row.amount.amount:>16,}  {row.balance.amount:>16,}")


@command.command("trial-balance")
@click.option("--until", type=DAY)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def trial_balance(until: dt.datetime | None, as_json: bool, by: Actor) -> None:
    """Print debits and credits by kind of account and currency."""
    require_operator(by)
    lines = selectors.trial_balance(until=until.date() if until else None)
    if as_json:
        click.echo(
            json.dumps([[line.kind, line.currency, line.debit.minor, line.credit.minor] for line in lines])
        )
        return
    for line in lines:
        click.echo(f"{line.kind:10} {line.currency}  {line.debit.amount:>18,}  {line.credit.amount:>18,}")


@command.command()
@click.argument("day", type=DAY)
@acting_options
def reconcile(day: dt.datetime, by: Actor) -> None:
    """Fetch the bank's statement of a day and compare everything up to it with the book."""
    lines = services.import_statement(day=day.date(), by=by)
    found = services.reconcile(until=day.date(), by=by)
    click.echo(f"{lines} new lines, {len(found)} new differences")
    for finding in found:
        click.echo(f"  {finding.reference}  {finding.kind}  {finding.book_minor}  {finding.bank_minor}")


@command.command("close")
@click.argument("period")
@acting_options
def close_period(period: str, by: Actor) -> None:
    """Close a month, written 2026-11."""
    act = services.close_period(period=period, by=by)
    click.echo(f"{act.period} closed, trial balance {act.content_hash}")
