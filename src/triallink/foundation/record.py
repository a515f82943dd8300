"""record(): the one door through which a change becomes an audit line and an event."""

import hashlib
import uuid
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, transaction

from triallink.foundation.models import AuditChain, AuditLine
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
    line.pk = _write(line, event)
    line._state.adding, line._state.db = False, DEFAULT_DB_ALIAS
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


def _write(line: AuditLine, event: Event) -> int:
    """Write the line, the chain's new head and the event in one statement; return the line's id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH head AS (UPDATE foundation_auditchain SET length = %s, head_hash = %s WHERE id = %s),"
            " line AS (INSERT INTO foundation_auditline (chain_id, sequence, at, actor_id, actor_label,"
            " organization_id, study_id, action, object_kind, object_id, why, change, source, previous_hash, hash)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s) RETURNING id),"
            " news AS (INSERT INTO foundation_outboxline (event_id, name, payload, at, organization_id, study_id,"
            " attempts, last_error) VALUES (%s, %s, %s::jsonb, %s, %s, %s, 0, ''))"
            " SELECT id, pg_notify(%s, '') FROM line",
            [
                line.sequence, line.hash, line.chain_id,
                line.chain_id, line.sequence, line.at, line.actor_id, line.actor_label, line.organization_id,
                line.study_id, line.action, line.object_kind, line.object_id, line.why,
                orjson.dumps(line.change).decode(), line.source, line.previous_hash, line.hash,
                uuid.uuid4(), event.name(), orjson.dumps(event.payload()).decode(), line.at,
                line.organization_id, line.study_id, OUTBOX_CHANNEL,
            ],
        )  # fmt: skip
        return int(cursor.fetchone()[0])


def _locked_chain(scope: str) -> AuditChain:
    rows = AuditChain.objects.raw(
        "SELECT id, scope, length, head_hash FROM foundation_auditchain WHERE scope = %s FOR UPDATE", [scope]
    )
    chain = next(iter(rows), None)
    if chain is None:
        AuditChain.objects.bulk_create([AuditChain(scope=scope)], ignore_conflicts=True)
        chain = AuditChain.objects.select_for_update().get(scope=scope)
    return chain
