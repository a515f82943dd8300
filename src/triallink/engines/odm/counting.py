"""How much was collected, counted from typed columns, so that an amendment can be weighed by what it touches."""

from collections.abc import Mapping

import polars as pl

from triallink.engines.odm.columns import KEYS, Columns
from triallink.engines.odm.difference import CollectedCounts

_VISIT = ("subject_key", "event_oid", "event_repeat_key")
_FORM = (*_VISIT, "form_oid", "form_repeat_key")


def collected_counts(columns: Columns) -> CollectedCounts:
    """Return how many answers, rows, forms and visits there are.

    columns  the collected data, as `read_columns` gives it.
    Returns  answers by item, by item and value, and by item and length in characters of what was answered as text or as a
             whole number; rows by group, forms and visits by OID, each counted once for each subject and repeat.
    """
    tables = columns.tables
    items: dict[str, int] = {}
    codes: dict[str, dict[str, int]] = {}
    lengths: dict[str, dict[int, int]] = {}
    for table in tables.values():
        for name in table.columns:
            if name in KEYS:
                continue
            oid = name.removeprefix("item ") if name.removeprefix("item ") in KEYS else name
            texts = table[name].drop_nulls()
            items[oid] = items.get(oid, 0) + len(texts)
            if texts.dtype == pl.String or texts.dtype.is_integer():
                texts = texts.cast(pl.String)
                _add(codes.setdefault(oid, {}), texts)
                _add(lengths.setdefault(oid, {}), texts.str.len_chars())
    return CollectedCounts(
        items=items,
        codes=codes,
        lengths=lengths,
        events=_distinct(tables, _VISIT, "event_oid"),
        forms=_distinct(tables, _FORM, "form_oid"),
        groups={oid: table.height for oid, table in tables.items()},
    )


def _add(counts: dict[str, int] | dict[int, int], values: pl.Series) -> None:
    for value, count in values.value_counts(name="count").iter_rows():
        counts[value] = counts.get(value, 0) + count


def _distinct(tables: Mapping[str, pl.DataFrame], keys: tuple[str, ...], name: str) -> dict[str, int]:
    if not tables:
        return {}
    places = pl.concat([table.select(keys) for table in tables.values()]).unique()
    counted = places.filter(pl.col(name).is_not_null() & (pl.col(name) != "")).group_by(name).len()
    return dict(counted.sort(name).iter_rows())
