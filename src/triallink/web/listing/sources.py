"""Where the rows of a list come from: the database, or a list already in memory. Both answer alike."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db.models import Count, F, Func, Q, QuerySet


class Rows(Protocol):
    """Rows one can search, narrow, count, order and cut."""

    def search(self, fields: Sequence[str], text: str) -> "Rows":
        """Keep the rows where every word of the text is in one of the fields."""
        ...

    def narrow(self, field: str, values: list[str], is_array: bool) -> "Rows":
        """Keep the rows whose field is, or holds, one of the values."""
        ...

    def apply(self, rule: Callable[[Any, Any], Any], value: Any) -> "Rows":
        """Keep what a rule of the list's own keeps."""
        ...

    def counts(self, field: str, is_array: bool) -> dict[str, int]:
        """Return how many rows have each value of a field; empty values are left out."""
        ...

    def order(self, fields: tuple[str, ...], is_descending: bool) -> "Rows":
        """Put the rows in order; the first field turns, the others break ties."""
        ...

    def count(self) -> int:
        """Return how many rows there are."""
        ...

    def slice(self, start: int, end: int) -> list[Any]:
        """Return the rows from start to before end."""
        ...


def rows_of(rows: QuerySet[Any] | Sequence[Any]) -> Rows:
    """Return rows of either kind behind the same methods."""
    return QueryRows(rows) if isinstance(rows, QuerySet) else MemoryRows(list(rows))


@dataclass(frozen=True)
class QueryRows:
    """Rows of a queryset; PostgreSQL does the work."""

    queryset: QuerySet[Any]

    def search(self, fields: Sequence[str], text: str) -> "QueryRows":
        """Keep the rows where every word of the text is in one of the fields."""
        queryset = self.queryset
        for word in text.split():
            queryset = queryset.filter(reduce(or_, (Q(**{f"{name}__icontains": word}) for name in fields)))
        return QueryRows(queryset)

    def narrow(self, field: str, values: list[str], is_array: bool) -> "QueryRows":
        """Keep the rows whose field is, or holds, one of the values."""
        if is_array:
            return QueryRows(self.queryset.filter(**{f"{field}__overlap": values}))
        # Values come from the address bar; one that the column could not hold matches no row.
        target = _field_at(self.queryset, field)
        usable = [value for value in values if _fits(target, value)]
        return QueryRows(self.queryset.filter(**{f"{field}__in": usable}))

    def apply(self, rule: Callable[[Any, Any], Any], value: Any) -> "QueryRows":
        """Keep what a rule of the list's own keeps."""
        return QueryRows(rule(self.queryset, value))

    def counts(self, field: str, is_array: bool) -> dict[str, int]:
        """Return how many rows have each value of a field, in one query."""
        source = Func(F(field), function="unnest", set_returning=True) if is_array else F(field)
        pairs = (
            self.queryset.order_by()
            .values(facet_value=source)
            .annotate(facet_count=Count("pk", distinct=True))
            .values_list("facet_value", "facet_count")
        )
        return {str(value): count for value, count in pairs if value not in (None, "")}

    def order(self, fields: tuple[str, ...], is_descending: bool) -> "QueryRows":
        """Put the rows in order; the primary key breaks the last tie, so that pages never overlap."""
        first, *others = fields
        head = F(first).desc(nulls_last=True) if is_descending else F(first).asc(nulls_last=True)
        return QueryRows(self.queryset.order_by(head, *others, "pk"))

    def count(self) -> int:
        """Return how many rows there are."""
        return self.queryset.count()

    def slice(self, start: int, end: int) -> list[Any]:
        """Return the rows from start to before end."""
        return list(self.queryset[start:end])


@dataclass(frozen=True)
class MemoryRows:
    """Rows already read; for short lists only."""

    rows: list[Any]

    def search(self, fields: Sequence[str], text: str) -> "MemoryRows":
        """Keep the rows where every word of the text is in one of the fields."""
        words = text.casefold().split()

        def has_all(row: Any) -> bool:
            heap = [str(_value(row, name) or "").casefold() for name in fields]
            return all(any(word in straw for straw in heap) for word in words)

        return MemoryRows([row for row in self.rows if has_all(row)])

    def narrow(self, field: str, values: list[str], is_array: bool) -> "MemoryRows":
        """Keep the rows whose field is, or holds, one of the values."""
        return MemoryRows(
            [row for row in self.rows if not set(_values(row, field, is_array)).isdisjoint(values)]
        )

    def apply(self, rule: Callable[[Any, Any], Any], value: Any) -> "MemoryRows":
        """Keep what a rule of the list's own keeps."""
        return MemoryRows(list(rule(self.rows, value)))

    def counts(self, field: str, is_array: bool) -> dict[str, int]:
        """Return how many rows have each value of a field."""
        return dict(Counter(value for row in self.rows for value in _values(row, field, is_array)))

    def order(self, fields: tuple[str, ...], is_descending: bool) -> "MemoryRows":
        """Put the rows in order; rows without a value come last either way."""
        rows = self.rows
        for place, name in reversed(list(enumerate(fields))):
            known = [row for row in rows if _value(row, name) is not None]
            unknown = [row for row in rows if _value(row, name) is None]
            turned = is_descending if place == 0 else name.startswith("-")
            rows = sorted(known, key=partial(_value, name=name), reverse=turned) + unknown
        return MemoryRows(rows)

    def count(self) -> int:
        """Return how many rows there are."""
        return len(self.rows)

    def slice(self, start: int, end: int) -> list[Any]:
        """Return the rows from start to before end."""
        return self.rows[start:end]


def _value(row: Any, name: str) -> Any:
    for part in name.lstrip("-").split("__"):
        row = row.get(part) if isinstance(row, dict) else getattr(row, part)
    return row


def _values(row: Any, name: str, is_array: bool) -> list[str]:
    value = _value(row, name)
    values = (value or []) if is_array else [value]
    return [str(one) for one in values if one not in (None, "")]


def _field_at(queryset: QuerySet[Any], path: str) -> Any:
    """Return the model field at the end of a path, or None for an annotation."""
    model: Any = queryset.model
    field = None
    for part in path.split("__"):
        if part in queryset.query.annotations:
            return None
        field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        model = field.related_model
    return field


def _fits(field: Any, value: str) -> bool:
    if "\x00" in value:
        return False
    try:
        return field is None or field.get_prep_value(field.to_python(value)) is not None
    except (ValueError, TypeError, ValidationError):
        return False
