"""`triallink change-order`: change orders of contracts."""

import json
from pathlib import Path
from typing import Any

import click

from triallink.cli.acting import acting_options
from triallink.cli.rows import print_rows
from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.models import ChangeOrder
from triallink.kernel.actor import Actor


@click.group()
def command() -> None:
    """Change orders: list, propose, sign, decline, withdraw."""


@command.command("list")
@click.argument("contract_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def list_orders(contract_id: int, as_json: bool, by: Actor) -> None:
    """List the change orders of a contract with what each adds to its price."""
    contract = selectors.contract_for(contract_id, to=by)
    print_rows([_row(order) for order in contract.change_orders.all()], as_json=as_json)


@command.command()
@click.argument("contract_id", type=int)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reason", required=True)
@acting_options
def propose(contract_id: int, file: Path, reason: str, by: Actor) -> None:
    """Propose the steps of a JSON file, such as [{"op": "terms", "end_on": "2027-06-30"}]."""
    order = services.propose_change_order(
        contract_id=contract_id, changes=_steps_in(file), reason=reason, by=by
    )
    print_rows([_row(order)])


@command.command()
@click.argument("change_order_id", type=int)
@click.option("--secret", prompt=True, hide_input=True, help="Password or one-time code.")
@acting_options
def sign(change_order_id: int, secret: str, by: Actor) -> None:
    """Sign for one's organization; with the last signature the change is in force."""
    print_rows([_row(services.sign_change_order(change_order_id=change_order_id, secret=secret, by=by))])


@command.command()
@click.argument("change_order_id", type=int)
@click.option("--why", required=True)
@acting_options
def decline(change_order_id: int, why: str, by: Actor) -> None:
    """Say that one's organization will not sign."""
    print_rows([_row(services.decline_change_order(change_order_id=change_order_id, why=why, by=by))])


@command.command()
@click.argument("change_order_id", type=int)
@acting_options
def withdraw(change_order_id: int, by: Actor) -> None:
    """Take a proposal of one's own organization back."""
    print_rows([_row(services.withdraw_change_order(change_order_id=change_order_id, by=by))])


def _row(order: ChangeOrder) -> dict[str, Any]:
    return {
        "id": order.pk,
        "number": order.number,
        "state": order.state,
        "delta_minor": order.delta_minor,
        "after_minor": order.after_minor,
        "reason": order.reason,
    }


def _steps_in(file: Path) -> list[dict[str, Any]]:
    try:
        steps = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.BadParameter(f"{file.name} is not JSON: {error}") from error
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise click.BadParameter(f"{file.name} is not a list of steps")
    return steps
