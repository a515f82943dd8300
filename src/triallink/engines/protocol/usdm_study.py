"""Reading what surrounds the design of a USDM study: names, people and places, population, interventions."""

from . import refusal
from .model import (
    Administration,
    Amendment,
    Code,
    Cohort,
    Country,
    Criterion,
    Endpoint,
    Identifier,
    Indication,
    Intervention,
    KeyDate,
    Objective,
    Organization,
    Population,
    Quantity,
    Site,
    Title,
)  # fmt: skip
from .node import Node
from .terms import criterion_category_of, sex_of, title_kind_of
from .usdm_source import UsdmSource, code_in, code_under, codes, count, in_order, quantity, term, terms


def read_titles(source: UsdmSource) -> tuple[Title, ...]:
    """Return the titles; USDM 2 knows a single `studyTitle`."""
    titles = tuple(
        Title(title_kind_of(term(node, "type")), source.prose(node, "text"))
        for node in source.version.nodes("titles")
        if node.has("text")
    )
    if not titles:
        single = source.version.text("studyTitle") or source.study.text("studyTitle")
        titles = (Title("official", single),) if single else ()
    return titles


def read_organizations(source: UsdmSource) -> tuple[Organization, ...]:
    """Return the organizations with their roles in the study."""
    roles: dict[str, list[str]] = {}
    for role in source.version.nodes("roles"):
        for organization_id in role.texts("organizationIds"):
            roles.setdefault(organization_id, []).append(term(role, "code") or role.text("label"))
    return tuple(
        _organization(node, tuple(roles.get(node.text("id"), ()))) for node in _organization_nodes(source)
    )


def _organization_nodes(source: UsdmSource) -> list[Node]:
    """USDM 4 lists organizations in the version; USDM 3 nests them in the identifiers."""
    listed = list(source.version.nodes("organizations"))
    if listed:
        return listed
    nested = [node.node("studyIdentifierScope") for node in source.version.nodes("studyIdentifiers")]
    return [node for node in nested if node]


def _organization(node: Node, roles: tuple[str, ...]) -> Organization:
    kind = term(node, "type") or term(node, "organizationType")
    address = node.node("legalAddress") or node.node("organizationLegalAddress")
    if not roles and "sponsor" in kind.lower() and not node.has("managedSites"):
        # Until USDM 4 the organization's type, not a role, said who the sponsor is.
        roles = ("Sponsor",)
    return Organization(
        id=node.text("id"),
        name=node.text("label", "name"),
        kind=kind,
        city=address.text("city") if address else "",
        country=term(address, "country") if address else "",
        roles=roles,
    )


def read_identifiers(source: UsdmSource, organizations: tuple[Organization, ...]) -> tuple[Identifier, ...]:
    """Return study and reference identifiers with the organization that gave them."""
    names = {organization.id: organization for organization in organizations}
    identifiers = []
    for key in ("studyIdentifiers", "referenceIdentifiers"):
        for node in source.version.nodes(key):
            nested = node.node("studyIdentifierScope")
            scope = nested.text("id") if nested else node.text("scopeId")
            if scope and scope not in names:
                source.findings.error(node.at("scopeId"), refusal.DANGLING, id=scope[:60])
                continue
            giver = names.get(scope)
            kind = term(node, "type") or (giver.kind if giver else "")
            text = node.text("text", "studyIdentifier")
            if text:
                identifiers.append(Identifier(text, giver.name if giver else "", kind))
    return tuple(identifiers)


def read_sites(source: UsdmSource) -> tuple[Site, ...]:
    """Return the sites that organizations manage for the study."""
    sites = []
    for organization in _organization_nodes(source):
        address = organization.node("legalAddress")
        for node in organization.nodes("managedSites"):
            sites.append(
                Site(
                    name=node.text("label", "name"),
                    # A site has no address of its own in USDM; its organization's is the nearest fact.
                    city=address.text("city") if address else "",
                    state=address.text("state") if address else "",
                    country=term(node, "country"),
                    id=node.text("id"),
                    organization=organization.text("label", "name"),
                )
            )
    return tuple(sites)


def read_countries(source: UsdmSource) -> tuple[Country, ...]:
    """Return the countries named by sites, by the scope of dates and amendments, and by planned enrollments."""
    found: dict[str, Country] = {}

    def add(country: Code | None, planned: int | None = None) -> None:
        if country and country.text and (country.text not in found or planned is not None):
            found[country.text] = Country(country.text, country.code, planned)

    for organization in _organization_nodes(source):
        for site in organization.nodes("managedSites"):
            add(code_in(site.node("country")))
    amendments = list(source.version.nodes("amendments"))
    for scoped in (*source.version.nodes("dateValues"), *amendments):
        for scope in scoped.nodes("geographicScopes"):
            add(_country(scope))
    for amendment in amendments:
        for enrollment in amendment.nodes("enrollments"):
            # USDM 3 wrote the scope into the enrollment itself.
            add(_country(enrollment.node("forGeographicScope") or enrollment), count(enrollment, "quantity"))
    return tuple(found.values())


def _country(scope: Node) -> Code | None:
    return code_in(scope.node("code")) if "country" in term(scope, "type").lower() else None


def read_dates(source: UsdmSource) -> tuple[KeyDate, ...]:
    """Return the governance dates of the version."""
    return tuple(
        KeyDate(term(node, "type"), node.text("dateValue"), node.text("label", "name"))
        for node in source.version.nodes("dateValues")
        if node.has("dateValue")
    )


def read_indications(source: UsdmSource) -> tuple[Indication, ...]:
    """Return the indications of the design."""
    return tuple(
        Indication(
            id=node.text("id"),
            name=node.text("label") or source.prose(node, "description") or node.text("name"),
            description=source.prose(node, "description"),
            codes=codes(node, "codes"),
            is_rare_disease=bool(node.flag("isRareDisease")),
        )
        for node in source.design.nodes("indications")
    )


def read_objectives(source: UsdmSource) -> tuple[Objective, ...]:
    """Return the objectives with their endpoints."""
    return tuple(
        Objective(
            id=node.text("id"),
            name=node.text("name"),
            text=source.prose(node, "text", "description"),
            level=term(node, "level"),
            endpoints=tuple(
                Endpoint(
                    item.text("id"),
                    item.text("name"),
                    source.prose(item, "text", "description"),
                    term(item, "level"),
                    item.text("purpose"),
                )
                for item in node.nodes("endpoints")
            ),
        )
        for node in source.design.nodes("objectives")
    )


def read_criteria(source: UsdmSource) -> tuple[Criterion, ...]:
    """Return the eligibility criteria in plain text, in their own order."""
    items = {node.text("id"): node for node in source.version.nodes("eligibilityCriterionItems")}
    source.known["criterion items"] = set(items)
    nodes = list(source.design.nodes("eligibilityCriteria"))
    population = source.design.node("population") if not nodes else None
    if population:
        nodes = list(population.nodes("criteria"))
    criteria = []
    for node in in_order(source, nodes):
        item_id = source.reference(node, "criterion items", "criterionItemId")
        category = code_under(node, "category")
        text = source.prose(items[item_id], "text") if item_id else source.prose(node, "text")
        kind = criterion_category_of(category.code, category.text)
        if not kind:
            source.findings.warning(node.at("category"), refusal.UNKNOWN_VALUE, value=category.text[:60])
            continue
        criteria.append(
            Criterion(node.text("id"), kind, text, node.text("identifier"), node.text("label", "name"))
        )
    return tuple(criteria)


def read_population(source: UsdmSource) -> Population:
    """Return the planned population."""
    node = source.design.node("population")
    if node is None:
        populations = list(source.design.nodes("studyPopulations", "populations"))
        if not populations:
            return Population()
        node = populations[0]
    cohorts = list(node.nodes("cohorts"))
    # A population that leaves its ages, sexes or size to its cohorts spans all of them.
    parts = [node, *cohorts]
    ages = [_ages(part) for part in ([node] if node.has("plannedAge") else parts)]
    sexes = [terms(part, "plannedSex") for part in ([node] if node.has("plannedSex") else parts)]
    return Population(
        description=source.prose(node, "description"),
        planned_enrollment=_planned_of_all(node, cohorts, "plannedEnrollmentNumber"),
        planned_completion=_planned_of_all(node, cohorts, "plannedCompletionNumber"),
        minimum_age=min((low for low, _ in ages if low), key=_in_years, default=None),
        maximum_age=max((high for _, high in ages if high), key=_in_years, default=None),
        sex=sex_of(tuple(sex for part in sexes for sex in part)),
        includes_healthy=node.flag("includesHealthySubjects"),
        cohorts=tuple(
            Cohort(
                id=item.text("id"),
                name=item.text("name"),
                label=item.text("label"),
                description=source.prose(item, "description"),
                planned_enrollment=_planned(item, "plannedEnrollmentNumber"),
            )
            for item in cohorts
        ),
    )


def _in_years(age: Quantity) -> float:
    parts = {"month": 12, "week": 52, "day": 365, "hour": 8760}
    return age.value / parts.get(age.unit.lower().rstrip("s"), 1)


def _planned_of_all(node: Node, cohorts: list[Node], key: str) -> int | None:
    own = _planned(node, key)
    parts = [_planned(cohort, key) for cohort in cohorts]
    whole = [part for part in parts if part is not None]
    return sum(whole) if own is None and whole and len(whole) == len(parts) else own


def _planned(node: Node, key: str) -> int | None:
    """USDM 4 says plannedEnrollmentNumber, some writers plannedEnrollmentNumberQuantity or …Range."""
    for name in (key, f"{key}Quantity", f"{key}Range"):
        if node.has(name):
            return count(node, name)
    return None


def _ages(node: Node) -> tuple[Quantity | None, Quantity | None]:
    ages = node.node("plannedAge")
    if ages is None:
        return None, None
    unit = term(ages, "unit")
    bounds: list[Quantity | None] = []
    for key in ("minValue", "maxValue"):
        if isinstance(ages.value.get(key), dict):
            bounds.append(quantity(ages.node(key)))
        else:
            value = ages.number(key)
            bounds.append(None if value is None else Quantity(value, unit))
    return bounds[0], bounds[1]


def read_interventions(source: UsdmSource) -> tuple[Intervention, ...]:
    """Return the interventions with how they are given."""
    return tuple(
        Intervention(
            id=node.text("id"),
            name=node.text("name"),
            label=node.text("label"),
            description=source.prose(node, "description"),
            kind=term(node, "type"),
            role=term(node, "role"),
            codes=codes(node, "codes"),
            administrations=tuple(
                _administration(source, item)
                for item in node.nodes("administrations", "agentAdministrations")
            ),
        )
        for node in source.lists("studyInterventions")
    )


def _administration(source: UsdmSource, node: Node) -> Administration:
    duration = node.node("duration")
    text = ""
    if duration:
        length = quantity(duration.node("quantity"))
        text = duration.text("text", "description") or (
            f"{length.value:g} {length.unit}".strip() if length else ""
        )
    return Administration(
        id=node.text("id"),
        name=node.text("label", "name"),
        description=source.prose(node, "description"),
        dose=quantity(node.node("dose")),
        route=term(node, "route"),
        frequency=term(node, "frequency"),
        duration=text,
    )


def read_amendments(source: UsdmSource) -> tuple[Amendment, ...]:
    """Return the amendments as listed."""
    return tuple(_amendment(source, node) for node in source.version.nodes("amendments"))


def _amendment(source: UsdmSource, node: Node) -> Amendment:
    enrolled = [count(item, "quantity") for item in node.nodes("enrollments")]
    return Amendment(
        id=node.text("id"),
        number=node.text("number"),
        name=node.text("label", "name"),
        summary=source.prose(node, "summary"),
        primary_reason=_reason(node.node("primaryReason")),
        secondary_reasons=tuple(filter(None, (_reason(item) for item in node.nodes("secondaryReasons")))),
        changes=tuple(
            filter(None, (source.prose(item, "summary", "label", "name") for item in node.nodes("changes")))
        ),
        on=next((item.text("dateValue") for item in node.nodes("dateValues")), ""),
        planned_enrollment=next((number for number in enrolled if number is not None), None),
    )


def _reason(node: Node | None) -> str:
    if node is None:
        return ""
    code = code_in(node.node("code"))
    return node.text("otherReason") or (code.text if code else "")
