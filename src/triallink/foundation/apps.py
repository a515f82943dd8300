"""The foundation as a Django application."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig, apps


class FoundationConfig(AppConfig):
    """Tables and mechanics that know nothing of clinical research."""

    name = "triallink.foundation"
    label = "foundation"


class DomainConfig(AppConfig):
    """Base of every domain's AppConfig: registers what the domain hears and the long work it does."""

    # Django takes an apps.py with two candidates for none at all; the imported base must not be one.
    default = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.default = True

    def ready(self) -> None:
        """Import events, handlers and jobs, whichever the domain has."""
        for name in ("events", "handlers", "jobs"):
            if find_spec(f"{self.name}.{name}"):
                import_module(f"{self.name}.{name}")


def domains() -> list[DomainConfig]:
    """Return the installed domains."""
    return [config for config in apps.get_app_configs() if isinstance(config, DomainConfig)]
