"""What record() promises: one audit line and one event, chained, in the transaction that made them true."""

from dataclasses import dataclass

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from triallink.foundation.audit import verify
from triallink.foundation.models import AuditChain, AuditLine, HandledEvent, OutboxLine
from triallink.foundation.outbox import dispatch_waiting, hears
from triallink.foundation.record import record
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class LampLit(Event):
    """A lamp was lit."""

    lamp_id: int


heard: list[int] = []
broken = {"now": False}


@hears(LampLit)
def remember(event: LampLit) -> None:
    """Remember the lamp, unless broken."""
    if broken["now"]:
        raise ConnectionError("away")
    heard.append(event.lamp_id)


@pytest.fixture(autouse=True)
def _quiet(db: None) -> None:
    """Begin with nothing heard and no news waiting (setting up the tables made some)."""
    while dispatch_waiting():
        pass
    heard.clear()
    broken["now"] = False


def lines() -> QuerySet[OutboxLine]:
    return OutboxLine.objects.filter(name="LampLit")


def light(number: int, by: Actor = SYSTEM) -> None:
    with transaction.atomic():
        record(
            LampLit(lamp_id=number),
            by=by,
            about=("lamp", number),
            organization_id=7,
            change={"lit": [False, True]},
        )


def raw(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db
def test_lines_of_one_organization_form_a_chain_that_verifies():
    for number in range(5):
        light(number)
    assert [(r.scope, r.length, r.broken_at) for r in verify("organization:7")] == [
        ("organization:7", 5, None)
    ]


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_a_defect():
    with pytest.raises(transaction.TransactionManagementError):
        record(LampLit(lamp_id=1), by=SYSTEM, about=("lamp", 1))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql", ["UPDATE foundation_auditline SET why = 'x'", "DELETE FROM foundation_auditline"]
)
def test_the_database_refuses_to_change_or_delete_a_line(sql: str):
    light(1)
    with pytest.raises(DatabaseError, match="Cannot update or delete"):
        raw(sql)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("UPDATE foundation_auditline SET why = 'forged' WHERE sequence = 3", "the content was altered"),
        ("DELETE FROM foundation_auditline WHERE sequence = 3", "a line is missing"),
        ("DELETE FROM foundation_auditline WHERE sequence = 5", "the chain was cut short"),
    ],
)
def test_damage_done_behind_the_triggers_is_found(damage: str, reason: str):
    for number in range(5):
        light(number)
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    for step in ("DISABLE TRIGGER USER", damage, "ENABLE TRIGGER USER"):
        raw(step if step == damage else f"ALTER TABLE foundation_auditline {step}")
    assert [report.reason for report in verify("organization:7")] == [reason]


@pytest.mark.django_db
def test_a_refused_change_leaves_neither_line_nor_event():
    with transaction.atomic():
        light(1)
        transaction.set_rollback(True)
    assert not AuditLine.objects.filter(action="LampLit").exists()
    assert not lines().exists()
    assert not AuditChain.objects.filter(scope="organization:7", length__gt=0).exists()


@pytest.mark.django_db
def test_a_handler_hears_an_event_once_however_often_it_is_told():
    light(3)
    assert dispatch_waiting() == 1
    lines().update(dispatched_at=None)
    dispatch_waiting()
    assert heard == [3]
    assert HandledEvent.objects.filter(event_id=lines().get().event_id).count() == 1


@pytest.mark.django_db
def test_a_failing_handler_delays_its_event_and_hears_it_later():
    broken["now"] = True
    light(4)
    assert dispatch_waiting() == 0
    line = lines().get()
    assert (line.attempts, line.dispatched_at) == (1, None)
    assert "ConnectionError" in line.last_error
    broken["now"] = False
    lines().update(not_before=None)
    assert dispatch_waiting() == 1
    assert heard == [4]
