"""Plain connections to the same PostgreSQL, for what Django's own connection cannot do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from psycopg.conninfo import make_conninfo


def conninfo() -> str:
    """Return the connection string of the default database."""
    database = settings.DATABASES["default"]
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    values: dict[str, str] = {key: str(database[name]) for key, name in names.items() if database[name]}
    return make_conninfo("", **values)


@contextmanager
def apart() -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Give a connection beside Django's, committing each statement: what it writes outlives a rollback of ours.

    It does not come from the pool, where every thread waiting for a second connection would wait for ever.
    """
    with psycopg.connect(conninfo(), autocommit=True) as connection:
        yield connection
