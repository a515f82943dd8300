"""Collected data end to end into typed columns: one table per group of items, one row per instance of it."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import polars as pl
from lxml import etree

from triallink.engines.odm import findings, shapes_20
from triallink.engines.odm.changes import CHANGED_AT, EMPTIED, Removal, group_path, is_change, resulting
from triallink.engines.odm.element import ODM_NAMESPACES, bare_name, from_xml, local_name, namespace_of
from triallink.engines.odm.findings import Finding
from triallink.engines.odm.model import StudyVersion
from triallink.engines.odm.shapes import Told
from triallink.engines.odm.study_13 import read_study
from triallink.engines.odm.xml_source import LIMIT_BYTES, read_pieces

KEYS = (
    "subject_key", "event_oid", "event_repeat_key", "form_oid", "form_repeat_key", "outer_groups",
    "group_repeat_key",
)  # fmt: skip
NUMBERS: dict[str, pl.DataType] = {
    "integer": pl.Int64(), "float": pl.Float64(), "double": pl.Float64(), "decimal": pl.Float64(),
}  # fmt: skip
TRUTHS = {"true": True, "1": True, "false": False, "0": False}
BLOCK_VALUES = 100_000
_OFFSET = r"(?:Z|[+-]\d\d:\d\d)$"
_TAGS = ("{*}ODM", "{*}Study", "{*}MetaDataVersion", "{*}ClinicalData", "{*}SubjectData")


@dataclass(frozen=True)
class Columns:
    """The answers of a file.

    tables       group OID → frame with the columns KEYS and one per item, named by its OID ("item OID" if a key has
                 that name), of the type its definition says. Texts, partial and unknown types are strings; an answer not
                 of its type is null and told. `outer_groups` is the path of a group within groups ("IG.VS[SYSBP]"), ""
                 directly in a form.
    value_count  how many answers were read.
    """

    tables: Mapping[str, pl.DataFrame]
    value_count: int
    findings: tuple[Finding, ...] = ()


@dataclass
class _Table:
    """The rows of one group since the last block, and the blocks before it."""

    places: dict[str, int] = field(default_factory=dict)
    orders: dict[tuple[str, ...], list[int] | None] = field(default_factory=dict)
    keys: list[tuple[str, ...]] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    blocks: list[pl.DataFrame] = field(default_factory=list)

    def add(self, key: tuple[str, ...], oids: tuple[str, ...], values: list[str | None]) -> None:
        """Add one row; the order of its items is looked up, so that rows alike cost nothing."""
        if oids not in self.orders:
            names = [f"item {oid}" if oid in KEYS else oid for oid in oids]
            for name in names:
                self.places.setdefault(name, len(self.places))
            order = [self.places[name] for name in names]
            self.orders[oids] = None if order == list(range(len(oids))) else order
        known = self.orders[oids]
        if known is not None:
            row: list[str | None] = [None] * len(self.places)
            for place, value in zip(known, values, strict=True):
                row[place] = value
            values = row
        self.keys.append(key)
        self.rows.append(values)

    def flush(self) -> None:
        """Turn the rows into a block of columns."""
        if not self.rows:
            return
        width = len(self.places)
        rows = (row if len(row) == width else row + [None] * (width - len(row)) for row in self.rows)
        names = (*KEYS, CHANGED_AT, *self.places)
        lists = [*zip(*self.keys, strict=True), *zip(*rows, strict=True)]
        series = (pl.Series(name, values, pl.String) for name, values in zip(names, lists, strict=True))
        self.blocks.append(pl.DataFrame(series))
        self.keys, self.rows = [], []


def read_columns(
    source: bytes | BinaryIO, version: StudyVersion | None = None, *, limit_bytes: int = LIMIT_BYTES
) -> Columns:
    """Return the clinical data of an ODM file as typed columns, reading one subject at a time.

    source       the bytes of the file, or a stream of them; ODM 1.3 or 2.0.
    version      the definitions that give the types; by default those in the file, whichever version of them an item
                 is in. Without any, columns are strings.
    limit_bytes  how long the file may be.
    Returns      of a snapshot, a row per instance of a group. Of a transactional file, the state its changes lead to,
                 in their order: a later answer replaces an earlier one, IsNull empties it, Remove takes away what it
                 stands at with everything inside, Context changes nothing. An answer directly in a form is in a table of the form's OID. Of several values, the first.
    Raises       OdmRefused with the line if the file is hostile, not well-formed, or not ODM.
    """
    reading = _Reading()
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    for event, node in read_pieces(stream, _TAGS, limit_bytes=limit_bytes):
        reading.take(event, node)
    types = {} if version is None else _types(version)
    return reading.columns(types or reading.types)


class _Reading:
    """One pass through a file."""

    def __init__(self) -> None:
        self.types: dict[str, str] = {}
        self._tables: dict[str, _Table] = {}
        self._is_transactional = False
        self._removals: list[Removal] = []
        self._row_count = 0
        self._has_root = False
        self._finished: list[etree._Element] = []
        self._waiting = 0
        self._count = 0

    def take(self, event: str, node: etree._Element) -> None:
        """Take one piece: the root, definitions, or a subject."""
        for done in self._finished:
            done.getparent().remove(done)
        self._finished.clear()
        name = bare_name(node.tag)
        if not self._has_root:
            self._root(node)
        if event == "end" and name == "SubjectData":
            self._subject(node)
            self._finished.append(node)
            if self._waiting >= BLOCK_VALUES:
                self._flush()
        elif event == "end" and name == "Study":
            self._definitions(node)

    def _root(self, node: etree._Element) -> None:
        root = node.getroottree().getroot()
        if bare_name(root.tag) not in ("ODM", "Study", "MetaDataVersion"):
            raise findings.refusal(findings.NOT_ODM, root.sourceline or 1, name=local_name(root.tag))
        if root.getroottree().docinfo.internalDTD is not None:
            raise findings.refusal(findings.DOCTYPE)
        self._has_root = True
        self._is_transactional = root.get("FileType") == "Transactional"

    def _definitions(self, node: etree._Element) -> None:
        is_20 = ODM_NAMESPACES.get(namespace_of(node.tag)) == "2.0"
        source = from_xml(node)
        study = shapes_20.STUDY.read(source, Told()) if is_20 else read_study(source, Told())
        for version in study.versions:
            self.types |= _types(version)

    def _subject(self, subject: etree._Element) -> None:
        subject_key = str(subject.get("SubjectKey") or "")
        change = subject.get("TransactionType") or ""
        if self._is_removed(change, (subject_key,)):
            return
        for event in subject.iterchildren("{*}StudyEventData"):
            self._event(event, subject_key, event.get("TransactionType") or change)

    def _event(self, event: etree._Element, subject_key: str, change: str) -> None:
        key = (
            subject_key,
            str(event.get("StudyEventOID") or ""),
            str(event.get("StudyEventRepeatKey") or ""),
        )
        if self._is_removed(change, key):
            return
        for form in event.iterchildren("{*}FormData", "{*}ItemGroupData"):
            oid = str(form.get("FormOID") or form.get("ItemGroupOID") or "")
            repeat_key = str(form.get("FormRepeatKey") or form.get("ItemGroupRepeatKey") or "")
            form_change = form.get("TransactionType") or change
            if not self._is_removed(form_change, (*key, oid, repeat_key)):
                self._group(form, oid, (*key, oid, repeat_key), None, "", form_change)

    def _is_removed(self, change: str, key: tuple[str, ...], path: str = "") -> bool:
        """Say whether a change takes something away, and note that what came before it is gone."""
        if not self._is_transactional or change != "Remove":
            return False
        self._removals.append(Removal(key, path, self._row_count))
        return True

    def _group(
        self,
        group: etree._Element,
        oid: str,
        key: tuple[str, ...],
        outer: str | None,
        repeat_key: str,
        change: str,
    ) -> None:
        """Add a form's or group's own answers as a row and go into the groups inside; `outer` is None for a form."""
        items = list(group)
        oids = [item.get("ItemOID") for item in items]
        values: list[str | None] = [item.get("Value") for item in items]
        has_groups = False
        if None in oids:
            own, values = [], []
            inside = "" if outer is None else group_path(outer, oid, repeat_key)
            for item, found in zip(items, oids, strict=True):
                if found is not None:
                    own.append(item)
                    values.append(item.get("Value"))
                elif item.get("ItemGroupOID"):
                    has_groups = True
                    self._inner(item, key, inside, item.get("TransactionType") or change)
            items, oids = own, [item.get("ItemOID") for item in own]
        if not items and (outer is None or has_groups):
            return
        if None in values:
            values = [
                _value(item) if value is None else value for item, value in zip(items, values, strict=True)
            ]
        place = ""
        if self._is_transactional:
            values = [_changed(item, value, change) for item, value in zip(items, values, strict=True)]
            if not is_change(values, change):
                return
            self._row_count += 1
            place = str(self._row_count)
        table = self._tables.get(oid)
        if table is None:
            table = self._tables[oid] = _Table()
        table.add((*key, outer or "", repeat_key, place), tuple(oids), values)
        self._waiting += len(values)

    def _inner(self, group: etree._Element, key: tuple[str, ...], outer: str, change: str) -> None:
        oid, repeat_key = str(group.get("ItemGroupOID")), str(group.get("ItemGroupRepeatKey") or "")
        if not self._is_removed(change, key, group_path(outer, oid, repeat_key)):
            self._group(group, oid, key, outer, repeat_key, change)

    def _flush(self) -> None:
        for table in self._tables.values():
            table.flush()
        self._count += self._waiting
        self._waiting = 0

    def columns(self, types: Mapping[str, str]) -> Columns:
        """Return the tables, typed."""
        self._flush()
        told: list[Finding] = []
        tables = {}
        for oid, table in self._tables.items():
            frame = pl.concat(table.blocks, how="diagonal")
            table.blocks.clear()
            if self._is_transactional:
                frame = resulting(frame, oid, KEYS, self._removals)
            frame = frame.drop(CHANGED_AT)
            tables[oid] = frame.with_columns(
                _typed(frame[name], types.get(name, "text"), told) for name in frame.columns[len(KEYS) :]
            )
        return Columns(tables, self._count, tuple(told))


def _value(item: etree._Element) -> str | None:
    """Return an answer that is not in an attribute: of a typed element of 1.3, or the first of 2.0."""
    name = bare_name(item.tag)
    if name != "ItemData" and name.startswith("ItemData"):
        return item.text or ""
    for child in item.iterchildren("{*}Value"):
        return child.text or ""
    return None


def _changed(item: etree._Element, value: str | None, change: str) -> str | None:
    """Return what a change makes of an answer; None leaves it as it was."""
    kind = item.get("TransactionType") or change
    if kind == "Context":
        return None
    return EMPTIED if value is None or kind == "Remove" else value


def _types(version: StudyVersion) -> dict[str, str]:
    return {item.oid: item.data_type for item in version.items}


def _typed(texts: pl.Series, data_type: str, told: list[Finding]) -> pl.Series:
    """Return a column in the type of its item; what is not of it is null and told once."""
    stripped = texts.str.strip_chars()
    said = stripped.set(stripped == "", None)
    match data_type:
        case "integer":
            typed = said.str.strip_prefix("+").cast(pl.Int64, strict=False)
        case "float" | "double" | "decimal":
            typed = said.cast(pl.Float64, strict=False)
        case "boolean":
            typed = said.replace_strict(TRUTHS, default=None, return_dtype=pl.Boolean)
        case "date":
            typed = said.str.to_date("%Y-%m-%d", strict=False)
        case "time":
            typed = said.str.to_time("%H:%M:%S%.f", strict=False)
        case "datetime":
            typed = _instants(said)
        case _:
            return texts
    wrong = said.filter(typed.is_null() & said.is_not_null())
    if len(wrong):
        params = {"count": len(wrong), "item": texts.name, "type": data_type, "value": str(wrong[0])[:60]}
        told.append(Finding(findings.BAD_CELL, params, place=f"ItemDef {texts.name}", severity="warning"))
    return typed


def _instants(said: pl.Series) -> pl.Series:
    """Return instants in UTC if all of a column name their offset, else the local times as they were collected."""
    has_offset = said.str.contains(_OFFSET)
    if has_offset.any() and has_offset.all():
        iso = said.str.replace("Z$", "+00:00")
        return iso.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", strict=False, time_zone="UTC")
    return said.str.replace(_OFFSET, "").str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False)


def answer_counts(columns: Iterable[Columns]) -> dict[str, int]:
    """Return how many answers each item has, for `difference`; the items of several files are added up."""
    counts: dict[str, int] = {}
    for part in columns:
        for frame in part.tables.values():
            for name in frame.columns[len(KEYS) :]:
                counts[name] = counts.get(name, 0) + frame[name].len() - frame[name].null_count()
    return counts
