"""A plain connection to the same PostgreSQL, for those who listen outside Django."""

from django.conf import settings
from psycopg.conninfo import make_conninfo


def conninfo() -> str:
    """Return the connection string of the default database."""
    database = settings.DATABASES["default"]
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    values: dict[str, str] = {key: str(database[name]) for key, name in names.items() if database[name]}
    return make_conninfo("", **values)
