"""record(): the one door through which a change becomes an audit line and an event."""

import hashlib
import uuid
from typing import Any

import orjson
from django.db import connection, transaction

from triallink.foundation.models import AuditChain, AuditLine, OutboxLine
from triallink.foundation.outbox import OUTBOX_CHANNEL
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.events import Event


def record(
    event: Event,
    *,
    by: Actor,
    about: tuple[str, int],
    organization_id: int | None = None,
    study_id: int | None = None,
    why: str = "",
    change: dict[str, Any] | None = None,
    clock: Clock = system_clock,
) -> AuditLine:
    """Write the audit line and the outbox line of something that just became true.

    about            the object: its kind (singular noun) and id.
    organization_id  whose chain the line joins when it belongs to no study; the actor's by default.
    change           old and new values in brief: {"status": ["draft", "published"]}.

    Call it inside the transaction that makes the change. It locks the chain's head, so call it last.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("record() belongs inside the transaction it tells of")
    owner_id = organization_id if organization_id is not None else by.organization_id
    chain = _locked_chain(scope_of(study_id=study_id, organization_id=owner_id))
    kind, object_id = about
    line = AuditLine(
        chain=chain,
        sequence=chain.length + 1,
        at=clock.now(),
        actor_id=by.person_id,
        actor_label=by.label,
        organization_id=owner_id,
        study_id=study_id,
        action=event.name(),
        object_kind=kind,
        object_id=object_id,
        why=why,
        change=orjson.loads(orjson.dumps(change or {}, default=str)),
        source=by.source,
        previous_hash=chain.head_hash,
    )
    line.hash = hash_of(line)
    line.save(force_insert=True)
    chain.length, chain.head_hash = line.sequence, line.hash
    chain.save(update_fields=["length", "head_hash"])
    OutboxLine.objects.create(
        event_id=uuid.uuid4(),
        name=event.name(),
        payload=event.payload(),
        at=line.at,
        organization_id=owner_id,
        study_id=study_id,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [OUTBOX_CHANNEL])
    return line


def scope_of(*, study_id: int | None, organization_id: int | None) -> str:
    """Return the name of the chain a line belongs to."""
    if study_id is not None:
        return f"study:{study_id}"
    return "platform" if organization_id is None else f"organization:{organization_id}"


def hash_of(line: AuditLine) -> str:
    """Return the hash that chains this line to the one before it: sha256 over canonical JSON."""
    content = [
        line.previous_hash,
        line.sequence,
        line.at.isoformat(timespec="microseconds"),
        line.actor_id,
        line.actor_label,
        line.organization_id,
        line.study_id,
        line.action,
        line.object_kind,
        line.object_id,
        line.why,
        line.change,
        line.source,
    ]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _locked_chain(scope: str) -> AuditChain:
    chain = AuditChain.objects.select_for_update().filter(scope=scope).first()
    if chain is None:
        AuditChain.objects.bulk_create([AuditChain(scope=scope)], ignore_conflicts=True)
        chain = AuditChain.objects.select_for_update().get(scope=scope)
    return chain
