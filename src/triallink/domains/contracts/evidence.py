"""The evidence port: tools state facts, and a milestone names the facts without which nobody can accept it.

A tool registers each kind of fact it can prove, once, when its application starts (in its `handlers.py`):

    register(FactKind("visit_report_signed", N_("Visit report signed"), find=signed_reports,
                      parameters=(Parameter("visit_kind", N_("Kind of visit"), choices=VISIT_KINDS),)))

`find(scope, parameters)` returns every fact of the kind that stands now, for the study, site and contract of the
scope. A requirement is plain data, `{"kind", "parameters", "at_least"}`; it is met by so many different facts.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from triallink.domains.contracts.errors import (
    FactKindUnknown,
    FactParameterUnknown,
    RequirementOutOfRange,
)
from triallink.domains.contracts.models import Contract, Milestone

MOST_FACTS = 10_000


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a fact is asked for: a contract, its study if it has one, and, for a milestone, its line and site."""

    contract_id: int
    study_id: int | None
    site_id: int | None = None
    line_id: int | None = None
    milestone_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something a tool proves.

    key           which one it is among its kind: the same fact always has the same key ("visit:17").
    title         for the reader, {"en", "zh"}.
    url           where the tool shows it.
    at, by        when it became true, and who made it so.
    content_hash  sha256 of what was signed or filed, or "" if there is no content.
    quantity      how much it counts where it is paid per unit: hours of a timesheet, 1 for most.
    """

    key: str
    title: dict[str, str]
    at: dt.datetime
    url: str = ""
    by: str = ""
    content_hash: str = ""
    quantity: Decimal = Decimal(1)


@dataclass(frozen=True)
class Parameter:
    """One thing a requirement may narrow a kind of fact by; `choices` is a closed list of code and marked words."""

    name: str
    label: str
    choices: Mapping[str, str] = field(default_factory=dict)
    is_whole: bool = False


Find = Callable[[Scope, Mapping[str, Any]], Iterable[Fact]]


@dataclass(frozen=True)
class FactKind:
    """A kind of fact a tool can prove. `name` and the parameters' labels are marked with N_.

    unit  what one fact counts as where it is paid per unit: "visit", "subject", "hour", "" if it is not counted.
    """

    kind: str
    name: str
    find: Find
    parameters: tuple[Parameter, ...] = ()
    unit: str = ""


_kinds: dict[str, FactKind] = {}


def register(kind: FactKind) -> None:
    """Make a kind of fact known; a tool calls this once per kind. ValueError if another tool took the name."""
    known = _kinds.get(kind.kind)
    if known is not None and known.find is not kind.find:
        raise ValueError(f"two tools prove facts of the kind {kind.kind!r}")
    _kinds[kind.kind] = kind


def fact_kinds() -> list[FactKind]:
    """Return every kind of fact that can be asked for, by name."""
    return sorted(_kinds.values(), key=lambda kind: kind.kind)


def fact_kind(kind: str) -> FactKind:
    """Return one kind.

    Refuses: FactKindUnknown.
    """
    if kind not in _kinds:
        raise FactKindUnknown(field="requires", kind=kind)
    return _kinds[kind]


@dataclass(frozen=True)
class Requirement:
    """So many different facts of one kind."""

    kind: str
    parameters: dict[str, Any] = field(default_factory=dict)
    at_least: int = 1

    def as_data(self) -> dict[str, Any]:
        """Return the plain values that are stored and signed."""
        return {"kind": self.kind, "parameters": self.parameters, "at_least": self.at_least}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Requirement":
        """Return the requirement that `as_data` described."""
        return cls(data["kind"], dict(data.get("parameters") or {}), int(data.get("at_least", 1)))


def checked(requirements: Iterable[Requirement]) -> list[Requirement]:
    """Return requirements whose kinds and parameters are known.

    Refuses: FactKindUnknown, FactParameterUnknown, RequirementOutOfRange.
    """
    found = list(requirements)
    for asked in found:
        kind = fact_kind(asked.kind)
        known = {parameter.name: parameter for parameter in kind.parameters}
        for name, value in asked.parameters.items():
            parameter = known.get(name)
            if parameter is None or not _fits(parameter, value):
                raise FactParameterUnknown(field="requires", kind=asked.kind, parameter=f"{name}={value}")
        if not 1 <= asked.at_least <= MOST_FACTS:
            raise RequirementOutOfRange(field="requires", maximum=MOST_FACTS)
    return found


@dataclass(frozen=True)
class RequirementState:
    """A requirement and the facts that meet it so far."""

    requirement: Requirement
    facts: list[Fact]

    @property
    def name(self) -> str:
        """Return the kind's name as marked words; its code if its tool is not installed any more."""
        kind = _kinds.get(self.requirement.kind)
        return kind.name if kind else self.requirement.kind

    @property
    def is_met(self) -> bool:
        """Return whether there are enough different facts."""
        return len(self.facts) >= self.requirement.at_least


def scope_of(milestone: Milestone) -> Scope:
    """Return what a milestone's facts are asked for."""
    return Scope(
        contract_id=milestone.contract_id,
        study_id=milestone.contract.study_id,
        site_id=milestone.line.request_line.site_id,
        line_id=milestone.line_id,
        milestone_id=milestone.pk,
    )


def scope_of_contract(contract: Contract) -> Scope:
    """Return what the facts of a whole contract are asked for."""
    return Scope(contract_id=contract.pk, study_id=contract.study_id)


def facts_for(kind: str, scope: Scope, parameters: Mapping[str, Any]) -> list[Fact]:
    """Return the facts of a kind that stand now, oldest first, each once; none if its tool is not installed."""
    if kind not in _kinds:
        return []
    found = {fact.key: fact for fact in _kinds[kind].find(scope, parameters)}
    return sorted(found.values(), key=lambda fact: (fact.at, fact.key))


def requirement_states(milestone: Milestone) -> list[RequirementState]:
    """Return what a milestone requires, each with the facts there are now."""
    scope = scope_of(milestone)
    asked = [Requirement.of(data) for data in milestone.requires]
    return [RequirementState(one, facts_for(one.kind, scope, one.parameters)) for one in asked]


def _fits(parameter: Parameter, value: Any) -> bool:
    if parameter.is_whole:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str) and (not parameter.choices or value in parameter.choices)
