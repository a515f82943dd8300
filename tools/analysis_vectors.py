"""`python -m tools.analysis_vectors FOLDER`: published tables of the CDISC pilot beside ours, cell by cell.

FOLDER holds `insights`. A cell is what stands in one column of one line; it counts as reproduced when it is the same text
after blanks are taken away. In scope are the lines of the analyses below; concomitant medication, laboratory values and
vital signs are not.
"""

import argparse
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from triallink.engines.analysis import (
    ancova,
    chi_square,
    cmh,
    cross_table,
    describe,
    fisher,
    fixed,
    linear_model,
    mmrm,
    p_text,
)

ARMS = ("Placebo", "Xanomeline Low Dose", "Xanomeline High Dose")
Row = tuple[str, list[str]]
COVARIANCE = {  # table: dataset, parameter, visit, filter, has a baseline
    "14-3.01": ("adqsadas", "ACTOT", 24, "", True),
    "14-3.02": ("adqscibc", "CIBICVAL", 24, "", False),
    "14-3.03": ("adqsadas", "ACTOT", 8, "", True),
    "14-3.04": ("adqscibc", "CIBICVAL", 8, "", False),
    "14-3.05": ("adqsadas", "ACTOT", 16, "", True),
    "14-3.06": ("adqscibc", "CIBICVAL", 16, "", False),
    "14-3.07": ("adqsadas", "ACTOT", 24, "completers", True),
    "14-3.08": ("adqsadas", "ACTOT", 24, "M", True),
    "14-3.09": ("adqsadas", "ACTOT", 24, "F", True),
}


EVENTS = {"14-5.01": False, "14-5.02": True}  # table: serious events only


def frame(folder: Path, name: str) -> pl.DataFrame:
    """Return one dataset of the pilot."""
    return pl.read_parquet(folder / f"insights/data/safetyData/adam_{name}.parquet")


@cache
def published(folder: Path, name: str) -> list[Row]:
    """Return the lines of a published table: label and cells."""
    lines = (folder / f"insights/vectors/cdisc_pilot/atorus_tsv/{name}.tsv").read_text().splitlines()
    found = []
    for line in lines[2:]:
        cells = [plain(cell) for cell in line.split("\t")]
        label = next((cell for cell in cells if cell), "")
        found.append((label, [cell for cell in cells[cells.index(label) + 1 :] if cell] if label else []))
    return found


def plain(text: str) -> str:
    """Return a text without blanks, and without the footnote that the published files put before the first label."""
    text = re.sub(r"^.*, 20\d\d\s+", "", text)
    return re.sub(r"\s+", "", text)


def statistics(values: pl.Series, spread: tuple[str, str] = ("Mean(SD)", "Median(Range)")) -> dict[str, str]:
    """Return the lines that describe a column of numbers."""
    d = describe(values.to_numpy())
    return {
        "n": str(d.n),
        spread[0]: f"{fixed(d.mean, 1)}({fixed(d.sd, 2)})",
        spread[1]: f"{fixed(d.median, 1)}({fixed(d.minimum, 0)};{fixed(d.maximum, 0)})",
    }


def by_arm(rows: pl.DataFrame, column: str) -> list[Row]:
    """Return the descriptive lines of a column, a cell for each arm."""
    each = [statistics(rows.filter(pl.col("TRTP") == arm)[column]) for arm in ARMS]
    return [(name, [one[name] for one in each]) for name in each[0]]


def covariance(folder: Path, name: str) -> list[Row]:
    """Return the lines of a table of covariance analysis."""
    dataset, parameter, visit, only, has_base = COVARIANCE[name]
    whole = frame(folder, dataset).filter(
        (pl.col("PARAMCD") == parameter) & (pl.col("ITTFL") == "Y") & (pl.col("EFFFL") == "Y")
    )
    if only in ("M", "F"):
        whole = whole.filter(pl.col("SEX") == only)
    rows = whole.filter((pl.col("AVISITN") == visit) & (pl.col("ANL01FL") == "Y"))
    start = rows.with_columns(AVAL=pl.col("BASE")) if has_base else rows
    if only == "completers":
        whole = whole.filter(pl.col("COMP24FL") == "Y")
        rows = whole.filter(
            (pl.col("AVISITN") == visit) & (pl.col("ANL01FL") == "Y") & pl.col("DTYPE").is_null()
        )
        start = whole.filter(pl.col("AVISITN") == 0)
    response = "CHG" if has_base else "AVAL"
    lines = [*(by_arm(start, "AVAL") if has_base else []), *by_arm(rows, "AVAL")]
    lines += by_arm(rows, "CHG") if has_base else []
    covariates = {"base": rows["BASE"]} if has_base else {}
    model = ancova(
        rows[response],
        rows["TRTP"],
        factors={"site": rows["SITEGR1"]},
        covariates=covariates,
        reference=ARMS[0],
    )
    dose = linear_model(
        rows[response], factors={"site": rows["SITEGR1"]}, covariates={"dose": rows["TRTPN"], **covariates}
    )
    apart = [model.differences[arm] for arm in ARMS[1:]], [model.difference(ARMS[2], ARMS[1])]
    lines.append(("p-value(DoseResponse)[1][2]", [p_text(dose.test("dose").p_value, 3)]))
    for label, contrasts in zip(
        ("p-value(Xan-Placebo)[1][3]", "p-value(XanHigh-XanLow)[1][3]"), apart, strict=True
    ):
        lines.append((label, [p_text(each.p_value, 3) for each in contrasts]))
        lines.append(
            (
                "DiffofLSMeans(SE)",
                [f"{fixed(each.value, 1)}({fixed(each.std_error, 2)})" for each in contrasts],
            )
        )
        lines.append(("95%CI", [f"({fixed(each.lower, 1)};{fixed(each.upper, 1)})" for each in contrasts]))
    return lines


def end_of_study(folder: Path) -> list[Row]:
    """Return the p-values of table 14-1.02 with their counts."""
    rows = frame(folder, "adsl").filter(pl.col("ITTFL") == "Y")
    tests = {
        "CompletedWeek24": (pl.col("COMP24FL") == "Y", True),
        "EarlyTermination(priortoWeek24)": (pl.col("COMP24FL") != "Y", False),
        "AdverseEvent": ((pl.col("COMP24FL") != "Y") & (pl.col("DCDECOD") == "ADVERSE EVENT"), True),
        "Death": ((pl.col("COMP24FL") != "Y") & (pl.col("DCDECOD") == "DEATH"), False),
        "LackofEfficacy[2]": (pl.col("DCDECOD") == "LACK OF EFFICACY", True),
    }
    lines = []
    for label, (condition, is_tested) in tests.items():
        counts = [rows.filter((pl.col("TRT01P") == arm) & condition).height for arm in ARMS]
        sizes = [rows.filter(pl.col("TRT01P") == arm).height for arm in ARMS]
        cells = [
            f"{k}({fixed(100 * k / n, 0)}%)"
            for k, n in zip([*counts, sum(counts)], [*sizes, sum(sizes)], strict=True)
        ]
        p = fisher([counts, [n - k for k, n in zip(counts, sizes, strict=True)]])
        lines.append((label, [*cells, *([p_text(p)] if is_tested else [])]))
    return lines


def demographics(folder: Path) -> list[Row]:
    """Return the lines of table 14-2.01: numbers with their analysis of variance, shares with their chi-square."""
    rows = frame(folder, "adsl").filter(pl.col("ITTFL") == "Y")
    lines: list[Row] = []
    groups = [rows.filter(pl.col("TRT01P") == arm) for arm in ARMS] + [rows]

    def numbers(column: str, label: str) -> None:
        given = [describe(group[column].to_numpy()) for group in groups]
        p = ancova(rows[column], rows["TRT01P"]).arm_test.p_value
        lines.append((label, ["n", *(str(d.n) for d in given), p_text(p)]))
        lines.append(("Mean", [fixed(d.mean, 1) for d in given]))
        lines.append(("SD", [fixed(d.sd, 2) for d in given]))
        for name, key in (("Median", "median"), ("Min", "minimum"), ("Max", "maximum")):
            lines.append((name, [fixed(getattr(d, key), 1) for d in given]))

    def shares(column: str, labels: dict[str, Any], heading: str = "") -> None:
        known = rows.filter(pl.col(column).is_not_null())
        counts = cross_table(known[column], known["TRT01P"])
        p = p_text(chi_square(counts.counts[0]).p_value)
        if heading:
            lines.append((heading, ["n", *(str(group[column].count()) for group in groups), p]))
        for place, (label, value) in enumerate(labels.items()):
            cells = []
            for group in groups:
                k, n = group.filter(pl.col(column) == value).height, group[column].count()
                cells.append(f"{k}({fixed(100 * k / n, 0)}%)")
            lines.append((label, [*cells, *([p] if not heading and not place else [])]))

    numbers("AGE", "Age(y)")
    shares("AGEGR1", {"<65yrs": "<65", "65-80yrs": "65-80", ">80yrs": ">80"})
    shares("SEX", {"Male": "M", "Female": "F"}, "Sex")
    numbers("MMSETOT", "MMSE")
    numbers("DURDIS", "Durationofdisease")
    shares("DURDSGR1", {"<12months": "<12", ">=12months": ">=12"})
    numbers("EDUCLVL", "Yearsofeducation")
    numbers("WEIGHTBL", "Baselineweight(kg)")
    numbers("HEIGHTBL", "Baselineheight(cm)")
    numbers("BMIBL", "BaselineBMI")
    shares("BMIBLGR1", {"<25": "<25", "25-<30": "25-<30", ">=30": ">=30"})
    return lines


def impression(folder: Path) -> list[Row]:
    """Return the p-values of table 14-3.13 with the number of subjects."""
    rows = frame(folder, "adqscibc").filter(
        (pl.col("ITTFL") == "Y") & (pl.col("EFFFL") == "Y") & (pl.col("ANL01FL") == "Y")
    )
    lines = []
    for visit in (8.0, 16.0, 24.0):
        at = rows.filter(pl.col("AVISITN") == visit)
        counts = cross_table(at["TRTP"], at["AVAL"], at["SITEGR1"])
        test = cmh(counts.counts, column_scores=counts.columns).row_means
        sizes = [str(at.filter(pl.col("TRTP") == arm).height) for arm in ARMS]
        lines.append((f"Week{visit:.0f}", ["n", *sizes, p_text(test.p_value)]))
    return lines


def repeated_measures(folder: Path) -> tuple[list[str], list[str]]:
    """Return ours and SAS's Week-24 means, standard errors, differences and p-values of table 14-3.11."""
    rows = frame(folder, "adqsadas").filter(
        (pl.col("PARAMCD") == "ACTOT") & (pl.col("ITTFL") == "Y") & (pl.col("EFFFL") == "Y")
        & (pl.col("ANL01FL") == "Y") & pl.col("DTYPE").is_null() & pl.col("AVISITN").is_in([8.0, 16.0, 24.0])
    )  # fmt: skip
    model = mmrm(
        rows["CHG"], rows["USUBJID"], rows["AVISITN"], rows["TRTP"], factors={"site": rows["SITEGR1"]},
        covariates={"base": rows["BASE"]}, by_visit=["base"], reference=ARMS[0],
    )  # fmt: skip
    sas = json.loads((folder / "insights/vectors/cdisc_pilot/expected.json").read_text())[
        "14-3.11 ADAS-Cog MMRM"
    ]
    means = [model.mean(arm, 24.0) for arm in ARMS]
    found = [fixed(each.value, 4) for each in means] + [fixed(each.std_error, 2) for each in means]
    expected = [fixed(sas["SAS_wk24_LSmeans"][arm], 4) for arm in ("Placebo", "Low", "High")]
    expected += [fixed(sas["SE"][arm], 2) for arm in ("Placebo", "Low", "High")]
    for arm, name in ((ARMS[2], "High-PBO"), (ARMS[1], "Low-PBO")):
        each = model.difference(arm, 24.0)
        found += [fixed(-each.value, 4), p_text(each.p_value)]
        expected += [fixed(sas["contrasts_wk24"][name]["diff"], 4), p_text(sas["contrasts_wk24"][name]["p"])]
    return found, expected


def adverse_events(folder: Path, is_serious: bool) -> list[Row]:
    """Return the lines of tables 14-5.01 and 14-5.02: subjects, events and Fisher's test against placebo, by term."""
    safe = frame(folder, "adsl").filter(pl.col("SAFFL") == "Y")
    sizes = [safe.filter(pl.col("TRT01A") == arm).height for arm in ARMS]
    rows = frame(folder, "adae").filter((pl.col("SAFFL") == "Y") & (pl.col("TRTEMFL") == "Y"))
    rows = rows.filter(pl.col("AESER") == "Y") if is_serious else rows

    def line(label: str, part: pl.DataFrame) -> Row:
        of_arm = [part.filter(pl.col("TRTA") == arm) for arm in ARMS]
        subjects = [each["USUBJID"].n_unique() for each in of_arm]
        cells = []
        for k, n, each in zip(subjects, sizes, of_arm, strict=True):
            cells += [f"{k}({fixed(100 * k / n, 1)}%)", f"[{each.height}]"] if k else ["0"]
        for place in (1, 2):
            pair = [subjects[0], subjects[place]], [sizes[0], sizes[place]]
            if any(pair[0]):
                p = fisher([pair[0], [n - k for k, n in zip(*pair, strict=True)]])
                cells.append(">.99" if p > 0.99 else fixed(p, 3) + "*" * (p < 0.15))
        return plain(label), cells

    lines = [line("ANY BODY SYSTEM", rows)]
    for system in rows["AEBODSYS"].unique().sort():
        inside = rows.filter(pl.col("AEBODSYS") == system)
        lines.append(line(system, inside))
        lines += [
            line(term, inside.filter(pl.col("AEDECOD") == term)) for term in inside["AEDECOD"].unique().sort()
        ]
    return lines


def ours(folder: Path, name: str) -> list[Row]:
    """Return our lines of one published table."""
    if name in COVARIANCE:
        return covariance(folder, name)
    if name in EVENTS:
        return adverse_events(folder, EVENTS[name])
    return {"14-1.02": end_of_study, "14-2.01": demographics, "14-3.13": impression}[name](folder)


TABLES = ("14-1.02", "14-2.01", *COVARIANCE, "14-3.13", *EVENTS)


def compare(folder: Path, name: str) -> tuple[int, list[str], int]:
    """Return cells reproduced, what of ours is not published so, and cells of the whole table."""
    lines = list(published(folder, name))
    total = sum(len(cells) for _, cells in lines)
    reproduced, missed = 0, []
    for label, cells in ours(folder, name):
        like = [line for line in lines if line[0] == label and len(line[1]) == len(cells)]
        equal = [sum(map(str.__eq__, cells, line[1])) for line in like]
        if not equal:
            missed += [f"{label}: {cells} is not published"] * len(cells)
            continue
        # Lines of one label come in one order: of equally good ones the first is meant.
        best = like[equal.index(max(equal))]
        lines.remove(best)
        reproduced += max(equal)
        missed += [
            f"{label}: {one}, published {other}"
            for one, other in zip(cells, best[1], strict=True)
            if one != other
        ]
    return reproduced, missed, total


def misses(folder: Path, name: str) -> list[str]:
    """Return what of one table is not as published."""
    return compare(folder, name)[1]


def table(folder: Path) -> list[tuple[str, int, int, int]]:
    """Return for each table: cells reproduced, in scope, and published."""
    found = []
    for name in TABLES:
        reproduced, _, total = compare(folder, name)
        found.append((name, reproduced, sum(len(cells) for _, cells in ours(folder, name)), total))
    return found


def main() -> None:
    """Print the table, or what one table lacks."""
    parser = argparse.ArgumentParser(description="published tables of the CDISC pilot beside ours")
    parser.add_argument("folder", type=Path, help="folder that holds insights/")
    parser.add_argument("--show", help="list what of this table is not reproduced")
    given = parser.parse_args()
    if given.show:
        print("\n".join(misses(given.folder, given.show)))
        return
    rows = table(given.folder)
    found, expected = repeated_measures(given.folder)
    rows.append(("14-3.11, SAS Week 24", sum(map(str.__eq__, found, expected)), len(expected), len(expected)))
    print(f"{'table':24s} {'reproduced':>10s} {'in scope':>9s} {'total':>6s}")
    for name, *counts in [*rows, ("all", *(sum(row[k] for row in rows) for k in (1, 2, 3)))]:
        print(f"{name:24s} {counts[0]:10d} {counts[1]:9d} {counts[2]:6d}")


if __name__ == "__main__":
    main()
