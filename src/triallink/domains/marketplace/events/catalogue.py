"""What happens to the service catalogue."""

from dataclasses import dataclass

from triallink.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class CatalogueChanged(Event):
    """The service types of these codes were added, changed or retired."""

    codes: tuple[str, ...]
