"""The USDM file being read: its nodes, the ids one may refer to, and texts with references filled in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from . import refusal
from .markup import plain_text
from .model import Code, Quantity
from .node import Node
from .refusal import Findings

# The schedule is a grid of these; two thousand by two thousand is far beyond any real one.
MAXIMUM_REFERRED = 2_000
# A dictionary entry may lead to a text that again holds a reference; real files need one or two steps.
_MAXIMUM_REFERENCE_STEPS = 4


@dataclass
class UsdmSource:
    """One study version and one design of a USDM file."""

    study: Node
    version: Node
    design: Node
    objects: dict[str, dict[str, Any]]
    findings: Findings
    known: dict[str, set[str]] = field(default_factory=dict)

    def lists(self, key: str) -> Iterator[Node]:
        """Yield the objects of a list that moved between version and design from USDM 3 to 4."""
        yield from (self.version if self.version.has(key) else self.design).nodes(key)

    def learn(self, kind: str, nodes: list[Node]) -> list[Node]:
        """Remember the ids of a kind so that references to it can be checked; ids must be unique."""
        if len(nodes) > MAXIMUM_REFERRED:
            path = nodes[0].path.rsplit("[", 1)[0]
            self.findings.error(path, refusal.TOO_MANY, limit=MAXIMUM_REFERRED)
            self.findings.refuse_errors()
        ids = self.known.setdefault(kind, set())
        for node in nodes:
            node_id = node.text("id")
            if not node_id:
                self.findings.error(node.path, refusal.MISSING, field="id")
            elif node_id in ids:
                self.findings.error(node.at("id"), refusal.DUPLICATE_ID, id=node_id[:60])
            ids.add(node_id)
        return nodes

    def reference(self, node: Node, kind: str, *keys: str) -> str:
        """Return the id under the first present key; a reference to nothing is an error."""
        for key in keys:
            target = node.text(key)
            if target:
                if target not in self.known.get(kind, set()):
                    self.findings.error(node.at(key), refusal.DANGLING, id=target[:60])
                    return ""
                return target
        return ""

    def references(self, node: Node, kind: str, key: str) -> tuple[str, ...]:
        """Return the ids of a list; references to nothing are errors."""
        targets = []
        for target, path in node.located_texts(key):
            if target in self.known.get(kind, set()):
                targets.append(target)
            else:
                self.findings.error(path, refusal.DANGLING, id=target[:60])
        return tuple(targets)

    def prose(self, node: Node, *keys: str) -> str:
        """Return a text as plain text, with `usdm:tag` filled in from the node's dictionary."""
        return plain_text(node.text(*keys), lambda tag, attributes: self._resolve(node, tag, attributes, 0))

    def _resolve(self, node: Node, tag: str, attributes: dict[str, str], steps: int) -> str:
        if steps >= _MAXIMUM_REFERENCE_STEPS:
            return ""

        def resolve_next(tag: str, attributes: dict[str, str]) -> str:
            return self._resolve(node, tag, attributes, steps + 1)

        if tag == "usdm:ref":
            return plain_text(self._attribute(attributes), resolve_next)
        if tag == "usdm:tag":
            name = attributes.get("name", "")
            # A tag that leads nowhere stays visible, so that nobody reads a sentence with a hole.
            return plain_text(self._dictionary_entry(node, name), resolve_next) or f"[{name}]"
        return ""

    def _attribute(self, attributes: dict[str, str]) -> str:
        value: Any = self.objects.get(attributes.get("id", ""), {}).get(attributes.get("attribute", ""))
        if isinstance(value, dict):
            # An age range points at a quantity; its number is what the sentence needs.
            value = value.get("value", value.get("decode", ""))
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return "" if value is None or isinstance(value, list | dict) else str(value)

    def _dictionary_entry(self, node: Node, name: str) -> str:
        dictionary = self.objects.get(str(node.value.get("dictionaryId") or ""), {})
        maps = dictionary.get("parameterMaps")
        for entry in maps if isinstance(maps, list) else []:
            if isinstance(entry, dict) and entry.get("tag") == name:
                return str(entry.get("reference") or "")
        return ""


def objects_by_id(value: Any) -> dict[str, dict[str, Any]]:
    """Return every object of the file that has an id; the first wins."""
    found: dict[str, dict[str, Any]] = {}
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if isinstance(item.get("id"), str):
                found.setdefault(item["id"], item)
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return found


def code_in(node: Node | None) -> Code | None:
    """Return a Code, also from within an AliasCode."""
    if node is None:
        return None
    inner = node.node("standardCode") if node.has("standardCode") else node
    if inner is None:
        return None
    return Code(inner.text("code"), inner.text("decode"), inner.text("codeSystem"))


def code_under(node: Node, key: str) -> Code:
    """Return the code under a key, an empty one if absent."""
    return code_in(node.node(key)) or Code("", "")


def term(node: Node, key: str) -> str:
    """Return the readable text of the code under a key."""
    return code_under(node, key).text


def terms(node: Node, key: str) -> tuple[str, ...]:
    """Return the readable texts of a list of codes."""
    found = (code_in(item) for item in node.nodes(key))
    return tuple(code.text for code in found if code and code.text)


def codes(node: Node, key: str) -> tuple[Code, ...]:
    """Return a list of codes."""
    return tuple(code for item in node.nodes(key) if (code := code_in(item)))


def quantity(node: Node | None) -> Quantity | None:
    """Return a quantity with its unit, or None without a value."""
    if node is None:
        return None
    value = node.number("value")
    return None if value is None else Quantity(value, term(node, "unit"))


def count(node: Node, key: str) -> int | None:
    """Return a number of subjects from a quantity, a range (its maximum) or a plain number."""
    if not isinstance(node.value.get(key), dict):
        value = node.number(key)
    else:
        inner = node.node(key)
        assert inner is not None
        if inner.has("value"):
            value = inner.number("value")
        else:
            bound = "maxValue" if inner.has("maxValue") else "minValue"
            nested = quantity(inner.node(bound)) if isinstance(inner.value.get(bound), dict) else None
            value = nested.value if nested else inner.number(bound) if inner.has(bound) else None
    return round(value) if value is not None and value >= 0 else None


def in_order(source: UsdmSource, nodes: list[Node]) -> list[Node]:
    """Return nodes in the order of their `nextId` chain; the file's order if the chain is broken."""
    by_id = {node.text("id"): node for node in nodes}
    if not any(node.has("nextId") for node in nodes):
        return nodes
    targets = {node.text("nextId") for node in nodes}
    ordered: list[Node] = []
    seen: set[str] = set()
    for start in (node for node in nodes if node.text("id") not in targets):
        current: Node | None = start
        while current is not None and current.text("id") not in seen:
            seen.add(current.text("id"))
            ordered.append(current)
            current = by_id.get(current.text("nextId"))
    if len(ordered) != len(nodes):
        source.findings.warning(nodes[0].path.rsplit("[", 1)[0], refusal.OUT_OF_ORDER)
        return nodes
    return ordered
