"""Datasets joined to the one being checked: on keys, by related records, and supplemental qualifiers turned to columns.

A variable that both sides have keeps its name on the left and gets the other's name behind it on the right
(`parent_id.StudyArm`); a rule may also call a joined variable by dataset and name (`SE.TAETORD`).
"""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from triallink.engines.conformance.operations.work import InputMissing, same_kinds
from triallink.engines.conformance.rules import MatchDataset, Rule, conditions
from triallink.engines.conformance.study import Study, Table
from triallink.engines.conformance.view import VariableAbsent, View, as_text


def joined(study: Study, table: Table, rule: Rule, view: View) -> View:
    """Return the rows of a view with the datasets a rule matches them with.

    Raises  InputMissing if such a dataset is not there, VariableAbsent if one has no such key.
    """
    frame = view.frame
    for match in rule.match_datasets:
        if match.is_child:
            # The parent of these rows differs from row to row; operations on references look it up themselves.
            continue
        if match.name == "RELREC" and not match.keys:
            frame = _related(study, table, match, frame)
            continue
        name = match.name.replace("--", table.prefix)
        if name.upper() == table.name.upper():
            continue
        others = study.tables_of(name)
        if not others and match.join == "left":
            continue  # every row stays, without a partner
        if not others:
            raise InputMissing(f"the dataset {name}")
        if others[0].is_supplemental and not table.is_supplemental:
            frame = _with_qualifiers(table, others[0], frame)
        else:
            frame = _on_keys(match, others, frame, view.prefix, _called_by_dataset(rule, name))
    return replace(view, frame=frame, memo={})


def _called_by_dataset(rule: Rule, name: str) -> frozenset[str]:
    """Return the variables a rule calls by a dataset and a name."""
    words: list[object] = [*rule.output_variables]
    for condition in conditions(rule.check):
        words += [condition.name, condition.value]
    return frozenset(
        word.removeprefix(f"{name}.")
        for word in words
        if isinstance(word, str) and word.startswith(f"{name}.")
    )


def _on_keys(
    match: MatchDataset,
    others: Iterable[Table],
    frame: pl.DataFrame,
    prefix: str,
    called_by_dataset: frozenset[str],
) -> pl.DataFrame:
    tables = list(others)
    other = pl.concat([each.clean for each in tables], how="diagonal_relaxed")
    left = [_key(frame, one, prefix) for one, _ in match.keys]
    right = [_key(other, two, tables[0].prefix) for _, two in match.keys]
    if not left:
        raise InputMissing(f"the keys to join {match.name}")
    renamed: dict[str, str] = {}
    for column in other.columns:
        if column in called_by_dataset:
            renamed[column] = f"{match.name}.{column}"
        elif column in frame.columns and not (column in right and column == left[right.index(column)]):
            renamed[column] = f"{column}.{match.name}"
    # The key itself is also wanted under its own name when the two sides call it differently.
    keys = [f"\0key{place}" for place in range(len(right))]
    other = other.with_columns([pl.col(name).alias(key) for name, key in zip(right, keys, strict=True)])
    same = [name for name, own in zip(right, left, strict=True) if name == own and name not in renamed]
    other = other.drop(same).rename({old: new for old, new in renamed.items() if old not in same})
    frame, other = same_kinds(frame, other, left, keys)
    return frame.join(
        other, left_on=left, right_on=keys, how=match.join, nulls_equal=False, maintain_order="left_right"
    )


def _key(frame: pl.DataFrame, name: str, prefix: str) -> str:
    written = f"{prefix}{name[2:]}" if name.startswith("--") else name
    if written not in frame.columns:
        raise VariableAbsent(written)
    return written


def _with_qualifiers(table: Table, supplemental: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows with their supplemental qualifiers as columns, found by subject and identifying variable."""
    qualifiers = supplemental.clean
    for needed in ("USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL"):
        if needed not in qualifiers.columns:
            raise VariableAbsent(needed)
    qualifiers = qualifiers.with_columns(
        *[as_text(qualifiers[name]).alias(name) for name in ("IDVAR", "IDVARVAL", "QVAL")]
    )
    for name in qualifiers["QNAM"].unique(maintain_order=True).drop_nulls():
        here = qualifiers.filter(pl.col("QNAM") == name)
        found = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
        for variable in here["IDVAR"].unique(maintain_order=True):
            rows = here.filter(pl.col("IDVAR").eq_missing(pl.lit(variable, dtype=pl.String)))
            found = _first(found, _looked_up(frame, rows, variable))
        column = name if name not in frame.columns else f"{name}.{supplemental.name}"
        frame = frame.with_columns(found.alias(column))
    return frame


def _looked_up(frame: pl.DataFrame, rows: pl.DataFrame, variable: str | None) -> pl.Series | None:
    if variable is None:
        left = frame.select(pl.col("USUBJID"))
        right, keys = rows.select("USUBJID", "QVAL"), ["USUBJID"]
    elif variable in frame.columns:
        left = frame.select(pl.col("USUBJID"), _plain_number(as_text(frame[variable])).alias("\0id"))
        right = rows.select("USUBJID", _plain_number(rows["IDVARVAL"]).alias("\0id"), "QVAL")
        keys = ["USUBJID", "\0id"]
    else:
        return None
    right = right.unique(keys, keep="first", maintain_order=True)
    return left.join(right, on=keys, how="left", maintain_order="left")["QVAL"]


def _first(one: pl.Series, other: pl.Series | None) -> pl.Series:
    return one if other is None else one.zip_with(one.is_not_null(), other)


def _plain_number(texts: pl.Series) -> pl.Series:
    """Return texts in which a number is written one way only, so that 1, 1.0 and 001 are the same identifier."""
    stripped = texts.str.strip_chars()
    numbers = as_text(stripped.cast(pl.Float64, strict=False))
    return numbers.zip_with(numbers.is_not_null(), stripped)


def _related(study: Study, table: Table, match: MatchDataset, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that RELREC relates to rows of other domains, with those rows' variables.

    The variables are called `RELREC.` and their name, its first letters replaced by the wildcard.
    """
    relrec = study.table("RELREC")
    if relrec is None:
        raise InputMissing("the dataset RELREC")
    links = relrec.clean.with_columns(as_text(relrec.clean["IDVARVAL"]).alias("IDVARVAL"))
    own = links.filter(pl.col("RDOMAIN") == table.domain)
    pairs = own.join(links, on=["USUBJID", "RELID"], how="inner", suffix="\0other", nulls_equal=True).filter(
        pl.col("RDOMAIN\0other") != table.domain
    )
    parts: list[pl.DataFrame] = []
    for domain in pairs["RDOMAIN\0other"].unique(maintain_order=True).drop_nulls():
        others = study.tables_of(domain)
        if others:
            parts += _related_rows(frame, others, pairs.filter(pl.col("RDOMAIN\0other") == domain), match)
    if not parts:
        return frame.clear()
    return pl.concat(parts, how="diagonal_relaxed")


def _related_rows(
    frame: pl.DataFrame, others: tuple[Table, ...], pairs: pl.DataFrame, match: MatchDataset
) -> list[pl.DataFrame]:
    other = pl.concat([each.clean for each in others], how="diagonal_relaxed")
    prefix = others[0].prefix
    names = {
        name: f"RELREC.{match.wildcard}{name[len(prefix) :]}" if name.startswith(prefix) else f"RELREC.{name}"
        for name in other.columns
    }
    parts = []
    for (mine, theirs, whole, by_subject), group in pairs.with_columns(
        pl.col("IDVARVAL").is_null().alias("\0whole"), pl.col("USUBJID").is_not_null().alias("\0by")
    ).group_by(["IDVAR", "IDVAR\0other", "\0whole", "\0by"], maintain_order=True):
        if mine not in frame.columns or theirs not in other.columns:
            continue
        left = frame.with_columns(_identifier(frame, str(mine)).alias("\0id"))
        right = other.with_columns(
            _identifier(other, str(theirs)).alias("\0their"), pl.col("USUBJID").alias("\0subject")
        ).rename(names)
        if whole:
            # Datasets related as a whole: the records of a subject with the same identifier belong together.
            own, their = ["USUBJID", "\0id"], ["\0subject", "\0their"]
            parts.append(left.join(right, left_on=own, right_on=their, how="inner").drop("\0id"))
            continue
        links = group.select(
            "USUBJID",
            _plain_number(group["IDVARVAL"]).alias("\0id"),
            _plain_number(group["IDVARVAL\0other"]).alias("\0their"),
        )
        # A link without a subject relates records of whatever subject, as those of trial design.
        subject = ["USUBJID"] if by_subject else []
        linked = left.join(links if by_subject else links.drop("USUBJID"), on=[*subject, "\0id"], how="inner")
        whole_rows = linked.join(
            right,
            left_on=[*subject, "\0their"],
            right_on=["\0subject", "\0their"] if by_subject else ["\0their"],
            how="inner",
        )
        parts.append(
            whole_rows.drop([name for name in ("\0id", "\0their", "\0subject") if name in whole_rows.columns])
        )
    return parts


def _identifier(frame: pl.DataFrame, name: str) -> pl.Series:
    return _plain_number(as_text(frame[name]))
