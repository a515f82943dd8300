"""`triallink record`: issues, deviations, risks, CAPA, decisions, minutes, training and delegation logs of studies."""

import datetime as dt
from typing import Any

import click

from triallink.cli.acting import acting_options
from triallink.cli.rows import print_rows
from triallink.domains.delivery import services
from triallink.domains.delivery.access import record_for
from triallink.domains.delivery.models import StudyRecord
from triallink.domains.delivery.record_kinds import ORDER
from triallink.domains.delivery.selectors import work
from triallink.kernel.actor import Actor

KIND = click.Choice(list(ORDER))


@click.group()
def command() -> None:
    """Records: list, show, open, step, comment, actions."""


@command.command("list")
@click.argument("study_id", type=int)
@click.option("--kind", type=KIND, default=None)
@click.option("--open", "only_open", is_flag=True, help="Only what is not closed.")
@click.option("--json", "as_json", is_flag=True)
@acting_options
def list_records(study_id: int, kind: str | None, only_open: bool, as_json: bool, by: Actor) -> None:
    """List the records of a study, newest first."""
    rows = work.records(study_id, to=by, kind=kind or "")
    if only_open:
        rows = rows.filter(closed_at=None)
    print_rows([_row(row) for row in rows], as_json=as_json)


@command.command()
@click.argument("record_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def show(record_id: int, as_json: bool, by: Actor) -> None:
    """Show what a record says, its actions and comments."""
    found = record_for(record_id, to=by)
    rows: list[dict[str, Any]] = [_row(found), *({"field": k, "value": v} for k, v in found.values.items())]
    rows += [
        {"action": action.pk, "due_on": str(action.due_on), "text": action.text, "note": action.closing_note}
        for action in found.action_items.order_by("due_on")
    ]
    rows += [
        {"said_by": str(comment.by), "text": comment.text}
        for comment in found.comments.select_related("by").order_by("at")
    ]
    print_rows(rows, as_json=as_json)


@command.command("open")
@click.argument("study_id", type=int)
@click.argument("kind", type=KIND)
@click.argument("title")
@click.option(
    "--value",
    "values",
    type=(str, str),
    multiple=True,
    metavar="FIELD TEXT",
    help="As the kind's fields say.",
)
@click.option("--site", "site_id", type=int)
@click.option("--owner", "owner_id", type=int, help="Id of the person it falls to.")
@acting_options
def open_record(
    study_id: int,
    kind: str,
    title: str,
    values: tuple[tuple[str, str], ...],
    site_id: int | None,
    owner_id: int | None,
    by: Actor,
) -> None:
    """Open a record."""
    made = services.open_record(
        study_id=study_id,
        kind=kind,
        title=title,
        values=dict(values),
        site_id=site_id,
        owner_id=owner_id,
        by=by,
    )
    print_rows([_row(made)])


@command.command()
@click.argument("record_id", type=int)
@click.argument("code")
@click.option("--secret", default="", help="Password or one-time code, where the step is signed.")
@click.option("--why", default="")
@acting_options
def step(record_id: int, code: str, secret: str, why: str, by: Actor) -> None:
    """Move a record by one of its kind's steps."""
    print_rows([_row(services.take_step(record_id=record_id, step=code, secret=secret, why=why, by=by))])


@command.command()
@click.argument("record_id", type=int)
@click.argument("text")
@acting_options
def comment(record_id: int, text: str, by: Actor) -> None:
    """Say something on a record; @[Name] or @address tells that person."""
    said = services.write_comment(record_id=record_id, text=text, by=by)
    click.echo(f"{len(said.mentions)} told")


@command.command()
@click.argument("record_id", type=int)
@click.argument("text")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--owner", "owner_id", type=int)
@acting_options
def action(record_id: int, text: str, due: dt.datetime, owner_id: int | None, by: Actor) -> None:
    """Ask somebody to do something by a day; prints the action's id."""
    made = services.add_action(
        study_id=record_for(record_id, to=by).study_id,
        record_id=record_id,
        text=text,
        due_on=due.date(),
        owner_id=owner_id,
        by=by,
    )
    click.echo(made.pk)


@command.command("close-action")
@click.argument("action_id", type=int)
@click.option("--note", default="")
@acting_options
def close_action(action_id: int, note: str, by: Actor) -> None:
    """Say that an action is done."""
    services.close_action(action_id=action_id, note=note, by=by)
    click.echo("done")


def _row(found: StudyRecord) -> dict[str, Any]:
    return {
        "id": found.pk,
        "reference": found.reference,
        "state": found.state,
        "grade": found.grade,
        "due_on": str(found.due_on or ""),
        "title": found.title,
    }
