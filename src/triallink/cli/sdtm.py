"""`triallink sdtm`: the datasets of a study from its collected data, as SAS transport files with their Define-XML."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import polars as pl

from triallink.engines import datasets as d
from triallink.engines import odm
from triallink.engines.checks import units
from triallink.engines.datasets import define, sdtm_variables
from triallink.engines.datasets import findings as f
from triallink.foundation.sentences import sentence
from triallink.kernel.clock import system_clock

SUBJECT = "SUBJID"
VISIT_ITEMS = {"VISITNUM": "VISITNUM", "VISIT": "VISIT"}
# Where the first exposure is looked for when nobody collected the reference date itself.
_EXPOSURE = ("EX", "EC")


@dataclass
class _Domain:
    """What is known of a domain: annotations by item, what coded answers mean, names of tests, and the answers."""

    annotations: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tests: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[str, str, str, str | None]] = field(default_factory=list)


@click.group()
def command() -> None:
    """Make the datasets of a submission."""


@command.command("map")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--unit", "chosen", multiple=True, metavar="TESTCD=UNIT", help="The standard unit of a test.")
@click.option("--ascii", "to_ascii", is_flag=True, help="Write Chinese as pinyin and drop accents.")
def map_command(file: Path, folder: Path, chosen: tuple[str, ...], to_ascii: bool) -> None:
    """Map the data of the ODM file FILE to SDTM: one .xpt per dataset and define.xml in FOLDER."""
    read = odm.read_odm(file.read_bytes()).file
    study = next((each for each in read.studies if each.versions), None)
    if study is None:
        raise click.UsageError(f"{file} holds no study with forms.")
    wanted = dict(each.split("=", 1) for each in chosen if "=" in each)
    if len(wanted) != len(chosen):
        raise click.BadParameter("each is TESTCD=UNIT", param_hint="--unit")
    made, told = datasets_of(read, study, units_by_test=wanted)
    if to_ascii:
        changed = [d.transliterated(each, d.to_ascii) for each in made]
        made = [dataset for dataset, _ in changed]
        told += [finding for _, findings in changed for finding in findings]
    now = system_clock.now()
    folder.mkdir(parents=True, exist_ok=True)
    for dataset in made:
        (folder / f"{dataset.name.lower()}.xpt").write_bytes(d.write_xpt([dataset], created=now))
        click.echo(f"{dataset.name}: {dataset.frame.height} records, {dataset.frame.width} variables")
    notes = define.StudyNotes(
        name=study.name or study.oid,
        description=str(study.description or study.name or study.oid),
        protocol=study.protocol_name or study.name or study.oid,
        standard=("SDTMIG", "3.4"),
    )
    document = d.define_of(made, {each.name: d.sdtm_notes(each) for each in made}, notes, created=now)
    (folder / "define.xml").write_bytes(d.write_define(document))
    for finding in told:
        place = ".".join(part for part in (finding.dataset, finding.variable) if part)
        row = "" if finding.row is None else f"[{finding.row}]"
        click.echo(f"{place}{row}: {sentence(finding.message_template, dict(finding.params))}", err=True)


def datasets_of(
    file: odm.OdmFile, study: odm.Study, *, units_by_test: dict[str, str] | None = None
) -> tuple[list[d.Dataset], list[d.Finding]]:
    """Return the datasets of a study's collected data and what could not be placed.

    The annotations are the SDTM aliases of the items. What is filled in together is one instance of a group; the answers
    of demographics are one record per subject. Visits are numbered in the order of the plan.
    """
    version = odm.complete_version(study.versions[0], file.studies)
    unread = [
        d.Finding(f.NOT_AN_ANNOTATION, {"found": text[:80], "item": item.oid}, severity="warning")
        for item in version.items
        for text in [_alias(item)]
        if text and not _annotation(item)
    ]
    domains: dict[str, _Domain] = {}
    for collected in file.clinical:
        if collected.study_oid in ("", study.oid):
            _collect(collected, version, study, domains)
    references = _reference_dates(domains)
    demographics = domains.get("DM")
    if demographics is not None:
        demographics.annotations[SUBJECT] = SUBJECT
    if demographics is not None and "RFSTDTC" not in demographics.annotations.values():
        demographics.annotations["RFSTDTC"] = "RFSTDTC"
        demographics.answers += [(subject, "DM", "RFSTDTC", day) for subject, day in references.items()]
    made: list[d.Dataset] = []
    told: list[d.Finding] = unread
    for name, domain in sorted(domains.items()):
        schema = dict.fromkeys(("USUBJID", "RECORD", "ITEM", "VALUE"), pl.String)
        mapped = d.map_domain(
            name,
            domain.annotations,
            pl.DataFrame(domain.answers, schema=schema, orient="row"),
            study=study.name or study.oid,
            labels=domain.labels,
            codes=domain.codes,
        )
        done = d.completed(
            mapped,
            reference_dates=references,
            units=units_by_test,
            tests=domain.tests,
            conversion=_conversion,
        )
        made += [each for each in (done.domain, done.supplemental) if each is not None and each.frame.height]
        told += done.findings
    return made, told


def _collect(
    collected: odm.Collected, version: odm.StudyVersion, study: odm.Study, domains: dict[str, _Domain]
) -> None:
    order = version.event_order
    names = {event.oid: event.name for event in version.events}
    for subject in collected.subjects:
        for event in subject.events:
            number = str(order.index(event.oid) + 1) if event.oid in order else ""
            visit = {"VISITNUM": number, "VISIT": names.get(event.oid, event.oid)}
            for form in event.forms:
                for path, group in _instances(form, ""):
                    record = "/".join((event.oid, event.repeat_key, path))
                    _answer(group, (study.name or study.oid, subject.key), record, visit, version, domains)


def _instances(group: odm.GroupData, above: str) -> Iterator[tuple[str, odm.GroupData]]:
    path = f"{above}/{group.oid}[{group.repeat_key}]"
    yield path, group
    for member in group.members:
        if isinstance(member, odm.GroupData):
            yield from _instances(member, path)


def _answer(
    group: odm.GroupData,
    who: tuple[str, str],
    record: str,
    visit: dict[str, str],
    version: odm.StudyVersion,
    domains: dict[str, _Domain],
) -> None:
    """Put the answers of one group where their domains are; an item left empty stands there without a value.

    who  the study and the subject's key in it.
    """
    subject = "-".join(who)
    given = {
        member.oid: (member.values[0] if member.values and not member.is_null else None)
        for member in group.members
        if isinstance(member, odm.ItemData)
    }
    if not any(value is not None for value in given.values()):
        return
    definition = version.group_by_oid.get(group.oid) or version.form_by_oid.get(group.oid)
    asked = [each.oid for each in definition.members if each.kind == "item"] if definition else []
    touched: set[str] = set()
    for oid in dict.fromkeys([*asked, *given]):
        item = version.item_by_oid.get(oid)
        annotation = _annotation(item)
        if item is None or not annotation:
            continue
        name = d.domain_of(annotation) or (definition.domain if definition else "")
        if not name:
            continue
        domain = domains.setdefault(name, _Domain())
        if oid not in domain.annotations:
            _describe(domain, item, annotation, version, definition.name if definition else "")
        place = "DM" if name == "DM" else record
        domain.answers.append((subject, place, oid, given.get(oid)))
        touched.add(name)
    if "DM" in touched:
        domains["DM"].answers.append((subject, "DM", SUBJECT, who[1]))
    for name in touched:
        if sdtm_variables.DOMAINS.get(name, ("", ""))[0] == "FINDINGS":
            domains[name].annotations |= VISIT_ITEMS
            domains[name].answers += [
                (subject, record, item, value) for item, value in visit.items() if value
            ]


def _alias(item: odm.Item) -> str:
    return "; ".join(alias.name for alias in item.aliases if "SDTM" in alias.context.upper())


def _annotation(item: odm.Item | None) -> str:
    """Return the annotation of an item, "" for none and for a text that cannot be read as one."""
    text = "" if item is None else _alias(item)
    try:
        d.parse_annotation(text)
    except ValueError:
        return ""
    return text


def _describe(
    domain: _Domain, item: odm.Item, annotation: str, version: odm.StudyVersion, group_name: str
) -> None:
    domain.annotations[item.oid] = annotation
    listed = version.code_list_by_oid.get(item.code_list_oid)
    codes = {
        code.value: alias.name
        for code in (listed.codes if listed else ())
        for alias in code.aliases
        if "SDTM" in alias.context.upper()
    }
    if codes and listed is not None:
        domain.codes[item.oid] = {code.value: codes.get(code.value, code.value) for code in listed.codes}
    for target in d.parse_annotation(annotation).targets:
        if target.when and target.when[0].endswith("TESTCD"):
            domain.tests.setdefault(target.when[1], group_name or item.name)
        if target.qualifies:
            said = item.prompt or item.question or item.description
            domain.labels[target.variable] = (str(said) if said else item.name)[:40]


def _reference_dates(domains: dict[str, _Domain]) -> dict[str, str]:
    """Return the day each subject's study days are counted from: as collected, else of the first exposure."""
    found: dict[str, str] = {}
    for name, variables in (("DM", ("RFSTDTC",)), *((each, (f"{each}STDTC",)) for each in _EXPOSURE)):
        domain = domains.get(name)
        if domain is None or found:
            continue
        items = {oid for oid, text in domain.annotations.items() if text in variables}
        for subject, _, item, value in domain.answers:
            if item in items and value and value < found.get(subject, "9999"):
                found[subject] = value
    return found


def _conversion(own: str, wanted: str) -> tuple[float, float] | None:
    first, second = units.unit(own), units.unit(wanted)
    return first.conversion_to(second) if first.measures_like(second) else None
