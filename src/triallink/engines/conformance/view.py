"""The rows a rule looks at, with what its operations found, and how a word of a rule is looked up in them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from triallink.engines.conformance.rules import RuleMalformed
from triallink.engines.conformance.study import ValueLevel

ROW = "\0row"  # the record number in the dataset of origin, from 1
SOURCE = "\0source"  # the dataset of origin
_OWN = frozenset({ROW, SOURCE})


class VariableAbsent(LookupError):
    """A variable a condition is about that the rows do not have."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


@dataclass(frozen=True)
class Each:
    """A value for every row; of a list type if a row has several."""

    series: pl.Series

    @property
    def is_list(self) -> bool:
        """Say whether a row has several values."""
        return self.series.dtype == pl.List


@dataclass(frozen=True)
class Same:
    """One value for all rows: a scalar, a list as a tuple, or a mapping."""

    value: Any

    @property
    def is_list(self) -> bool:
        """Say whether it is several values."""
        return isinstance(self.value, tuple)


Operand = Each | Same


@dataclass(frozen=True)
class View:
    """Rows to check.

    frame    String, Float64 and Boolean columns, empty texts missing; ROW and SOURCE say where a row is from.
    prefix   what `--` stands for.
    results  what operations found, by id.
    is_records  the rows are the dataset's own records, not what is known of its variables or values.
    value_level what Define-XML says of some of the values, for the rule types that ask for it.
    """

    frame: pl.DataFrame
    prefix: str = ""
    results: Mapping[str, Operand] = field(default_factory=dict)
    is_records: bool = False
    value_level: tuple[ValueLevel, ...] = ()
    memo: dict[tuple[Any, ...], pl.Series] = field(default_factory=dict, compare=False)

    @property
    def height(self) -> int:
        """Return the number of rows."""
        return self.frame.height

    @property
    def names(self) -> list[str]:
        """Return the variables, in order."""
        return [name for name in self.frame.columns if name not in _OWN]

    def written_out(self, name: str) -> str:
        """Return a variable name with `--` written out."""
        return f"{self.prefix}{name[2:]}" if self.prefix and name.startswith("--") else name

    def find(self, name: str) -> Operand | None:
        """Return the column or the operation's result of a name, None if there is none."""
        wanted = self.written_out(name)
        if wanted in self.results:
            return self.results[wanted]
        if wanted in self.frame.columns:
            return Each(self.frame[wanted])
        return None

    def variable(self, name: str) -> Operand:
        """Return the column or the operation's result a condition is about.

        Raises  VariableAbsent if there is neither.
        """
        found = self.find(name)
        if found is None:
            raise VariableAbsent(self.written_out(name))
        return found

    def series(self, name: str) -> pl.Series:
        """Return a column; an operation's single result stands in every row."""
        return self.spread(self.variable(name))

    def spread(self, operand: Operand) -> pl.Series:
        """Return an operand as a column.

        Raises  RuleMalformed if it is a mapping, which is no value of a row.
        """
        if isinstance(operand, Each):
            return operand.series
        value = list(operand.value) if isinstance(operand.value, tuple) else operand.value
        if isinstance(value, Mapping):
            raise RuleMalformed(f"{value!r} is no value of a row")
        if isinstance(value, list):
            texts = [None if each is None else each for each in value]
            return pl.Series("", [_alike(texts)] * self.height)
        if isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        return pl.Series("", [value], dtype=None if value is not None else pl.String).new_from_index(
            0, self.height
        )

    def operand(self, value: Any, *, literal: bool) -> Operand:
        """Return what a condition compares with: a column or result of that name, or the value itself."""
        if isinstance(value, list | tuple):
            return Same(tuple(self._flat(value, literal=literal)))
        if isinstance(value, str) and not literal:
            found = self.find(value)
            if found is not None:
                return found
            return Same(self.written_out(value))
        return Same(value)

    def _flat(self, values: Iterable[Any], *, literal: bool) -> Iterable[Any]:
        for value in values:
            found = self.results.get(value) if isinstance(value, str) and not literal else None
            if isinstance(found, Same):
                yield from found.value if found.is_list else (found.value,)
            elif isinstance(found, Each):
                yield from found.series.explode().unique(maintain_order=True)
            else:
                yield self.written_out(value) if isinstance(value, str) else value

    def columns_of(self, values: Any) -> list[str]:
        """Return the columns that names, and operations whose results are names, stand for, without repetition."""
        found: list[str] = []
        for value in self._flat(values if isinstance(values, list | tuple) else [values], literal=False):
            if isinstance(value, str) and (value in self.frame.columns) and value not in found:
                found.append(value)
        return found

    def verdicts(self, series: pl.Series, test: Callable[[str], bool], key: tuple[Any, ...]) -> pl.Series:
        """Return a test of texts row by row, made once for every different text; missing stays missing.

        key  names the test, so that the same test of the same column is made once.
        """
        place = (series.name, *key)
        if series.name and place in self.memo:
            return self.memo[place]
        different = series.unique().drop_nulls()
        answers = pl.Series([test(text) for text in different], dtype=pl.Boolean)
        result = series.replace_strict(different, answers, default=None, return_dtype=pl.Boolean)
        if series.name:
            self.memo[place] = result
        return result

    def with_results(self, found: Mapping[str, Operand]) -> "View":
        """Return the view with the results of an operation, by their names."""
        return replace(self, results={**self.results, **found})


def _alike(values: list[Any]) -> list[Any]:
    kinds = {type(value) for value in values if value is not None}
    return values if len(kinds) <= 1 else [None if value is None else text_of(value) for value in values]


def text_of(value: Any) -> str:
    """Return a value as a person writes it: whole numbers without a decimal point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def as_text(series: pl.Series) -> pl.Series:
    """Return a column as texts, whole numbers without a decimal point.

    series   of any scalar type.
    Returns  String, missing where the column is.
    """
    if series.dtype == pl.String:
        return series
    if series.dtype.is_float():
        whole = series.cast(pl.Int64, strict=False)
        exact = (whole.cast(pl.Float64) == series).fill_null(value=False)
        return whole.cast(pl.String).zip_with(exact, series.cast(pl.String))
    if series.dtype == pl.Boolean:
        return series.replace_strict({True: "True", False: "False"}, default=None, return_dtype=pl.String)
    return series.cast(pl.String)
