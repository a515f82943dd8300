"""A dataset as submitted: variables with their attributes, and a polars frame with a column per variable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import polars as pl

DataType = Literal[
    "string", "integer", "decimal", "float", "double", "boolean", "datetime", "date", "time", "URI"
]
DATA_TYPES: tuple[str, ...] = get_args(DataType)
# What a column of each type is in a frame. A decimal stays the text it was written as, because a binary number would
# change its digits; dates and times stay text, because they may be partial.
FRAME_TYPES: Mapping[str, pl.DataType] = {
    "string": pl.String(),
    "decimal": pl.String(),
    "date": pl.String(),
    "datetime": pl.String(),
    "time": pl.String(),
    "URI": pl.String(),
    "integer": pl.Int64(),
    "float": pl.Float64(),
    "double": pl.Float64(),
    "boolean": pl.Boolean(),
}
TEXT_TYPES = frozenset({"string", "URI", "date", "datetime", "time"})


@dataclass(frozen=True)
class Variable:
    """One variable.

    length          characters in Dataset-JSON, bytes in XPT; None if not stated.
    target_type     integer or decimal where the value is stored as that elsewhere: a SAS date is an integer.
    display_format  such as DATE9. or 8.2.
    key_sequence    place among the keys that identify a row, from 1; None if it is none.
    """

    name: str
    label: str = ""
    data_type: DataType = "string"
    length: int | None = None
    oid: str = ""
    target_type: Literal["", "integer", "decimal"] = ""
    display_format: str = ""
    key_sequence: int | None = None

    @property
    def is_numeric_in_transport(self) -> bool:
        """Say whether XPT stores it as a number."""
        return self.data_type in ("integer", "float", "double", "decimal", "boolean") or bool(
            self.target_type
        )


@dataclass(frozen=True)
class Dataset:
    """One dataset.

    frame       a column per variable, of the type FRAME_TYPES says.
    attributes  what the file says of itself beyond name and label, by the names Dataset-JSON gives them.
    missing     special missing values of XPT (A–Z and _) by variable and row; the frame has null there.
    """

    name: str
    label: str
    variables: tuple[Variable, ...]
    frame: pl.DataFrame
    attributes: Mapping[str, Any] = field(default_factory=dict)
    missing: Mapping[tuple[str, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [variable.name for variable in self.variables]
        if names != self.frame.columns:
            raise ValueError(f"the variables are {names} but the columns are {self.frame.columns}")

    def variable(self, name: str) -> Variable:
        """Return a variable by name.

        Raises  ValueError if there is none.
        """
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise ValueError(f"{self.name} has no variable {name!r}")
