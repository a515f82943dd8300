"""Quality as a Django application."""

from typing import Any

from django.db import connections
from django.db.models.signals import post_migrate

from triallink.foundation.apps import DomainConfig


class QualityConfig(DomainConfig):
    """See the package's first line."""

    name = "triallink.domains.quality"
    label = "quality"

    def ready(self) -> None:
        """Also say what is held about people."""
        super().ready()
        from triallink.domains.quality.selectors import HELD
        from triallink.foundation.own_data import hold

        hold(**HELD)
        post_migrate.connect(_sync_library, sender=self, dispatch_uid="quality.library")


def _sync_library(using: str, **_: Any) -> None:
    from triallink.domains.quality.models import TemplateVersion
    from triallink.domains.quality.services.library import sync_library

    # Somebody may have migrated back to before the library existed.
    if TemplateVersion._meta.db_table in connections[using].introspection.table_names():
        sync_library()
