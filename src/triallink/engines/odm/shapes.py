"""How a value class is written as an XML element, said once for reading and writing, so that neither can forget a part."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from triallink.engines.odm import findings
from triallink.engines.odm.element import Element, is_foreign
from triallink.engines.odm.findings import Finding, Severity
from triallink.engines.odm.model import Kept, Text, Translation

MOST_FINDINGS = 1000
TRUTHS = {"Yes": True, "No": False}


class Told:
    """Collects findings while a file is read."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def tell(self, template: str, at: Element, severity: Severity = "error", /, **params: str) -> None:
        """Add a finding about an element."""
        if len(self.findings) < MOST_FINDINGS:
            place = " ".join(filter(None, (at.name, at.get("OID") or at.get("ItemOID"))))
            self.findings.append(Finding(template, params, at.line, place, severity))


@dataclass(frozen=True)
class Many:
    """Child elements of one or several shapes, in the order of the file."""

    shapes: "tuple[Shape, ...]"


@dataclass(frozen=True)
class One:
    """At most one child element."""

    shape: "Shape"


@dataclass(frozen=True)
class Link:
    """A child element that has one attribute and nothing else (`SiteRef`); the field is the attribute's value."""

    name: str
    attribute: str


@dataclass(frozen=True)
class Links:
    """Several such children."""

    name: str
    attribute: str


@dataclass(frozen=True)
class Words:
    """A child element that is a text (`ReasonForChange`)."""

    name: str


@dataclass(frozen=True)
class ManyWords:
    """Several such children (`CheckValue`)."""

    name: str


@dataclass(frozen=True)
class Translations:
    """Texts in several languages that stand directly inside (the comment of ODM 2.0)."""

    shape: "Shape"


@dataclass(frozen=True)
class Values:
    """Children that are texts and may be numbered (`Value`)."""

    name: str


@dataclass(frozen=True)
class OwnValue:
    """The element's own text as the one answer."""


@dataclass(frozen=True)
class OwnWords:
    """The element's own text, as a plain text or as a text of no language."""

    is_translated: bool = False


Part = Many | One | Link | Links | Words | ManyWords | Translations | Values | OwnValue | OwnWords


@dataclass(frozen=True)
class Shape:
    """How a class is written as an element of one name.

    texts, numbers, flags   field → attribute, as text, whole number, Yes or No.
    translated              field → attribute whose value is a text of no language.
    answers                 field → attribute that is the one answer; a missing attribute is no answer.
    yes_only                fields whose No is not written.
    parts                   field → what is inside.
    constants               attributes that tell this shape from others of the same element ("Type": "Form").
    silent                  attributes written with this value when nothing else is known, and not worth a word.
    required                attributes without which the element is reported.
    fixed                   fields that are set by the shape and not in the file ("kind": "form").
    """

    make: Callable[..., Any]
    name: str
    texts: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    translated: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    yes_only: frozenset[str] = frozenset()
    parts: Mapping[str, Part] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    silent: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def matches(self, value: Element) -> bool:
        """Say whether an element is of this shape."""
        return value.name == self.name and all(value.get(key) == said for key, said in self.constants.items())

    def read(self, source: Element, told: Told) -> Any:
        """Return the value an element stands for; what is not understood is kept in it and told."""
        said: dict[str, Any] = dict(self.fixed)
        attributes = dict(source.attributes)
        for name in self.required:
            if name not in attributes:
                told.tell(findings.MISSING, source, element=self.name, attribute=name)
        for key in self.constants:
            attributes.pop(key, None)
        for key, name in self.texts.items():
            # An empty attribute is kept as such: "" in a field means that nothing was said.
            said[key] = attributes.pop(name) if attributes.get(name) else ""
        for key, name in self.translated.items():
            said[key] = Text((Translation(attributes.pop(name)),)) if name in attributes else None
        for key, name in self.answers.items():
            said[key] = (attributes.pop(name),) if name in attributes else ()
        for key, name in self.numbers.items():
            text = attributes.get(name)
            said[key] = int(text) if text is not None and _is_number(text) else None
            if said[key] is not None:
                attributes.pop(name)
            elif text is not None:
                told.tell(findings.BAD_VALUE, source, value=text, attribute=name)
        for key, name in self.flags.items():
            text = attributes.get(name)
            if text in TRUTHS:
                said[key] = TRUTHS[text]
                attributes.pop(name)
            elif text is not None:
                told.tell(findings.BAD_VALUE, source, value=text, attribute=name)
        content: list[Element | str] = list(source.content)
        for key, part in self.parts.items():
            said[key] = _READERS[type(part)](part, content, told)
        elements = tuple(left for left in content if isinstance(left, Element))
        return self.make(kept=Kept(tuple(attributes.items()), elements), **said)

    def write(self, value: Any) -> Element:
        """Return the element of a value."""
        kept: Kept = value.kept
        attributes: dict[str, str] = dict(self.constants)
        for key, name in self.texts.items():
            if getattr(value, key):
                attributes[name] = getattr(value, key)
        for key, name in self.translated.items():
            text = getattr(value, key)
            if text is not None:
                attributes[name] = str(text)
        for key, name in self.answers.items():
            if getattr(value, key):
                attributes[name] = getattr(value, key)[0]
        for key, name in self.numbers.items():
            if getattr(value, key) is not None:
                attributes[name] = str(getattr(value, key))
        for key, name in self.flags.items():
            is_true = getattr(value, key)
            if is_true or (is_true is False and key not in self.yes_only and not kept.get(name)):
                attributes[name] = "Yes" if is_true else "No"
        for name, text in kept.attributes:
            attributes.setdefault(name, text)
        for name, text in self.silent.items():
            attributes.setdefault(name, text)
        content: list[Element | str] = []
        for key, part in self.parts.items():
            content += _WRITERS[type(part)](part, getattr(value, key), kept)
        return Element(self.name, tuple(attributes.items()), (*content, *kept.elements))


def _is_number(text: str) -> bool:
    """Say whether a text is a whole number as we would write it; "01" stays a text that is kept."""
    return text.lstrip("-").isdecimal() and text.isascii() and len(text) < 19 and str(int(text)) == text


def _read_many(part: Many, content: list[Element | str], told: Told) -> tuple[Any, ...]:
    found = []
    left: list[Element | str] = []
    for child in content:
        shape = _shape_of(part.shapes, child)
        if shape is None or not isinstance(child, Element):
            left.append(child)
        else:
            found.append(shape.read(child, told))
    content[:] = left
    return tuple(found)


def _shape_of(shapes: Iterable[Shape], child: Element | str) -> Shape | None:
    if isinstance(child, str):
        return None
    return next((shape for shape in shapes if shape.matches(child)), None)


def _write_many(part: Many, values: Iterable[Any], kept: Kept) -> list[Element]:
    return [_shape_for(part.shapes, value).write(value) for value in values]


def _shape_for(shapes: tuple[Shape, ...], value: Any) -> Shape:
    """Return the shape whose class and fixed fields are those of a value; the last is for all the rest."""
    for shape in shapes:
        if type(value) is shape.make and all(
            getattr(value, key) == said for key, said in shape.fixed.items()
        ):
            return shape
    return next(shape for shape in reversed(shapes) if type(value) is shape.make)


def _read_one(part: One, content: list[Element | str], told: Told) -> Any:
    for position, child in enumerate(content):
        if isinstance(child, Element) and part.shape.matches(child):
            del content[position]
            return part.shape.read(child, told)
    return None


def _write_one(part: One, value: Any, kept: Kept) -> list[Element]:
    return [] if value is None else [part.shape.write(value)]


def _read_link(part: Link, content: list[Element | str], told: Told) -> str:
    for position, child in enumerate(content):
        if isinstance(child, Element) and child.name == part.name and child.get(part.attribute):
            if len(child.attributes) == 1 and not child.content:
                del content[position]
            return child.get(part.attribute)
    return ""


def _write_link(part: Link, value: str, kept: Kept) -> list[Element]:
    if not value or any(item.get(part.attribute) == value for item in kept.named(part.name)):
        return []
    return [Element(part.name, ((part.attribute, value),))]


def _read_links(part: Links, content: list[Element | str], told: Told) -> tuple[str, ...]:
    plain = [
        child
        for child in content
        if isinstance(child, Element)
        and child.name == part.name
        and child.get(part.attribute)
        and len(child.attributes) == 1
        and not child.content
    ]
    content[:] = [child for child in content if not any(child is found for found in plain)]
    return tuple(child.get(part.attribute) for child in plain)


def _write_links(part: Links, values: Iterable[str], kept: Kept) -> list[Element]:
    return [Element(part.name, ((part.attribute, value),)) for value in values]


def _read_words(part: Words, content: list[Element | str], told: Told) -> str:
    for position, child in enumerate(content):
        if isinstance(child, Element) and child.name == part.name and child.text:
            if not child.attributes and not child.children:
                del content[position]
            return child.text
    return ""


def _write_words(part: Words, value: str, kept: Kept) -> list[Element]:
    if not value or any(item.text == value for item in kept.named(part.name)):
        return []
    return [Element(part.name, (), (value,))]


def _read_many_words(part: ManyWords, content: list[Element | str], told: Told) -> tuple[str, ...]:
    plain = [
        child
        for child in content
        if isinstance(child, Element)
        and child.name == part.name
        and not child.attributes
        and not child.children
    ]
    content[:] = [child for child in content if not any(child is found for found in plain)]
    return tuple(child.text for child in plain)


def _write_many_words(part: ManyWords, values: Iterable[str], kept: Kept) -> list[Element]:
    return [Element(part.name, (), (value,) if value else ()) for value in values]


def _read_translations(part: Translations, content: list[Element | str], told: Told) -> Text:
    return Text(_read_many(Many((part.shape,)), content, told))


def _write_translations(part: Translations, value: Text, kept: Kept) -> list[Element]:
    return [part.shape.write(translation) for translation in value.translations]


def _read_values(part: Values, content: list[Element | str], told: Told) -> tuple[str, ...]:
    found = [child for child in content if isinstance(child, Element) and child.name == part.name]
    if not any(child.attributes or child.children for child in found):
        content[:] = [child for child in content if not any(child is other for other in found)]
    return tuple(child.text for child in found)


def _write_values(part: Values, values: tuple[str, ...], kept: Kept) -> list[Element]:
    if tuple(item.text for item in kept.named(part.name)) == values:
        return []
    return [Element(part.name, (), (value,) if value else ()) for value in values]


def _read_own_value(part: OwnValue, content: list[Element | str], told: Told) -> tuple[str, ...]:
    return (str(_read_own(OwnWords(), content, told)),)


def _write_own_value(part: OwnValue, values: tuple[str, ...], kept: Kept) -> list[str]:
    return [value for value in values[:1] if value]


def _read_own(part: OwnWords, content: list[Element | str], told: Told) -> str | Text:
    text = "".join(child for child in content if isinstance(child, str))
    content[:] = [child for child in content if isinstance(child, Element)]
    if not part.is_translated:
        return text
    return Text((Translation(text),)) if text else Text()


def _write_own(part: OwnWords, value: str | Text, kept: Kept) -> list[str]:
    return [str(value)] if str(value) else []


_READERS: dict[type, Callable[..., Any]] = {
    Many: _read_many, Translations: _read_translations, One: _read_one, Link: _read_link, Links: _read_links, Words: _read_words,
    ManyWords: _read_many_words, Values: _read_values, OwnValue: _read_own_value, OwnWords: _read_own,
}  # fmt: skip
_WRITERS: dict[type, Callable[..., list[Any]]] = {
    Many: _write_many, Translations: _write_translations, One: _write_one, Link: _write_link, Links: _write_links, Words: _write_words,
    ManyWords: _write_many_words, Values: _write_values, OwnValue: _write_own_value, OwnWords: _write_own,
}  # fmt: skip


def own_elements(value: Element) -> tuple[Element, ...]:
    """Return the children that are ODM's own."""
    return tuple(child for child in value.children if not is_foreign(child.name))
