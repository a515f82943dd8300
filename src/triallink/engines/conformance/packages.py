"""Controlled terminology packages as NCI EVS publishes them: one text file of tab-separated lines per standard and date.

Source: NCI Enterprise Vocabulary Services, CDISC terminology, text format: a line without a code list code is a code
list, the lines with its code are its terms.
"""

import csv
import io
import re
from collections.abc import Mapping

from triallink.engines.conformance.study import Codelist, Terminology

_COLUMNS = ("Code", "Codelist Code", "CDISC Submission Value", "NCI Preferred Term")


def terminology_of_texts(texts: Mapping[str, str]) -> Terminology:
    """Return packages from published files.

    texts    by name: the standard and the date must stand in it, such as "SDTM Terminology 2023-12-15.txt".
    Returns  packages named like `sdtmct-2023-12-15`.
    Raises   ValueError for a name without standard and date, and for a file without the columns.
    """
    return Terminology({_package_name(name): _codelists(name, text) for name, text in texts.items()})


def _package_name(name: str) -> str:
    standard = re.search(r"(SDTM|SEND|ADaM|CDASH|DDF|Protocol|Define-XML|Glossary|TMF)", name, re.IGNORECASE)
    date = re.search(r"\d{4}-\d{2}-\d{2}", name)
    if not standard or not date:
        raise ValueError(f"{name!r} does not name a standard and a date")
    return f"{standard[1].lower()}ct-{date[0]}"


def _codelists(name: str, text: str) -> dict[str, Codelist]:
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter="\t", quoting=csv.QUOTE_NONE)
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
            heads[code] = (value, str(extensible).strip().lower() == "yes")
    return {
        code: Codelist(code, value, is_extensible, tuple(terms.get(code, ())))
        for code, (value, is_extensible) in heads.items()
    }
