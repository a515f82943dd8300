"""Lenient in: ODM 1.3 and 2.0 read part by part in constant memory, or a whole file at once."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import ModuleType
from typing import BinaryIO

from lxml import etree

from triallink.engines.odm import findings, shapes_13, shapes_20
from triallink.engines.odm.clinical import Collected, GroupData, Header, OdmFile, SubjectData
from triallink.engines.odm.element import (
    ODM_NAMESPACES,
    SCHEMA_INSTANCE,
    Element,
    attributes_of,
    bare_name,
    from_xml,
    is_namespace,
    local_name,
    namespace_of,
)  # fmt: skip
from triallink.engines.odm.findings import Finding, refusal
from triallink.engines.odm.model import Study
from triallink.engines.odm.ranges import ranges_from_aliases
from triallink.engines.odm.shapes import Told
from triallink.engines.odm.study_13 import read_study
from triallink.engines.odm.xml_source import LIMIT_BYTES, read_pieces

ROOTS = ("ODM", "MetaDataVersion", "Study")
_TAGS = (
    "{*}ODM", "{*}Study", "{*}MetaDataVersion", "{*}AdminData", "{*}ReferenceData", "{*}ClinicalData",
    "{*}SubjectData", "{*}ItemGroupData", "{*}Association",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One part of a file, in the order of the file.

    value   a study, a subject, a row of reference data, what is left of clinical or reference data when its
            subjects and rows are taken out, or an element that is kept as it stands (AdminData, Association).
    within  the clinical or reference data a subject or row is in; its attributes only.
    """

    value: Study | SubjectData | GroupData | Collected | Element
    within: Collected | None = None


@dataclass(frozen=True)
class ReadFile:
    """A file, what was found about it, and the line of ODM its elements are of: "1.3" or "2.0"."""

    file: OdmFile
    findings: tuple[Finding, ...]
    line: str = "1.3"


class OdmReader:
    """Reads a file part by part; one subject is in memory at a time.

    stream       opened for reading bytes.
    limit_bytes  how long the file may be.
    """

    def __init__(self, stream: BinaryIO, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._stream = stream
        self._limit_bytes = limit_bytes
        self._told = Told()
        self._shapes: ModuleType = shapes_13
        self._no_namespace = True
        self._finished: list[etree._Element] = []
        self.header = Header("")
        self.prefixes: tuple[tuple[str, str], ...] = ()
        self.root = "ODM"
        self.line = "1.3"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found so far."""
        return tuple(self._told.findings)

    def parts(self) -> Iterator[Part]:
        """Return the parts of the file; the header is known with the first and complete after the last.

        Raises  OdmRefused with the line if the file is hostile, not well-formed, or not ODM.
        """
        root: etree._Element | None = None
        within: Collected | None = None
        for event, node in read_pieces(self._stream, _TAGS, limit_bytes=self._limit_bytes):
            if root is None:
                root = self._start(node)
            self._forget()
            if event == "close":
                return
            name = bare_name(node.tag)
            if event == "start":
                if name in ("ClinicalData", "ReferenceData") and node.getparent() is root:
                    within = self._collected(node, name)
                continue
            if node is root:
                yield from self._end(root)
            elif (part := self._part(node, name, root, within)) is not None:
                yield part
                self._finished.append(node)

    def _start(self, node: etree._Element) -> etree._Element:
        top = node.getroottree().getroot()
        name = bare_name(top.tag)
        if top.getroottree().docinfo.internalDTD is not None:
            raise refusal(findings.DOCTYPE)
        if name not in ROOTS or "}" in name:
            raise refusal(findings.NOT_ODM, top.sourceline or 1, name=local_name(top.tag))
        namespace = namespace_of(top.tag)
        said = str(top.get("ODMVersion") or "")
        line = ODM_NAMESPACES.get(namespace, "2.0" if said.startswith("2") else "1.3")
        self.line = line
        self._shapes = shapes_20 if line == "2.0" else shapes_13
        self._no_namespace = not namespace
        source = Element(name, line=top.sourceline or 1)
        if not namespace:
            self._told.tell(findings.NO_NAMESPACE, source, "warning", version=line)
        elif said and not said.startswith(line):
            self._told.tell(findings.VERSION_UNCLEAR, source, "warning", said=said, namespace=line)
        # A namespace may be declared anywhere; the writer needs those of the root to write names as they were.
        self.prefixes = tuple(
            (str(prefix), str(uri))
            for prefix, uri in top.nsmap.items()
            if prefix and uri not in ODM_NAMESPACES and is_namespace(str(uri))
        )
        self.root = name
        if name == "ODM":
            self.header = self._shapes.HEADER.read(self._bare(top, with_content=False), self._told)
        return top

    def _collected(self, node: etree._Element, name: str) -> Collected:
        shape = self._shapes.CLINICAL if name == "ClinicalData" else self._shapes.REFERENCE
        read: Collected = shape.read(self._bare(node, with_content=False), Told())
        return read

    def _part(
        self, node: etree._Element, name: str, root: etree._Element, within: Collected | None
    ) -> Part | None:
        parent = node.getparent()
        shapes, told = self._shapes, self._told
        if parent is root and root.tag != node.tag:
            source = self._bare(node)
            match name:
                case "Study":
                    return Part(self._study(source))
                case "ClinicalData":
                    return Part(shapes.CLINICAL.read(source, told))
                case "ReferenceData":
                    return Part(replace(shapes.REFERENCE.read(source, told), is_reference=True))
                case "AdminData" | "Association":
                    return Part(source)
        elif within is not None and parent is not None and parent.getparent() is root:
            if name == "SubjectData":
                return Part(shapes.SUBJECT_DATA.read(self._bare(node), told), within)
            if name == "ItemGroupData":
                return Part(shapes.GROUP_DATA.read(self._bare(node), told), within)
        return None

    def _end(self, root: etree._Element) -> Iterator[Part]:
        """Return what the end of the root completes: a fragment as a study, what is left of the header."""
        name = bare_name(root.tag)
        source = self._bare(root)
        if name == "ODM":
            self.header = self._shapes.HEADER.read(source, Told())
        elif name == "Study":
            yield Part(self._study(source))
        else:
            version = self._shapes.VERSION.read(source, self._told)
            yield Part(Study("", versions=(ranges_from_aliases(version),)))

    def _study(self, source: Element) -> Study:
        study: Study = (
            read_study(source, self._told)
            if self._shapes is shapes_13
            else self._shapes.STUDY.read(source, self._told)
        )
        return replace(study, versions=tuple(ranges_from_aliases(version) for version in study.versions))

    def _bare(self, node: etree._Element, *, with_content: bool = True) -> Element:
        if with_content:
            read = from_xml(node, no_namespace_is_odm=self._no_namespace)
        else:
            read = Element(bare_name(node.tag), attributes_of(node), (), node.sourceline or 0)
        kept = tuple(pair for pair in read.attributes if not pair[0].startswith(SCHEMA_INSTANCE))
        return replace(read, attributes=kept)

    def _forget(self) -> None:
        for node in self._finished:
            parent = node.getparent()
            if parent is not None:
                parent.remove(node)
        self._finished.clear()


def read_odm(source: bytes | BinaryIO, *, limit_bytes: int = LIMIT_BYTES) -> ReadFile:
    """Return a whole ODM file, of any version from 1.3.0 to 2.0.

    source       the bytes of the file, or a stream of them.
    limit_bytes  how long the file may be.
    Returns      the file and findings about what is missing, not understood or not as the standard has it; what is
                 not understood is kept in the values.
    Raises       OdmRefused with line and reason if it is hostile, not well-formed, or not ODM.
    Source       CDISC ODM 1.3.2 and 2.0.
    """
    reader = OdmReader(io.BytesIO(source) if isinstance(source, bytes) else source, limit_bytes=limit_bytes)
    studies: list[Study] = []
    admin: list[Element] = []
    associations: list[Element] = []
    reference: list[Collected] = []
    clinical: list[Collected] = []
    subjects: list[SubjectData] = []
    rows: list[GroupData] = []
    for part in reader.parts():
        match part.value:
            case Study():
                studies.append(part.value)
            case SubjectData():
                subjects.append(part.value)
            case GroupData():
                rows.append(part.value)
            case Collected():
                whole = replace(
                    part.value, subjects=(*subjects, *part.value.subjects), groups=(*rows, *part.value.groups)
                )
                (reference if whole.is_reference else clinical).append(whole)
                subjects, rows = [], []
            case Element():
                (admin if part.value.name == "AdminData" else associations).append(part.value)
    file = OdmFile(
        reader.header, tuple(studies), tuple(admin), tuple(reference), tuple(clinical), tuple(associations),
        reader.prefixes, reader.root,
    )  # fmt: skip
    return ReadFile(file, reader.findings, reader.line)
