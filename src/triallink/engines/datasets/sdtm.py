"""From collected answers to SDTM records, led by the annotations of the CRF.

An annotation says where an answer goes: `VSORRES when VSTESTCD = SYSBP`, `RACEOTH in SUPPDM`, `VSORRESU = mmHg`,
`CMDOSE;CMDOSTXT`, `[NOT SUBMITTED]`. Source: COSMoS CRF specializations (sdtm_annotation), SDTMIG v3.4.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from triallink.engines.datasets import findings as f
from triallink.engines.datasets.findings import Finding
from triallink.engines.datasets.model import Dataset, Variable
from triallink.engines.datasets.sdtm_variables import DOMAINS, SUPPLEMENTAL, variables_of

NOT_SUBMITTED = "[NOT SUBMITTED]"
ANSWER_COLUMNS = ("USUBJID", "RECORD", "ITEM", "VALUE")
_TARGET = re.compile(
    r"(?P<variable>[A-Z][A-Z0-9]{1,7})(?:\s*=\s*(?P<assigned>.+?))?(?:\s+in\s+(?P<supp>SUPP[A-Z]{2}))?"
    r"(?:\s+(?:when|where)\s+(?P<by>[A-Z][A-Z0-9]{1,7})\s*=\s*(?P<value>.+?))?\s*\Z"
)
_DEMOGRAPHICS = frozenset(name for name, _ in variables_of("DM"))
# Some annotations name the collected variable, such as AESTDAT, for the date and time it is submitted in.
_COLLECTED_MOMENT = re.compile(r"^([A-Z]{2}(?:ST|EN)?)(?:DAT|TIM)\Z")
_NO = frozenset({"N", "NO", "0", "FALSE"})


@dataclass(frozen=True)
class Target:
    """One place an answer goes to.

    assigned   a value that is written whatever the answer; "" for the answer itself.
    when       (variable, value) that tells which record of several it belongs to, empty for all of them.
    qualifies  the supplemental dataset it goes to, "" for the domain itself.
    """

    variable: str
    assigned: str = ""
    when: tuple[str, str] | tuple[()] = ()
    qualifies: str = ""


@dataclass(frozen=True)
class Annotation:
    """All places an answer goes to; `is_question_only` if the answer itself is not submitted."""

    targets: tuple[Target, ...]
    is_question_only: bool = False


def parse_annotation(text: str) -> Annotation:
    """Return an annotation as the places it names.

    Raises  ValueError for a text that is none.
    Source  the 2,073 annotations of the COSMoS CRF specializations (tests/engines/datasets).
    """
    parts = [part.strip() for part in text.split(";") if part.strip()]
    targets = []
    for part in parts:
        if part == NOT_SUBMITTED:
            continue
        found = _TARGET.match(part)
        if found is None:
            raise ValueError(f"{part!r} is not an SDTM annotation")
        when = (found["by"], found["value"].strip()) if found["by"] else ()
        variable = _COLLECTED_MOMENT.sub(r"\1DTC", found["variable"])
        targets.append(Target(variable, (found["assigned"] or "").strip(), when, found["supp"] or ""))
    return Annotation(tuple(targets), NOT_SUBMITTED in parts)


def domain_of(annotation: str) -> str:
    """Return the domain the answers of an annotation go to, "" if it names none.

    Raises  ValueError for a text that is no annotation.
    """
    for target in parse_annotation(annotation).targets:
        if target.qualifies:
            return target.qualifies.removeprefix("SUPP")
        if target.variable in _DEMOGRAPHICS:
            return "DM"
        if target.variable[:2] in DOMAINS:
            return target.variable[:2]
    return ""


@dataclass(frozen=True)
class Mapped:
    """The datasets of a domain, the supplemental one only if something goes there, and what could not be placed."""

    domain: Dataset
    supplemental: Dataset | None
    findings: tuple[Finding, ...]


@dataclass
class _Row:
    values: dict[str, str] = field(default_factory=dict)
    qualifiers: dict[str, str] = field(default_factory=dict)
    is_collected: bool = False


def map_domain(
    domain: str,
    annotations: Mapping[str, str],
    answers: pl.DataFrame,
    *,
    study: str,
    label: str = "",
    labels: Mapping[str, str] | None = None,
    codes: Mapping[str, Mapping[str, str]] | None = None,
) -> Mapped:
    """Return the SDTM records of a domain.

    annotations  by item; an item without one is left out and said so.
    answers      String columns USUBJID, RECORD (what was filled in together), ITEM, VALUE; in the order collected.
    labels       of variables, also supplemental ones, by name.
    codes        by item: the submitted value of each coded answer; an answer that is none of them is written as it is
                 and told.
    Returns      a record per condition met in what was filled in together, numbered by subject in --SEQ.
    Raises       ValueError if a column is missing or an annotation cannot be read.
    Source       COSMoS CRF specializations; SDTMIG v3.4, sections 2.2 and 8.4 (supplemental qualifiers).
    """
    missing = [name for name in ANSWER_COLUMNS if name not in answers.columns]
    if missing:
        raise ValueError(f"the answers have no column {missing[0]!r}")
    parsed = {item: parse_annotation(text) for item, text in annotations.items()}
    found: dict[str, Finding] = {}
    rows: list[tuple[str, _Row]] = []
    together = answers.select(ANSWER_COLUMNS).partition_by(["USUBJID", "RECORD"], maintain_order=True)
    for record in together:
        subject = str(record["USUBJID"][0])
        given = {
            str(item): _decoded(str(item), value, codes or {}, domain, found)
            for item, value in record.select("ITEM", "VALUE").iter_rows()
        }
        rows += [(subject, row) for row in _rows(given, parsed, domain, found)]
    return Mapped(
        _domain_dataset(domain, rows, study, label, labels or {}),
        _supplemental_dataset(domain, rows, study, labels or {}),
        tuple(found.values()),
    )


def _decoded(
    item: str,
    value: str | None,
    codes: Mapping[str, Mapping[str, str]],
    domain: str,
    found: dict[str, Finding],
) -> str | None:
    if value is None or value == "" or item not in codes:
        return value
    if value not in codes[item]:
        params = {"found": value, "item": item}
        found.setdefault(f"{item}\0{value}", Finding(f.NOT_A_CODE, params, domain, severity="warning"))
    return codes[item].get(value, value)


def _rows(
    given: Mapping[str, str | None], parsed: Mapping[str, Annotation], domain: str, found: dict[str, Finding]
) -> list[_Row]:
    """Return the records of what was filled in together: one for each condition, one if there is none."""
    rows: dict[tuple[str, str] | tuple[()], _Row] = {}
    for item, value in given.items():
        if item not in parsed:
            found.setdefault(item, Finding(f.NOT_MAPPED, {"item": item}, domain, severity="warning"))
            continue
        for target, written in _placed(parsed[item], value, item, domain, found):
            row = rows.setdefault(target.when, _Row())
            if target.when:
                row.values.setdefault(*target.when)
            place = row.qualifiers if target.qualifies else row.values
            place[target.variable] = _joined(place.get(target.variable), written, target.variable)
            row.is_collected = row.is_collected or not target.assigned or parsed[item].is_question_only
    shared = rows.pop((), None)
    if not rows:
        return [shared] if shared and shared.is_collected else []
    kept = [row for row in rows.values() if row.is_collected]
    for row in kept if shared else ():
        row.values = {**shared.values, **row.values} if shared else row.values
        row.qualifiers = {**shared.qualifiers, **row.qualifiers} if shared else row.qualifiers
    return kept


def _placed(
    annotation: Annotation, value: str | None, item: str, domain: str, found: dict[str, Finding]
) -> list[tuple[Target, str]]:
    """Return what is written where for one answer."""
    if annotation.is_question_only:
        # "Was it done?" is not submitted itself; only a No makes the record that says so.
        said_no = (value or "").strip().upper() in _NO
        return [(target, target.assigned) for target in annotation.targets if target.assigned and said_no]
    assigned = [(target, target.assigned) for target in annotation.targets if target.assigned]
    open_ = [target for target in annotation.targets if not target.assigned]
    if value is None or value == "" or not open_:
        return assigned
    if len(open_) == 1:
        return [*assigned, (open_[0], value)]
    number, text = open_[0], open_[-1]
    if len(open_) == 2 and text.variable.endswith("TXT"):
        return [*assigned, (number if _is_number(value) else text, value)]
    found.setdefault(item, Finding(f.MAPPED_TWICE, {"item": item}, domain, severity="warning"))
    return assigned


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text.strip()) is not None


def _joined(before: str | None, value: str, variable: str) -> str:
    """Return a date and a time that go to the same variable as one; otherwise the later answer."""
    if before is not None and variable.endswith("DTC"):
        date, time = (before, value) if "-" in before else (value, before)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", date) and re.match(r"\d{2}:", time):
            return f"{date}T{time}"
    return value


def _domain_dataset(
    domain: str, rows: Sequence[tuple[str, _Row]], study: str, label: str, labels: Mapping[str, str]
) -> Dataset:
    sequence = f"{domain}SEQ"
    names = list(dict.fromkeys(name for _, row in rows for name in row.values))
    fixed = ("STUDYID", "DOMAIN", "USUBJID", sequence)
    names = [name for name in names if name not in fixed]
    columns: dict[str, pl.Series] = {
        "STUDYID": pl.Series([study] * len(rows), dtype=pl.String),
        "DOMAIN": pl.Series([domain] * len(rows), dtype=pl.String),
        "USUBJID": pl.Series([subject for subject, _ in rows], dtype=pl.String),
    }
    if domain != "DM":  # one record per subject is not numbered
        columns[sequence] = pl.Series(_sequence(rows), dtype=pl.Int64)
    for name in names:
        columns[name] = pl.Series([row.values.get(name) for _, row in rows], dtype=pl.String)
    variables = tuple(
        Variable(name, labels.get(name, ""), "integer" if name == sequence else "string") for name in columns
    )
    return Dataset(domain, label, variables, pl.DataFrame(columns))


def _sequence(rows: Sequence[tuple[str, _Row]]) -> list[int]:
    seen: dict[str, int] = {}
    numbers = []
    for subject, _ in rows:
        seen[subject] = seen.get(subject, 0) + 1
        numbers.append(seen[subject])
    return numbers


def _supplemental_dataset(
    domain: str, rows: Sequence[tuple[str, _Row]], study: str, labels: Mapping[str, str]
) -> Dataset | None:
    # DM has one record per subject; a qualifier of it needs no identifying variable.
    sequence = "" if domain == "DM" else f"{domain}SEQ"
    lines = [
        (
            study,
            domain,
            subject,
            sequence,
            str(number) if sequence else "",
            name,
            labels.get(name, name),
            value,
        )
        for (subject, row), number in zip(rows, _sequence(rows), strict=True)
        for name, value in row.qualifiers.items()
    ]
    if not lines:
        return None
    frame = pl.DataFrame(
        [(*line, "CRF", "") for line in lines],
        schema=dict.fromkeys((name for name, _ in SUPPLEMENTAL), pl.String),
        orient="row",
    )
    variables = tuple(Variable(name, label) for name, label in SUPPLEMENTAL)
    return Dataset(f"SUPP{domain}", f"Supplemental Qualifiers for {domain}", variables, frame)
