"""Marketplace as a Django application."""

from typing import Any

from django.db import connections
from django.db.models.signals import post_migrate

from triallink.foundation.apps import DomainConfig


class MarketplaceConfig(DomainConfig):
    """Catalogue, directories, requests and prices."""

    name = "triallink.domains.marketplace"
    label = "marketplace"

    def ready(self) -> None:
        """Also say what is held about people, and keep the catalogue's rows equal to its file after every migration."""
        super().ready()
        from triallink.domains.marketplace.selectors.own_data import HELD
        from triallink.foundation.own_data import hold

        hold(**HELD)
        post_migrate.connect(_sync_catalogue, sender=self, dispatch_uid="marketplace.catalogue")


def _sync_catalogue(using: str, **_: Any) -> None:
    from triallink.domains.marketplace.models import ServiceType
    from triallink.domains.marketplace.services.catalogue import sync_catalogue

    # Somebody may have migrated back to before the catalogue existed.
    if ServiceType._meta.db_table in connections[using].introspection.table_names():
        sync_catalogue()
