"""Strict out: an element made to obey the official schema, with a word on everything that had to give way."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from triallink.engines.odm import findings
from triallink.engines.odm.element import XHTML, Element, element, is_extension, is_foreign, to_xml
from triallink.engines.odm.findings import Finding
from triallink.engines.odm.grammar import AttributeRule, ChildRule, ElementRule, Grammar, Unique, schema

MOST_FINDINGS = 1000
# What a required attribute says when the source says nothing; (element, attribute) goes before attribute.
FILLED_ATTRIBUTES = {
    "Mandatory": "No", "Repeating": "No", "DataType": "text", "SoftHard": "Soft", "FileType": "Snapshot",
    "CodedValue": "", "Value": "", "Context": "", "SeqNum": "1", "CreationDateTime": "1970-01-01T00:00:00",
    ("StudyEventDef", "Type"): "Scheduled", ("ItemGroupDef", "Type"): "Section",
    ("TranslatedText", "Type"): "text/plain", ("Alias", "Name"): "",
}  # fmt: skip
# A choice of which one way must be taken, and the way that claims least.
FILLED_CHOICES = {
    ("1.3.2", "CodeList"): "ExternalCodeList",
    ("1.3.2", "RangeCheck"): "CheckValue",
    ("2.0", "RangeCheck"): "CheckValue",
    ("2.0", "FormalExpression"): "Code",
}
FILLED_TEXTS = {"text": "", "value": "", "name": "–", "xs:string": "", "string": ""}
UNKNOWN_OID = "UNKNOWN"
PAIRS = {"Association": "KeySet"}


class Conformance:
    """Makes elements obey one version; collects what was left out or filled in."""

    def __init__(self, grammar: Grammar, *, keeps_extensions: bool) -> None:
        self._grammar = grammar
        self._keeps_extensions = keeps_extensions
        self._ids: set[str] = set()
        self._unnamed = 0
        self.findings: list[Finding] = []

    def conform(self, value: Element, parent: str = "") -> Element | None:
        """Return the element as the schema allows it, or None if it lacks what cannot be filled in."""
        rule = self._grammar.elements.get(value.name)
        if rule is None:
            return self._conform_opaque(value, parent)
        attributes = self._attributes(value, rule)
        if attributes is None:
            return None
        if rule.text_type or rule.is_mixed:
            content = self._text_content(value, rule)
        else:
            content = self._children(value, rule)
        return None if content is None else replace(value, attributes=attributes, content=content)

    def _conform_opaque(self, value: Element, parent: str) -> Element | None:
        """Keep an element of a standard beside ODM (XHTML, XML signatures) if it is valid as it stands."""
        node = to_xml(value, self._grammar.namespace, {})
        if schema(self._grammar.version).validate(node):
            return value
        self._tell(findings.LEFT_OUT, value, name=value.name.rpartition("}")[2], parent=parent)
        return None

    def _attributes(self, value: Element, rule: ElementRule) -> tuple[tuple[str, str], ...] | None:
        kept: list[tuple[str, str]] = []
        for name, text in value.attributes:
            known = rule.attributes.get(name)
            if known is not None:
                if self._is_value(known, text):
                    kept.append((name, text))
                elif not known.is_required:
                    self._tell(findings.VALUE_LEFT_OUT, value, name=name, value=text)
            elif is_foreign(name):
                if self._keeps_extensions:
                    kept.append((name, text))
            else:
                self._tell(findings.LEFT_OUT, value, name=name, parent=value.name)
        said = {name for name, _ in kept}
        for known in rule.attributes.values():
            if known.is_required and known.name not in said:
                filler = self._filler(value, known)
                if filler is None:
                    self._tell(findings.INCOMPLETE, value, name=value.name, part=known.name)
                    return None
                self._tell(findings.FILLED_IN, value, name=f"{value.name}/@{known.name}", value=filler)
                kept.append((known.name, filler))
        return tuple(kept)

    def _is_value(self, rule: AttributeRule, text: str) -> bool:
        if not self._grammar.accepts(rule.type_name, text):
            return False
        if rule.type_name == "xs:ID":
            if text in self._ids:
                return False
            self._ids.add(text)
        return True

    def _filler(self, value: Element, rule: AttributeRule) -> str | None:
        filler = FILLED_ATTRIBUTES.get((value.name, rule.name), FILLED_ATTRIBUTES.get(rule.name))
        if filler is None and rule.name in ("Name", "StudyName", "ProtocolName"):
            filler = value.get("OID") or "–"
        if filler is None and rule.type_name == "oid":
            self._unnamed += 1
            filler = f"{UNKNOWN_OID}.{self._unnamed}"
        if filler is None and rule.type_name == "oidref":
            filler = UNKNOWN_OID
        return filler if filler is not None and self._grammar.accepts(rule.type_name, filler) else None

    def _text_content(self, value: Element, rule: ElementRule) -> tuple[Element | str, ...] | None:
        parts: list[Element | str] = []
        for part in value.content:
            if isinstance(part, str):
                parts.append(part)
                continue
            known = rule.children.get(part.name)
            if known is not None and not any(isinstance(kept, Element) for kept in parts):
                conformed = self.conform(part, value.name)
                parts.append(part.all_text if conformed is None else conformed)
            elif part.name.startswith(XHTML):
                # ODM 1.3 knows no XHTML: the words stay, their make-up goes.
                parts.append(part.all_text)
            elif is_extension(part.name):
                parts += [part] if self._keeps_extensions else []
            else:
                self._tell(findings.LEFT_OUT, value, name=part.name.removeprefix("{}"), parent=value.name)
        text = "".join(part for part in parts if isinstance(part, str))
        if rule.is_mixed or self._grammar.accepts(rule.text_type, text):
            return tuple(parts)
        filler = FILLED_TEXTS.get(rule.text_type)
        if filler is None:
            self._tell(findings.VALUE_LEFT_OUT, value, name=value.name, value=text)
            return None
        self._tell(findings.FILLED_IN, value, name=value.name, value=filler)
        return (filler,)

    def _children(self, value: Element, rule: ElementRule) -> tuple[Element, ...] | None:
        if value.text.strip():
            self._tell(findings.LEFT_OUT, value, name=value.text.strip()[:40], parent=value.name)
        known, foreign = [], []
        for child in value.children:
            if child.name in rule.children:
                conformed = self.conform(child, value.name)
                known += [] if conformed is None else [conformed]
            elif is_extension(child.name):
                foreign += [child] if self._keeps_extensions else []
            else:
                self._tell(findings.LEFT_OUT, value, name=child.name.removeprefix("{}"), parent=value.name)
        known = self._one_way(value, known, rule)
        known = self._not_too_many(value, known, rule)
        completed = self._completed(value, known, rule)
        if completed is None:
            return None
        completed = self._unique(value, completed, rule)
        return tuple(sorted(completed, key=lambda child: rule.children[child.name].rank)) + tuple(foreign)

    def _one_way(self, value: Element, known: Sequence[Element], rule: ElementRule) -> list[Element]:
        taken: dict[int, int] = {}
        kept = []
        for child in known:
            branch = rule.children[child.name].branch
            if branch is not None and taken.setdefault(*branch) != branch[1]:
                self._tell(findings.LEFT_OUT, value, name=child.name.removeprefix("{}"), parent=value.name)
            else:
                kept.append(child)
        return kept

    def _not_too_many(self, value: Element, known: Sequence[Element], rule: ElementRule) -> list[Element]:
        kept: list[Element] = []
        for child in known:
            count = sum(1 for other in kept if other.name == child.name) if _is_bounded(rule, child) else 0
            if count >= (2 if PAIRS.get(value.name) == child.name else 1):
                self._tell(findings.REPEATED, value, name=child.name, parent=value.name)
            else:
                kept.append(child)
        return kept

    def _completed(self, value: Element, known: list[Element], rule: ElementRule) -> list[Element] | None:
        said = {child.name for child in known}
        missing = [
            child.name for child in rule.children.values() if child.is_required and child.name not in said
        ]
        choice = FILLED_CHOICES.get((self._grammar.version, value.name))
        if choice and not any(_is_of_choice(rule.children[name]) for name in said):
            missing.append(choice)
        for name in missing:
            filler = self.conform(element(name), value.name)
            if filler is None:
                self._tell(findings.INCOMPLETE, value, name=value.name, part=name)
                return None
            self._tell(findings.FILLED_IN, value, name=f"{value.name}/{name}", value="")
            known.append(filler)
        pair = PAIRS.get(value.name)
        if pair and sum(1 for child in known if child.name == pair) != 2:
            self._tell(findings.INCOMPLETE, value, name=value.name, part=pair)
            return None
        return known

    def _unique(self, value: Element, known: Iterable[Element], rule: ElementRule) -> list[Element]:
        kept = list(known)
        for unique in rule.uniques:
            seen: set[tuple[str, ...]] = set()
            result = []
            for child in kept:
                key = _key(child, unique)
                if key is None or key not in seen:
                    result.append(child)
                elif (reduced := self._without_key(child, unique)) is not None:
                    self._tell(findings.VALUE_LEFT_OUT, child, name=unique.attributes[0], value=key[0])
                    result.append(reduced)
                else:
                    self._tell(findings.REPEATED, value, name=" ".join((child.name, *key)), parent=value.name)
                if key is not None:
                    seen.add(key)
            kept = result
        return kept

    def _without_key(self, child: Element, unique: Unique) -> Element | None:
        """Return the child without the one attribute that must be unique, or None if it cannot do without."""
        name = unique.attributes[0]
        if len(unique.attributes) > 1 or self._grammar.elements[child.name].attributes[name].is_required:
            return None
        return replace(child, attributes=tuple(pair for pair in child.attributes if pair[0] != name))

    def _tell(self, template: str, at: Element, /, **params: str) -> None:
        if len(self.findings) >= MOST_FINDINGS:
            return
        place = " ".join(filter(None, (at.name, at.get("OID") or at.get("ItemOID"))))
        params["version"] = self._grammar.version
        self.findings.append(Finding(template, params, at.line, place, "warning"))


def _key(child: Element, unique: Unique) -> tuple[str, ...] | None:
    """Return what must differ from the other children, or None if the constraint does not concern this one."""
    attributes = dict(child.attributes)
    if unique.names and child.name not in unique.names:
        return None
    if not all(name in attributes for name in unique.attributes):
        return None
    return tuple(attributes[name] for name in unique.attributes)


def _is_bounded(rule: ElementRule, child: Element) -> bool:
    known = rule.children[child.name]
    return not known.is_many or PAIRS.get(rule.name) == child.name


def _is_of_choice(rule: ChildRule) -> bool:
    return rule.branch is not None
