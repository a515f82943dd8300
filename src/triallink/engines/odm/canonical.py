"""Whether two ODM documents say the same, and the official judgement of one."""

import io
import re
from dataclasses import replace

from lxml import etree

from triallink.engines.odm import findings
from triallink.engines.odm.element import (
    SCHEMA_INSTANCE,
    Element,
    bare_name,
    from_xml,
    is_foreign,
    namespace_of,
)
from triallink.engines.odm.findings import Finding
from triallink.engines.odm.grammar import NAMESPACES, grammar, schema
from triallink.engines.odm.xml_source import read_pieces

_NAMESPACES = re.compile(r"\{http://www\.cdisc\.org/ns/odm/v[\d.]+\}")


def canonical(data: bytes) -> Element:
    """Return a document in canonical form: two documents say the same if and only if their forms are equal.

    data     a document of ODM 1.3 or 2.0.
    Returns  the root element with its attributes sorted by name; children of kinds the schema puts in a fixed order
             sorted by it, keeping the order within a kind; vendors' elements after them; definitions of groups sorted
             by OID (forms and other groups are told apart by an attribute in 2.0). Comments, processing
             instructions, prefixes, `xsi:` attributes and white space between elements do not count.
    Raises   OdmRefused if the document is hostile or not well-formed.
    Source   W3C Canonical XML 1.1 for what does not count; the order of definitions from ODM 1.3.2, section 2.
    """
    root = _tree(data)
    version = "2.0" if namespace_of(root.tag) == NAMESPACES["2.0"] else "1.3.2"
    return _canonical(from_xml(root), version)


def validate(data: bytes, *, extensions: bool = True) -> tuple[Finding, ...]:
    """Return what the official schema has against a document, with the lines; nothing if it is valid.

    data        a document of ODM 1.3 (judged by the schema of 1.3.2) or 2.0.
    extensions  true to judge it without vendors' attributes and elements (ODM 1.3.2, section 2.4).
    Raises      OdmRefused if the document is hostile or not well-formed.
    """
    root = _tree(data)
    told = []
    version = "2.0" if namespace_of(root.tag) == NAMESPACES["2.0"] else "1.3.2"
    if not namespace_of(root.tag):
        told.append(Finding(findings.NO_NAMESPACE, {"version": version}, root.sourceline or 1))
    if namespace_of(root.tag) != NAMESPACES[version]:
        root = _in_namespace(root, NAMESPACES[version])
    if extensions:
        _strip(root)
    judge = schema(version)
    judge.validate(root)
    for error in judge.error_log:
        told.append(
            Finding(
                findings.NOT_VALID, {"detail": _NAMESPACES.sub("", error.message).rstrip(".")}, error.line
            )
        )
    return tuple(told)


def _in_namespace(root: etree._Element, namespace: str) -> etree._Element:
    for node in root.iter("*"):
        name = bare_name(str(node.tag))
        if not name.startswith("{"):
            node.tag = f"{{{namespace}}}{name}"
    return root


def _tree(data: bytes) -> etree._Element:
    """Return the root of a document that `read_pieces` accepts."""
    *_, (_, root) = read_pieces(io.BytesIO(data), [])
    return root


def _strip(root: etree._Element) -> None:
    """Take vendors' attributes and elements out of a document."""
    for node in list(root.iter("*")):
        for key in node.attrib:
            if is_foreign(str(key)) and not str(key).startswith(SCHEMA_INSTANCE):
                del node.attrib[key]
        if is_foreign(bare_name(str(node.tag))) and node.getparent() is not None:
            node.tail = None
            node.getparent().remove(node)


def _canonical(value: Element, version: str) -> Element:
    attributes = sorted(pair for pair in value.attributes if not pair[0].startswith(SCHEMA_INSTANCE))
    content = tuple(part if isinstance(part, str) else _canonical(part, version) for part in value.content)
    rule = grammar(version).elements.get(value.name)
    if rule is not None and not rule.text_type and not rule.is_mixed:
        last = len(rule.children)
        ranks = {name: child.rank for name, child in rule.children.items()}
        children = [part for part in content if isinstance(part, Element)]
        children.sort(key=lambda child: (ranks.get(child.name, last), _definition(child)))
        content = tuple(children)
    return replace(value, attributes=tuple(attributes), content=content)


def _definition(child: Element) -> str:
    return child.get("OID") if child.name == "ItemGroupDef" else ""
