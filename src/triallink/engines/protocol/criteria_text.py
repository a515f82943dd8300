"""Eligibility criteria out of the single text a registry keeps them in."""

import re

from .model import Criterion

_BULLET = re.compile(r"^(\s*)(?:[-*•·●▪◦–]|\(?\d{1,2}[.)、]|\(?[a-zA-Z][.)])\s+(?=\S)")
_NAMED = re.compile(r"clusion|标准", re.IGNORECASE)
_HEADING = re.compile(
    r"^[\W_]*(?:(?P<before>[\w ,/&()-]{0,60}?)\b)?(?P<kind>inclusions?|exclusions?|入选标准|纳入标准|排除标准)"
    r"(?P<after>(?:[\w ,/&()-]|\*){0,60})(?P<colon>[::])?[\s*_]*(?P<rest>.*)$",
    re.IGNORECASE,
)
# Older records tell their criteria in sentences: "Exclusion criteria included …".
_SENTENCE = re.compile(
    r"^\s*(inclusion|exclusion)s? (?:criteria )?(?:are|were|include|included|required)\b", re.IGNORECASE
)
# The registry's text is Markdown since 2023: signs are escaped with a backslash.
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>~|&^=\"'])")


def split_criteria(text: str) -> tuple[Criterion, ...]:
    """Return one criterion per item of an eligibility text, in order.

    Headings decide between inclusion and exclusion (inclusion before any heading); bullets, numbers and
    blank lines divide items; deeper bullets stay with the item above them.
    Source  the ways 12,365 ClinicalTrials.gov records write their criteria.
    """
    items: list[tuple[str, list[str]]] = []
    category = "inclusion"
    base_indent: int | None = None
    is_open = False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).split("\n"):
        if not line.strip():
            is_open = False
            continue
        heading = _heading(line)
        if heading:
            category, rest = heading
            base_indent, is_open = None, False
            if not rest:
                continue
            line = rest
        sentence = None if is_open else _SENTENCE.match(line)
        category = sentence[1].lower() if sentence else category
        bullet = _BULLET.match(line)
        if bullet:
            indent = len(bullet[1])
            base_indent = indent if base_indent is None else base_indent
            content = line[bullet.end() :].strip()
            if indent > base_indent + 1 and items and items[-1][0] == category:
                items[-1][1].append(f"- {content}")
            else:
                base_indent = min(base_indent, indent)
                items.append((category, [content]))
            is_open = True
        elif is_open:
            items[-1][1][-1] += f" {line.strip()}"
        else:
            items.append((category, [line.strip()]))
            is_open = True
    return tuple(
        Criterion(f"{kind}-{number}", kind, _plain("\n".join(lines)), str(number))
        for number, (kind, lines) in enumerate(_with_introductions(items), start=1)
    )


def _heading(line: str) -> tuple[str, str] | None:
    # The cheap look first: most lines are no headings.
    match = _HEADING.match(line) if _NAMED.search(line, 0, 140) else None
    if not match:
        return None
    kind = match["kind"].lower()
    is_chinese = not kind.isascii()
    names_criteria = is_chinese or "criteri" in match["after"].lower()
    starts = (
        not (match["before"] or "").strip() or (match["before"] or "").strip().istitle() or line.isupper()
    )
    if not match["colon"] and (match["rest"].strip() or not names_criteria):
        return None
    if not names_criteria and match["after"].strip(" *"):
        return None
    if not starts and match["rest"].strip():
        return None
    category = "exclusion" if kind.startswith(("exclusion", "排除标准")) else "inclusion"
    return category, match["rest"].strip()


def _with_introductions(items: list[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """A line that ends in a colon introduces the item after it."""
    joined: list[tuple[str, list[str]]] = []
    introduction = ""
    for position, (category, lines) in enumerate(items):
        is_last = position + 1 == len(items) or items[position + 1][0] != category
        if len(lines) == 1 and lines[0].endswith(":") and len(lines[0]) <= 100 and not is_last:
            introduction = f"{introduction} {lines[0]}".strip()
            continue
        joined.append((category, [f"{introduction} {lines[0]}".strip(), *lines[1:]]))
        introduction = ""
    return joined


def _plain(text: str) -> str:
    return re.sub(r"[ \t]+", " ", _ESCAPED.sub(r"\1", text)).strip()
