"""Tell PostgreSQL for whom a transaction reads, so that row-level security can bind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connection, transaction

SETTING = "triallink.organization_id"


@contextmanager
def reading_as(organization_id: int | None) -> Iterator[None]:
    """Run the block in a transaction that row-level security sees as this organization's.

    Without it, policies that ask for an organization see none and show nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # The inner SELECT is materialized before the setting changes.
        cursor.execute(
            "WITH before AS MATERIALIZED (SELECT current_setting(%s, true) AS it) "
            "SELECT it, set_config(%s, %s, true) FROM before",
            [SETTING, SETTING, str(organization_id or "")],
        )
        before = cursor.fetchone()[0] or ""
        yield
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, before])


def role_is_bound() -> bool:
    """Return whether row-level security binds the application's role; it binds no superuser."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        row = cursor.fetchone()
    return row is not None and not row[0]


@register(Tags.database)
def check_role(**_: Any) -> list[CheckMessage]:
    """Warn at every migration when sealed bids would be sealed from nobody."""
    if role_is_bound():
        return []
    return [
        Warning(
            "The database role is a superuser or bypasses row-level security: sealed bids are not sealed.",
            hint="Use a role made with NOSUPERUSER NOBYPASSRLS, as the launcher does.",
            id="foundation.W001",
        )
    ]
