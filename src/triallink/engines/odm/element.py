"""One XML element as a value: what the model does not name is kept as such, and everything is written from such."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree

XML = "{http://www.w3.org/XML/1998/namespace}"
XHTML = "{http://www.w3.org/1999/xhtml}"
# Standards beside ODM whose elements and attributes its schemas allow in their places: they are no vendor's.
BESIDE = (XHTML, "{http://www.w3.org/2000/09/xmldsig#}", "{http://www.w3.org/1999/xlink}")
LANGUAGE = f"{XML}lang"
SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
ODM_NAMESPACES = {
    "http://www.cdisc.org/ns/odm/v1.2": "1.2",
    "http://www.cdisc.org/ns/odm/v1.3": "1.3",
    "http://www.cdisc.org/ns/odm/v2.0": "2.0",
}


@dataclass(frozen=True, slots=True)
class Element:
    """An element and all that is in it.

    name        the bare name of an ODM element ("ItemDef"); of others the name in Clark notation ("{namespace}name").
    attributes  name and value, in the order of the file; names of other namespaces in Clark notation.
    content     child elements and, between them, text; white space between elements is not kept.
    line        where it began in the file it was read from; it is not part of the value.
    """

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    content: "tuple[Element | str, ...]" = ()
    line: int = field(default=0, compare=False)

    @property
    def children(self) -> "tuple[Element, ...]":
        """The elements directly inside."""
        return tuple(part for part in self.content if isinstance(part, Element))

    @property
    def text(self) -> str:
        """The text directly inside, without that of child elements."""
        return "".join(part for part in self.content if isinstance(part, str))

    @property
    def all_text(self) -> str:
        """The text inside, at any depth."""
        return "".join(part if isinstance(part, str) else part.all_text for part in self.content)

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute's value."""
        return next((value for key, value in self.attributes if key == name), default)

    def named(self, name: str) -> "tuple[Element, ...]":
        """Return the child elements of one name."""
        return tuple(child for child in self.children if child.name == name)

    def walk(self) -> "Iterator[Element]":
        """Return this element and all elements in it, outermost first."""
        yield self
        for child in self.children:
            yield from child.walk()


def element(
    name: str, attributes: Mapping[str, object] | None = None, content: Iterable[Element | str] = ()
) -> Element:
    """Return an element; attributes that are None are left out."""
    said = {key: str(value) for key, value in (attributes or {}).items() if value is not None}
    return Element(name, tuple(said.items()), tuple(content))


def is_foreign(name: str) -> bool:
    """Say whether a name is a vendor's: of a namespace other than ODM's, XML's and those of the standards beside."""
    return name.startswith("{") and not name.startswith((XML, *BESIDE))


def is_extension(name: str) -> bool:
    """Say whether a name is a vendor's extension: foreign, and of a namespace, as ODM 1.3.2, section 2.4, requires."""
    return is_foreign(name) and not name.startswith("{}")


def bare_name(tag: str, *, no_namespace_is_odm: bool = True) -> str:
    """Return the name as the model knows it: bare for ODM elements of any version."""
    namespace, brace, name = tag.rpartition("}")
    if not brace:
        return tag if no_namespace_is_odm else "{}" + tag
    return name if namespace[1:] in ODM_NAMESPACES else tag


def local_name(tag: str) -> str:
    """Return a name without its namespace."""
    return tag.rpartition("}")[2]


def namespace_of(tag: str) -> str:
    """Return the namespace of a name, "" if it has none."""
    return tag.rpartition("}")[0].removeprefix("{")


def from_xml(node: etree._Element, *, no_namespace_is_odm: bool = True) -> Element:
    """Return a parsed element as a value.

    Comments, processing instructions and names that could not be written (with a prefix that is declared nowhere, or a
    namespace that is no address) are left out.
    """
    parts: list[Element | str] = []
    _add_text(parts, node.text)
    for child in node:
        if isinstance(child.tag, str) and _is_name(child.tag):
            parts.append(from_xml(child, no_namespace_is_odm=no_namespace_is_odm))
        _add_text(parts, child.tail)
    has_elements = any(isinstance(part, Element) for part in parts)
    if has_elements and not any(isinstance(part, str) and part.strip() for part in parts):
        parts = [part for part in parts if isinstance(part, Element)]
    elif not has_elements and "\n" in "".join(map(str, parts)) and not "".join(map(str, parts)).strip():
        parts = []
    return Element(
        bare_name(node.tag, no_namespace_is_odm=no_namespace_is_odm),
        attributes_of(node),
        tuple(parts),
        node.sourceline or 0,
    )


def attributes_of(node: etree._Element) -> tuple[tuple[str, str], ...]:
    """Return the attributes of a parsed element, without those whose names could not be written."""
    pairs = ((str(key), str(value)) for key, value in node.attrib.items())
    return tuple(pair for pair in pairs if _is_name(pair[0]))


def _is_name(name: str) -> bool:
    namespace, _, local = name.rpartition("}")
    return ":" not in local and (not namespace or is_namespace(namespace[1:]))


@lru_cache(maxsize=1000)
def is_namespace(uri: str) -> bool:
    """Say whether a namespace is an address, as writing requires; reading does not."""
    try:
        etree.Element(f"{{{uri}}}x")
    except ValueError:
        return False
    return True


def _add_text(parts: list[Element | str], text: str | None) -> None:
    if not text:
        return
    if parts and isinstance(parts[-1], str):
        parts[-1] += text
    else:
        parts.append(text)


def to_xml(value: Element, namespace: str, prefixes: Mapping[str | None, str]) -> etree._Element:
    """Return a value as an element for writing, in the ODM namespace given."""
    root = etree.Element(_tag(value.name, namespace), nsmap=dict(prefixes))
    _fill(root, value, namespace)
    return root


def _fill(node: etree._Element, value: Element, namespace: str) -> None:
    for key, text in value.attributes:
        node.set(key, text)
    last: etree._Element | None = None
    for part in value.content:
        if isinstance(part, Element):
            last = etree.SubElement(node, _tag(part.name, namespace))
            _fill(last, part, namespace)
        elif last is None:
            node.text = (node.text or "") + part
        else:
            last.tail = (last.tail or "") + part


def _tag(name: str, namespace: str) -> str:
    if name.startswith("{}"):
        return name[2:]
    return name if name.startswith("{") else f"{{{namespace}}}{name}"
