"""What the official schemas of ODM 1.3.2 and 2.0 allow, as tables the writer obeys, and the schemas themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from lxml import etree

from triallink.engines.odm.element import LANGUAGE, bare_name

VERSIONS = ("1.3.2", "2.0")
NAMESPACES = {"1.3.2": "http://www.cdisc.org/ns/odm/v1.3", "2.0": "http://www.cdisc.org/ns/odm/v2.0"}
XS = "{http://www.w3.org/2001/XMLSchema}"
_ROOTS = {"1.3.2": "ODM1-3-2.xsd", "2.0": "ODM.xsd"}
_PARTS = {
    "1.3.2": ("ODM1-3-2-foundation.xsd",),
    "2.0": ("ODM-types.xsd", "ODM-enumerations.xsd", "ODM-foundation.xsd", "ODM-study.xsd", "ODM-protocol.xsd",
            "ODM-admindata.xsd", "ODM-referencedata.xsd", "ODM-clinicaldata.xsd"),
}  # fmt: skip


@dataclass(frozen=True)
class AttributeRule:
    """One attribute of an element; `type_name` names the type a value must have."""

    name: str
    type_name: str
    is_required: bool


@dataclass(frozen=True)
class ChildRule:
    """One kind of child element.

    rank      its place in the order; kinds that may be mixed share one.
    branch    which way of a choice it belongs to: (choice, way); None outside of choices.
    """

    name: str
    rank: int
    is_required: bool
    is_many: bool
    branch: tuple[int, int] | None = None


@dataclass(frozen=True)
class Unique:
    """Children that must differ in some attributes; `names` empty means all children."""

    names: tuple[str, ...]
    attributes: tuple[str, ...]


@dataclass(frozen=True)
class ElementRule:
    """What an element may hold; `text_type` is "" when it holds no text of its own."""

    name: str
    attributes: Mapping[str, AttributeRule]
    children: Mapping[str, ChildRule]
    text_type: str
    is_mixed: bool
    uniques: tuple[Unique, ...]


@dataclass(frozen=True)
class Grammar:
    """All elements of one ODM version."""

    version: str
    elements: Mapping[str, ElementRule]

    @property
    def namespace(self) -> str:
        """The namespace of the version."""
        return NAMESPACES[self.version]

    def accepts(self, type_name: str, value: str) -> bool:
        """Say whether a value is of a type of the schema."""
        return _accepts(self.version, type_name, value)


@cache
def grammar(version: str) -> Grammar:
    """Return the tables of a version.

    version  "1.3.2" or "2.0".
    Raises   ValueError if there is no such version.
    Source   the schemas of CDISC's repository DataExchange-ODM (folder `schemas` beside this module).
    """
    return _Schema(_known(version)).grammar()


@cache
def schema(version: str) -> etree.XMLSchema:
    """Return the official schema of a version.

    Raises  ValueError if there is no such version.
    """
    return etree.XMLSchema(etree.parse(_folder(_known(version)) / _ROOTS[version]))


def _known(version: str) -> str:
    if version not in VERSIONS:
        raise ValueError(f"unknown ODM version {version!r}, expected one of {VERSIONS}")
    return version


def _folder(version: str) -> Path:
    return Path(__file__).parent / "schemas" / version


class _Schema:
    """The schema files of one version, read into tables."""

    def __init__(self, version: str) -> None:
        self.version = version
        self._named: dict[tuple[str, str], etree._Element] = {}
        self._namespaces: dict[str, str] = {}
        for part in _PARTS[version]:
            root = etree.parse(_folder(version) / part).getroot()
            self._namespaces |= {str(key): str(value) for key, value in root.nsmap.items() if key}
            for node in root.iterchildren(f"{XS}*"):
                if node.get("name"):
                    self._named[etree.QName(node).localname, node.get("name")] = node

    def grammar(self) -> Grammar:
        rules = {name: self._element(node) for (kind, name), node in self._named.items() if kind == "element"}
        return Grammar(self.version, rules)

    def anonymous_types(self) -> Iterator[tuple[str, etree._Element]]:
        """Return the types that stand inside an attribute's declaration, with the name we give them."""
        for node in self._named.values():
            for attribute in node.iter(f"{XS}attribute"):
                inner = attribute.find(f"{XS}simpleType")
                if inner is not None:
                    yield self._attribute_type(attribute), inner

    def type_names(self) -> set[str]:
        """Return the names of the simple types of the schema."""
        return {name for kind, name in self._named if kind == "simpleType"}

    def _element(self, node: etree._Element) -> ElementRule:
        kind = node.get("type")
        body = self._named["complexType", kind] if kind else node.find(f"{XS}complexType")
        collected: list[ChildRule] = []
        self._children(body, collected, is_required=True, is_many=False, branch=None)
        extension = body.find(f"{XS}simpleContent/{XS}extension")
        return ElementRule(
            name=node.get("name"),
            attributes={rule.name: rule for rule in self._attributes(body)},
            children={rule.name: rule for rule in reversed(collected)},
            text_type="" if extension is None else extension.get("base"),
            is_mixed=body.get("mixed") == "true",
            uniques=tuple(self._unique(unique) for unique in node.iterchildren(f"{XS}unique")),
        )

    def _attributes(self, node: etree._Element) -> Iterator[AttributeRule]:
        for child in node.iterchildren(f"{XS}*"):
            kind = etree.QName(child).localname
            if kind == "attribute":
                name = self._name(child.get("ref") or child.get("name"))
                yield AttributeRule(name, self._attribute_type(child), child.get("use") == "required")
            elif kind == "attributeGroup":
                yield from self._attributes(self._named["attributeGroup", child.get("ref")])
            elif kind in ("simpleContent", "complexContent", "extension", "restriction"):
                yield from self._attributes(child)

    def _attribute_type(self, node: etree._Element) -> str:
        if node.get("ref"):
            return "xs:language" if node.get("ref") == "xml:lang" else "xs:string"
        return node.get("type") or f"anonymous-{node.get('name')}"

    def _children(
        self, node: etree._Element, found: list[ChildRule], *, is_required: bool, is_many: bool,
        branch: tuple[int, int] | None,
    ) -> None:  # fmt: skip
        """Add the kinds of child a part of a content model holds, in order."""
        for child in node.iterchildren(f"{XS}*"):
            kind = etree.QName(child).localname
            needed = is_required and child.get("minOccurs", "1") != "0"
            repeats = child.get("maxOccurs", "1") not in ("0", "1")
            if kind == "element":
                self._add(child, found, needed, is_many or repeats, branch)
            elif kind in ("group", "sequence"):
                inner = self._named["group", child.get("ref")] if kind == "group" else child
                before = len(found)
                self._children(inner, found, is_required=needed, is_many=is_many or repeats, branch=branch)
                if repeats:
                    _mix(found, before)
            elif kind == "choice":
                before = len(found)
                many = is_many or repeats
                for way, option in enumerate(child.iterchildren(f"{XS}*")):
                    one = etree.Element(f"{XS}sequence")
                    one.append(_copy(option))
                    here = branch if many else (child.sourceline, way)
                    self._children(one, found, is_required=False, is_many=many, branch=here)
                if repeats:
                    _mix(found, before)

    def _add(
        self, node: etree._Element, found: list[ChildRule], is_required: bool, is_many: bool,
        branch: tuple[int, int] | None,
    ) -> None:  # fmt: skip
        name = self._name(node.get("ref") or node.get("name"))
        # A name that comes twice (KeySet KeySet) is one kind that comes several times.
        is_second = any(rule.name == name for rule in found)
        found.append(ChildRule(name, len(found), is_required, is_many or is_second, branch))

    def _unique(self, node: etree._Element) -> Unique:
        selector = node.find(f"{XS}selector").get("xpath")
        names = tuple(part.rpartition(":")[2] for part in selector.split("|") if part != "*")
        fields = (found.get("xpath").lstrip("@") for found in node.iterchildren(f"{XS}field"))
        return Unique(names, tuple(LANGUAGE if name == "xml:lang" else name for name in fields))

    def _name(self, name: str) -> str:
        prefix, colon, local = name.rpartition(":")
        if not colon:
            return name
        namespace = {"xml": "http://www.w3.org/XML/1998/namespace"}.get(prefix) or self._namespaces[prefix]
        return bare_name(f"{{{namespace}}}{local}")


def _mix(found: list[ChildRule], start: int) -> None:
    """Give the kinds from `start` on one rank: their part of the content model repeats, so they come in any order."""
    found[start:] = [replace(rule, rank=start, is_many=True) for rule in found[start:]]


def _copy(node: etree._Element) -> etree._Element:
    copied: etree._Element = etree.fromstring(etree.tostring(node))
    return copied


@cache
def _checker(version: str) -> etree.XMLSchema:
    """Return a schema with one element per simple type, so that libxml2 judges single values."""
    source = _Schema(version)
    names = source.type_names() | {"xs:language", "xs:string", "xs:anyURI", "xs:ID", "xs:IDREF"}
    names |= {
        rule.type_name for item in grammar(version).elements.values() for rule in item.attributes.values()
    }
    anonymous = dict(source.anonymous_types())
    root = etree.Element(
        f"{XS}schema",
        nsmap={"xs": XS[1:-1], None: NAMESPACES[version]},
        targetNamespace=NAMESPACES[version],
        elementFormDefault="qualified",
    )
    etree.SubElement(root, f"{XS}include", schemaLocation=(_folder(version) / _ROOTS[version]).as_uri())
    for name in sorted(names - set(anonymous)):
        etree.SubElement(root, f"{XS}element", name=_checked_name(name), type=name)
    for name, inner in anonymous.items():
        etree.SubElement(root, f"{XS}element", name=_checked_name(name)).append(inner)
    return etree.XMLSchema(root)


def _checked_name(type_name: str) -> str:
    return "value-of-" + type_name.replace(":", "-")


@lru_cache(maxsize=100_000)
def _accepts(version: str, type_name: str, value: str) -> bool:
    if type_name in ("text", "value", "xs:string", "string"):
        return True
    node = etree.Element(f"{{{NAMESPACES[version]}}}{_checked_name(type_name)}")
    node.text = value
    return bool(_checker(version).validate(node))
