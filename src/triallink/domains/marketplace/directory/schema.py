"""What can be searched, filtered, counted and sorted in the directory."""

from collections.abc import Iterable
from functools import lru_cache

from django.utils import translation

from triallink.domains.marketplace.catalogue import catalogue
from triallink.foundation.search import Schema

DIRECTORY = "directory"
KINDS = ("supplier", "talent", "site")


def price_field(service: str) -> str:
    """Return the number field that holds a supplier's list price of a service, in major units."""
    return f"price_{service}"


SCHEMA = Schema(
    texts={"name": 4.0, "work": 2.0, "about": 1.0},
    codes=(
        "kind",
        "organization_type",
        "organization",
        "service",
        "role",
        "level",
        "province",
        "city",
        "place",
        "area",
        "phase",
        "credential",
        "language",
        "grade",
        "mark",
    ),
    numbers=(
        "standing",
        "rating",
        "contracts",
        "hours",
        "price",
        "years",
        "studies",
        "ethics_days",
        "contract_days",
        *(price_field(code) for code in catalogue()),
    ),
)


def key_of(kind: str, row_id: int) -> str:
    """Return the key of a row's document."""
    return f"{kind}:{row_id}"


def ids_of(kind: str, keys: Iterable[str]) -> list[int]:
    """Return the row ids among the keys of one kind."""
    return [int(row_id) for found, _, row_id in (key.partition(":") for key in keys) if found == kind]


@lru_cache(maxsize=5_000)
def both(label: str) -> str:
    """Return a label in both languages, so that either finds it."""
    if not label:
        return ""  # gettext would answer with the catalogue's header
    with translation.override("zh-hans"):
        chinese = translation.gettext(label)
    return label if chinese == label else f"{label} {chinese}"


def both_of(labels: dict[str, str], codes: Iterable[str]) -> str:
    """Return the labels of some codes in both languages."""
    return ", ".join(both(labels[code]) for code in codes if code in labels)


def shrunken_rating(rating_sum: int, rating_count: int) -> float:
    """Return a mean rating in which four average contracts (3.8) are counted besides the real ones.

    One five-star contract is no proof; the matching engine uses the same numbers.
    """
    return (rating_sum + 3.8 * 4) / (rating_count + 4)
