"""Uploaded randomization lists: made elsewhere, checked here, then followed entry by entry."""

from __future__ import annotations

import csv
import io
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from .design import Design, Factor, Outcome, State, Subject, as_factors
from .tallies import Tallies, stratum


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One line of a randomization list: the arm of the position-th subject of a stratum."""

    position: int
    arm: str
    stratum: str = ""


@dataclass(frozen=True, kw_only=True)
class UploadedList(Design):
    """A fixed list. Positions of every stratum run 1, 2, 3, ... in order and without gaps.

    entries   ListEntry values, in the order of the file.
    factors   what the stratum of a subject is made of; none for an unstratified list. The stratum of an entry is
              written "sex=F;site=01" with the factors in this order.
    """

    procedure: ClassVar[str] = "uploaded-list"
    looks_at: ClassVar[str] = "subject"
    entries: tuple[ListEntry, ...]
    factors: tuple[Factor, ...] = ()

    def _validate(self) -> None:
        self._set("factors", as_factors(self.factors))
        entries = tuple(_entry(item) for item in self.entries)
        if not entries:
            raise ValueError("the list has no entries")
        reached: dict[str, int] = {}
        closed = {arm for arm, share in zip(self.arms, self.ratio, strict=True) if not share}
        for line, entry in enumerate(entries, start=1):
            if entry.arm not in self.arms:
                raise ValueError(
                    f"entry {line} names the unknown arm {entry.arm!r}, not one of {self.arms!r}"
                )
            if entry.arm in closed:
                raise ValueError(f"entry {line} allocates the closed arm {entry.arm!r}")
            wanted = reached.get(entry.stratum, 0) + 1
            if entry.position != wanted:
                raise ValueError(
                    f"entry {line} has position {entry.position} in stratum {entry.stratum!r}, expected {wanted}"
                )
            reached[entry.stratum] = wanted
        names = [factor.name for factor in self.factors]
        for group in reached:
            parts = [part.partition("=")[0] for part in group.split(";")] if group else []
            if parts != names:
                raise ValueError(f"stratum {group!r} does not consist of the factors {names!r}")
        self._set("entries", entries)
        self._set("_arms_by_stratum", self._by_stratum(entries))

    _arms_by_stratum: ClassVar[Mapping[str, tuple[int, ...]]]

    def _by_stratum(self, entries: tuple[ListEntry, ...]) -> dict[str, tuple[int, ...]]:
        places: dict[str, list[int]] = {}
        for entry in entries:
            places.setdefault(entry.stratum, []).append(self.arms.index(entry.arm))
        return {group: tuple(arms) for group, arms in places.items()}

    @staticmethod
    def from_csv(text: str, *, arms: tuple[str, ...], **parameters: Any) -> UploadedList:
        """Return the list of a CSV text with the columns position, arm and, if stratified, stratum.

        text        with a header line; further columns are refused.
        arms        the arms of the study, in their order.
        parameters  further fields of UploadedList.
        Returns     the validated list.
        Raises      ValueError for missing or unknown columns, positions that are not integers, gaps, unknown arms.
        Source      RFC 4180 for the format.
        """
        rows = csv.DictReader(io.StringIO(text))
        known = {item.name for item in fields(ListEntry)}
        columns = set(rows.fieldnames or ())
        if not {"position", "arm"} <= columns or not columns <= known:
            raise ValueError(f"columns must be position, arm and optionally stratum, not {rows.fieldnames!r}")
        entries = []
        for line, row in enumerate(rows, start=2):
            if not (row["position"] or "").strip().isdecimal():
                raise ValueError(f"line {line}: position {row['position']!r} is not a whole number")
            entries.append(ListEntry(int(row["position"]), row["arm"] or "", row.get("stratum") or ""))
        return UploadedList(arms=arms, entries=tuple(entries), **parameters)

    def start(self) -> Tallies:
        return Tallies((0,) * len(self.arms))

    def outcomes(self, state: State, subject: Subject) -> list[Outcome]:
        assert isinstance(state, Tallies)
        group = stratum(self.factors, subject)
        taken = sum(state.of(group))
        arms = self._arms_by_stratum.get(group, ())
        if taken >= len(arms):
            raise ValueError(f"the list has no entry {taken + 1} for stratum {group!r}")
        return [Outcome(1, arms[taken], state.add(arms[taken], [group]))]

    def memory(self, state: State) -> Hashable:
        assert isinstance(state, Tallies)
        return tuple((group, sum(counts)) for group, counts in state.groups)


def _entry(value: Any) -> ListEntry:
    if isinstance(value, ListEntry):
        return value
    if isinstance(value, Mapping):
        return ListEntry(**value)
    raise ValueError(f"not a list entry: {value!r}")
