"""Large files written subject by subject: what is in memory is one subject, and what is written is valid."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO

from lxml import etree

from triallink.engines.odm import shapes_13, shapes_20
from triallink.engines.odm.clinical import Collected, OdmFile, SubjectData
from triallink.engines.odm.conformance import Conformance
from triallink.engines.odm.conversion import collected_13, converted
from triallink.engines.odm.element import Element, to_xml
from triallink.engines.odm.findings import Finding
from triallink.engines.odm.grammar import grammar
from triallink.engines.odm.writing import root_element


class OdmWriter:
    """Writes subjects into the clinical data of one version of a study; made by `open_odm`."""

    def __init__(
        self, xml: Any, conformance: Conformance, version: str, namespace: str, within: Collected
    ) -> None:
        self._xml = xml
        self._conformance = conformance
        self._version = version
        self._namespace = namespace
        self._within = within

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What had to be left out or filled in so far."""
        return tuple(self._conformance.findings)

    def write(self, subject: SubjectData) -> None:
        """Write one subject."""
        shape = shapes_20.SUBJECT_DATA if self._version == "2.0" else shapes_13.SUBJECT_DATA
        if self._version != "2.0":
            subject = collected_13(replace(self._within, subjects=(subject,))).subjects[0]
        conformed = self._conformance.conform(shape.write(subject))
        if conformed is not None:
            self._xml.write(to_xml(conformed, self._namespace, {None: self._namespace}))


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
    conformed = conformance.conform(root_element(converted(start, version).file, version))
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
                yield OdmWriter(xml, conformance, version, rules.namespace, within)


def _tag(value: Element, namespace: str) -> str:
    return f"{{{namespace}}}{value.name}"
