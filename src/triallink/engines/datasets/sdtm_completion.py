"""What SDTM derives from collected records: standard results, study days, test names, order, labels and types.

Source: SDTMIG v3.4, sections 4.4.4 (study day), 4.5.1 (original and standardized results), 8.4 (supplemental qualifiers).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from triallink.engines.datasets import findings as f
from triallink.engines.datasets.define.of_datasets import DatasetNotes, VariableNotes
from triallink.engines.datasets.findings import Finding
from triallink.engines.datasets.model import Dataset, DataType, Variable
from triallink.engines.datasets.sdtm import Mapped
from triallink.engines.datasets.sdtm_variables import (
    DOMAINS,
    NUMBERS,
    WHOLE_NUMBERS,
    generic_name,
    variables_of,
)

Conversion = Callable[[str, str], tuple[float, float] | None]
LONGEST_TEST = 40
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T|\Z)")
_DAYS_OF = {"DTC": "DY", "STDTC": "STDY", "ENDTC": "ENDY"}
_FINDINGS_ONLY = ("ORRES", "ORRESU", "STRESC", "STRESN", "STRESU")
_DERIVED = frozenset({"--SEQ", "--STRESC", "--STRESN", "--STRESU", "--DY", "--STDY", "--ENDY", "--TEST"})
_ASSIGNED = frozenset({"STUDYID", "DOMAIN", "USUBJID", "--TESTCD", "RDOMAIN"})


def completed(
    mapped: Mapped,
    *,
    reference_dates: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    tests: Mapping[str, str] | None = None,
    conversion: Conversion | None = None,
) -> Mapped:
    """Return the datasets of a domain with what follows from what was collected.

    reference_dates  RFSTDTC by subject; the first day is day 1, the day before it day -1, there is no day 0.
    units            the standard unit by test code; a test without one keeps the unit it was collected in.
    tests            names by test code; one over 40 characters is told and not used.
    conversion       (from, to) → (a, b) so that to = a · from + b; None if the two do not measure the same.
    Returns          variables in the order of the standard with its labels where none is given; numbers as numbers. A
                     result that cannot be converted has no standard result and is told, a partial date no study day.
    Source           SDTMIG v3.4, sections 4.4.4 and 4.5.1.
    """
    domain = str(mapped.domain.name)
    told = [
        Finding(f.VALUE_TOO_LONG, {"bytes": len(name), "limit": LONGEST_TEST}, domain, f"{domain}TEST")
        for name in (tests or {}).values()
        if len(name) > LONGEST_TEST
    ]
    rows = mapped.domain.frame.to_dicts()
    if DOMAINS.get(domain, ("", ""))[0] == "FINDINGS" or f"{domain}ORRES" in mapped.domain.frame.columns:
        for number, row in enumerate(rows, start=1):
            _name_test(row, domain, tests or {})
            told += _standardize(row, domain, units or {}, conversion, number)
    for row in rows:
        _count_days(row, domain, (reference_dates or {}).get(str(row["USUBJID"])))
    return replace(
        mapped, domain=_typed(mapped.domain, rows, domain, told), findings=(*mapped.findings, *told)
    )


def study_day(moment: str, reference: str) -> int | None:
    """Return the study day of a moment: 1 on the day of reference, -1 on the day before; None unless both days are known.

    Source  SDTMIG v3.4, section 4.4.4.
    """
    days = [_day(moment), _day(reference)]
    if days[0] is None or days[1] is None:
        return None
    difference = (days[0] - days[1]).days
    return difference + 1 if difference >= 0 else difference


def sdtm_notes(dataset: Dataset, *, structure: str = "") -> DatasetNotes:
    """Return what Define-XML says of an SDTM dataset beyond its data: class, structure, and where each variable is from.

    structure  what a row is; that of its class if not given.
    """
    domain = dataset.name
    observation_class = DOMAINS.get(domain, ("", ""))[0]
    if domain.startswith("SUPP"):
        observation_class = "RELATIONSHIP"
    said = structure or {
        "FINDINGS": "One record per test per visit per subject",
        "EVENTS": "One record per event per subject",
        "INTERVENTIONS": "One record per intervention per subject",
        "SPECIAL PURPOSE": "One record per subject",
        "RELATIONSHIP": "One record per qualifier per related record",
    }.get(observation_class, "One record per observation per subject")
    return DatasetNotes(
        structure=said,
        observation_class=observation_class,
        is_repeating=domain != "DM",
        variables={each.name: _variable_notes(each, domain) for each in dataset.variables},
    )


def _variable_notes(variable: Variable, domain: str) -> VariableNotes:
    generic = generic_name(variable.name, domain)
    origin = "Derived" if generic in _DERIVED else "Assigned" if generic in _ASSIGNED else "Collected"
    kind = "partialDatetime" if generic.endswith("DTC") else ""
    is_mandatory = generic in ("STUDYID", "DOMAIN", "USUBJID", "--SEQ", "--TESTCD", "--TEST", "RDOMAIN")
    source = "Investigator" if origin == "Collected" else "Sponsor"
    return VariableNotes(data_type=kind, is_mandatory=is_mandatory, origin=(origin, source))


def _day(moment: str) -> date | None:
    found = _DAY.match(moment)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _name_test(row: dict[str, Any], domain: str, tests: Mapping[str, str]) -> None:
    name = tests.get(str(row.get(f"{domain}TESTCD")))
    if name and len(name) <= LONGEST_TEST and not row.get(f"{domain}TEST"):
        row[f"{domain}TEST"] = name


def _standardize(
    row: dict[str, Any], domain: str, units: Mapping[str, str], conversion: Conversion | None, number: int
) -> list[Finding]:
    """Write the standard result of a record beside its original one."""
    result, unit, character, numeric, standard = (f"{domain}{suffix}" for suffix in _FINDINGS_ONLY)
    original = row.get(result)
    if original in (None, "") or row.get(character) not in (None, ""):
        return []
    text, own = str(original).strip(), str(row.get(unit) or "")
    wanted = units.get(str(row.get(f"{domain}TESTCD")), own)
    value = _number(text)
    if value is None or own == wanted or not own:
        row[character], row[numeric] = text, value
        row[standard] = own or None
        return []
    found = conversion(own, wanted) if conversion else None
    if found is None:
        params = {"unit": own, "wanted": wanted}
        return [Finding(f.NOT_CONVERTED, params, domain, unit, number, severity="warning")]
    # Ten digits are more than any instrument gives and fewer than binary arithmetic disturbs.
    row[character] = f"{found[0] * value + found[1]:.10g}"
    row[numeric], row[standard] = float(row[character]), wanted
    return []


def _count_days(row: dict[str, Any], domain: str, reference: str | None) -> None:
    for moment, day in _DAYS_OF.items():
        said = row.get(f"{domain}{moment}")
        if said and reference:
            row[f"{domain}{day}"] = study_day(str(said), reference)


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[+-]?(\d{1,17}(\.\d*)?|\.\d+)", text, re.ASCII) else None


def _typed(dataset: Dataset, rows: Sequence[dict[str, Any]], domain: str, told: list[Finding]) -> Dataset:
    """Return rows as a dataset: in the order of the standard, numbers as numbers, every variable with a label."""
    standard = dict(variables_of(domain))
    present = list(dict.fromkeys([*dataset.frame.columns, *(name for row in rows for name in row)]))
    names = [name for name in standard if name in present]
    names += [name for name in present if name not in standard]
    given = {each.name: each.label for each in dataset.variables}
    columns, variables = [], []
    for name in names:
        generic = generic_name(name, domain)
        values = [row.get(name) for row in rows]
        kind: DataType = "string"
        if generic in NUMBERS:
            kind = "integer" if generic in WHOLE_NUMBERS else "float"
            columns.append(_numbers(name, values, kind, domain, told))
        else:
            columns.append(pl.Series(name, values, dtype=pl.String))
        variables.append(Variable(name, given.get(name) or standard.get(name, name), kind))
    label = dataset.label or DOMAINS.get(domain, ("", ""))[1]
    return Dataset(dataset.name, label, tuple(variables), pl.DataFrame(columns))


def _numbers(name: str, values: Sequence[Any], kind: DataType, domain: str, told: list[Finding]) -> pl.Series:
    numbers: list[float | None] = []
    for row, value in enumerate(values, start=1):
        number = None if value in (None, "") else _number(str(value).strip())
        if number is None and value not in (None, ""):
            params = {"found": str(value), "expected": kind}
            told.append(Finding(f.CELL_TYPE, params, domain, name, row, severity="warning"))
        numbers.append(number)
    series = pl.Series(name, numbers, dtype=pl.Float64)
    return series.cast(pl.Int64) if kind == "integer" else series
