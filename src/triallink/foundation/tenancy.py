"""Tell PostgreSQL for whom a transaction reads, so that row-level security can bind it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

SETTING = "triallink.organization_id"


@contextmanager
def reading_as(organization_id: int | None) -> Iterator[None]:
    """Run the block in a transaction that row-level security sees as this organization's.

    Without it, policies that ask for an organization see none and show nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [SETTING])
        before = cursor.fetchone()[0] or ""
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, str(organization_id or "")])
        yield
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, before])
