"""What a rule is run against: the datasets of a study and what is known of them from elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from triallink.engines.conformance.standard import class_of_domain, class_of_variables


@dataclass(frozen=True)
class Variable:
    """One variable as its dataset describes it; data_type is Char or Num, length in characters."""

    name: str
    label: str = ""
    data_type: str = "Char"
    length: int | None = None
    display_format: str = ""


@dataclass(frozen=True)
class Table:
    """One dataset.

    frame     a column per variable: String, a number or Boolean; an empty text is a missing value.
    location  the file name.
    """

    name: str
    label: str
    variables: tuple[Variable, ...]
    frame: pl.DataFrame
    location: str = ""
    size_bytes: int | None = None

    def __post_init__(self) -> None:
        names = [variable.name for variable in self.variables]
        if names != self.frame.columns:
            raise ValueError(f"the variables are {names} but the columns are {self.frame.columns}")

    @cached_property
    def clean(self) -> pl.DataFrame:
        """Return the frame with empty texts missing and every number a Float64."""
        empty = [
            pl.when(pl.col(name).str.len_bytes() > 0).then(pl.col(name)).alias(name)
            for name, kind in self.frame.schema.items()
            if kind == pl.String
        ]
        numbers = [
            pl.col(name).cast(pl.Float64).alias(name)
            for name, kind in self.frame.schema.items()
            if kind.is_numeric()
        ]
        return self.frame.with_columns(*empty, *numbers)

    @cached_property
    def domain(self) -> str:
        """Return the domain: what DOMAIN says in the first row, else the name."""
        if "DOMAIN" in self.frame.columns and self.frame.height and self.frame.schema["DOMAIN"] == pl.String:
            first = self.clean["DOMAIN"].drop_nulls()
            if first.len():
                return str(first[0])
        return self.name.upper()

    @property
    def is_supplemental(self) -> bool:
        """Say whether it holds supplemental qualifiers of another dataset."""
        return self.name.upper().startswith(("SUPP", "SQ")) and "QNAM" in self.frame.columns

    @property
    def is_split(self) -> bool:
        """Say whether it is one part of a domain that was split over several files."""
        return len(self.name) > len(self.domain) and self.name.upper().startswith(self.domain)

    @property
    def prefix(self) -> str:
        """Return the letters that `--` stands for: the domain, of an associated person's dataset without AP."""
        if self.is_supplemental:
            return self.name.upper().removeprefix("SUPP").removeprefix("SQ")[:2]
        if len(self.domain) == 4 and self.domain.startswith("AP"):
            return self.domain[2:]
        return self.domain

    @cached_property
    def observation_class(self) -> str | None:
        """Return the class of the standard the dataset belongs to, None if it cannot be told."""
        known = class_of_domain(self.domain, self.name)
        return known or class_of_variables(self.frame.columns, self.prefix)


@dataclass(frozen=True)
class Terminology:
    """Controlled terminology packages.

    packages  by name and date, such as `ddfct-2023-12-15`: codelist code → codelist.
    """

    packages: Mapping[str, Mapping[str, "Codelist"]]


@dataclass(frozen=True)
class Codelist:
    """A code list: its submission value, whether sponsors may add terms, and (code, value, preferred term)s."""

    code: str
    value: str
    is_extensible: bool
    terms: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class ValueLevel:
    """What Define-XML says of some values of a variable.

    conditions  (variable, comparator, values) that a record must all meet; comparators as in Define-XML: EQ, IN and so on.
    attributes  by the names rules use, such as `define_vlm_data_type`, `define_vlm_length`, `define_vlm_mandatory`.
    """

    variable: str
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Define:
    """What Define-XML says.

    datasets     by name: attributes by the names rules use, such as `define_dataset_label`.
    variables    by dataset, in order: attributes such as `define_variable_name`, `define_variable_ccode`.
    value_level  by dataset: what holds for some values only.
    """

    datasets: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, tuple[Mapping[str, Any], ...]]
    value_level: Mapping[str, tuple[ValueLevel, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Library:
    """Variables of the implementation guide and of the model, which CDISC publishes in its library.

    variables        by domain, in order: attributes such as `name`, `label`, `core`, `role`, `ordinal`.
    model_variables  by class, in order, with `--` for the domain.
    """

    variables: Mapping[str, tuple[Mapping[str, Any], ...]]
    model_variables: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """The datasets of one study and what else is given; None where it is not."""

    tables: tuple[Table, ...]
    product: str = ""
    version: str = ""
    terminology: Terminology | None = None
    define: Define | None = None
    library: Library | None = None

    def table(self, name: str) -> Table | None:
        """Return the dataset of a name or, failing that, the one of a domain; None if there is none."""
        wanted = name.upper()
        for each in self.tables:
            if each.name.upper() == wanted:
                return each
        for each in self.tables:
            if each.domain.upper() == wanted and not each.is_supplemental:
                return each
        return None

    def tables_of(self, name: str) -> tuple[Table, ...]:
        """Return the datasets of a domain: several if it is split."""
        wanted = name.upper()
        same = tuple(each for each in self.tables if each.domain.upper() == wanted)
        if same:
            return same
        named = self.table(name)
        return (named,) if named else ()

    @cached_property
    def domains(self) -> tuple[str, ...]:
        """Return the domains that have a dataset, in order, without repetition."""
        return tuple(dict.fromkeys(each.domain for each in self.tables))
