"""What the changes of a transactional file lead to: later answers replace earlier ones, removals take all inside with them.

Source: CDISC ODM 1.3.2, section 2.9 (Transactions): changes apply in the order of the file, a child without a type of its
own inherits that of its parent, and what is inside of something removed is removed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

# A change that empties an answer; XML cannot hold it, so no answer can be mistaken for it.
EMPTIED = "\0"
# The column with a row's place among all rows of the file.
CHANGED_AT = "\0changed_at"
_PATH = "\0path"
_REMOVED_AT = "\0removed_at"
_ROW = "\0row"


@dataclass(frozen=True)
class Removal:
    """That something was taken away with everything inside.

    key   the first 1, 3 or 5 keys: a subject, an event, a form (with `path`: the form a group is in).
    path  of a group, as `group_path` gives it; "" for everything else.
    at    how many rows had been read by then.
    """

    key: tuple[str, ...]
    path: str
    at: int


def group_path(outer: str, oid: str, repeat_key: str) -> str:
    """Return where a group stands in its form: the groups it is in, outermost first, and itself.

    Returns  such as "IG.VS[SYSBP]/IG.POS[]"; a slash within a key is written %2F, so that no two paths are alike.
    """
    own = f"{oid}[{repeat_key}]".replace("%", "%25").replace("/", "%2F")
    return f"{outer}/{own}" if outer else own


def is_change(values: Iterable[str | None], change: str) -> bool:
    """Say whether a row changes anything: it has an answer, or comes into being empty."""
    said = list(values)
    return any(value is not None for value in said) or (not said and change not in ("Context", "Update"))


def resulting(
    frame: pl.DataFrame, oid: str, keys: Sequence[str], removals: Sequence[Removal]
) -> pl.DataFrame:
    """Return the rows that the changes of a group lead to.

    frame     the columns `keys`, CHANGED_AT and one per item; texts, EMPTIED where an answer was taken back, null where a
              change says nothing of it.
    oid       of the group.
    removals  of the whole file.
    Returns   the same columns, one row per key.
    """
    left = _without_removed(frame.with_columns(pl.col(CHANGED_AT).cast(pl.Int64)), oid, keys, removals)
    answers = [name for name in frame.columns if name not in (*keys, CHANGED_AT)]
    folded = left.group_by(list(keys), maintain_order=True).agg(
        pl.col(CHANGED_AT).last(), *(pl.col(name).drop_nulls().last() for name in answers)
    )
    emptied = (pl.when(pl.col(name) != EMPTIED).then(pl.col(name)).alias(name) for name in answers)
    return folded.with_columns(emptied)


def _without_removed(
    frame: pl.DataFrame, oid: str, keys: Sequence[str], removals: Sequence[Removal]
) -> pl.DataFrame:
    for length in (1, 3, 5):
        last: dict[tuple[str, ...], int] = {}
        for removal in removals:
            if not removal.path and len(removal.key) == length:
                last[removal.key] = removal.at
        if last:
            names = list(keys[:length])
            rows = [(*key, at) for key, at in last.items()]
            gone = pl.DataFrame(rows, schema=_schema(names), orient="row")
            joined = frame.join(gone, on=names, how="left", maintain_order="left")
            kept = joined.filter(pl.col(_REMOVED_AT).is_null() | (pl.col(CHANGED_AT) > pl.col(_REMOVED_AT)))
            frame = kept.drop(_REMOVED_AT)
    return _without_removed_groups(frame, oid, keys, removals)


def _without_removed_groups(
    frame: pl.DataFrame, oid: str, keys: Sequence[str], removals: Sequence[Removal]
) -> pl.DataFrame:
    names = [*keys[:5], _PATH]
    rows = [(*removal.key, removal.path, removal.at) for removal in removals if removal.path]
    if not rows:
        return frame
    gone = pl.DataFrame(rows, schema=_schema(names), orient="row")
    paths = [group_path(outer, oid, own) for outer, own in frame.select(keys[5], keys[6]).iter_rows()]
    placed = frame.with_row_index(_ROW).with_columns(pl.Series(f"{_PATH}s", paths, dtype=pl.String))
    is_inside = (pl.col(f"{_PATH}s") + "/").str.starts_with(pl.col(_PATH) + "/")
    hit = placed.join(gone, on=list(keys[:5])).filter(is_inside & (pl.col(CHANGED_AT) <= pl.col(_REMOVED_AT)))
    return placed.join(hit.select(_ROW).unique(), on=_ROW, how="anti", maintain_order="left").select(
        frame.columns
    )


def _schema(names: Iterable[str]) -> dict[str, type[pl.DataType]]:
    return {**dict.fromkeys(names, pl.String), _REMOVED_AT: pl.Int64}
