"""`triallink dispute`: disputes about contracts."""

from pathlib import Path
from typing import Any

import click

from triallink.cli.acting import acting_options
from triallink.cli.rows import print_rows
from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.access import dispute_for
from triallink.domains.contracts.models import Dispute
from triallink.kernel.actor import Actor


@click.group()
def command() -> None:
    """Disputes: list, show, open, say, mediate, settle, end."""


@command.command("list")
@click.argument("contract_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def list_disputes(contract_id: int, as_json: bool, by: Actor) -> None:
    """List the disputes about a contract."""
    contract = selectors.contract_for(contract_id, to=by)
    print_rows([_row(dispute) for dispute in contract.disputes.all()], as_json=as_json)


@command.command()
@click.argument("dispute_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def show(dispute_id: int, as_json: bool, by: Actor) -> None:
    """Show what was said and shown in a dispute, and what was proposed."""
    dispute = dispute_for(dispute_id, to=by)
    rows: list[dict[str, Any]] = [
        {
            "at": f"{said.at:%Y-%m-%d %H:%M}",
            "who": str(said.organization),
            "said": said.text,
            "sha256": said.file.sha256 if said.file else "",
        }
        for said in dispute.statements.select_related("organization", "file")
    ]
    rows += [
        {"at": f"{one.at:%Y-%m-%d %H:%M}", "proposal": one.pk, "amount_minor": one.amount_minor, "said": one.text}
        for one in dispute.proposals.order_by("number")
    ]  # fmt: skip
    print_rows(rows, as_json=as_json)


@command.command("open")
@click.argument("contract_id", type=int)
@click.argument("subject")
@click.argument("text")
@click.option("--claim-minor", type=int, default=0, help="What is claimed, in the smallest unit.")
@click.option("--milestone", "milestone_id", type=int, help="Id of the payable milestone it is about.")
@acting_options
def open_dispute(
    contract_id: int, subject: str, text: str, claim_minor: int, milestone_id: int | None, by: Actor
) -> None:
    """Open a dispute and say why."""
    dispute = services.open_dispute(
        contract_id=contract_id,
        subject=subject,
        text=text,
        claim_minor=claim_minor,
        milestone_id=milestone_id,
        by=by,
    )
    print_rows([_row(dispute)])


@command.command()
@click.argument("dispute_id", type=int)
@click.argument("text")
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="What it is shown by."
)
@acting_options
def say(dispute_id: int, text: str, file: Path | None, by: Actor) -> None:
    """Say or show something; it cannot be taken back."""
    shown = {"content": file.read_bytes(), "file_name": file.name} if file else {}
    said = services.add_statement(dispute_id=dispute_id, text=text, by=by, **shown)  # type: ignore[arg-type]
    click.echo(said.file.sha256 if said.file else "said")


@command.command("take-up")
@click.argument("dispute_id", type=int)
@acting_options
def take_up(dispute_id: int, by: Actor) -> None:
    """Mediate a dispute, for the operator."""
    print_rows([_row(services.take_up_dispute(dispute_id=dispute_id, by=by))])


@command.command()
@click.argument("dispute_id", type=int)
@click.argument("amount_minor", type=int)
@click.argument("text")
@acting_options
def settle(dispute_id: int, amount_minor: int, text: str, by: Actor) -> None:
    """Propose what the supplier gets, for the mediator; prints the proposal's id."""
    made = services.propose_settlement(dispute_id=dispute_id, amount_minor=amount_minor, text=text, by=by)
    click.echo(made.pk)


@command.command()
@click.argument("proposal_id", type=int)
@click.option("--secret", prompt=True, hide_input=True, help="Password or one-time code.")
@acting_options
def agree(proposal_id: int, secret: str, by: Actor) -> None:
    """Sign the newest proposal; with both signatures it is paid."""
    agreed = services.agree_settlement(proposal_id=proposal_id, secret=secret, by=by)
    print_rows([_row(dispute_for(agreed.proposal.dispute_id, to=by))])


@command.command()
@click.argument("dispute_id", type=int)
@click.option("--why", required=True)
@acting_options
def end(dispute_id: int, why: str, by: Actor) -> None:
    """Withdraw one's own dispute, or state as the mediator that it could not be resolved."""
    print_rows([_row(services.end_dispute(dispute_id=dispute_id, why=why, by=by))])


def _row(dispute: Dispute) -> dict[str, Any]:
    return {
        "id": dispute.pk,
        "number": dispute.number,
        "state": dispute.state,
        "claim_minor": dispute.claim_minor,
        "settled_minor": dispute.settled_minor,
        "subject": dispute.subject,
    }
