"""The pages as a Django application."""

import pkgutil
from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig

import triallink.web


class WebConfig(AppConfig):
    """Pages, templates and static files."""

    name = "triallink.web"
    label = "web"

    def ready(self) -> None:
        """Import what each area adds to the rails and to the home page."""
        for area in pkgutil.iter_modules(triallink.web.__path__, "triallink.web."):
            for name in ("navigation", "next_actions"):
                if area.ispkg and find_spec(f"{area.name}.{name}"):
                    import_module(f"{area.name}.{name}")
