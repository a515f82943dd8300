"""`triallink contract`: contracts, their milestones and money; what the passing of time asks; the state diagrams."""

import json
from pathlib import Path
from typing import Any

import click

from triallink.cli.acting import acting_options
from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.services.acceptance import watch_milestones
from triallink.domains.contracts.services.endings import expire_contracts
from triallink.domains.contracts.services.payments import collect_by_facts
from triallink.domains.contracts.services.ratings import reveal_due_ratings
from triallink.domains.contracts.states import states_page
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor
from triallink.kernel.clock import system_clock


@click.group()
def command() -> None:
    """Contracts: list, show, accept, return, what is due, states."""


@command.command("list")
@click.option("--state", default="", help="Only contracts in this state.")
@click.option("--json", "as_json", is_flag=True)
@acting_options
def list_contracts(state: str, as_json: bool, by: Actor) -> None:
    """List the contracts one may see, newest first."""
    rows = selectors.contracts(to=by)
    found = [
        {
            "id": row.pk,
            "reference": row.reference,
            "state": row.state,
            "total_minor": row.total_minor,
            "currency": row.currency,
            "title": bilingual(row.title),
        }
        for row in (rows.filter(state=state) if state else rows)
    ]
    _print(found, as_json)


@command.command()
@click.argument("contract_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def show(contract_id: int, as_json: bool, by: Actor) -> None:
    """Show the milestones of one contract, and what was paid."""
    contract = selectors.contract_for(contract_id, to=by)
    found = [
        {
            "id": row.milestone.pk,
            "code": row.milestone.code,
            "state": row.milestone.state,
            "amount_minor": row.milestone.amount_minor,
            "due_on": str(row.milestone.due_on or ""),
            "name": bilingual(row.milestone.name),
        }
        for row in selectors.work_rows(contract)
    ]
    _print(found, as_json)


@command.command("call-offs")
@click.option("--json", "as_json", is_flag=True)
@acting_options
def list_call_offs(as_json: bool, by: Actor) -> None:
    """List the call-offs of hours one's organization buys or sells, newest first."""
    found = [
        {
            "id": row.pk,
            "reference": row.reference,
            "booking": row.booking.reference,
            "state": row.state,
            "hours": row.minutes / 60,
            "standing_hours": row.standing_minutes / 60,
            "price_minor": row.price_minor,
            "amount_minor": row.amount_minor,
            "fee_minor": row.fee_minor,
        }
        for row in selectors.call_offs(to=by, today=system_clock.now().date())
    ]
    _print(found, as_json)


@command.command("return")
@click.argument("milestone_id", type=int)
@click.argument("reasons")
@acting_options
def give_back(milestone_id: int, reasons: str, by: Actor) -> None:
    """Return a submitted milestone with reasons."""
    services.return_milestone(milestone_id=milestone_id, reasons=reasons, by=by)
    click.echo(f"milestone {milestone_id} returned")


@command.command()
@click.argument("milestone_id", type=int)
@click.option("--secret", prompt=True, hide_input=True, help="Password or one-time code.")
@click.option("--override", default="", help="Why it is accepted without the required evidence.")
@acting_options
def accept(milestone_id: int, secret: str, override: str, by: Actor) -> None:
    """Accept a submitted milestone with a signature."""
    row = services.accept_milestone(milestone_id=milestone_id, secret=secret, override_reason=override, by=by)
    click.echo(f"milestone {milestone_id} {row.state}")


@command.command()
def due() -> None:
    """Do at once what the worker does every ten minutes."""
    fallen, deemed = watch_milestones()
    _print(
        [
            {
                "fell_due": fallen,
                "deemed_accepted": deemed,
                "expired": expire_contracts(),
                "ratings_revealed": reveal_due_ratings(),
                "contracts_collected": collect_by_facts(),
            }
        ],
        as_json=False,
    )


@command.command()
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path), help="Write the page to a file.")
def states(write: Path | None) -> None:
    """Draw the state machines of contract, milestone and dispute from the code."""
    if write is None:
        click.echo(states_page())
    else:
        write.write_text(states_page(), encoding="utf-8")


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo("  ".join(str(value) for value in row.values()))
