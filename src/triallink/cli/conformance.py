"""`triallink conformance`: open rules run on datasets, and how they agree with their published results."""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

import click
import yaml

from triallink.engines import conformance as c
from triallink.engines import datasets as d
from triallink.engines.datasets import define

_NUMERIC = "Num"
SHOWN = 4  # places of one disagreement
_Input = TypeVar("_Input")
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@click.group()
def command() -> None:
    """Run conformance rules and report on them."""


def rules_in(folder: Path, refused: dict[str, c.Reason] | None = None) -> Iterator[tuple[Path, c.Rule]]:
    """Give every rule below a folder, with the folder it stands in, in the order of names.

    refused  gets the reason for every file that holds no rule; without it such a file is an error.
    """
    files = [file for ending in ("*.yml", "*.yaml", "rule.json") for file in folder.rglob(ending)]
    for file in sorted(files):
        try:
            # Every JSON document is a YAML document, too.
            document = yaml.load(file.read_bytes(), Loader=_YAML)
            if not isinstance(document, dict):
                raise c.RuleMalformed(f"{file.name} holds no object")
            rule = c.parse_rule(document)
        except (c.RuleMalformed, yaml.YAMLError) as error:
            if refused is None:
                raise
            refused[file.parent.name] = c.Reason("malformed", str(error).splitlines()[0])
            continue
        yield file.parent, rule


def trials_in(
    folder: Path, rule: c.Rule, terminology: c.Terminology | None = None, library: c.Library | None = None
) -> Iterator[c.Trial]:
    """Give what becomes of a rule in every published test beside it that has a result."""
    for result in sorted(folder.glob("*/*/results/results.csv")):
        place = result.parent.parent
        study = replace(_study_of_test(place / "data"), terminology=terminology, library=library)
        expected = c.expected_of_text(_text(result))
        case = place.relative_to(folder).as_posix()
        yield c.Trial(rule.id, case, c.run_rule(rule, study), expected)


def _study_of_test(folder: Path) -> c.Study:
    """Return the study of a test: CSV files as published, else transport files; with Define-XML if there is one."""
    texts = _texts(folder)
    described = folder / "define.xml"
    said = define_inputs(d.read_define(described.read_bytes())) if described.exists() else None
    if not texts:
        return replace(study_of_files(folder), define=said)
    return replace(c.study_of_texts(texts, _settings(folder / ".env")), define=said)


def _texts(folder: Path) -> dict[str, str]:
    return {file.stem: _text(file) for file in sorted(folder.glob("*.csv"))}


def _text(file: Path) -> str:
    return file.read_bytes().decode("utf-8-sig", "replace")


def _settings(file: Path) -> str:
    return _text(file) if file.exists() else ""


def study_of_files(
    folder: Path, *, product: str = "", version: str = "", define_file: Path | None = None
) -> c.Study:
    """Return the datasets of a folder, SAS transport or Dataset-JSON, as a study; with Define-XML if it is named."""
    tables = []
    for file in sorted(folder.iterdir()):
        suffix = file.suffix.lower()
        if suffix == ".xpt":
            found: tuple[d.Dataset, ...] = d.read_xpt(file.read_bytes())
        elif suffix in (".json", ".ndjson", ".dsjc"):
            found = (d.read_dataset_json(file.read_bytes())[0],)
        else:
            continue
        tables += [table_of(each, location=file.name, size_bytes=file.stat().st_size) for each in found]
    said = None if define_file is None else define_inputs(d.read_define(define_file.read_bytes()))
    return c.Study(tuple(tables), product=product, version=version, define=said)


def define_inputs(document: d.DefineDocument) -> c.Define:
    """Return what a Define-XML document says of datasets and variables, by the names rules use."""
    metadata = document.metadata
    items = {item.oid: item for item in metadata.items}
    code_lists = {each.oid: each for each in metadata.code_lists}
    datasets: dict[str, dict[str, Any]] = {}
    variables: dict[str, tuple[dict[str, Any], ...]] = {}
    for group in metadata.item_groups:
        name = (group.name or "").upper()
        known = [
            (reference, items[reference.item_oid]) for reference in group.items if reference.item_oid in items
        ]
        keys = [(reference.key_sequence, item.name) for reference, item in known if reference.key_sequence]
        datasets[name] = {
            "define_dataset_name": name,
            "define_dataset_label": str(group.description or ""),
            "define_dataset_location": group.leaf.href if group.leaf else None,
            "define_dataset_domain": group.domain,
            "define_dataset_class": group.dataset_class.name if group.dataset_class else None,
            "define_dataset_structure": group.structure,
            "define_dataset_is_non_standard": group.is_non_standard,
            "define_dataset_has_no_data": bool(group.has_no_data),
            "define_dataset_key_sequence": tuple(str(key) for _, key in sorted(keys)),
            "define_dataset_variables": tuple(str(item.name) for _, item in known),
        }
        variables[name] = tuple(
            _variable_inputs(reference, item, code_lists, number)
            for number, (reference, item) in enumerate(known, start=1)
        )
    return c.Define(datasets, variables, _value_level(metadata))


def _value_level(metadata: define.MetaDataVersion) -> dict[str, tuple[c.ValueLevel, ...]]:
    """Return, by dataset, the definitions for some of the values of its variables."""
    items = {item.oid: item for item in metadata.items}
    lists = {each.oid: each for each in metadata.value_lists}
    clauses = {each.oid: each for each in metadata.where_clauses}
    found: dict[str, tuple[c.ValueLevel, ...]] = {}
    for group in metadata.item_groups:
        own = {reference.item_oid for reference in group.items}
        levels = []
        for reference in group.items:
            variable = items.get(reference.item_oid)
            if variable is None or variable.value_list is None:
                continue
            listed = lists.get(variable.value_list.value_list_oid)
            for each in listed.items if listed else ():
                checks = [
                    check
                    for clause in each.where_clauses
                    if clause.where_clause_oid in clauses
                    for check in clauses[clause.where_clause_oid].checks
                ]
                # A condition about another dataset, or about what is not defined, cannot be looked at here; its
                # definition is left out.
                if each.item_oid in items and all(check.item_oid in own & items.keys() for check in checks):
                    levels.append(_level(str(variable.name), each, items[each.item_oid], checks, items))
        found[(group.name or "").upper()] = tuple(levels)
    return found


def _level(
    variable: str,
    reference: define.ItemReference,
    item: define.Item,
    checks: list[define.RangeCheck],
    items: Mapping[str | None, define.Item],
) -> c.ValueLevel:
    attributes = {
        "define_vlm_name": item.name,
        "define_vlm_label": str(item.description or ""),
        "define_vlm_data_type": item.data_type,
        "define_vlm_length": item.length,
        "define_vlm_size": item.length,
        "define_vlm_format": item.display_format,
        "define_vlm_role": reference.role,
        "define_vlm_order_number": reference.order_number,
        "define_vlm_origin_type": item.origins[0].type if item.origins else None,
        "define_vlm_mandatory": "Yes" if reference.is_mandatory else "No",
        "define_vlm_has_codelist": item.code_list is not None,
    }
    conditions = tuple(
        (str(items[check.item_oid].name), str(check.comparator or "EQ"), check.values) for check in checks
    )
    return c.ValueLevel(variable, conditions, attributes)


def _variable_inputs(
    reference: define.ItemReference,
    item: define.Item,
    code_lists: Mapping[str | None, define.CodeList],
    number: int,
) -> dict[str, Any]:
    listed = code_lists.get(item.code_list.code_list_oid) if item.code_list else None
    values: tuple[define.CodeListItem | define.EnumeratedItem, ...] = ()
    if listed is not None:
        values = (*listed.items, *listed.values)
    codes = [alias.name for alias in listed.aliases if alias.context == "nci:ExtCodeID"] if listed else []
    origin = item.origins[0].type if item.origins else None
    return {
        "define_variable_name": item.name,
        "define_variable_label": str(item.description or ""),
        "define_variable_data_type": item.data_type,
        "define_variable_role": reference.role,
        "define_variable_size": item.length,
        "define_variable_length": item.length,
        "define_variable_format": item.display_format,
        "define_variable_origin_type": origin,
        "define_variable_is_collected": origin == "Collected",
        "define_variable_has_no_data": bool(reference.has_no_data),
        "define_variable_order_number": reference.order_number or number,
        "define_variable_mandatory": "Yes" if reference.is_mandatory else "No",
        "define_variable_has_comment": item.comment_oid is not None,
        "define_variable_has_codelist": listed is not None,
        "define_variable_ccode": codes[0] if codes else None,
        "define_variable_codelist_coded_values": tuple(str(each.coded_value) for each in values),
        "define_variable_allowed_terms": tuple(str(each.coded_value) for each in values),
        "define_variable_codelist_coded_codes": tuple(
            str(alias.name) for each in values for alias in each.aliases if alias.context == "nci:ExtCodeID"
        ),
    }


def table_of(dataset: d.Dataset, *, location: str = "", size_bytes: int | None = None) -> c.Table:
    """Return a dataset as the rules see one."""
    variables = tuple(
        c.Variable(
            name=each.name,
            label=each.label,
            data_type=_NUMERIC if each.is_numeric_in_transport else "Char",
            length=each.length,
            display_format=each.display_format,
        )
        for each in dataset.variables
    )
    return c.Table(dataset.name, dataset.label, variables, dataset.frame, location, size_bytes)


def terminology_in(folder: Path | None) -> c.Terminology | None:
    """Return the terminology packages of a folder, None without a folder."""
    if folder is None:
        return None
    files = [file for ending in ("*.txt", "*.xml", "*.json") for file in sorted(folder.glob(ending))]
    return c.terminology_of_texts({file.name: file.read_bytes() for file in files})


def library_in(folder: Path | None) -> c.Library | None:
    """Return the variables of the guides and models in a folder, None without a folder."""
    if folder is None:
        return None
    return c.library_of_documents(_document(file) for file in sorted(folder.glob("*.json")))


def _document(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file.name!r} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise ValueError(f"{file.name!r} holds no object")
    return document


_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_TERMINOLOGY = click.option(
    "--terminology",
    type=_FOLDER,
    help="Controlled terminology: text or ODM files of NCI EVS, JSON packages of the CDISC Library.",
)
_LIBRARY = click.option(
    "--library", type=_FOLDER, help="Implementation guides and models: JSON of the CDISC Library."
)


@command.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_TERMINOLOGY
@_LIBRARY
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def report(folder: Path, terminology: Path | None, library: Path | None, as_json: bool) -> None:
    """Run every rule of FOLDER on its published tests: share supported, share agreeing, and what does not run."""
    reasons: dict[str, c.Reason | None] = {}
    trials: list[c.Trial] = []
    refused: dict[str, c.Reason] = {}
    packages, guide = _given(terminology_in, terminology), _given(library_in, library)
    for place, rule in rules_in(folder, refused):
        reasons[rule.id] = c.unsupported(rule)
        trials += trials_in(place, rule, packages, guide)
    reasons.update(refused)
    found = c.agreement(trials, reasons)
    if as_json:
        click.echo(json.dumps(_as_json(found), ensure_ascii=False))
    else:
        _print(found)


def _given(read: Callable[[Path | None], _Input], folder: Path | None) -> _Input:
    try:
        return read(folder)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=f"--{read.__name__.removesuffix('_in')}") from error


def _as_json(found: c.Agreement) -> dict[str, Any]:
    return {
        "rules": found.rules,
        "rules_supported_share": round(found.rules_supported_share, 4),
        "self_contained_share": round(found.self_contained_share, 4),
        "results": found.results,
        "results_of_unsupported": found.results_of_unsupported,
        "results_agree_share": round(found.results_agree_share, 4),
        "agree": found.agree,
        "agree_in_full": found.agree_in_full,
        "by_status": dict(found.by_status),
        "unsupported": {rule_id: asdict(reason) for rule_id, reason in found.unsupported.items()},
        "disagreements": [
            {
                "rule": trial.rule_id,
                "case": trial.case,
                "status": trial.outcome.status,
                "found": _places(trial.only_found),
                "published": _places(trial.only_published),
            }
            for trial in found.disagreements
        ],
    }


def _print(found: c.Agreement) -> None:
    tried = found.results - found.results_of_unsupported
    click.echo(
        f"{found.rules} rules, {found.rules_supported_share:.1%} supported; "
        f"{found.self_contained_share:.1%} of those that need no dictionary or package"
    )
    click.echo(f"{tried} results of supported rules, {found.results_agree_share:.1%} agree")
    click.echo(f"{found.agree_in_full} of them with the same variables and values")
    for status, count in sorted(found.by_status.items()):
        click.echo(f"  {status}: {count}")
    click.echo("Not supported:" if found.unsupported else "Every rule is supported.")
    for rule_id, reason in sorted(found.unsupported.items()):
        click.echo(f"  {rule_id}  {reason}")
    if found.disagreements:
        click.echo("Other findings than published:")
    for trial in found.disagreements:
        found_only, published_only = _places(trial.only_found), _places(trial.only_published)
        click.echo(
            f"  {trial.rule_id}  {trial.case}  {trial.outcome.status}"
            f"  found {' '.join(found_only[:SHOWN]) or '-'}  published {' '.join(published_only[:SHOWN]) or '-'}"
        )


def _places(places: frozenset[tuple[str, int | None]]) -> list[str]:
    ordered = sorted(places, key=lambda place: (place[0], place[1] or 0))
    return [dataset if record is None else f"{dataset}:{record}" for dataset, record in ordered]


@command.command()
@click.argument("rules", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--standard", default="", help="Only rules published for it, such as SDTMIG 3.4.")
@click.option(
    "--define",
    "define_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The Define-XML file of the datasets.",
)
@_TERMINOLOGY
@_LIBRARY
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def run(
    rules: Path,
    data: Path,
    standard: str,
    define_file: Path | None,
    terminology: Path | None,
    library: Path | None,
    as_json: bool,
) -> None:
    """Run the rules of one folder on the datasets of another; exit 1 if there is a finding."""
    product, _, version = standard.partition(" ")
    refused: dict[str, c.Reason] = {}
    chosen = [rule for _, rule in rules_in(rules, refused) if not product or _is_for(rule, product, version)]
    study = study_of_files(data, product=product.upper(), version=version, define_file=define_file)
    study = replace(
        study, terminology=_given(terminology_in, terminology), library=_given(library_in, library)
    )
    outcomes = [*c.run_rules(chosen, study), *(c.RuleOutcome(name, (), why) for name, why in refused.items())]
    if as_json:
        click.echo(json.dumps([_outcome_as_json(each) for each in outcomes], ensure_ascii=False))
    else:
        for outcome in outcomes:
            reason = f"  {outcome.reason}" if outcome.reason else ""
            click.echo(f"{outcome.rule_id}  {outcome.status}  {len(outcome.findings)}{reason}")
    sys.exit(1 if any(each.findings for each in outcomes) else 0)


def _is_for(rule: c.Rule, product: str, version: str) -> bool:
    return any(
        name.upper() == product.upper() and (not version or _plain(number) == _plain(version))
        for name, number in rule.standards
    )


def _plain(version: str) -> str:
    return re.sub(r"[-.]", ".", version)


def _outcome_as_json(outcome: c.RuleOutcome) -> dict[str, Any]:
    return {
        "rule": outcome.rule_id,
        "status": outcome.status,
        "reason": None if outcome.reason is None else asdict(outcome.reason),
        "datasets": [
            {
                "dataset": each.dataset,
                "status": each.status,
                "reason": None if each.reason is None else asdict(each.reason),
                "findings": [
                    {
                        "dataset": finding.dataset,
                        "record": finding.record,
                        "variables": dict(finding.variables),
                        "message": finding.message,
                    }
                    for finding in each.findings
                ],
            }
            for each in outcome.datasets
        ],
    }
