"""A conformance rule as published: a document becomes frozen, typed parts, and what is odd in it is refused by name.

Source: CDISC open rules schema (Rule, Scope, Match Datasets, Operations, Check, Outcome).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Sensitivity = Literal["Record", "Dataset", "Group"]
_SENSITIVITIES: Mapping[str, Sensitivity] = {"Record": "Record", "Dataset": "Dataset", "Group": "Group"}


# Options that are one text, number or truth value; those that are several texts; every other is passed on as it stands.
_SINGLE = frozenset(
    {
        *("name", "id", "domain", "order", "prefix", "suffix", "regex", "separator", "delimiter", "version"),
        *(
            "date_component",
            "negative",
            "value_is_literal",
            "value_is_reference",
            "type_insensitive",
            "source",
        ),
        *("returntype", "level", "term_code", "term_value", "term_pref_term", "codelist_code", "subtract"),
        *("ct_package_type", "ct_attribute", "attribute_name", "key_name", "key_value", "domain_class"),
        *("round_values", "variables"),
    }
)
_SEVERAL = frozenset(
    {"group", "group_aliases", "within", "ordering", "ct_package_types", "codelist", "codelists"}
)


class RuleMalformed(ValueError):
    """A rule document that is not of the schema; the message shows the part that is wrong."""


@dataclass(frozen=True)
class Condition:
    """One comparison: a variable, an operator and what it is compared with.

    value    a text (a variable, an operation's id or a literal), a number, a truth value or a list of such.
    options  the other parameters of the operator, by the names of the schema.
    """

    name: str
    operator: str
    value: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_literal(self) -> bool:
        """Say whether the value is meant as it stands, even if a variable has that name."""
        return bool(self.options.get("value_is_literal", False))

    def whole(self, said: Any) -> int:
        """Return a whole number that the condition says.

        Raises  RuleMalformed for anything else.
        """
        try:
            return int(said)
        except (TypeError, ValueError, OverflowError):
            raise RuleMalformed(f"{said!r} is not a whole number for {self.operator}") from None


@dataclass(frozen=True)
class Every:
    """True where every part is true."""

    parts: tuple["Check", ...]


@dataclass(frozen=True)
class Some:
    """True where one of the parts is true."""

    parts: tuple["Check", ...]


@dataclass(frozen=True)
class Not:
    """True where the part is not."""

    part: "Check"


Check = Condition | Every | Some | Not


@dataclass(frozen=True)
class Selection:
    """What a scope includes and excludes; nothing included means everything."""

    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scope:
    """Where a rule applies.

    include_split  True: split datasets too; False: none of them; None: nothing said.
    """

    classes: Selection = Selection()
    domains: Selection = Selection()
    datasets: Selection = Selection()
    entities: Selection = Selection()
    use_cases: tuple[str, ...] = ()
    include_split: bool | None = None


@dataclass(frozen=True)
class MatchDataset:
    """A dataset joined to the one being checked.

    keys      pairs of the variable on the left and on the right.
    wildcard  what stands for the two letters of the related domain in RELREC variables.
    """

    name: str
    keys: tuple[tuple[str, str], ...] = ()
    join: Literal["inner", "left"] = "inner"
    wildcard: str = "**"
    is_child: bool = False


@dataclass(frozen=True)
class Operation:
    """A value computed before the check and named by its id, such as `$dm_studyid`."""

    id: str
    operator: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the variable the operation is about, empty if there is none."""
        return str(self.options.get("name") or "")

    @property
    def domain(self) -> str:
        """Return the domain the operation looks at, empty for the dataset being checked."""
        return str(self.options.get("domain") or "")


@dataclass(frozen=True)
class Rule:
    """One rule.

    standards  the (name, version) pairs the rule was published for.
    check      None where the check is not a tree of conditions, as in a query language.
    """

    id: str
    description: str
    rule_type: str
    sensitivity: Sensitivity
    scope: Scope
    check: Check | None
    message: str
    output_variables: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    match_datasets: tuple[MatchDataset, ...] = ()
    grouping_variables: tuple[str, ...] = ()
    standards: tuple[tuple[str, str], ...] = ()


def conditions(check: Check | None) -> tuple[Condition, ...]:
    """Return the conditions of a check from left to right."""
    match check:
        case Condition():
            return (check,)
        case Every(parts) | Some(parts):
            return tuple(condition for part in parts for condition in conditions(part))
        case Not(part):
            return conditions(part)
    return ()


def parse_rule(document: Mapping[str, Any]) -> Rule:
    """Return a rule document, as read from YAML or JSON, as a rule.

    document  an object with the keys of the open rules schema; keys the engine has no use for are passed over.
    Raises    RuleMalformed (a ValueError) that shows the part that is missing or of a wrong shape.
    Source    CDISC open rules schema.
    """
    core = _object(document.get("Core") or {}, "Core")
    outcome = _object(document.get("Outcome") or {}, "Outcome")
    sensitivity = str(document.get("Sensitivity") or "Record")
    if sensitivity not in _SENSITIVITIES:
        raise RuleMalformed(f"Sensitivity {sensitivity!r} is not Record, Dataset or Group")
    check = document.get("Check")
    return Rule(
        id=str(core.get("Id") or document.get("id") or ""),
        description=str(document.get("Description") or "").strip(),
        rule_type=str(document.get("Rule Type") or ""),
        sensitivity=_SENSITIVITIES[sensitivity],
        scope=_scope(_object(document.get("Scope") or {}, "Scope")),
        check=None if isinstance(check, str) else _check(check),
        message=str(outcome.get("Message") or ""),
        output_variables=_texts(outcome.get("Output Variables")),
        operations=tuple(_operation(each) for each in _list(document.get("Operations"), "Operations")),
        match_datasets=tuple(
            _match_dataset(each) for each in _list(document.get("Match Datasets"), "Match Datasets")
        ),
        grouping_variables=_texts(document.get("Grouping_Variables")),
        standards=tuple(_standards(document)),
    )


def _standards(document: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    return [
        (str(standard.get("Name") or ""), str(standard.get("Version") or ""))
        for authority in _objects(document.get("Authorities"), "Authorities")
        for standard in _objects(authority.get("Standards"), "Standards")
    ]


def _scope(document: Mapping[str, Any]) -> Scope:
    domains = _object(document.get("Domains") or {}, "Scope.Domains")
    split = domains.get("include_split_datasets")
    use_case = document.get("Use Case") or document.get("Use_Case") or ""
    return Scope(
        classes=_selection(document.get("Classes")),
        domains=_selection(domains),
        datasets=_selection(document.get("Datasets")),
        entities=_selection(document.get("Entities")),
        use_cases=tuple(each.strip() for each in ",".join(_texts(use_case)).split(",") if each.strip()),
        include_split=split if isinstance(split, bool) else None,
    )


def _selection(document: Any) -> Selection:
    if document is None:
        return Selection()
    selection = _object(document, "Scope")
    return Selection(_texts(selection.get("Include")), _texts(selection.get("Exclude")))


def _match_dataset(document: Any) -> MatchDataset:
    parts = _object(document, "Match Datasets")
    keys: list[tuple[str, str]] = []
    for key in _list(parts.get("Keys"), "Keys"):
        if isinstance(key, Mapping):
            keys.append((str(key.get("Left", key.get("left"))), str(key.get("Right", key.get("right")))))
        else:
            keys.append((str(key), str(key)))
    return MatchDataset(
        name=str(parts.get("Name") or ""),
        keys=tuple(keys),
        join="left" if str(parts.get("Join Type") or "inner").lower() == "left" else "inner",
        wildcard=str(parts.get("Wildcard") or "**"),
        is_child=bool(parts.get("Child", False)),
    )


def _operation(document: Any) -> Operation:
    parts = dict(_object(document, "Operations"))
    operator = parts.pop("operator", None)
    if not operator:
        raise RuleMalformed(f"the operation {document!r} has no operator")
    _check_options(parts)
    for key in ("group", "group_aliases", "ct_package_types", "codelists"):
        if key in parts:
            parts[key] = list(_texts(parts[key]))
    _check_table(parts, "filter", [parts.get("filter") or {}])
    parts["map"] = list(_list(parts.get("map"), "map"))
    _check_table(parts, "map", parts["map"])
    return Operation(str(parts.pop("id", None) or f"${operator}"), str(operator), parts)


def _check_options(parts: Mapping[str, Any]) -> None:
    for key, value in parts.items():
        is_fine = _is_single(value) if key in _SINGLE else key not in _SEVERAL or _is_several(value)
        if not is_fine:
            raise RuleMalformed(f"{key} must not be {value!r}")


def _check_table(parts: Mapping[str, Any], key: str, lines: Sequence[Any]) -> None:
    for line in lines:
        if not all(_is_single(name) and _is_several(said) for name, said in _object(line, key).items()):
            raise RuleMalformed(f"{key} must not be {parts[key]!r}")


def _is_single(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def _is_several(value: Any) -> bool:
    return all(map(_is_single, value)) if isinstance(value, list | tuple) else _is_single(value)


def _is_value(value: Any) -> bool:
    """Say whether a value is one, several, or names of variables with how they are sorted."""
    values = value if isinstance(value, list | tuple) else [value]
    return all(
        all(map(_is_single, each.values())) if isinstance(each, Mapping) else _is_single(each)
        for each in values
    )


def _check(document: Any) -> Check:
    if isinstance(document, list):
        return Every(tuple(_check(part) for part in document))
    parts = _object(document, "Check")
    for word, shape in (("all", Every), ("any", Some)):
        if word in parts:
            return shape(tuple(_check(part) for part in _list(parts[word], word)))
    if "not" in parts:
        return Not(_check(parts["not"]))
    if "operator" not in parts:
        raise RuleMalformed(f"the condition {document!r} has no operator")
    _check_options(parts)
    if not _is_value(parts.get("value")):
        raise RuleMalformed(f"value must not be {parts['value']!r}")
    options = {key: value for key, value in parts.items() if key not in ("name", "operator", "value")}
    return Condition(str(parts.get("name") or ""), str(parts["operator"]), parts.get("value"), options)


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RuleMalformed(f"{where} must be an object, not {value!r}")
    return value


def _list(value: Any, where: str) -> Sequence[Any]:
    if value is None:
        return ()
    if isinstance(value, Mapping):
        return (value,)
    if not isinstance(value, list | tuple):
        raise RuleMalformed(f"{where} must be a list, not {value!r}")
    return value


def _objects(value: Any, where: str) -> Sequence[Mapping[str, Any]]:
    return [_object(each, where) for each in _list(value, where)]


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)
