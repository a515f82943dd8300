"""Walk the audit chains and say where one is broken; show the timeline of one object."""

from collections.abc import Iterator
from dataclasses import dataclass

from triallink.foundation.models import AuditChain, AuditLine
from triallink.foundation.record import hash_of


@dataclass(frozen=True)
class ChainReport:
    """What verifying one chain found: the first broken line, or none."""

    scope: str
    length: int
    broken_at: int | None = None
    reason: str = ""


def verify(scope: str | None = None) -> Iterator[ChainReport]:
    """Recompute every hash of the named chain, or of all, and compare it with what is stored."""
    chains = AuditChain.objects.order_by("id")
    for chain in chains.filter(scope=scope) if scope else chains:
        yield _verify_chain(chain)


def _verify_chain(chain: AuditChain) -> ChainReport:
    previous, expected = "", 1
    for line in chain.lines.order_by("sequence").iterator(chunk_size=2000):
        if line.sequence != expected:
            return ChainReport(chain.scope, chain.length, expected, "a line is missing")
        if line.previous_hash != previous:
            return ChainReport(chain.scope, chain.length, expected, "not chained to the line before it")
        if line.hash != hash_of(line):
            return ChainReport(chain.scope, chain.length, expected, "the content was altered")
        previous, expected = line.hash, expected + 1
    if (chain.length, chain.head_hash) != (expected - 1, previous):
        return ChainReport(chain.scope, chain.length, expected, "the chain was cut short")
    return ChainReport(chain.scope, chain.length)


def timeline(kind: str, object_id: int, limit: int = 100) -> list[AuditLine]:
    """Return what happened to one object, newest first. The caller has already checked the viewer."""
    return list(
        AuditLine.objects.filter(object_kind=kind, object_id=object_id).order_by("-at", "-id")[:limit]
    )


def timeline_of_study(study_id: int, limit: int = 100) -> list[AuditLine]:
    """Return what happened in one study, newest first. The caller has already checked the viewer."""
    return list(AuditLine.objects.filter(study_id=study_id).order_by("-at", "-id")[:limit])
