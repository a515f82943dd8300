"""Database triggers that keep a table append-only."""

import pgtrigger


def append_only(name: str) -> pgtrigger.Protect:
    """Return a trigger that refuses UPDATE and DELETE of a table's rows."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)


def undeletable(name: str) -> pgtrigger.Protect:
    """Return a trigger that refuses DELETE of a table's rows."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Delete)
