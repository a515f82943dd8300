"""Operations on controlled terminology: the terms of a code list, whether it may be extended, which packages exist.

Source: the packages as NCI EVS publishes them, named by type and date: `ddfct-2023-12-15`.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from triallink.engines.conformance.operations.work import InputMissing, Work
from triallink.engines.conformance.rules import Operation
from triallink.engines.conformance.study import Codelist, Terminology
from triallink.engines.conformance.view import Each, Operand, Same, as_text

TERMINOLOGY = "the controlled terminology packages"
_TYPES = {"SDTMIG": "sdtmct", "SENDIG": "sendct", "ADAMIG": "adamct", "USDM": "ddfct", "TIG": "sdtmct"}
_FIELDS = {"code": 0, "value": 1, "pref_term": 2}


def _packages(work: Work) -> Terminology:
    if work.study.terminology is None:
        raise InputMissing(TERMINOLOGY)
    return work.study.terminology


def _type(name: Any) -> str:
    return f"{str(name).lower()}ct"


def _given(work: Work, types: list[str]) -> Mapping[str, Mapping[str, Codelist]]:
    """Return the packages of some types; where there is none of one of them, nothing can be said of its dates."""
    packages = _packages(work).packages
    for each in types:
        if not any(name.startswith(f"{each}-") for name in packages):
            raise InputMissing(TERMINOLOGY)
    return {name: package for name, package in packages.items() if name.partition("-")[0] in types}


def package_dates(work: Work, operation: Operation) -> Operand:
    """Return the dates of the packages of some types, of the study's standard if none is named."""
    types = [_type(each) for each in operation.options.get("ct_package_types") or []]
    types = types or [_TYPES.get(work.study.product.upper(), "sdtmct")]
    return Same(tuple(sorted(name.partition("-")[2] for name in _given(work, types))))


def _current(work: Work) -> Mapping[str, Codelist]:
    packages = _given(work, [_TYPES.get(work.study.product.upper(), "sdtmct")])
    return packages[max(packages)]


def terms(work: Work, operation: Operation) -> Operand:
    """Return the terms of code lists, or row by row the term that a code, value or preferred term stands for."""
    options = operation.options
    if options.get("codelist_code"):
        return _by_row(work, operation, _term)
    wanted = {str(each).upper() for each in options.get("codelists") or []}
    lists = [each for each in _current(work).values() if each.value.upper() in wanted or "ALL" in wanted]
    field = _FIELDS[str(options.get("returntype") or "value")]
    if options.get("level") == "codelist":
        return Same(tuple((each.code, each.value, each.value)[field] for each in lists))
    return Same(tuple(term[field] for each in lists for term in each.terms))


def attributes(work: Work, operation: Operation) -> Operand:
    """Return, row by row, all codes or values of the package a row refers to by name and version."""
    packages, view = _packages(work).packages, work.view
    names = as_text(view.series(operation.name))
    versions = as_text(view.spread(view.operand(operation.options.get("version"), literal=False)))
    attribute = str(operation.options.get("ct_attribute") or "Term CCODE")
    own = _TYPES.get(work.study.product.upper(), "sdtmct")
    known: dict[str, list[str]] = {}
    found = []
    for name, version in zip(names, versions, strict=True):
        package = f"{own if (name or '').upper() in ('CDISC', 'CDISC CT') else _type(name)}-{version}"
        if package not in known:
            known[package] = _attribute_values(packages.get(package, {}), attribute)
        found.append(known[package])
    return Each(pl.Series("", found, dtype=pl.List(pl.String)))


def _attribute_values(package: Mapping[str, Codelist], attribute: str) -> list[str]:
    if attribute.startswith("Codelist"):
        return [each.code if attribute.endswith("CCODE") else each.value for each in package.values()]
    field = {"Term CCODE": 0, "Term Value": 1, "Term Preferred Term": 2}.get(attribute, 0)
    return list(dict.fromkeys(term[field] for each in package.values() for term in each.terms))


def extensible(work: Work, operation: Operation) -> Operand:
    """Say whether a code list may be extended, for all rows or by the code list a row names."""
    if operation.options.get("codelist_code"):
        return _by_row(work, operation, lambda codelist, sought, options: codelist.is_extensible)
    wanted = str(operation.options.get("codelist") or "").upper()
    found = [each for each in _current(work).values() if each.value.upper() == wanted]
    return Same(found[0].is_extensible if found else None)


def extensible_terms(work: Work, operation: Operation) -> Operand:
    """Return the values of the terms of extensible code lists."""
    named = operation.options.get("codelist") or operation.options.get("codelists") or ["ALL"]
    wanted = {str(each).upper() for each in (named if isinstance(named, list) else [named])}
    lists = [each for each in _current(work).values() if each.is_extensible]
    return Same(
        tuple(
            term[1]
            for each in lists
            if "ALL" in wanted or each.value.upper() in wanted
            for term in each.terms
        )
    )


def _term(codelist: Codelist, sought: str | None, options: Mapping[str, Any]) -> str | None:
    if sought is None:
        return None
    if options.get("term_code"):
        key, default = 0, "value"
    elif options.get("term_value"):
        key, default = 1, "code"
    else:
        key, default = 2, "code"
    field = _FIELDS[str(options.get("returntype") or default)]
    for term in codelist.terms:
        if term[key].lower() == sought.lower():
            return term[field]
    return None


def _by_row(work: Work, operation: Operation, answer: Any) -> Operand:
    options, view = operation.options, work.view
    codes = as_text(view.spread(view.operand(options["codelist_code"], literal=False)))
    versions = as_text(view.spread(view.operand(options.get("version"), literal=False)))
    column = options.get("term_code") or options.get("term_value") or options.get("term_pref_term")
    sought = as_text(view.series(str(column))) if column else codes
    type_ = _type(options.get("ct_package_type") or "SDTM")
    packages = _given(work, [type_])
    found = []
    for code, version, text in zip(codes, versions, sought, strict=True):
        codelist = packages.get(f"{type_}-{version}", {}).get(code)
        found.append(None if codelist is None else answer(codelist, text, options))
    kind = pl.Boolean if operation.operator == "codelist_extensible" else pl.String
    return Each(pl.Series("", found, dtype=kind))
