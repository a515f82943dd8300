"""`migrate` as Django's, in a fraction of the time on an empty database: see `narrow_reloads`."""

from typing import Any

from django.core.management.commands import migrate

from triallink.foundation.migrating import narrow_reloads


class Command(migrate.Command):
    """Django's own command; only the models in memory are rebuilt less often."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        """Apply or take back migrations."""
        with narrow_reloads():
            return super().handle(*args, **options)
