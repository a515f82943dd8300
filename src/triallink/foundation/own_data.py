"""What is held about a person: each domain says which of its rows belong into the copy of one's own data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet


@dataclass(frozen=True)
class Held:
    """Rows about one person, found by the person's id, and the columns that tell. Secrets and hashes stay."""

    rows: Callable[[int], QuerySet[Any]]
    columns: tuple[str, ...]

    @property
    def table(self) -> type[Model]:
        """Return the table the rows are of."""
        return self.rows(0).model


_held: dict[str, Held] = {}


def hold(**held: Held) -> None:
    """Say what else is held about people; called once by each domain, from its configuration."""
    _held.update(held)


def all_held() -> dict[str, Held]:
    """Return everything that is held about people, by the name it has in the copy."""
    return dict(_held)
