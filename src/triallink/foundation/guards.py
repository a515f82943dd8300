"""Database triggers: what keeps a table append-only, and what keeps every old row."""

from collections.abc import Callable
from typing import TypeVar

import pghistory
import pgtrigger
from django.db import models

Model = TypeVar("Model", bound=type[models.Model])


def append_only(name: str) -> pgtrigger.Protect:
    """Return a trigger that refuses UPDATE and DELETE of a table's rows."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)


def undeletable(name: str) -> pgtrigger.Protect:
    """Return a trigger that refuses DELETE of a table's rows."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Delete)


def keeps_history() -> Callable[[Model], Model]:
    """Keep every old and new row of a regulated table by trigger, so that nothing bypasses it."""
    return pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
