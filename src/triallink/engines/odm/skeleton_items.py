"""The questions of a biomedical concept: from the CRF library if it knows the concept, else from the concept itself."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triallink.engines.odm import planned
from triallink.engines.odm.model import (
    Alias,
    Code,
    CodeList,
    Group,
    Item,
    Kept,
    Reference,
    StudyVersion,
    Text,
    bilingual,
)
from triallink.engines.odm.specializations import CrfLibrary, LibraryItem, Specialization

DATA_TYPES = {
    "decimal": "float", "quantity": "float", "number": "float", "string": "text", "": "text", "code": "text",
    "coding": "text", "durationdatetime": "durationDatetime", "partialdate": "partialDate",
}  # fmt: skip
KNOWN_TYPES = {
    "text", "integer", "float", "double", "date", "time", "datetime", "boolean", "durationDatetime", "partialDate",
    "partialTime", "partialDatetime", "incompleteDatetime", "URI",
}  # fmt: skip


CORE = "{http://www.cdisc.org/ns/library-xml/v1.0}Core"
RECOMMENDED = {"HR", "R/C"}
# They stand in the head of every page.
HEADINGS = {"STUDYID", "SITEID", "SUBJID", "VISIT", "VISDAT"}
EMPTY_WORDS = {"and", "the", "for", "test", "collect", "obtain", "assess", "review", "record"}


@dataclass(frozen=True)
class Made:
    """A group and its questions. `source` is crf_library, concept or cdash_domain."""

    group: Group
    items: tuple[Item, ...]
    source: str


class ItemMaker:
    """Makes groups, questions and code lists; a code list that several questions share is made once."""

    def __init__(self, library: CrfLibrary, cdash: StudyVersion | None) -> None:
        self._library = library
        self._cdash = cdash
        self._worded = {item.name: item for item in reversed(cdash.items)} if cdash else {}
        self._lists: dict[str, CodeList] = {}

    @property
    def code_lists(self) -> tuple[CodeList, ...]:
        """The code lists made so far."""
        return tuple(self._lists.values())

    def questions(self, concept: planned.Concept, oid: str) -> Made | None:
        """Return the group of a concept under an OID, or None if nothing is known of it but its name."""
        found = self._library.find(
            dataset_id=_last(concept.reference, "datasetspecializations"),
            concept_code=_last(concept.reference, "biomedicalconcepts")
            or (concept.code.code if concept.code else ""),
            name=concept.label or concept.name,
        )
        if found is not None and found.items:
            return self._from_library(concept.label or concept.name, oid, found)
        properties = [item for item in concept.properties if item.is_enabled]
        return self._from_concept(concept, oid, properties) if properties else None

    def _from_library(self, label: str, oid: str, found: Specialization) -> Made:
        stem = oid.removeprefix("IG.")
        items: list[Item] = []
        members: list[Reference] = []
        names = {item.variable for item in found.items}
        taken: set[str] = set()
        for place, item in enumerate(found.items, 1):
            item_oid = f"IT.{stem}.{_once(item.variable, place, taken)}"
            list_oid = self._list(
                item.code_list or f"{stem}.{item.variable}", item_oid, item.values, item.displays
            )
            items.append(_library_item(item, item_oid, list_oid))
            units = f"{item.variable}U"
            kept = Kept((("PreSpecifiedValue", item.prepopulated),)) if item.prepopulated else Kept()
            members.append(
                Reference(
                    item_oid, "item", item.is_mandatory, place, kept=kept,
                    units_item_oid=f"IT.{stem}.{units}" if units in names else "",
                )
            )  # fmt: skip
        aliases = (Alias("CRF specialization", found.id),)
        group = Group(
            oid,
            label,
            members=tuple(members),
            domain=found.domain,
            kind="Concept",
            aliases=aliases,
        )
        return Made(group, tuple(items), "crf_library")

    def _from_concept(
        self, concept: planned.Concept, oid: str, properties: Sequence[planned.Property]
    ) -> Made:
        stem = oid.removeprefix("IG.")
        items: list[Item] = []
        members: list[Reference] = []
        taken: set[str] = set()
        for place, found in enumerate(properties, 1):
            name = _once(re.sub(r"\W+", "_", found.name).strip("_").upper() or "P", place, taken)
            item_oid = f"IT.{stem}.{name}"
            values = tuple(dict.fromkeys(response.text or response.code for response in found.responses))
            list_oid = self._list(f"{stem}.{name}", item_oid, values, values)
            worded = self._worded.get(found.name) or self._worded.get(_collected_name(found.name))
            question = worded.question if worded and worded.question else bilingual(found.label or found.name)
            data_type = worded.data_type if worded else _data_type(found.datatype)
            items.append(Item(item_oid, name, data_type, question=question, code_list_oid=list_oid))
            members.append(Reference(item_oid, "item", found.is_required, place))
        group = Group(oid, concept.label or concept.name, members=tuple(members), kind="Concept")
        return Made(group, tuple(items), "concept")

    def domain_questions(self, label: str, oid: str) -> Made | None:
        """Return the group of an activity that names no concept, from what CDISC calls it, or None if it does not.

        label  what the activity is called: all its words must be in the name of a CRF specialization or of a CDASH
               domain; of several the shortest name is taken.
        oid    the group's OID.
        """
        wanted = _words(label)
        named = [
            (len(_words(found.name)), found)
            for found in self._library.specializations
            if wanted <= _words(found.name)
        ]
        if wanted and named:
            found = min(named, key=lambda pair: pair[0])[1]
            return self._from_library(label, oid, found)
        groups = self._cdash.groups if self._cdash else ()
        domains = [group for group in groups if wanted <= _words(str(group.description or group.name))]
        if not wanted or not domains:
            return None
        return self._from_domain(label, oid, min(domains, key=lambda group: len(str(group.description))))

    def _from_domain(self, label: str, oid: str, domain: Group) -> Made:
        by_oid = self._cdash.item_by_oid if self._cdash else {}
        items: list[Item] = []
        members: list[Reference] = []
        for reference in domain.members:
            found = by_oid.get(reference.oid)
            if found is None or found.kept.get(CORE) not in RECOMMENDED or found.name in HEADINGS:
                continue
            item_oid = f"IT.{oid.removeprefix('IG.')}.{found.name}"
            if all(item.oid != item_oid for item in items):
                aliases = (Alias("CDASH", found.name),)
                items.append(
                    Item(item_oid, found.name, found.data_type, question=found.question, aliases=aliases)
                )
                members.append(Reference(item_oid, "item", found.kept.get(CORE) == "HR", len(members) + 1))
        group = Group(oid, label, members=tuple(members), domain=domain.domain, kind="Section")
        return Made(group, tuple(items), "cdash_domain")

    def _list(self, name: str, item_oid: str, values: Sequence[str], displays: Iterable[str]) -> str:
        """Return the OID of the code list of some answers; the same name with other answers is another list."""
        if not values:
            return ""
        pairs = dict(zip(values, displays, strict=True))
        codes = tuple(
            Code(value, bilingual(shown), order_number=place)
            for place, (value, shown) in enumerate(pairs.items(), 1)
        )
        for oid in (f"CL.{name}", f"CL.{item_oid.removeprefix('IT.')}"):
            known = self._lists.get(oid)
            if known is None:
                self._lists[oid] = CodeList(oid, name, "text", codes)
                return oid
            if known.codes == codes:
                return oid
        return oid


def _once(name: str, place: int, taken: set[str]) -> str:
    """Return a name that nothing in the group has yet."""
    free = name if name not in taken else f"{name}_{place}"
    taken.add(free)
    return free


def _words(text: str) -> frozenset[str]:
    """Return the words that tell a name from others, in lower case and the singular."""
    words = re.findall(r"[a-z0-9]+", text.casefold())
    return frozenset(word.removesuffix("s") for word in words if len(word) > 2 and word not in EMPTY_WORDS)


def _library_item(item: LibraryItem, oid: str, list_oid: str) -> Item:
    aliases = [Alias("CDASH", item.variable)]
    if item.sdtm_annotation:
        aliases.append(Alias("SDTM", item.sdtm_annotation))
    data_type = _data_type(item.data_type)
    return Item(
        oid,
        item.variable,
        data_type,
        length=item.length if data_type in ("text", "integer", "float") else None,
        significant_digits=item.significant_digits if data_type == "float" else None,
        question=_text(item.question),
        prompt=_text(item.prompt),
        completion=_text(item.completion),
        code_list_oid=list_oid,
        aliases=tuple(aliases),
    )


def _text(english: str) -> Text | None:
    return bilingual(english) if english else None


def _data_type(name: str) -> str:
    found = DATA_TYPES.get(name.casefold(), name)
    return found if found in KNOWN_TYPES else "text"


def _collected_name(name: str) -> str:
    """Return the CDASH name of an SDTM variable: a date is collected as VSDAT and submitted as VSDTC."""
    return name[:-3] + "DAT" if name.endswith("DTC") else name


def _last(reference: str, after: str) -> str:
    """Return what follows a part of a path: the id at the end of a CDISC Library reference."""
    parts = reference.strip("/").split("/")
    return parts[-1] if after in parts[:-1] else ""
