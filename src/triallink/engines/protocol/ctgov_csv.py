"""Reading one row of a ClinicalTrials.gov table: its CSV download, old or new, or an extract of it."""

import re
from collections.abc import Iterable, Mapping

from . import refusal
from .criteria_text import split_criteria
from .ctgov import REGISTRY, age_of
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
from .places import countries_of, site_of
from .refusal import Finding, Findings
from .terms import phase_of, sex_of, study_type_of

MAXIMUM_CELL = 1_000_000

# Our field: the columns it may stand in, written without case, spaces and signs.
_COLUMNS = {
    "nct_id": ("nctnumber", "nctid"),
    "title": ("studytitle", "title", "brieftitle"),
    "official_title": ("officialtitle",),
    "acronym": ("acronym",),
    "status": ("studystatus", "status", "overallstatus"),
    "summary": ("briefsummary", "summary"),
    "conditions": ("conditions", "condition"),
    "interventions": ("interventions", "intervention"),
    "primary": ("primaryoutcomemeasures", "outcomemeasures"),
    "secondary": ("secondaryoutcomemeasures",),
    "other": ("otheroutcomemeasures",),
    "sponsor": ("sponsor", "leadsponsor", "sponsorcollaborators"),
    "collaborators": ("collaborators",),
    "funder": ("fundertype", "fundedbys", "funder"),
    "sex": ("sex", "gender"),
    "age": ("age", "agegroup"),
    "minimum_age": ("minage", "minimumage"),
    "maximum_age": ("maxage", "maximumage"),
    "phase": ("phases", "phase"),
    "enrollment": ("enrollment",),
    "study_type": ("studytype",),
    "design": ("studydesign", "studydesigns"),
    "other_ids": ("otherids",),
    "start": ("startdate", "start"),
    "primary_completion": ("primarycompletiondate", "primarycompletion"),
    "completion": ("completiondate", "completion"),
    "first_posted": ("firstposted", "studyfirstposted"),
    "last_update_posted": ("lastupdateposted",),
    "locations": ("locations",),
    "criteria": ("criteria", "eligibilitycriteria"),
    "keywords": ("keywords",),
}
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_LONG_DATE = re.compile(r"^([A-Za-z]{3,9})\.?\s+(?:(\d{1,2}),\s*)?(\d{4})$")
_DAY_MONTH_YEAR = re.compile(r"^(\d{1,2})[- ]([A-Za-z]{3})[- ](\d{4})$")


def read_ctgov_csv_row(
    row: Mapping[str, object],
    *,
    locations: Iterable[Mapping[str, object]] = (),
    warnings: list[Finding] | None = None,
) -> Protocol:
    """Return the protocol of one table row.

    row        column name to cell text; columns of the 2023 download ("NCT Number", "Study Title", …), of the
               older one ("Title", "Gender", …) and of extracts ("nct_id", "title", …) are known, others ignored.
    locations  rows with facility, city, state, country for this study, when they stand in a table of their own.
    warnings   receives what was noticed but did not refuse the row.
    Raises     ProtocolUnreadable, located by column, without an NCT number or with a cell that is not text.
    Source     ClinicalTrials.gov, "Download" tables before and since 2023.
    """
    findings = Findings()
    cells = _cells(row, findings)
    if not re.fullmatch(r"NCT\d{8}", cells["nct_id"]):
        template = refusal.UNKNOWN_VALUE if cells["nct_id"] else refusal.MISSING
        findings.error("NCT Number", template, value=cells["nct_id"][:60], field="NCT Number")
    findings.refuse_errors()
    protocol = _protocol(cells, tuple(_placed(item) for item in locations), findings)
    if warnings is not None:
        warnings.extend(findings.warnings)
    return protocol


def _cells(row: Mapping[str, object], findings: Findings) -> dict[str, str]:
    by_column: dict[str, str] = {}
    for column, value in row.items():
        if value is None or column is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            findings.error(str(column)[:60], refusal.TEXT_EXPECTED)
            continue
        text = str(value)
        if len(text) > MAXIMUM_CELL:
            findings.error(str(column)[:60], refusal.TOO_LARGE, limit_mb=MAXIMUM_CELL // 1_000_000)
        elif "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            findings.error(str(column)[:60], refusal.BAD_CHARACTER)
        else:
            by_column.setdefault(re.sub(r"[^a-z]", "", str(column).lower()), text.strip())
    return {
        name: next((by_column[column] for column in columns if by_column.get(column)), "")
        for name, columns in _COLUMNS.items()
    }


def _protocol(cells: dict[str, str], placed: tuple[Site, ...], findings: Findings) -> Protocol:
    conditions = _list(cells["conditions"])
    design = dict(part.split(": ", 1) for part in re.split(r"\|", cells["design"]) if ": " in part)
    design = {key.strip().lower(): value.strip() for key, value in design.items()}
    sites = placed or tuple(site for text in _list(cells["locations"]) if (site := site_of(text)))
    sponsors = [*_list(cells["sponsor"]), *_list(cells["collaborators"])]
    titles = (("official", "official_title"), ("brief", "title"), ("acronym", "acronym"))
    interventions = _interventions(cells["interventions"])
    study_type = study_type_of(cells["study_type"])
    return Protocol(
        name=cells["nct_id"],
        titles=tuple(Title(kind, cells[key]) for kind, key in titles if cells[key]),
        source="ctgov_csv",
        identifiers=(
            Identifier(cells["nct_id"], REGISTRY, "registry"),
            *(Identifier(text) for text in _list(cells["other_ids"])),
        ),
        version=_date(cells["last_update_posted"]),
        summary=cells["summary"],
        status=cells["status"].upper().replace(", ", "_").replace(" ", "_"),
        dates=tuple(
            KeyDate(kind, _date(cells[kind]))
            for kind in ("start", "primary_completion", "completion", "first_posted", "last_update_posted")
            if cells[kind]
        ),
        study_type=study_type,
        phase=phase_of("", cells["phase"].replace("|", " ")),
        sponsor=sponsors[0] if sponsors else "",
        organizations=tuple(
            Organization(
                f"organization-{number}", name, cells["funder"] if number == 1 else "", roles=(role,)
            )
            for number, (name, role) in enumerate(
                zip(sponsors, ["Sponsor"] + ["Collaborator"] * len(sponsors), strict=False), start=1
            )
        ),
        conditions=conditions,
        keywords=_list(cells["keywords"]),
        indications=tuple(
            Indication(f"condition-{number}", name) for number, name in enumerate(conditions, 1)
        ),
        intervention_model=design.get("intervention model", design.get("observational model", "")),
        allocation=design.get("allocation", ""),
        blinding=design.get("masking", ""),
        purpose=design.get("primary purpose", design.get("time perspective", "")),
        arms=_arms(design, interventions),
        objectives=tuple(_objectives(cells)),
        criteria=split_criteria(cells["criteria"]),
        population=_population(cells, findings),
        interventions=interventions,
        sites=sites,
        countries=countries_of(sites),
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split("|") if part.strip()))


def _placed(row: Mapping[str, object]) -> Site:
    def cell(name: str) -> str:
        value = row.get(name)
        return value.strip() if isinstance(value, str) else ""

    return Site(cell("facility"), cell("city"), cell("state"), cell("country"), status=cell("loc_status"))


def _interventions(text: str) -> tuple[Intervention, ...]:
    found = []
    for number, part in enumerate(_list(text), 1):
        kind, separator, name = part.partition(": ")
        kind, name = (kind, name) if separator else ("", part)
        found.append(Intervention(f"intervention-{number}", name.strip(), name.strip(), kind=kind.strip()))
    return tuple(found)


def _arms(design: dict[str, str], interventions: tuple[Intervention, ...]) -> tuple[Arm, ...]:
    """The table lists no arms; a single-group design has exactly one, and that one receives everything."""
    model = design.get("intervention model", "").upper().replace(" ", "_")
    if "SINGLE_GROUP" not in model:
        return ()
    return (Arm("arm-1", "Single group", intervention_ids=tuple(item.id for item in interventions)),)


def _objectives(cells: dict[str, str]) -> Iterable[Objective]:
    for level in ("primary", "secondary", "other"):
        endpoints = tuple(
            Endpoint(f"{level}-{number}", text.split(",", 1)[0], text, level)
            for number, text in enumerate(_list(cells[level]), 1)
        )
        if endpoints:
            yield Objective(f"objective-{level}", level, "", level, endpoints)


def _population(cells: dict[str, str], findings: Findings) -> Population:
    minimum, maximum = age_of(cells["minimum_age"]), age_of(cells["maximum_age"])
    if minimum is None and maximum is None:
        minimum, maximum = _ages(cells["age"])
    return Population(
        planned_enrollment=_enrollment(cells["enrollment"], findings),
        minimum_age=minimum,
        maximum_age=maximum,
        sex=sex_of((cells["sex"],)),
    )


def _enrollment(text: str, findings: Findings) -> int | None:
    if not text or text.lower() in ("nan", "none", "n/a"):
        return None
    match = re.fullmatch(r"(\d{1,9})(?:\.0*)?", text.replace(",", ""))
    if not match:
        findings.warning("Enrollment", refusal.UNKNOWN_VALUE, value=text[:60])
        return None
    return int(match[1])


def _ages(text: str) -> tuple[Quantity | None, Quantity | None]:
    """The old table writes "18 Years to 65 Years   (Adult)", "18 Years and older", "up to 17 Years"."""
    found = [age_of(part) for part in re.findall(r"\d{1,3}\s+[A-Za-z]+", text)]
    ages = [age for age in found if age]
    lower = text.lower()
    if not ages:
        return None, None
    if len(ages) > 1:
        return ages[0], ages[1]
    if "older" in lower:
        return ages[0], None
    return None, ages[0]


def _date(text: str) -> str:
    """Return an ISO date as precise as the source: "June 2020" is 2020-06, "June 5, 2020" is 2020-06-05."""
    long, short = _LONG_DATE.match(text), _DAY_MONTH_YEAR.match(text)
    if long and long[1][:3].lower() in _MONTHS:
        month = f"{long[3]}-{_MONTHS[long[1][:3].lower()]:02d}"
        return f"{month}-{int(long[2]):02d}" if long[2] else month
    if short and short[2].lower() in _MONTHS:
        return f"{short[3]}-{_MONTHS[short[2].lower()]:02d}-{int(short[1]):02d}"
    return text
