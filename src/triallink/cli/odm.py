"""`triallink odm`: judge, convert and build ODM files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from triallink.engines import protocol
from triallink.engines.checks import Stored, stored_expressions
from triallink.engines.odm import (
    VERSIONS,
    ConditionUse,
    CrfLibrary,
    Finding,
    Header,
    OdmFile,
    OdmRefused,
    Study,
    StudyVersion,
    build_skeleton,
    canonical,
    check_version,
    collected_counts,
    complete_version,
    difference,
    polarity_report,
    read_columns,
    read_odm,
    read_specializations,
    validate,
    write_odm,
)
from triallink.foundation.sentences import sentence
from triallink.kernel.clock import system_clock

COLUMNS = ("file", "read", "validated", "round_tripped", "written_valid", "findings")


@click.group()
def command() -> None:
    """Judge, convert and build ODM files."""


@command.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def corpus(folder: Path, as_json: bool) -> None:
    """Read and write back every ODM file and every USDM protocol below a folder, and tell what became of each."""
    rows = [_judged(path, folder) for path in sorted(folder.rglob("*.xml"))]
    rows += [_judged_protocol(path, folder) for path in sorted(folder.rglob("*.json")) if _is_protocol(path)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    click.echo(f"{'read':5} {'valid':6} {'back':5} {'written':8} {'findings':>8}  file")
    for row in rows:
        words = [_word(row[name]) for name in COLUMNS[1:5]]
        click.echo(f"{words[0]:5} {words[1]:6} {words[2]:5} {words[3]:8} {row['findings']:8}  {row['file']}")


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def check(file: Path, as_json: bool) -> None:
    """Tell what is wrong with an ODM file, with lines, and which way its conditions work."""
    data = file.read_bytes()
    found = read_odm(data)
    told = [*found.findings, *validate(data)]
    conditions: list[ConditionUse] = []
    for study in found.file.studies:
        for version in study.versions:
            whole = complete_version(version, found.file.studies)
            told += check_version(whole)
            conditions += polarity_report(whole, found.file.header)
    if as_json:
        said = {
            "findings": [_plain(finding) for finding in told],
            "conditions": [vars(use) for use in conditions],
        }
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    for finding in told:
        click.echo(
            f"{finding.line}: {finding.place}: {sentence(finding.message_template, dict(finding.params))}"
        )
    for use in conditions:
        click.echo(f"{use.condition_oid}: {use.polarity} ({use.reason})")


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--version", type=click.Choice(VERSIONS), default="1.3.2", show_default=True)
@click.option("--plain", is_flag=True, help="Leave vendors' extensions out.")
def convert(file: Path, output: Path, version: str, plain: bool) -> None:
    """Write an ODM file as another version; what has no place there is told."""
    written = write_odm(read_odm(file.read_bytes()).file, version, extensions=not plain)
    output.write_bytes(written.data)
    for finding in written.findings:
        click.echo(f"{finding.place}: {sentence(finding.message_template, dict(finding.params))}", err=True)


@command.command()
@click.argument("source", metavar="PROTOCOL", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--library",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CRF specializations (CSV).",
)
@click.option(
    "--cdash", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A CDASH library (ODM)."
)
@click.option("--version", type=click.Choice(VERSIONS), default="2.0", show_default=True)
def build(source: Path, output: Path, library: Path | None, cdash: Path | None, version: str) -> None:
    """Write the skeleton of a study's data collection from its USDM protocol."""
    study = protocol.read_usdm(source.read_bytes())
    skeleton = build_skeleton(
        study,
        library=read_specializations(library.read_text("utf-8-sig")) if library else CrfLibrary(),
        cdash=read_odm(cdash.read_bytes()).file.studies[0].versions[0] if cdash else None,
    )
    created = system_clock.now().isoformat(timespec="seconds")
    header = Header(f"{study.name}.skeleton", "Snapshot", created, version, granularity="Metadata")
    made = Study(study.name, study.name, study.name, versions=(skeleton.version,))
    output.write_bytes(write_odm(OdmFile(header, (made,)), version).data)
    made_version, coverage = skeleton.version, skeleton.coverage
    click.echo(
        f"events {len(made_version.events)}  forms {len(made_version.forms)}  groups {len(made_version.groups)}"
    )
    click.echo(f"questions {len(made_version.items)}  code lists {len(made_version.code_lists)}")
    click.echo(f"automatic {coverage.share:.0%}")
    for label in coverage.activities_by_hand:
        click.echo(f"by hand: {label}")


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def checks(file: Path, as_json: bool) -> None:
    """Tell what becomes of every check, condition and derivation a study design holds."""
    studies = read_odm(file.read_bytes()).file.studies
    rows = [
        {
            "version": version.oid,
            "owner": each.owner,
            "kind": each.kind,
            "original": each.original,
            "expression": each.expression,
            "runs_at": len(each.homes),
            "problem": _problem(each),
        }
        for study in studies
        for version in study.versions
        for each in stored_expressions(complete_version(version, studies))
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['kind']:9} {row['owner']}: {row['problem'] or row['expression']}")
    for kind in ("range", "condition", "method"):
        own = [row for row in rows if row["kind"] == kind]
        translated = sum(bool(row["expression"]) for row in own)
        runs = sum(not row["problem"] for row in own)
        click.echo(f"{kind}: {len(own)} expressions, {translated} in our language, {runs} run")


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@command.command()
@click.argument("before", type=_FILE)
@click.argument("after", type=_FILE)
@click.option(
    "--data", type=_FILE, help="What was collected under BEFORE (ODM); BEFORE itself if it holds data."
)
@click.option("--json", "as_json", is_flag=True)
def diff(before: Path, after: Path, data: Path | None, as_json: bool) -> None:
    """Tell what an amendment does to collected data: every change, its effect, and how many answers it touches."""
    old, new = (_version_in(path) for path in (before, after))
    columns = read_columns((data or before).read_bytes(), old)
    counts = collected_counts(columns) if columns.value_count or data else None
    changes = difference(old, new, counts)
    if as_json:
        click.echo(json.dumps([vars(change) for change in changes], ensure_ascii=False))
        return
    for change in changes:
        click.echo(
            f"{change.effect:12} {change.affected:6}  {change.kind} {change.oid} {change.part}: "
            f"{change.before or '–'} → {change.after or '–'}"
        )


def _version_in(path: Path) -> StudyVersion:
    """Return the study version of a file; the last if there are several."""
    studies = read_odm(path.read_bytes()).file.studies
    versions = [version for study in studies for version in study.versions]
    if not versions:
        raise click.UsageError(f"{path} holds no study with forms.")
    return complete_version(versions[-1], studies)


def _problem(stored: Stored) -> str:
    if stored.problem is None:
        return ""
    return sentence(stored.problem.message_template, dict(stored.problem.params))


def _judged(path: Path, folder: Path) -> dict[str, Any]:
    """Return one line of the corpus table; None where a question does not arise."""
    data = path.read_bytes()
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {"file": path.relative_to(folder).as_posix(), "read": False, "findings": 1}
    try:
        found = read_odm(data)
    except OdmRefused as refused:
        return row | {"findings": len(refused.findings), "reason": str(refused)}
    faults = validate(data)
    version = "2.0" if found.line == "2.0" else "1.3.2"
    written = {name: write_odm(found.file, name) for name in VERSIONS}
    is_same = canonical(written[version].data) == canonical(data)
    return row | {
        "read": True,
        "validated": not faults,
        "round_tripped": is_same if not faults else None,
        "written_valid": not any(validate(result.data) for result in written.values()),
        "findings": len(list(_all(found.findings, faults, found.file))),
    }


def _is_protocol(path: Path) -> bool:
    """Say whether a JSON file is of USDM: it holds a study; other JSON of a folder is passed over."""
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and "study" in document


def _judged_protocol(path: Path, folder: Path) -> dict[str, Any]:
    """Return the line of a protocol: it is valid without a warning, comes back from its own form, and its skeleton is
    written valid in every version of ODM.
    """
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {"file": path.relative_to(folder).as_posix(), "read": False}
    told: list[protocol.Finding] = []
    try:
        study = protocol.read_usdm(path.read_bytes(), warnings=told)
    except protocol.ProtocolUnreadable as unreadable:
        return row | {"findings": len(unreadable.findings), "reason": str(unreadable)}
    header = Header(study.name, "Snapshot", system_clock.now().isoformat(timespec="seconds"), "2.0")
    versions = (build_skeleton(study).version,)
    file = OdmFile(header, (Study(study.name, study.name, study.name, versions=versions),))
    return row | {
        "read": True,
        "validated": not told,
        "round_tripped": protocol.from_json(protocol.to_json(study)) == study,
        "written_valid": not any(validate(write_odm(file, name).data) for name in VERSIONS),
        "findings": len(told),
    }


def _all(found: tuple[Finding, ...], faults: tuple[Finding, ...], file: OdmFile) -> Iterator[Finding]:
    yield from found
    yield from faults
    for study in file.studies:
        for version in study.versions:
            yield from check_version(complete_version(version, file.studies))


def _plain(finding: Finding) -> dict[str, Any]:
    said = sentence(finding.message_template, dict(finding.params))
    return {"line": finding.line, "place": finding.place, "severity": finding.severity, "said": said}


def _word(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "–"}[value]
