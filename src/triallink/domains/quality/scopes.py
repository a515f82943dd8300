"""Scopes as they are stored: blocks of services, areas and regions; checked here, judged by the engine."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from triallink.domains.quality.errors import CodeUnknown, ScopeMissing
from triallink.engines.qualification import ScopeBlock
from triallink.kernel.vocabulary import PROVINCES, SERVICE_CATEGORIES, THERAPEUTIC_AREAS

LISTS = {"services": SERVICE_CATEGORIES, "areas": THERAPEUTIC_AREAS, "regions": PROVINCES}
MAX_BLOCKS = 10
Scope = list[dict[str, list[str]]]


def checked_scope(blocks: Iterable[Mapping[str, Sequence[str]]]) -> Scope:
    """Return the blocks that name a service, without repeats.

    Refuses: CodeUnknown.
    """
    found: Scope = []
    for block in blocks:
        clean = {name: list(dict.fromkeys(block.get(name, ()))) for name in LISTS}
        for name, codes in clean.items():
            for code in codes:
                if code not in LISTS[name]:
                    raise CodeUnknown(field=name, value=code)
        if clean["services"] and clean not in found:
            found.append(clean)
    return found[:MAX_BLOCKS]


def require_scope(scope: Scope) -> None:
    """Refuse a scope that asks for nothing.

    Refuses: ScopeMissing.
    """
    if not scope:
        raise ScopeMissing(field="services")


def blocks_of(scope: Iterable[Mapping[str, Any]]) -> list[ScopeBlock]:
    """Return a stored scope as the engine's blocks."""
    return [
        ScopeBlock(frozenset(block["services"]), frozenset(block["areas"]), frozenset(block["regions"]))
        for block in scope
    ]


def is_within(narrow: Scope, wide: Scope) -> bool:
    """Return whether every piece of work of the narrow scope lies in one block of the wide one."""
    outer = blocks_of(wide)
    return all(any(_holds(one, inner) for one in outer) for inner in blocks_of(narrow))


def _holds(outer: ScopeBlock, inner: ScopeBlock) -> bool:
    return (
        inner.services <= outer.services
        and (not outer.areas or (bool(inner.areas) and inner.areas <= outer.areas))
        and (not outer.regions or (bool(inner.regions) and inner.regions <= outer.regions))
    )
