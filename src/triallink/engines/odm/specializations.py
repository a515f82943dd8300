"""CDISC's CRF specializations (COSMoS): ready questions for a biomedical concept, read from their published table."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

NEEDED = ("bc_id", "vlm_group_id", "crf_group_id", "variable_name", "question_text", "data_type")


@dataclass(frozen=True)
class LibraryItem:
    """One question of a specialization.

    values, displays   the answers it allows and how they are shown, in one order.
    prepopulated       the answer that is given beforehand, "" if none.
    sdtm_target        the SDTM variable it goes to; `sdtm_annotation` as it is written on an annotated CRF.
    """

    variable: str
    question: str = ""
    prompt: str = ""
    completion: str = ""
    data_type: str = "text"
    length: int | None = None
    significant_digits: int | None = None
    is_mandatory: bool = False
    is_hidden: bool = False
    code_list: str = ""
    values: tuple[str, ...] = ()
    displays: tuple[str, ...] = ()
    prepopulated: str = ""
    sdtm_target: str = ""
    sdtm_annotation: str = ""


@dataclass(frozen=True)
class Specialization:
    """The questions of one concept on a CRF. `dataset_id` names the SDTM dataset specialization, "" if there is none."""

    id: str
    concept_code: str
    dataset_id: str
    name: str
    domain: str
    option: str
    items: tuple[LibraryItem, ...]


@dataclass(frozen=True)
class CrfLibrary:
    """All specializations, found by dataset specialization, by concept, or by name."""

    specializations: tuple[Specialization, ...] = ()

    def find(self, *, dataset_id: str = "", concept_code: str = "", name: str = "") -> Specialization | None:
        """Return the specialization of a dataset specialization, else of a concept's code, else of a name.

        Returns  the first in the order of the table; None if there is none.
        """
        for key, wanted in (("dataset_id", dataset_id), ("concept_code", concept_code), ("name", name)):
            if wanted:
                for found in self.specializations:
                    if str(getattr(found, key)).casefold() == wanted.casefold():
                        return found
        return None


def read_specializations(text: str) -> CrfLibrary:
    """Return the library of a table of CRF specializations.

    text     comma-separated values with the header CDISC publishes (`cdisc_crf_specializations_*.csv`).
    Returns  specializations in the order of the table, their questions by `order_number`.
    Raises   ValueError if a column that is needed is missing.
    Source   CDISC COSMoS, export of CRF specializations (CC BY 4.0).
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
    if missing:
        raise ValueError(f"the table of CRF specializations has no columns {missing}")
    grouped: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows:
        grouped.setdefault((row["crf_group_id"], row["bc_id"]), []).append(row)
    return CrfLibrary(tuple(_specialization(rows) for rows in grouped.values()))


def _specialization(rows: list[dict[str, str]]) -> Specialization:
    first = rows[0]
    ordered = sorted(rows, key=lambda row: _number(row.get("order_number", "")) or 0)
    return Specialization(
        first["crf_group_id"], first["bc_id"], first["vlm_group_id"], first.get("short_name", ""),
        first.get("domain", ""), first.get("implementation_option", ""), tuple(_items(ordered)),
    )  # fmt: skip


def _items(rows: Iterable[dict[str, str]]) -> Iterable[LibraryItem]:
    for row in rows:
        values, displays = _list(row, "value_list"), _list(row, "value_display_list")
        yield LibraryItem(
            row["variable_name"],
            row["question_text"],
            row.get("prompt", ""),
            row.get("completion_instructions", ""),
            row["data_type"] or "text",
            _number(row.get("length", "")),
            _number(row.get("significant_digits", "")),
            row.get("mandatory_variable") == "Y",
            row.get("display_hidden") == "Y",
            row.get("codelist_submission_value", ""),
            values,
            displays if len(displays) == len(values) else values,
            row.get("prepopulated_term", ""),
            row.get("sdtm_target_variable", ""),
            row.get("sdtm_annotation", ""),
        )


def _list(row: dict[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in row.get(name, "").split(";") if part.strip())


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
