"""A version that includes another one made whole: what it brings in, under what the version itself says."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol, TypeVar

from triallink.engines.odm.element import Element
from triallink.engines.odm.model import Kept, Study, StudyVersion


class _Definition(Protocol):
    @property
    def oid(self) -> str: ...


D = TypeVar("D", bound=_Definition)


def complete_version(version: StudyVersion, studies: Iterable[Study]) -> StudyVersion:
    """Return a version with every definition that its `Include` brings in.

    version  as read; one without an `Include` is returned as it is.
    studies  where the versions it may include are, all those of its file.
    Returns  what is included first, in its order, replaced by what the version itself defines under the same OID. An
             `Include` of what is not there, or of a version that includes this one, stays in `kept`.
    Source   CDISC ODM 1.3.2, section 3.1.1.3.1 (Include).
    """
    known = {(study.oid, found.oid): found for study in studies for found in study.versions}
    return _complete(version, known, frozenset())


def _complete(
    version: StudyVersion, known: dict[tuple[str, str], StudyVersion], passed: frozenset[tuple[str, str]]
) -> StudyVersion:
    include = next(iter(version.kept.named("Include")), None)
    key = (include.get("StudyOID"), include.get("MetaDataVersionOID")) if include is not None else ("", "")
    if include is None or key not in known or key in passed or known[key] == version:
        return version
    base = _complete(known[key], known, passed | {key})
    own = tuple(found for found in version.kept.elements if found is not include)
    return replace(
        version,
        plan=version.plan or base.plan,
        events=_over(base.events, version.events),
        forms=_over(base.forms, version.forms),
        groups=_over(base.groups, version.groups),
        items=_over(base.items, version.items),
        code_lists=_over(base.code_lists, version.code_lists),
        units=_over(base.units, version.units),
        conditions=_over(base.conditions, version.conditions),
        methods=_over(base.methods, version.methods),
        kept=Kept(version.kept.attributes, _over_elements(base.kept.elements, own)),
    )


def _over(base: tuple[D, ...], own: tuple[D, ...]) -> tuple[D, ...]:
    """Return definitions with those of the same OID replaced; new ones come after."""
    replaced = {found.oid: found for found in reversed(own)}
    included = {found.oid for found in base}
    kept = tuple(replaced.get(found.oid, found) for found in base)
    return (*kept, *(found for found in own if found.oid not in included))


def _over_elements(base: tuple[Element, ...], own: tuple[Element, ...]) -> tuple[Element, ...]:
    said = {(found.name, found.get("OID")) for found in own}
    return (*(found for found in base if (found.name, found.get("OID")) not in said), *own)
