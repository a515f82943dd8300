"""Tell events to their handlers after commit, at least once; each handler works at most once per event."""

import datetime as dt
import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from django.db import transaction
from psycopg.types.json import Jsonb

from triallink.foundation.models import HandledEvent, OutboxLine
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.events import Event

OUTBOX_CHANNEL = "triallink_outbox"
# A handler takes the events it was registered for, which Callable cannot say.
Handler = Callable[[Any], None]
_handlers: dict[str, list[Handler]] = defaultdict(list)
_delivering: ContextVar[Clock] = ContextVar("delivering", default=system_clock)
log = logging.getLogger(__name__)


def delivery_clock() -> Clock:
    """Return the clock of whoever delivers the news now: a handler dates by it what it does in answer."""
    return _delivering.get()


def hears(*events: type[Event]) -> Callable[[Handler], Handler]:
    """Register a function of one event as handler; used in a domain's handlers.py."""

    def register(handler: Handler) -> Handler:
        for event in events:
            _handlers[event.name()].append(handler)
        return handler

    return register


def post(event: Event, *, through: "psycopg.Connection[Any]", at: dt.datetime) -> None:
    """Post an event through a connection apart from Django's, when the transaction that saw it will roll back.

    It has no audit line of its own: a handler calls the service that writes one. Everything else is
    told by `record()`.
    """
    through.execute(
        "INSERT INTO foundation_outboxline (event_id, name, payload, at, attempts, last_error)"
        " VALUES (%s, %s, %s, %s, 0, '')",
        [uuid.uuid4(), event.name(), Jsonb(event.payload()), at],
    )
    through.execute("SELECT pg_notify(%s, '')", [OUTBOX_CHANNEL])


def handlers_of(name: str) -> list[Handler]:
    """Return who listens to events of this name."""
    return list(_handlers.get(name, ()))


def dispatch_waiting(limit: int = 200, clock: Clock = system_clock) -> int:
    """Tell up to `limit` waiting events to their handlers and return how many were finished.

    Several dispatchers may run at once: a line is taken with SKIP LOCKED. A failing handler
    delays its event (2 s, 4 s, … 5 min) and never blocks the others.
    """
    finished = 0
    for _ in range(limit):
        with transaction.atomic():
            line = (
                OutboxLine.objects.select_for_update(skip_locked=True)
                .filter(dispatched_at__isnull=True)
                .exclude(not_before__gt=clock.now())
                .order_by("id")
                .first()
            )
            if line is None:
                return finished
            finished += _tell(line, clock)
    return finished


@contextmanager
def _by_clock(clock: Clock) -> Iterator[None]:
    token = _delivering.set(clock)
    try:
        yield
    finally:
        _delivering.reset(token)


def _tell(line: OutboxLine, clock: Clock) -> bool:
    event = Event.restore(line.name, line.payload)
    for handler in handlers_of(line.name):
        name = f"{handler.__module__}.{handler.__qualname__}"
        try:
            with transaction.atomic():
                _, is_new = HandledEvent.objects.get_or_create(
                    event_id=line.event_id, handler=name, defaults={"at": clock.now()}
                )
                if is_new:
                    with _by_clock(clock):
                        handler(event)
        except Exception as error:  # One broken listener must not stop the news for the others.
            log.exception("handler %s failed on %s", name, line.name)
            _postpone(line, name, error, clock)
            return False
    line.dispatched_at = clock.now()
    line.save(update_fields=["dispatched_at"])
    return True


def _postpone(line: OutboxLine, handler: str, error: Exception, clock: Clock) -> None:
    line.attempts += 1
    line.not_before = clock.now() + dt.timedelta(seconds=min(2**line.attempts, 300))
    line.last_error = f"{handler}: {type(error).__name__}: {error}"[:2000]
    line.save(update_fields=["attempts", "not_before", "last_error"])
