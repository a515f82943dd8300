"""`triallink contract`: contracts, their milestones and money; what the passing of time asks; the state diagrams."""

import mimetypes
from pathlib import Path

import click

from triallink.cli.acting import acting_options
from triallink.cli.rows import print_rows
from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.models import Contract
from triallink.domains.contracts.services.acceptance import watch_milestones
from triallink.domains.contracts.services.endings import expire_contracts
from triallink.domains.contracts.services.payments import collect_by_facts
from triallink.domains.contracts.services.ratings import reveal_due_ratings
from triallink.domains.contracts.states import states_page
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor
from triallink.kernel.clock import system_clock

SECRET = click.option("--secret", prompt=True, hide_input=True, help="Password or one-time code.")


@click.group()
def command() -> None:
    """Contracts: list, offer, sign, deliver, accept, suspend, end, rate."""


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
    print_rows(found, as_json=as_json)


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
    print_rows(found, as_json=as_json)


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
    print_rows(found, as_json=as_json)


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
    print_rows(
        [
            {
                "fell_due": fallen,
                "deemed_accepted": deemed,
                "expired": expire_contracts(),
                "ratings_revealed": reveal_due_ratings(),
                "contracts_collected": collect_by_facts(),
            }
        ],
    )


@command.command()
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path), help="Write the page to a file.")
def states(write: Path | None) -> None:
    """Draw the state machines of contract, milestone and dispute from the code."""
    if write is None:
        click.echo(states_page())
    else:
        write.write_text(states_page(), encoding="utf-8")


@command.command()
@click.argument("contract_id", type=int)
@acting_options
def offer(contract_id: int, by: Actor) -> None:
    """Freeze a draft and ask for signatures."""
    _say(services.offer_contract(contract_id=contract_id, by=by))


@command.command()
@click.argument("contract_id", type=int)
@SECRET
@acting_options
def sign(contract_id: int, secret: str, by: Actor) -> None:
    """Sign for one's organization."""
    services.sign_contract(contract_id=contract_id, secret=secret, by=by)
    _say(selectors.contract_for(contract_id, to=by))


@command.command()
@click.argument("milestone_id", type=int)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", default="", help="What it is called; the same name makes its next version.")
@click.option("--note", default="")
@acting_options
def upload(milestone_id: int, file: Path, name: str, note: str, by: Actor) -> None:
    """Hand in a file at a milestone; prints its version and checksum."""
    version = services.upload_deliverable(
        milestone_id=milestone_id,
        name=name or file.stem,
        content=file.read_bytes(),
        file_name=file.name,
        media_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
        note=note,
        by=by,
    )
    click.echo(f"{version.number}  {version.file.sha256}")


@command.command()
@click.argument("milestone_id", type=int)
@click.option("--note", default="")
@acting_options
def submit(milestone_id: int, note: str, by: Actor) -> None:
    """Say that a milestone is reached."""
    services.submit_milestone(milestone_id=milestone_id, note=note, by=by)
    click.echo(f"milestone {milestone_id} submitted")


@command.command()
@click.argument("contract_id", type=int)
@click.option("--why", required=True)
@acting_options
def suspend(contract_id: int, why: str, by: Actor) -> None:
    """Put the work on hold; days to answer stand still."""
    _say(services.suspend_contract(contract_id=contract_id, why=why, by=by))


@command.command()
@click.argument("contract_id", type=int)
@click.option("--why", default="")
@acting_options
def resume(contract_id: int, why: str, by: Actor) -> None:
    """Let the work go on."""
    _say(services.resume_contract(contract_id=contract_id, why=why, by=by))


@command.command()
@click.argument("contract_id", type=int)
@acting_options
def complete(contract_id: int, by: Actor) -> None:
    """End a contract whose milestones are reached."""
    _say(services.complete_contract(contract_id=contract_id, by=by))


@command.command()
@click.argument("contract_id", type=int)
@click.option("--reason", required=True)
@click.option(
    "--done", "done", type=(int, click.IntRange(0, 100)), multiple=True, metavar="MILESTONE PERCENT",
    help="How much of an open milestone is done; one not named is worth nothing.",
)  # fmt: skip
@SECRET
@acting_options
def end(contract_id: int, reason: str, done: tuple[tuple[int, int], ...], secret: str, by: Actor) -> None:
    """Propose to end a contract early, signed; prints the proposal and what its work in progress is worth."""
    found = services.propose_termination(
        contract_id=contract_id, reason=reason, percents=dict(done), secret=secret, by=by
    )
    print_rows([{"id": found.pk, "state": found.state, "work_minor": found.work_minor}])


@command.command("agree-end")
@click.argument("termination_id", type=int)
@SECRET
@acting_options
def agree_end(termination_id: int, secret: str, by: Actor) -> None:
    """Agree, signed, to end a contract as the other side proposed."""
    _say(services.agree_termination(termination_id=termination_id, secret=secret, by=by))


@command.command("answer-end")
@click.argument("termination_id", type=int)
@click.option("--why", default="", help="Needed to decline; taking back one's own proposal needs none.")
@acting_options
def answer_end(termination_id: int, why: str, by: Actor) -> None:
    """Decline the other side's proposal to end a contract, or take one's own back."""
    found = services.answer_termination(termination_id=termination_id, why=why, by=by)
    print_rows([{"id": found.pk, "state": found.state}])


@command.command()
@click.argument("contract_id", type=int)
@click.argument("organization_id", type=int)
@click.argument("stars", type=click.IntRange(1, 5))
@click.option("--text", default="")
@acting_options
def rate(contract_id: int, organization_id: int, stars: int, text: str, by: Actor) -> None:
    """Rate the other side of an ended contract; it is read once both have spoken."""
    services.rate_contract(contract_id=contract_id, ratee_id=organization_id, stars=stars, text=text, by=by)
    click.echo("rated")


def _say(contract: Contract) -> None:
    print_rows([{"id": contract.pk, "reference": contract.reference, "state": contract.state}])
