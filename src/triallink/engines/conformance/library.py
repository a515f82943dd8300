"""The variables of an implementation guide and of the model, from the JSON the CDISC Library gives.

Source: CDISC Library API, `/mdr/sdtmig/…`, `/mdr/sendig/…`, `/mdr/adam/…` (guides) and `/mdr/sdtm/…` (models).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from triallink.engines.conformance.study import Library

_GENERAL = "GENERAL OBSERVATIONS"
_OBSERVATIONS = ("INTERVENTIONS", "EVENTS", "FINDINGS", "FINDINGS ABOUT")


def library_of_documents(documents: Iterable[Mapping[str, Any]]) -> Library:
    """Return the variables a guide and a model define.

    documents  answers of the CDISC Library, one per guide or model, as read from JSON.
    Returns    variables by dataset, and by class those of the model: a class of observations has the identifiers of all
               of them first and the timing variables last.
    Raises     ValueError for a document that defines no variable.
    """
    variables: dict[str, tuple[Mapping[str, Any], ...]] = {}
    by_class: dict[str, list[Mapping[str, Any]]] = {}
    for document in documents:
        found = False
        for every in _objects(document, "classes"):
            own = _sorted(every, "classVariables")
            if own:
                by_class.setdefault(_class_name(every), []).extend(own)
            found = found or bool(own)
            for dataset in _objects(every, "datasets"):
                variables[str(dataset.get("name", ""))] = tuple(_sorted(dataset, "datasetVariables"))
                found = found or bool(variables[str(dataset.get("name", ""))])
        for structure in _objects(document, "dataStructures"):
            variables[str(structure.get("name", ""))] = tuple(
                line
                for each in _objects(structure, "analysisVariableSets")
                for line in _sorted(each, "analysisVariables")
            )
            found = True
        if not found:
            raise ValueError(f"{str(document.get('name') or document)[:60]!r} defines no variable")
    return Library(variables, _completed(by_class))


def _completed(by_class: Mapping[str, list[Mapping[str, Any]]]) -> dict[str, tuple[Mapping[str, Any], ...]]:
    general = by_class.get(_GENERAL, [])
    first = [each for each in general if each.get("role") == "Identifier"]
    last = [each for each in general if each.get("role") != "Identifier"]
    complete = {name: tuple(each) for name, each in by_class.items() if name != _GENERAL}
    findings = complete.get("FINDINGS", ())
    for name in _OBSERVATIONS:
        own = complete.get(name, ())
        if name == "FINDINGS ABOUT":
            own = (*own, *findings)
        if own:
            complete[name] = (*first, *own, *last)
    return complete


def _class_name(document: Mapping[str, Any]) -> str:
    return str(document.get("name", "")).upper().replace("-", " ").strip()


def _sorted(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    lines = [_variable(each) for each in _objects(document, name)]
    return sorted(lines, key=lambda each: int(each["ordinal"]) if str(each["ordinal"]).isdecimal() else 0)


def _variable(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of a variable in words; of its links only the code list."""
    said: dict[str, Any] = {"name": "", "ordinal": ""}
    said |= {key: str(value) for key, value in document.items() if not isinstance(value, dict | list)}
    links = document.get("_links")
    lists = _objects(links, "codelist") if isinstance(links, Mapping) else iter(())
    said["ccode"] = next((str(each.get("href", "")).rpartition("/")[2] for each in lists), None)
    return said


def _objects(document: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    listed = document.get(name)
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, Mapping):
            yield each
