"""Define-XML read and written: what the parts say of themselves decides both ways, so that they cannot differ.

Hostile files (document types, entities, too deep or too large) are refused. Source: Define-XML 2.1.0, 2.0.
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, TypeVar, cast

from lxml import etree

from triallink.engines.datasets import findings as f
from triallink.engines.datasets.define.checks import check_define
from triallink.engines.datasets.define.parts import DEF, ODM, XLINK, DefineDocument, Part, Place
from triallink.engines.datasets.findings import DatasetRefused, Finding, errors

LARGEST_MB = 256
DEF_2_0 = "http://www.cdisc.org/ns/def/v2.0"
_ARM = "http://www.cdisc.org/ns/arm/v1.0"
P = TypeVar("P", bound=Part)
_YES_NO = {"Yes": True, "No": False}


def read_define(content: bytes) -> DefineDocument:
    """Return the document of a Define-XML 2.1 or 2.0 file; what neither knows is kept as it stands.

    Raises  DatasetRefused for a file that is not well-formed, declares a document type, is too large or is not
            Define-XML, with the line.
    """
    if len(content) > LARGEST_MB * 2**20:
        raise DatasetRefused([Finding(f.TOO_LARGE, {"limit_mb": LARGEST_MB})])
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise DatasetRefused([Finding(f.BAD_XML, {"line": line, "column": column})]) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise DatasetRefused([Finding(f.HAS_DOCTYPE)])
    if root.tag != f"{{{ODM}}}ODM":
        raise DatasetRefused([Finding(f.NOT_DEFINE, {"found": str(root.tag)[:80]})])
    versions = {str(uri) for element in root.iter(etree.Element) for uri in element.nsmap.values()}
    namespace = DEF if DEF in versions or DEF_2_0 not in versions else DEF_2_0
    document = _read(root, DefineDocument, namespace)
    if document.study is None or document.study.metadata is None:
        raise DatasetRefused([Finding(f.NOT_DEFINE, {"found": "ODM"})])
    return document


def _named(name: str, namespace: str) -> str:
    return name.replace(f"{{{DEF}}}", f"{{{namespace}}}")


def _read(element: Any, part: type[P], namespace: str) -> P:
    values: dict[str, Any] = {}
    attributes = {str(name): str(value) for name, value in element.attrib.items()}
    children: dict[str, list[Any]] = {}
    for child in element.iterchildren(etree.Element):
        children.setdefault(str(child.tag), []).append(child)
    for each in fields(part):
        place: Place | None = each.metadata.get("xml")
        if place is None:
            continue
        name = _named(place.name, namespace)
        match place.kind:
            case "attribute":
                if name in attributes:
                    value = _value(attributes[name], place.value)
                    if value is not None:
                        values[each.name] = value
                        del attributes[name]
            case "content":
                values[each.name] = element.text or ""
            case "text":
                if len(children.get(name, ())) == 1:
                    values[each.name] = children.pop(name)[0].text or ""
            case "texts":
                values[each.name] = tuple(child.text or "" for child in children.pop(name, ()))
            case "child":
                if len(children.get(name, ())) == 1 and place.part is not None:
                    values[each.name] = _read(children.pop(name)[0], place.part(), namespace)
            case "children":
                values[each.name] = _read_children(children, place, name, namespace)
    known = {id(child) for several in children.values() for child in several}
    values["other_attributes"] = tuple(attributes.items())
    values["other_elements"] = tuple(
        _as_it_stands(child) for child in element.iterchildren(etree.Element) if id(child) in known
    )
    return part(**values)


def _as_it_stands(element: Any) -> bytes:
    """Return an element in canonical form, without the blanks between elements that a writer may set anew."""
    for each in element.iter():
        if len(each) and not (each.text or "").strip():
            each.text = None
        if each is element or not (each.tail or "").strip():
            each.tail = None
    return bytes(etree.tostring(element, method="c14n", exclusive=True))


def _read_children(
    children: dict[str, list[Any]], place: Place, name: str, namespace: str
) -> tuple[Part, ...]:
    if place.part is None:
        return ()
    found = children.pop(_named(place.wrapped, namespace) if place.wrapped else name, [])
    if place.wrapped:
        found = [child for holder in found for child in holder.iterchildren(name)]
    return tuple(_read(child, place.part(), namespace) for child in found)


def _value(text: str, kind: type[str] | type[int] | type[bool]) -> Any:
    """Return an attribute's value; None if it is not of its kind in the one way it is written, so that it is kept."""
    if kind is str:
        return text
    if kind is bool:
        return _YES_NO.get(text)
    return int(text) if re.fullmatch(r"0|[1-9][0-9]{0,17}", text) else None


def write_define(document: DefineDocument, *, strict: bool = True) -> bytes:
    """Return a document as Define-XML: 2.1, or 2.0 if that is what was read.

    strict  refuse a document that refers to something it does not define, or lacks what the schema requires.
    Raises  DatasetRefused with every such place.
    """
    found = errors(check_define(document)) if strict else []
    if found:
        raise DatasetRefused(found)
    version = document.metadata.define_version or ""
    namespace = DEF_2_0 if version.startswith("2.0") else DEF
    known = {None: ODM, "xlink": XLINK, "def": namespace, "arm": _ARM}
    root = etree.Element(f"{{{ODM}}}ODM", nsmap=cast("dict[str, str]", known))
    _write(root, document, namespace)
    etree.cleanup_namespaces(root, keep_ns_prefixes=["xlink", "def"])
    etree.indent(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8")) + b"\n"


def _write(element: Any, part: Part, namespace: str) -> None:
    for each in fields(part):
        place: Place | None = each.metadata.get("xml")
        value = getattr(part, each.name)
        if place is None or value is None or value == ():
            continue
        name = _named(place.name, namespace)
        match place.kind:
            case "attribute":
                element.set(name, _written(value))
            case "content":
                element.text = value
            case "text":
                etree.SubElement(element, name).text = value
            case "texts":
                for text in value:
                    etree.SubElement(element, name).text = text
            case "child":
                _write(etree.SubElement(element, name), value, namespace)
            case "children":
                holder = (
                    etree.SubElement(element, _named(place.wrapped, namespace)) if place.wrapped else element
                )
                for child in value:
                    _write(etree.SubElement(holder, name), child, namespace)
    for attribute, text in part.other_attributes:
        element.set(attribute, text)
    for raw in part.other_elements:
        element.append(etree.fromstring(raw))


def _written(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value)


def differences(one: bytes, other: bytes) -> Iterator[str]:
    """Give a line for every place in which two XML files say different things.

    The order of attributes and of the children of an element does not count, nor do comments, blanks between elements
    and the prefixes of namespaces.
    """
    left, right = etree.fromstring(one), etree.fromstring(other)
    yield from _differences(left, right, str(left.tag))


def _differences(one: Any, other: Any, path: str) -> Iterator[str]:
    if one.tag != other.tag:
        yield f"{path}: {one.tag} and {other.tag}"
        return
    if dict(one.attrib) != dict(other.attrib):
        yield f"{path}: {dict(one.attrib)} and {dict(other.attrib)}"
    if (
        not len(one)
        and (one.text or "") != (other.text or "")
        and ((one.text or "") + (other.text or "")).strip()
    ):
        yield f"{path}: {one.text!r} and {other.text!r}"
    mine, theirs = _by_tag(one), _by_tag(other)
    for tag in sorted(mine.keys() | theirs.keys()):
        left, right = mine.get(tag, []), theirs.get(tag, [])
        if len(left) != len(right):
            yield f"{path}: {len(left)} and {len(right)} of {tag}"
            continue
        for place, (a, b) in enumerate(zip(left, right, strict=True)):
            yield from _differences(a, b, f"{path}/{etree.QName(tag).localname}[{place + 1}]")


def _by_tag(element: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for child in element.iterchildren(etree.Element):
        found.setdefault(str(child.tag), []).append(child)
    return found
