"""Tables 14-3.01 to 14-3.13: covariance analyses, means over time, global impression, repeated measures."""

import json
from functools import partial
from pathlib import Path

import polars as pl

from tools.analysis_vectors.shared import ARMS, Shown, by_arm, frame
from triallink.engines.analysis import ancova, cmh, cross_table, describe, fixed, linear_model, mmrm, p_text

_COVARIANCE = {  # table: dataset, parameter, visit, only these subjects, has a baseline
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
_IMPRESSIONS = (
    "Marked improvement", "Moderate improvement", "Minimal improvement", "No Change", "Minimal worsening",
    "Moderate worsening", "Marked worsening",
)  # fmt: skip


def _efficacy(folder: Path, dataset: str, parameter: str) -> pl.DataFrame:
    return frame(folder, dataset).filter(
        (pl.col("PARAMCD") == parameter) & (pl.col("ITTFL") == "Y") & (pl.col("EFFFL") == "Y")
    )


def _described(rows: pl.DataFrame, column: str, shown: Shown) -> list[list[str]]:
    told = [describe(each[column].to_numpy()) for each in by_arm(rows)]
    return [
        ["n", *(str(d.n) for d in told)],
        ["Mean (SD)", *(f"{shown(d.mean, 1)}({shown(d.sd, 2)})" for d in told)],
        [
            "Median (Range)",
            *(f"{shown(d.median, 1)}({shown(d.minimum, 0)};{shown(d.maximum, 0)})" for d in told),
        ],
    ]


def _models(rows: pl.DataFrame, response: str, covariates: list[str], shown: Shown) -> list[list[str]]:
    """Return the lines of the covariance analysis: trend with dose, arms against placebo, arms against each other."""
    factors, others = {"site": rows["SITEGR1"]}, {name: rows[name] for name in covariates}
    model = ancova(rows[response], rows["TRTP"], factors=factors, covariates=others, reference=ARMS[0])
    dose = linear_model(rows[response], factors=factors, covariates={"dose": rows["TRTPN"], **others})
    lines = [["p-value(Dose Response) [1][2]", p_text(dose.test("dose").p_value, 3)]]
    for label, contrasts in (
        ("p-value(Xan - Placebo) [1][3]", [model.differences[arm] for arm in ARMS[1:]]),
        ("p-value(Xan High - Xan Low) [1][3]", [model.difference(ARMS[2], ARMS[1])]),
    ):
        lines += [
            [label, *(p_text(each.p_value, 3) for each in contrasts)],
            ["Diff of LS Means (SE)", *(f"{shown(c.value, 1)}({shown(c.std_error, 2)})" for c in contrasts)],
            ["95% CI", *(f"({shown(c.lower, 1)};{shown(c.upper, 1)})" for c in contrasts)],
        ]
    return lines


def covariance(name: str, folder: Path, shown: Shown) -> list[list[str]]:
    """Return a table of covariance analysis."""
    dataset, parameter, visit, only, has_base = _COVARIANCE[name]
    whole = _efficacy(folder, dataset, parameter)
    if only in ("M", "F"):
        whole = whole.filter(pl.col("SEX") == only)
    rows = whole.filter((pl.col("AVISITN") == visit) & (pl.col("ANL01FL") == "Y"))
    if not has_base:
        return [*_described(rows, "AVAL", shown), *_models(rows, "AVAL", [], shown)]
    start = rows.with_columns(AVAL=pl.col("BASE"))
    if only == "completers":
        whole = whole.filter(pl.col("COMP24FL") == "Y")
        rows = whole.filter(
            (pl.col("AVISITN") == visit) & (pl.col("ANL01FL") == "Y") & pl.col("DTYPE").is_null()
        )
        start = whole.filter(pl.col("AVISITN") == 0)
    lines = [*_described(start, "AVAL", shown), *_described(rows, "AVAL", shown)]
    return [*lines, *_described(rows, "CHG", shown), *_models(rows, "CHG", ["BASE"], shown)]


def over_time(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-3.10: scores and their changes at every visit, as seen and carried forward."""
    whole = _efficacy(folder, "adqsadas", "ACTOT").filter(pl.col("ANL01FL") == "Y")
    lines = []
    for label, rows in zip(("Placebo", "Xan.Low", "Xan.High"), by_arm(whole), strict=True):
        visits = [("Baseline", rows.filter(pl.col("AVISITN") == 0))]
        for kind, part in (
            ("(Windowed)", rows.filter(pl.col("DTYPE").is_null())),
            ("LOCF", rows),
        ):
            visits += [
                (f"Week {week} {kind}", part.filter(pl.col("AVISITN") == week)) for week in (8, 16, 24)
            ]
        for place, (visit, part) in enumerate(visits):
            cells = ["" if place else label, visit, str(part.height)]
            for column in ("AVAL", "BASE", "CHG")[: 3 if place else 1]:
                d = describe(part[column].to_numpy())
                cells += [shown(d.mean, 1), shown(d.sd, 2)]
                if column != "BASE":
                    cells += [shown(d.median, 1), shown(d.minimum, 0), shown(d.maximum, 0)]
            lines.append(cells)
    return lines


def neuropsychiatric(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-3.12: the mean of weeks 4 to 24."""
    whole = _efficacy(folder, "adqsnpix", "NPTOTMN").with_columns(CHG=pl.col("AVAL") - pl.col("BASE"))
    start, rows = (whole.filter(pl.col("AVISITN") == visit) for visit in (0, 98))
    lines = [*_described(start, "AVAL", shown), *_described(rows, "AVAL", shown)]
    return [*lines, *_models(rows, "CHG", ["BASE"], shown)]


def impression(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-3.13: the global impression in categories, with row mean scores in strata of sites."""
    rows = _efficacy(folder, "adqscibc", "CIBICVAL").filter(pl.col("ANL01FL") == "Y")
    lines = []
    for visit in (8, 16, 24):
        at = rows.filter(pl.col("AVISITN") == visit)
        counts = cross_table(at["TRTP"], at["AVAL"], at["SITEGR1"])
        p = cmh(counts.counts, column_scores=counts.columns).row_means.p_value
        groups = by_arm(at)
        lines.append([f"Week {visit}", "n", *(str(each.height) for each in groups), p_text(p)])
        for score, label in enumerate(_IMPRESSIONS, start=1):
            seen = [each.filter(pl.col("AVAL") == score).height for each in groups]
            cells = [
                f"{k}({shown(100 * k / each.height, 0)}%)" if k else "0"
                for k, each in zip(seen, groups, strict=True)
            ]
            lines.append([label, *cells])
    return lines


def repeated_measures(folder: Path) -> tuple[list[str], list[str]]:
    """Return ours and SAS's Week-24 means, standard errors, differences and p-values of table 14-3.11."""
    rows = _efficacy(folder, "adqsadas", "ACTOT").filter(
        (pl.col("ANL01FL") == "Y") & pl.col("DTYPE").is_null() & pl.col("AVISITN").is_in([8.0, 16.0, 24.0])
    )
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


TABLES = {
    **{name: partial(covariance, name) for name in _COVARIANCE},
    "14-3.10": over_time,
    "14-3.12": neuropsychiatric,
    "14-3.13": impression,
}
