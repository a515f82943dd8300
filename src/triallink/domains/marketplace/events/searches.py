"""What happens to saved searches."""

from dataclasses import dataclass

from triallink.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class SearchSaved(Event):
    """A person keeps a search of the directory."""

    search_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class SearchDeleted(Event):
    """A person no longer keeps a search."""

    search_id: int
