"""Large files written subject by subject: what is in memory is one subject, and what is written is valid."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO

from lxml import etree

from triallink.engines.odm import shapes_13, shapes_20
from triallink.engines.odm.clinical import Collected, OdmFile, SubjectData
from triallink.engines.odm.clinical_conversion import subject_13, subject_20
from triallink.engines.odm.conformance import Conformance
from triallink.engines.odm.conversion import converted
from triallink.engines.odm.element import Element, to_xml
from triallink.engines.odm.findings import Finding
from triallink.engines.odm.grammar import NAMESPACES, grammar
from triallink.engines.odm.writing import root_element


class OdmWriter:
    """Writes subjects into the clinical data of one version of a study; made by `open_odm`."""

    def __init__(
        self,
        xml: Any,
        conformance: Conformance,
        version: str,
        form_names: Mapping[str, str],
        told: list[Finding],
    ) -> None:
        self._xml = xml
        self._conformance = conformance
        self._version = version
        self._form_names = form_names
        self._told = told

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What had to be left out or filled in so far."""
        return (*self._told, *self._conformance.findings)

    def write(self, subject: SubjectData) -> None:
        """Write one subject."""
        if self._version == "2.0":
            written = shapes_20.SUBJECT_DATA.write(subject_20(subject, self._form_names))
        else:
            written = shapes_13.SUBJECT_DATA.write(subject_13(subject, self._told))
        conformed = self._conformance.conform(written)
        if conformed is not None:
            namespace = NAMESPACES[self._version]
            self._xml.write(to_xml(conformed, namespace, {None: namespace}))


@contextmanager
def open_odm(
    stream: BinaryIO, file: OdmFile, within: Collected, version: str = "1.3.2", *, extensions: bool = True
) -> Iterator[OdmWriter]:
    """Open a stream for the subjects of a study; the file is complete when the context ends.

    stream      opened for writing bytes.
    file        its header, studies and users are written first, its clinical data are not.
    within      the study and version the subjects belong to; its own subjects are not written.
    version     "1.3.2" or "2.0".
    extensions  whether vendors' attributes and elements are written.
    Raises      ValueError if there is no such version.
    """
    rules = grammar(version)
    conformance = Conformance(rules, keeps_extensions=extensions)
    start = replace(file, clinical=(replace(within, subjects=()),), associations=())
    adapted = converted(start, version)
    names = adapted.form_names.get(within.version_oid, {})
    conformed = conformance.conform(root_element(adapted.file, version))
    if conformed is None:
        raise ValueError(f"a file with the header {file.header!r} cannot be made valid")
    prefixes: dict[str | None, str] = {None: rules.namespace}
    prefixes |= {key: uri for key, uri in file.prefixes if extensions and key != "xsi"}
    before = [child for child in conformed.children if child.name != "ClinicalData"]
    data = next(child for child in conformed.children if child.name == "ClinicalData")
    with etree.xmlfile(stream, encoding="UTF-8") as xml:
        xml.write_declaration()
        with xml.element(_tag(conformed, rules.namespace), dict(conformed.attributes), nsmap=prefixes):
            for child in before:
                xml.write(to_xml(child, rules.namespace, prefixes))
            with xml.element(_tag(data, rules.namespace), dict(data.attributes)):
                yield OdmWriter(xml, conformance, version, names, list(adapted.findings))


def _tag(value: Element, namespace: str) -> str:
    return f"{{{namespace}}}{value.name}"
