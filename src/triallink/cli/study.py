"""`triallink study`: protocols in, demand out."""

import json
from pathlib import Path

import click

from triallink.cli.acting import acting_options
from triallink.domains.studies import selectors, services
from triallink.engines.protocol import ProtocolUnreadable
from triallink.foundation.sentences import sentence
from triallink.kernel.actor import Actor


@click.group()
def command() -> None:
    """Import protocols and propose demand."""


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--code", default="", help="The study's code; the protocol's own number by default.")
@click.option("--record", default="", help="Which NCT number of a CSV download.")
@click.option("--json", "as_json", is_flag=True)
@acting_options
def import_study(file: Path, code: str, record: str, as_json: bool, by: Actor) -> None:
    """Create a study from a USDM JSON file or a ClinicalTrials.gov record."""
    try:
        study = services.import_study(
            content=file.read_bytes(), file_name=file.name, code=code, record_number=record, by=by
        )
    except ProtocolUnreadable as refusal:
        for finding in refusal.findings:
            click.echo(
                f"{finding.path}: {sentence(finding.message_template, dict(finding.params))}", err=True
            )
        raise
    if as_json:
        click.echo(json.dumps({"id": study.pk, "code": study.code}))
    else:
        click.echo(f"{study.pk}\t{study.code}\t{study.title_en}")


@command.command()
@click.argument("study_id", type=int)
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="An assumption to plan with.")
@click.option("--json", "as_json", is_flag=True)
@acting_options
def propose(study_id: int, changes: tuple[str, ...], as_json: bool, by: Actor) -> None:
    """Compute the service lines of a study."""
    try:
        values = {key: float(value) for key, _, value in (change.partition("=") for change in changes)}
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--set") from error
    row = services.propose_demand(study_id=study_id, values=values or None, by=by)
    if as_json:
        click.echo(json.dumps(row.lines, ensure_ascii=False))
        return
    for line in selectors.demand_lines(row):
        click.echo(
            f"{line.service_code:24} {line.country:14} {line.quantity:>10,.1f} {line.unit:9} {line.label}"
        )
