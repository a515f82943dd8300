"""`triallink casebook`: the forms of an ODM study as a PDF, blank or annotated with the variables answers go to."""

from datetime import UTC, datetime
from pathlib import Path

import click
from django.utils.translation import override

from triallink.engines import odm
from triallink.engines.datasets import casebook as book
from triallink.foundation.documents import render_pdf
from triallink.foundation.sentences import sentence

_ANSWERS: dict[str, book.Answer] = {
    "integer": "number",
    "float": "number",
    "double": "number",
    "decimal": "number",
    "date": "date",
    "partialDate": "date",
    "incompleteDate": "date",
    "time": "time",
    "partialTime": "time",
    "datetime": "datetime",
    "partialDatetime": "datetime",
    "incompleteDatetime": "datetime",
    "boolean": "yes_no",
}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--annotated", is_flag=True, help="With the SDTM variables the answers go to.")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
def command(file: Path, target: Path, annotated: bool, language: str) -> None:
    """Write the forms of the ODM file FILE as the PDF TARGET, one copy of each."""
    read = odm.read_odm(file.read_bytes())
    found = next(((study, version) for study in read.file.studies for version in study.versions), None)
    if found is None:
        raise click.UsageError(f"{file} holds no study with forms.")
    study, version = found[0], odm.complete_version(found[1], read.file.studies)
    casebook = casebook_of(study, version, language=language)
    with override("zh-hans" if language == "zh" else "en"):
        pages = book.casebook_pages(casebook, annotated=annotated, language=language, translate=sentence)
    target.write_bytes(render_pdf(book.TEMPLATE, pages, at=datetime.now(UTC)))
    click.echo(f"{target}: {len(casebook.forms)} forms")


def casebook_of(study: odm.Study, version: odm.StudyVersion, *, language: str) -> book.Casebook:
    """Return the forms of a study version, each once, in the order of the visits that first ask for them."""
    visits = {event.oid: event for event in version.events}
    events = [visits[oid] for oid in version.event_order if oid in visits]
    asked: dict[str, list[str]] = {}
    for event in events:
        for reference in event.forms:
            asked.setdefault(reference.oid, []).append(event.name)
    codes = [*asked, *(form.oid for form in version.forms if form.oid not in asked)]
    forms = [version.form_by_oid[code] for code in codes if code in version.form_by_oid]
    return book.Casebook(
        study=study.protocol_name or study.name or study.oid,
        title=study.name or study.oid,
        version=version.name or version.oid,
        forms=tuple(_form(form, version, tuple(asked.get(form.oid, ())), language) for form in forms),
        visits=tuple(event.name for event in events),
    )


def _form(form: odm.Group, version: odm.StudyVersion, visits: tuple[str, ...], language: str) -> book.Form:
    return book.Form(form.oid, form.name, tuple(_sections(form, version, language, frozenset())), visits)


def _sections(
    group: odm.Group, version: odm.StudyVersion, language: str, above: frozenset[str]
) -> list[book.Section]:
    """Return a group's own questions as a section, and those of the groups in it; a group within itself stands once."""
    questions = tuple(
        _question(version.item_by_oid[each.oid], version, language, is_mandatory=each.is_mandatory)
        for each in group.members
        if each.kind == "item" and each.oid in version.item_by_oid
    )
    sections = [book.Section(group.name, questions, group.is_repeating)] if questions else []
    for each in group.members:
        if each.kind == "group" and each.oid in version.group_by_oid and each.oid not in above:
            inner = version.group_by_oid[each.oid]
            sections += _sections(inner, version, language, above | {each.oid})
    return sections


def _question(
    item: odm.Item, version: odm.StudyVersion, language: str, *, is_mandatory: bool
) -> book.Question:
    listed = version.code_list_by_oid.get(item.code_list_oid)
    units = {unit.oid: unit for unit in version.units}
    symbols = [units[oid] for oid in item.unit_oids if oid in units]
    wording = item.question or item.prompt or item.description
    return book.Question(
        code=item.oid,
        wording=wording.in_language(language) if wording else item.name,
        answer="choice" if listed else _ANSWERS.get(item.data_type, "text"),
        length=item.length,
        unit=" / ".join(unit.symbol.in_language(language) if unit.symbol else unit.name for unit in symbols),
        choices=tuple(
            (code.value, code.decode.in_language(language) if code.decode else code.value)
            for code in (listed.codes if listed else ())
        ),
        is_mandatory=is_mandatory,
        hint=item.completion.in_language(language) if item.completion else "",
        annotations=tuple(alias.name for alias in item.aliases if "SDTM" in alias.context.upper()),
    )
