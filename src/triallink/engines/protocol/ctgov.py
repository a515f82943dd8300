"""Reading one study record of ClinicalTrials.gov (API version 2, JSON)."""

import re
from typing import BinaryIO

from . import refusal
from .criteria_text import split_criteria
from .json_source import MAXIMUM_BYTES, parse_json, read_bytes
from .model import (
    Arm,
    Endpoint,
    Identifier,
    Indication,
    Intervention,
    KeyDate,
    Objective,
    Organization,
    Population,
    Protocol,
    Quantity,
    Site,
    Title,
)  # fmt: skip
from .node import Node
from .places import countries_of
from .refusal import Finding, Findings, refuse
from .terms import phase_of, sex_of, study_type_of

REGISTRY = "ClinicalTrials.gov"
_DATES = (
    ("start", "startDateStruct"),
    ("primary_completion", "primaryCompletionDateStruct"),
    ("completion", "completionDateStruct"),
    ("first_posted", "studyFirstPostDateStruct"),
    ("last_update_posted", "lastUpdatePostDateStruct"),
)
_AGE = re.compile(r"^\s*(\d{1,4})\s+(year|month|week|day|hour|minute)s?\b", re.IGNORECASE)


def read_ctgov_json(
    source: bytes | BinaryIO, *, maximum_bytes: int = MAXIMUM_BYTES, warnings: list[Finding] | None = None
) -> Protocol:
    """Return the protocol of a registry record.

    source    one study, or an answer with a `studies` list of which the first is read.
    warnings  receives what was noticed but did not refuse the file.
    Raises    ProtocolUnreadable with located findings if it is not such a record.
    Source    ClinicalTrials.gov API 2.0, study data structure.
    """
    parsed = parse_json(read_bytes(source, maximum_bytes))
    findings = Findings()
    root = _study(parsed, findings)
    section = root.node("protocolSection")
    findings.refuse_errors()
    if section is None:
        raise refuse(root.at("protocolSection"), refusal.MISSING, field="protocolSection")
    protocol = _protocol(section)
    findings.refuse_errors()
    if warnings is not None:
        warnings.extend(findings.warnings)
    return protocol


def _study(parsed: object, findings: Findings) -> Node:
    if isinstance(parsed, list) and parsed and isinstance(parsed[0], dict):
        return Node(parsed[0], "[0]", findings)
    if not isinstance(parsed, dict):
        raise refuse("", refusal.OBJECT_EXPECTED)
    root = Node(parsed, "", findings)
    if "studies" not in parsed:
        return root
    entries = list(root.nodes("studies"))
    first = next(iter(entries), None)
    findings.refuse_errors()
    if len(entries) > 1:
        findings.warning("studies", refusal.FIRST_ONLY, count=len(entries))
    if first is None:
        raise refuse("studies", refusal.MISSING, field="studies")
    return first


def _module(section: Node, name: str) -> Node:
    return section.node(name) or Node({}, section.at(name), section.findings)


def _inner(node: Node, key: str) -> Node:
    return node.node(key) or Node({}, node.at(key), node.findings)


def _protocol(section: Node) -> Protocol:
    naming = _module(section, "identificationModule")
    status = _module(section, "statusModule")
    sponsors = _module(section, "sponsorCollaboratorsModule")
    design = _module(section, "designModule")
    model = _inner(design, "designInfo")
    named = _module(section, "conditionsModule")
    conditions = named.texts("conditions")
    nct_id = naming.text("nctId")
    if not nct_id:
        section.findings.error(naming.at("nctId"), refusal.MISSING, field="nctId")
    sites = _sites(section)
    phases = design.texts("phases")
    masking = _inner(model, "maskingInfo")
    return Protocol(
        name=nct_id,
        titles=_titles(naming),
        source="ctgov_json",
        source_version="2",
        identifiers=_identifiers(naming, sponsors),
        version=_inner(status, "lastUpdatePostDateStruct").text("date"),
        summary=_module(section, "descriptionModule").text("briefSummary"),
        status=status.text("overallStatus"),
        dates=tuple(
            KeyDate(kind, _inner(status, key).text("date"), _inner(status, key).text("type"))
            for kind, key in _DATES
            if _inner(status, key).has("date")
        ),
        study_type=study_type_of(design.text("studyType")),
        phase=phase_of("", " ".join(phases)),
        sponsor=_inner(sponsors, "leadSponsor").text("name"),
        organizations=_organizations(sponsors),
        conditions=conditions,
        keywords=named.texts("keywords"),
        indications=tuple(
            Indication(f"condition-{number}", name) for number, name in enumerate(conditions, 1)
        ),
        intervention_model=model.text("interventionModel", "observationalModel"),
        allocation=model.text("allocation"),
        blinding=masking.text("masking"),
        purpose=model.text("primaryPurpose", "timePerspective"),
        arms=_arms(section),
        objectives=_objectives(section),
        criteria=split_criteria(_module(section, "eligibilityModule").text("eligibilityCriteria")),
        population=_population(section),
        interventions=_interventions(section),
        sites=sites,
        countries=countries_of(sites),
    )


def _titles(naming: Node) -> tuple[Title, ...]:
    keys = (("official", "officialTitle"), ("brief", "briefTitle"), ("acronym", "acronym"))
    return tuple(Title(kind, naming.text(key)) for kind, key in keys if naming.has(key))


def _identifiers(naming: Node, sponsors: Node) -> tuple[Identifier, ...]:
    own = _inner(naming, "orgStudyIdInfo").text("id")
    sponsor = _inner(sponsors, "leadSponsor").text("name")
    identifiers = [Identifier(naming.text("nctId"), REGISTRY, "registry")]
    if own:
        identifiers.append(Identifier(own, sponsor, "sponsor"))
    identifiers += [
        Identifier(node.text("id"), node.text("domain"), node.text("type").lower())
        for node in naming.nodes("secondaryIdInfos")
        if node.has("id")
    ]
    return tuple(identifiers)


def _organizations(sponsors: Node) -> tuple[Organization, ...]:
    lead = sponsors.node("leadSponsor")
    nodes = [(lead, "Sponsor")] if lead else []
    nodes += [(node, "Collaborator") for node in sponsors.nodes("collaborators")]
    return tuple(
        Organization(f"organization-{number}", node.text("name"), node.text("class"), roles=(role,))
        for number, (node, role) in enumerate(nodes, 1)
    )


def _arms(section: Node) -> tuple[Arm, ...]:
    module = _module(section, "armsInterventionsModule")
    given = _intervention_ids(module)
    return tuple(
        Arm(
            id=f"arm-{number}",
            name=node.text("label"),
            label=node.text("label"),
            description=node.text("description"),
            kind=node.text("type"),
            intervention_ids=tuple(
                given[name]
                for name in (_without_kind(text) for text in node.texts("interventionNames"))
                if name in given
            ),
        )
        for number, node in enumerate(module.nodes("armGroups"), 1)
    )


def _intervention_ids(module: Node) -> dict[str, str]:
    return {
        node.text("name"): f"intervention-{number}"
        for number, node in enumerate(module.nodes("interventions"), 1)
    }


def _without_kind(text: str) -> str:
    """An arm names its interventions with their kind in front ("Drug: Ventolast")."""
    return text.split(": ", 1)[-1].strip()


def _interventions(section: Node) -> tuple[Intervention, ...]:
    module = _module(section, "armsInterventionsModule")
    return tuple(
        Intervention(
            id=f"intervention-{number}",
            name=node.text("name"),
            label=node.text("name"),
            description=node.text("description"),
            kind=node.text("type"),
        )
        for number, node in enumerate(module.nodes("interventions"), 1)
    )


def _objectives(section: Node) -> tuple[Objective, ...]:
    module = _module(section, "outcomesModule")
    objectives = []
    for level in ("primary", "secondary", "other"):
        endpoints = tuple(
            Endpoint(
                id=f"{level}-{number}",
                name=node.text("measure"),
                text=node.text("description") or node.text("measure"),
                level=level,
                time_frame=node.text("timeFrame"),
            )
            for number, node in enumerate(module.nodes(f"{level}Outcomes"), 1)
        )
        if endpoints:
            objectives.append(Objective(f"objective-{level}", level, "", level, endpoints))
    return tuple(objectives)


def _population(section: Node) -> Population:
    eligibility = _module(section, "eligibilityModule")
    enrolled = _inner(_module(section, "designModule"), "enrollmentInfo").number("count")
    return Population(
        description=eligibility.text("studyPopulation"),
        planned_enrollment=None if enrolled is None or enrolled < 0 else round(enrolled),
        minimum_age=age_of(eligibility.text("minimumAge")),
        maximum_age=age_of(eligibility.text("maximumAge")),
        sex=sex_of((eligibility.text("sex"),)),
        includes_healthy=eligibility.flag("healthyVolunteers"),
    )


def age_of(text: str) -> Quantity | None:
    """Return an age such as "18 Years", or None for "N/A" and the like."""
    match = _AGE.match(text)
    return Quantity(float(match[1]), match[2].capitalize()) if match else None


def _sites(section: Node) -> tuple[Site, ...]:
    module = _module(section, "contactsLocationsModule")
    return tuple(
        Site(
            name=node.text("facility"),
            city=node.text("city"),
            state=node.text("state"),
            country=node.text("country"),
            status=node.text("status"),
        )
        for node in module.nodes("locations")
    )
