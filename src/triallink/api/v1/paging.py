"""Cursor pagination: a page never shifts while rows are added."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from ninja import Field, Schema

from triallink.kernel.refusals import N_, Invalid

Row = TypeVar("Row", bound=Model)
Shown = TypeVar("Shown")
MAX_LIMIT = 200


class CursorUnknown(Invalid):
    """The cursor was not given out by this list."""

    code = "cursor_unknown"
    message = N_("This cursor is not one of ours.")


class Paging(Schema):
    """How much of a list, and from where."""

    cursor: str = Field(
        "", max_length=40, description="`next_cursor` of the page before; empty for the first."
    )
    limit: int = Field(50, ge=1, le=MAX_LIMIT)


def page_of(rows: QuerySet[Row], paging: Paging, show: Callable[[Row], Shown]) -> dict[str, Any]:
    """Return {"items", "next_cursor"} of a queryset, newest first (descending id)."""
    if paging.cursor:
        if not (paging.cursor.isascii() and paging.cursor.isdigit() and int(paging.cursor) < 2**63):
            raise CursorUnknown(field="cursor")
        rows = rows.filter(pk__lt=int(paging.cursor))
    found = list(rows.order_by("-pk")[: paging.limit + 1])
    items, is_more = found[: paging.limit], len(found) > paging.limit
    return {"items": [show(row) for row in items], "next_cursor": str(items[-1].pk) if is_more else ""}
