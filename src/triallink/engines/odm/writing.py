"""Strict out: whole files of ODM 1.3.2 or 2.0 that are valid by the official schemas, whatever the values came from."""

from dataclasses import dataclass, replace

from lxml import etree

from triallink.engines.odm import shapes_13, shapes_20
from triallink.engines.odm.clinical import OdmFile
from triallink.engines.odm.conformance import Conformance
from triallink.engines.odm.conversion import converted
from triallink.engines.odm.element import Element, to_xml
from triallink.engines.odm.findings import Finding
from triallink.engines.odm.grammar import VERSIONS, grammar
from triallink.engines.odm.study_13 import write_study


@dataclass(frozen=True)
class Written:
    """The bytes of a file, and what had to be left out or filled in to make it valid."""

    data: bytes
    findings: tuple[Finding, ...]


def write_odm(file: OdmFile, version: str = "1.3.2", *, extensions: bool = True) -> Written:
    """Return a file as ODM in UTF-8.

    file        as read, or made.
    version     "1.3.2" or "2.0".
    extensions  whether vendors' attributes and elements are written. With them the file is valid once they are
                removed (ODM 1.3.2, section 2.4); without them it is valid as it stands.
    Returns     bytes and findings; a part that has no place in the version is left out and told.
    Raises      ValueError if there is no such version.
    Source      CDISC ODM 1.3.2 and 2.0, checked against their schemas.
    """
    rules = grammar(version)
    conformance = Conformance(rules, keeps_extensions=extensions)
    adapted = converted(file, version)
    conformed = conformance.conform(root_element(adapted.file, version))
    if conformed is None:
        raise ValueError(f"a file with the header {file.header!r} cannot be made valid")
    prefixes: dict[str | None, str] = {None: rules.namespace}
    prefixes |= {key: uri for key, uri in file.prefixes if extensions and key != "xsi"}
    node = to_xml(conformed, rules.namespace, prefixes)
    etree.cleanup_namespaces(node, keep_ns_prefixes=[key for key in prefixes if key])
    data = etree.tostring(node, encoding="UTF-8", xml_declaration=True)
    return Written(data, (*adapted.findings, *conformance.findings))


def root_element(file: OdmFile, version: str) -> Element:
    """Return the root element of a file as its values say it, not yet made to obey the schema.

    Raises  ValueError if there is no such version.
    """
    if version not in VERSIONS:
        raise ValueError(f"unknown ODM version {version!r}, expected one of {VERSIONS}")
    is_20 = version == "2.0"
    shapes = shapes_20 if is_20 else shapes_13
    if file.root == "MetaDataVersion":
        return shapes.VERSION.write(file.studies[0].versions[0])
    studies = [shapes_20.STUDY.write(study) if is_20 else write_study(study) for study in file.studies]
    if file.root == "Study":
        return studies[0]
    header = shapes.HEADER.write(file.header)
    reference = [shapes.REFERENCE.write(collected) for collected in file.reference]
    clinical = [shapes.CLINICAL.write(collected) for collected in file.clinical]
    content = (*studies, *file.admin, *reference, *clinical, *file.associations)
    return replace(header, content=(*header.content, *content))
