"""Reading a USDM study (CDISC Unified Study Definitions Model, JSON, versions 3 and 4)."""

from typing import BinaryIO

from . import refusal
from .json_source import MAXIMUM_BYTES, parse_json, read_bytes
from .model import Protocol
from .node import Node
from .refusal import Finding, Findings, refuse
from .terms import phase_of, study_type_of
from .usdm_design import (
    learn_design_ids,
    read_activities,
    read_arms,
    read_cells,
    read_concepts,
    read_elements,
    read_encounters,
    read_epochs,
    read_schedule_conditions,
    read_timelines,
)  # fmt: skip
from .usdm_source import UsdmSource, code_under, objects_by_id, term, terms
from .usdm_study import (
    read_amendments,
    read_countries,
    read_criteria,
    read_dates,
    read_identifiers,
    read_indications,
    read_interventions,
    read_objectives,
    read_organizations,
    read_population,
    read_sites,
    read_titles,
)  # fmt: skip


def read_usdm(
    source: bytes | BinaryIO, *, maximum_bytes: int = MAXIMUM_BYTES, warnings: list[Finding] | None = None
) -> Protocol:
    """Return the protocol of a USDM JSON file, with every visit placed on its study day.

    source         the file's bytes or a binary stream; the first version and first design are read.
    maximum_bytes  the largest size accepted, bytes.
    warnings       receives what was noticed but did not refuse the file.
    Raises         ProtocolUnreadable with located findings: not JSON, too large or deep, wrong types,
                   references to nothing, circles among timings, groups or timelines.
    Source         CDISC USDM 4.0 (and 3.x where lists stood elsewhere).
    """
    parsed = parse_json(read_bytes(source, maximum_bytes))
    findings = Findings()
    if not isinstance(parsed, dict):
        raise refuse("", refusal.OBJECT_EXPECTED)
    root = Node(parsed, "", findings)
    usdm = _open(root, findings)
    protocol = _protocol(usdm, root.text("usdmVersion"))
    findings.refuse_errors()
    if warnings is not None:
        warnings.extend(findings.warnings)
    return protocol


def _open(root: Node, findings: Findings) -> UsdmSource:
    study = root.node("study") or root.node("clinicalStudy")
    findings.refuse_errors()
    if study is None:
        raise refuse("study", refusal.MISSING, field="study")
    version = _first(study, "versions", "studyVersions")
    findings.refuse_errors()
    if version is None:
        raise refuse(study.at("versions"), refusal.MISSING, field="versions")
    design = _first(version, "studyDesigns")
    findings.refuse_errors()
    if design is None:
        raise refuse(version.at("studyDesigns"), refusal.MISSING, field="studyDesigns")
    return UsdmSource(study, version, design, objects_by_id(study.value), findings)


def _first(node: Node, *keys: str) -> Node | None:
    """Return the first entry of a list and note if it is not the only one."""
    entries = list(node.nodes(*keys))
    if len(entries) > 1:
        node.findings.warning(node.at(keys[0]), refusal.FIRST_ONLY, count=len(entries))
    return next(iter(entries), None)


def _protocol(source: UsdmSource, usdm_version: str) -> Protocol:
    design, version = source.design, source.version
    learn_design_ids(source)
    organizations = read_organizations(source)
    source.findings.refuse_errors()
    indications = read_indications(source)
    titles = read_titles(source)
    name = source.study.text("name", "label") or next((title.text for title in titles), "")
    if not name:
        source.findings.error(source.study.at("name"), refusal.MISSING, field="name")
    # USDM 3 keeps type and phase at the version, USDM 4 at the design.
    typed = design if design.has("studyType") else version
    phased = code_under(design if design.has("studyPhase") else version, "studyPhase")
    return Protocol(
        name=name,
        titles=titles,
        source="usdm",
        source_version=usdm_version,
        identifiers=read_identifiers(source, organizations),
        version=version.text("versionIdentifier", "studyVersion"),
        rationale=source.prose(version, "rationale", "studyRationale"),
        dates=read_dates(source),
        study_type=study_type_of(term(typed, "studyType") or design.text("instanceType")),
        phase=phase_of(phased.code, phased.text),
        sponsor=next((item.name for item in organizations if _is_sponsor(item.roles)), ""),
        organizations=organizations,
        therapeutic_areas=terms(design, "therapeuticAreas"),
        conditions=tuple(dict.fromkeys(item.name for item in indications if item.name)),
        indications=indications,
        characteristics=(*terms(design, "characteristics"), *terms(design, "subTypes")),
        intervention_model=term(design, "model") or term(design, "interventionModel"),
        blinding=term(design, "blindingSchema"),
        purpose=", ".join(terms(design, "intentTypes") or terms(design, "trialIntentTypes")),
        arms=read_arms(source),
        epochs=read_epochs(source),
        elements=read_elements(source),
        cells=read_cells(source),
        encounters=read_encounters(source),
        activities=read_activities(source),
        concepts=read_concepts(source),
        timelines=read_timelines(source),
        schedule_conditions=read_schedule_conditions(source),
        objectives=read_objectives(source),
        criteria=read_criteria(source),
        population=read_population(source),
        interventions=read_interventions(source),
        sites=read_sites(source),
        countries=read_countries(source),
        amendments=read_amendments(source),
    )


def _is_sponsor(roles: tuple[str, ...]) -> bool:
    return any("sponsor" in role.lower() and "co-" not in role.lower() for role in roles)
