"""Controlled terminology packages, as NCI EVS and the CDISC Library publish them.

Source: NCI Enterprise Vocabulary Services, CDISC terminology: as text (a line without a code list code is a code list,
the lines with its code are its terms) and as ODM XML (namespace nciodm); CDISC Library API, `/mdr/ct/packages/…`.
"""

import csv
import io
import json
import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from triallink.engines.conformance.study import Codelist, Terminology

_COLUMNS = ("Code", "Codelist Code", "CDISC Submission Value", "NCI Preferred Term")
_STANDARDS = (
    *("SDTM", "SEND", "ADaM", "CDASH", "DDF", "Protocol", "Define-XML", "Glossary", "TMF"),
    *("QRS", "QS-FT", "COA", "MRCT"),
)
_NCI = "{http://ncicb.nci.nih.gov/xml/odm/EVS/CDISC}"


def terminology_of_texts(texts: Mapping[str, str | bytes]) -> Terminology:
    """Return packages from published files.

    texts    by name: `.xml` is ODM, `.json` a package of the CDISC Library, everything else the text format, whose name
             must hold the standard and the date, such as "SDTM Terminology 2023-12-15.txt".
    Returns  packages named like `sdtmct-2023-12-15`.
    Raises   ValueError for a file without standard and date, and for one that is not of its format.
    """
    packages: dict[str, dict[str, Codelist]] = {}
    for name, text in texts.items():
        ending = name.rpartition(".")[2].lower()
        read = {"xml": _of_odm, "json": _of_library}.get(ending, _of_text)
        package, codelists = read(name, text)
        packages[package] = codelists
    return Terminology(packages)


def _package_name(name: str, said: str) -> str:
    standard = re.search("|".join(map(re.escape, _STANDARDS)), said, re.IGNORECASE)
    date = re.search(r"\d{4}-\d{2}-\d{2}", said)
    if not standard or not date:
        raise ValueError(f"{name!r} does not name a standard and a date")
    return f"{standard[0].lower()}ct-{date[0]}"


def _of_text(name: str, text: str | bytes) -> tuple[str, dict[str, Codelist]]:
    reader = csv.DictReader(io.StringIO(_decoded(name, text)), delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise ValueError(f"{name!r} has no column {missing[0]!r}")
    heads: dict[str, tuple[str, bool]] = {}
    terms: dict[str, list[tuple[str, str, str]]] = {}
    for line in reader:
        code, owner = (line[column] or "" for column in _COLUMNS[:2])
        value, preferred = (line[column] or "" for column in _COLUMNS[2:])
        if owner:
            terms.setdefault(owner, []).append((code, value, preferred))
        else:
            extensible = next(
                (cell for column, cell in line.items() if column and "Extensible" in column), ""
            )
            heads[code] = (value, _is_yes(extensible))
    return _package_name(name, name), {
        code: Codelist(code, value, is_extensible, tuple(terms.get(code, ())))
        for code, (value, is_extensible) in heads.items()
    }


def _of_odm(name: str, text: str | bytes) -> tuple[str, dict[str, Codelist]]:
    # No document type and nothing from elsewhere is read: the file comes from whoever runs the rules.
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    try:
        root = etree.fromstring(text.encode() if isinstance(text, str) else text, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"{name!r} is not well-formed: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise ValueError(f"{name!r} declares a document type, which is not read")
    study = next(root.iter("{*}Study"), root)
    said = " ".join(
        (study.get("OID", ""), root.get("FileOID", ""), root.get("SourceSystemVersion", ""), name)
    )
    codelists = {}
    for element in root.iter("{*}CodeList"):
        code = element.get(f"{_NCI}ExtCodeID")
        if code is None:
            continue
        terms = tuple(
            (
                item.get(f"{_NCI}ExtCodeID", ""),
                item.get("CodedValue", ""),
                item.findtext(f"{_NCI}PreferredTerm", ""),
            )
            for item in element.iterchildren("{*}EnumeratedItem", "{*}CodeListItem")
        )
        value = element.findtext(f"{_NCI}CDISCSubmissionValue") or element.get("Name", "")
        codelists[code] = Codelist(code, value, _is_yes(element.get(f"{_NCI}CodeListExtensible", "")), terms)
    if not codelists:
        raise ValueError(f"{name!r} has no CodeList with nciodm:ExtCodeID")
    return _package_name(name, said), codelists


def _of_library(name: str, text: str | bytes) -> tuple[str, dict[str, Codelist]]:
    try:
        document = json.loads(_decoded(name, text))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name!r} is not JSON: {error}") from error
    listed = document.get("codelists") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise ValueError(f"{name!r} has no list 'codelists'")
    links = document.get("_links") or {}
    href = (links.get("self") or {}).get("href", "") if isinstance(links, dict) else ""
    said = " ".join(map(str, (href, document.get("name", ""), document.get("effectiveDate", ""), name)))
    found = [_codelist_of_library(each) for each in listed]
    return _package_name(name, said), {each.code: each for each in found}


def _codelist_of_library(document: Mapping[str, Any]) -> Codelist:
    terms = document.get("terms") or ()
    return Codelist(
        str(document.get("conceptId", "")),
        str(document.get("submissionValue", "")),
        _is_yes(str(document.get("extensible", ""))),
        tuple(
            tuple(str(term.get(key, "")) for key in ("conceptId", "submissionValue", "preferredTerm"))  # type: ignore[misc]
            for term in terms
            if isinstance(term, dict)
        ),
    )


def _is_yes(text: object) -> bool:
    return str(text).strip().lower() in ("yes", "true")


def _decoded(name: str, text: str | bytes) -> str:
    try:
        return (text if isinstance(text, str) else text.decode()).lstrip("\ufeff")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name!r} is not UTF-8: {error}") from error
