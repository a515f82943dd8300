"""A JSON object with its path: typed reads that note a wrong type where it stands."""

from collections.abc import Iterator
from typing import Any

from . import refusal
from .json_source import join
from .refusal import Findings

# No list of a real protocol comes near; beyond it, work that grows with pairs would not end.
MAXIMUM_ENTRIES = 20_000


class Node:
    """One JSON object of a file being read. Reads never raise; they note findings and return an empty value."""

    __slots__ = ("findings", "path", "value")

    def __init__(self, value: dict[str, Any], path: str, findings: Findings) -> None:
        self.value = value
        self.path = path
        self.findings = findings

    def at(self, key: str) -> str:
        """Return the path of a key of this object."""
        return join(self.path, key)

    def has(self, key: str) -> bool:
        """True if the key is present and neither null nor an empty text or list."""
        return self.value.get(key) not in (None, "", [])

    def text(self, *keys: str) -> str:
        """Return the first of the keys that holds text, stripped; a number is accepted as text."""
        for key in keys:
            value = self.value.get(key)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                self.findings.error(self.at(key), refusal.TEXT_EXPECTED)
                return ""
            if str(value).strip():
                return str(value).strip()
        return ""

    def number(self, key: str) -> float | None:
        """Return a number; text that is a plain number is accepted."""
        value = self.value.get(key)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            try:
                value = float(value) if len(value) <= 15 and value.strip("-.0123456789") == "" else value
            except ValueError:
                value = None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.findings.error(self.at(key), refusal.NUMBER_EXPECTED)
            return None
        return float(value)

    def flag(self, key: str) -> bool | None:
        """Return true, false, or None if absent."""
        value = self.value.get(key)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        self.findings.error(self.at(key), refusal.FLAG_EXPECTED)
        return None

    def node(self, key: str) -> "Node | None":
        """Return the object under a key, or None if absent."""
        value = self.value.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.findings.error(self.at(key), refusal.OBJECT_EXPECTED)
            return None
        return Node(value, self.at(key), self.findings)

    def nodes(self, *keys: str) -> Iterator["Node"]:
        """Yield the objects of the list under the first key that is present."""
        for key in keys:
            value = self.value.get(key)
            if value is None:
                continue
            if not isinstance(value, list):
                self.findings.error(self.at(key), refusal.LIST_EXPECTED)
                return
            if len(value) > MAXIMUM_ENTRIES:
                self.findings.error(self.at(key), refusal.TOO_MANY, limit=MAXIMUM_ENTRIES)
                return
            for index, item in enumerate(value):
                path = f"{self.at(key)}[{index}]"
                if isinstance(item, dict):
                    yield Node(item, path, self.findings)
                else:
                    self.findings.error(path, refusal.OBJECT_EXPECTED)
            return

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of a list, without empty ones."""
        return tuple(text for text, _ in self.located_texts(key))

    def located_texts(self, key: str) -> Iterator[tuple[str, str]]:
        """Yield each text of a list with its path."""
        value = self.value.get(key)
        if value is None:
            return
        if not isinstance(value, list):
            self.findings.error(self.at(key), refusal.LIST_EXPECTED)
            return
        if len(value) > MAXIMUM_ENTRIES:
            self.findings.error(self.at(key), refusal.TOO_MANY, limit=MAXIMUM_ENTRIES)
            return
        for index, item in enumerate(value):
            path = f"{self.at(key)}[{index}]"
            if not isinstance(item, str):
                self.findings.error(path, refusal.TEXT_EXPECTED)
            elif item.strip():
                yield item.strip(), path
