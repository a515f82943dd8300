"""Tables 14-1.01 to 14-2.01 and 14-4.01: who was there, how long, and what they were like and were given."""

from pathlib import Path

import polars as pl

from tools.analysis_vectors.shared import Shown, by_arm, frame, number_lines, share
from triallink.engines.analysis import ancova, chi_square, cross_table, fisher, p_text

_REASONS = {
    "Adverse Event": ("DCDECOD", "ADVERSE EVENT"),
    "Death": ("DCDECOD", "DEATH"),
    "Lack of Efficacy[2]": ("DCDECOD", "LACK OF EFFICACY"),
    "Lost to Follow-up": ("DCDECOD", "LOST TO FOLLOW-UP"),
    "Subject decided to withdraw": ("DCDECOD", "WITHDRAWAL BY SUBJECT"),
    "Physician decided to withdraw subject": ("DCDECOD", "PHYSICIAN DECISION"),
    "Protocol criteria not met": ("DCREASCD", "I/E Not Met"),
    "Protocol violation": ("DCREASCD", "Protocol Violation"),
    "Sponsor decision": ("DCREASCD", "Sponsor Decision"),
}
_TESTED = ("Completed Week 24", "Adverse Event", "Lack of Efficacy[2]")


def _arms_and_all(rows: pl.DataFrame) -> list[pl.DataFrame]:
    return [*by_arm(rows, "TRT01P"), rows]


def populations(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-1.01: the size of each population."""
    groups = _arms_and_all(frame(folder, "adsl"))
    conditions = {
        "Intent-To-Treat (ITT)": pl.col("ITTFL") == "Y",
        "Safety": pl.col("SAFFL") == "Y",
        "Efficacy": pl.col("EFFFL") == "Y",
        "Complete Week 24": pl.col("COMP24FL") == "Y",
        "Complete Study": pl.col("DCDECOD") == "COMPLETED",
    }
    return [
        [label, *(share(each.filter(condition).height, each.height, shown) for each in groups)]
        for label, condition in conditions.items()
    ]


def end_of_study(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-1.02: who completed, why others did not, with Fisher's tests."""
    rows = frame(folder, "adsl").filter(pl.col("ITTFL") == "Y")
    early = pl.col("COMP24FL").fill_null("N") != "Y"
    conditions = {
        "Completed Week 24": ~early,
        "Early Termination (prior to Week 24)": early,
        "Missing": pl.lit(value=False),
        **{label: early & (pl.col(column) == value) for label, (column, value) in _REASONS.items()},
        "Missing ": pl.lit(value=False),
    }
    lines = []
    for label, condition in conditions.items():
        groups = _arms_and_all(rows)
        counts = [each.filter(condition).height for each in groups]
        cells = [share(k, each.height, shown) for k, each in zip(counts, groups, strict=True)]
        sizes = [each.height for each in groups]
        apart = [counts[:3], [n - k for k, n in zip(counts[:3], sizes[:3], strict=True)]]
        lines.append([label, *cells, p_text(fisher(apart)) if label in _TESTED else ""])
    return lines


def by_site(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-1.03: subjects of each site in three populations."""
    del shown
    rows = frame(folder, "adsl").with_columns(pl.col("SITEID").cast(pl.String))
    flags = ("ITTFL", "EFFFL", "COMP24FL")

    def counts(part: pl.DataFrame) -> list[str]:
        return [
            str(each.filter(pl.col(flag) == "Y").height) for each in _arms_and_all(part) for flag in flags
        ]

    sites = rows.select("SITEGR1", "SITEID").unique().sort("SITEGR1", "SITEID")
    lines = [
        [str(pooled), str(site), *counts(rows.filter(pl.col("SITEID") == site))]
        for pooled, site in sites.iter_rows()
    ]
    return [*lines, ["TOTAL", *counts(rows)]]


def demographics(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-2.01: numbers with their analysis of variance, shares with their chi-square."""
    rows = frame(folder, "adsl").filter(pl.col("ITTFL") == "Y").with_columns(ORIGIN=_origin())
    groups = _arms_and_all(rows)
    lines: list[list[str]] = []

    def numbers(column: str, label: str) -> None:
        p = p_text(ancova(rows[column], rows["TRT01P"]).arm_test.p_value)
        first, *others = number_lines([each[column] for each in groups], shown)
        lines.extend([[label, *first, p], *others])

    def shares(column: str, labels: dict[str, str], heading: str = "") -> None:
        known = rows.filter(pl.col(column).is_not_null())
        p = p_text(chi_square(cross_table(known[column], known["TRT01P"]).counts[0]).p_value)
        sizes = [each[column].count() for each in groups]
        if heading:
            lines.append([heading, "n", *map(str, sizes), p])
        for place, (label, value) in enumerate(labels.items()):
            counts = [each.filter(pl.col(column) == value).height for each in groups]
            cells = [
                "1(<1%)" if k and 200 * k < n else share(k, n, shown, zero="0")
                for k, n in zip(counts, sizes, strict=True)
            ]
            lines.append([label, *cells, "" if heading or place else p])

    numbers("AGE", "Age (y)")
    shares("AGEGR1", {"<65 yrs": "<65", "65-80 yrs": "65-80", ">80 yrs": ">80"})
    shares("SEX", {"Male": "M", "Female": "F"}, "Sex")
    origins = ("Caucasian", "African Descent", "Hispanic", "Other")
    shares("ORIGIN", {each: each for each in origins}, "Race (Origin)")
    numbers("MMSETOT", "MMSE")
    numbers("DURDIS", "Duration of disease")
    shares("DURDSGR1", {"<12 months": "<12", ">=12 months": ">=12"})
    numbers("EDUCLVL", "Years of education")
    numbers("WEIGHTBL", "Baseline weight(kg)")
    numbers("HEIGHTBL", "Baseline height(cm)")
    numbers("BMIBL", "Baseline BMI")
    shares("BMIBLGR1", {"<25": "<25", "25-<30": "25-<30", ">=30": ">=30"})
    return lines


def _origin() -> pl.Expr:
    """Return race and origin as one: a Hispanic subject is counted there only."""
    races = {"WHITE": "Caucasian", "BLACK OR AFRICAN AMERICAN": "African Descent"}
    return (
        pl.when(pl.col("ETHNIC") == "HISPANIC OR LATINO")
        .then(pl.lit("Hispanic"))
        .otherwise(pl.col("RACE").replace_strict(races, default="Other"))
    )


def exposure(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-4.01: planned doses, of completers and of the safety population."""
    safe = frame(folder, "adsl").filter(pl.col("SAFFL") == "Y")
    groups = [*by_arm(safe.filter(pl.col("COMP24FL") == "Y"), "TRT01P"), *by_arm(safe, "TRT01P")]
    lines = []
    for label, column in (
        ("Average daily dose (mg)", "AVGDD"),
        ("Cumulative dose at end of study [2]", "CUMDOSE"),
    ):
        first, *others = number_lines([each[column] for each in groups], shown)
        lines += [[label, *first], *others]
    return lines


TABLES = {
    "14-1.01": populations,
    "14-1.02": end_of_study,
    "14-1.03": by_site,
    "14-2.01": demographics,
    "14-4.01": exposure,
}
