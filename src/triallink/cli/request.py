"""`triallink request`: ask the market, close, award, publish open data."""

import json
import sys
from typing import Any

import click

from triallink.cli.acting import acting_options
from triallink.domains.marketplace.access.requests import request_for, visible_requests
from triallink.domains.marketplace.models import Bid
from triallink.domains.marketplace.selectors.line_fits import fit_check
from triallink.domains.marketplace.selectors.ocds import published_requests, release_package
from triallink.domains.marketplace.services.awards import AwardChoice, award_request
from triallink.domains.marketplace.services.closing import close_due_requests, end_due_standstills
from triallink.domains.marketplace.services.counsel import ask_awarding, ask_sourcing
from triallink.domains.marketplace.services.requests import publish_request
from triallink.foundation.jobs import run_job
from triallink.foundation.models import Job
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor
from triallink.kernel.clock import system_clock


@click.group()
def command() -> None:
    """Requests: list, show, publish, close, award, open data."""


@command.command("list")
@click.option("--state", default="", help="Only requests in this state.")
@click.option("--json", "as_json", is_flag=True)
@acting_options
def list_requests(state: str, as_json: bool, by: Actor) -> None:
    """List the requests one may see, newest first."""
    rows = visible_requests(by).order_by("-id")
    found = [_row(row) for row in (rows.filter(state=state) if state else rows)]
    _print(found, as_json)


@command.command()
@click.argument("request_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def show(request_id: int, as_json: bool, by: Actor) -> None:
    """Show one request with its lines."""
    row = request_for(by, request_id)
    lines = [
        {
            "position": line.position,
            "service": line.service.code,
            "quantity": str(line.quantity),
            "unit": line.unit,
        }
        for line in row.lines.select_related("service")
    ]
    if as_json:
        click.echo(json.dumps({**_row(row), "lines": lines}))
        return
    _print([_row(row)], as_json=False)
    _print(lines, as_json=False)


@command.command()
@click.argument("request_id", type=int)
@acting_options
def publish(request_id: int, by: Actor) -> None:
    """Publish a draft."""
    row = publish_request(request_id=request_id, by=by)
    click.echo(f"{row.reference}\t{row.state}")


@command.command()
def close() -> None:
    """Close what is due and end standstills that are over, as the worker does every few seconds."""
    click.echo(f"{close_due_requests()} closed, {end_due_standstills()} standstills ended")


@command.command()
@click.argument("request_id", type=int)
@click.argument("bid_id", type=int)
@click.option("--reason", required=True, help="Why this award.")
@click.option("--letter", default="", help="What every losing bidder is told.")
@acting_options
def award(request_id: int, bid_id: int, reason: str, letter: str, by: Actor) -> None:
    """Award all lines of a request to one bid."""
    row = request_for(by, request_id)
    losers = Bid.objects.filter(request=row, state="submitted").exclude(pk=bid_id)
    made = award_request(
        request_id=row.pk,
        choices=[AwardChoice(pk, bid_id) for pk in row.lines.values_list("pk", flat=True)],
        reason=reason,
        letters={bid.pk: letter for bid in losers},
        by=by,
    )
    click.echo(f"{row.reference}\tawarded\t{made.total_minor}\t{made.standstill_ends_at.isoformat()}")


@command.command()
@click.option("--reference", default="", help="Only this request.")
def ocds(reference: str) -> None:
    """Write the open data as one OCDS 1.1 release package."""
    rows = published_requests()
    package = release_package(
        rows.filter(reference=reference) if reference else rows,
        uri="urn:triallink:ocds",
        at=system_clock.now(),
    )
    json.dump(package, sys.stdout, ensure_ascii=False, indent=1)
    click.echo()


@command.command()
@click.argument("request_id", type=int)
@acting_options
def sourcing(request_id: int, by: Actor) -> None:
    """Work out the best coalitions and named team of one's request now and print them as JSON."""
    _print_counsel(ask_sourcing(request_id=request_id, by=by))


@command.command()
@click.argument("request_id", type=int)
@acting_options
def optimum(request_id: int, by: Actor) -> None:
    """Work out the optimal award of one's opened request now and print it with its alternatives as JSON."""
    _print_counsel(ask_awarding(request_id=request_id, by=by))


@command.command("fit-check")
@click.argument("request_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def check_fit(request_id: int, as_json: bool, by: Actor) -> None:
    """Show which lines of a request one's own organization can serve, and why not the others."""
    found = [
        {
            "position": one.line.position,
            "service": one.line.service.code,
            "can_serve": one.can_serve,
            "score": round(one.score, 1),
            "price_minor": one.price_minor,
            "because": "; ".join(reason.sentence for reason in one.exclusions),
        }
        for one in fit_check(request_id, to=by).lines
    ]
    _print(found, as_json)


def _print_counsel(job: Job) -> None:
    run_job(job.pk)
    job.refresh_from_db()
    if job.state != "done":
        click.echo(f"counsel {job.pk}: {job.state} {job.error}".strip(), err=True)
        sys.exit(1)
    click.echo(json.dumps(job.result))


def _row(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "reference": row.reference,
        "state": row.state,
        "procedure": row.procedure,
        "bids_due_at": row.bids_due_at.isoformat() if row.bids_due_at else "",
        "title": bilingual(row.title),
    }


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo("\t".join(str(value) for value in row.values()))
