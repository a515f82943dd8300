"""Two displays of the R Consortium's pilot submission: demographics, and glucose by analysis of covariance."""

import re
from pathlib import Path

import polars as pl

from tools.analysis_vectors.shared import ARMS, by_arm, frame, sas
from triallink.engines.analysis import ancova, describe

_FOLDER = "insights/vectors/cdisc_pilot"


def _short(value: float, digits: int) -> str:
    """Return a number as R prints it, without zeros at the end."""
    text = sas(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def demographics(folder: Path) -> tuple[list[str], list[str]]:
    """Return ours and the published cells, line by line."""
    subjects = by_arm(frame(folder, "adsl").filter(pl.col("ITTFL") == "Y"), "TRT01P")

    def numbers(column: str) -> list[str]:
        told = [describe(each[column].to_numpy()) for each in subjects]
        return [
            *(f"{_short(d.mean, 2)}({_short(d.sd, 2)})" for d in told),
            *(_short(d.median, 2) for d in told),
            *(f"{_short(d.minimum, 1)}-{_short(d.maximum, 1)}" for d in told),
        ]

    def counts(column: str, *values: str) -> list[str]:
        return [str(each.filter(pl.col(column) == value).height) for value in values for each in subjects]

    ours = [
        *numbers("AGE"),
        *counts("AGEGR1", "<65", "65-80", ">80"),
        *counts("RACE", "WHITE", "BLACK OR AFRICAN AMERICAN", "AMERICAN INDIAN OR ALASKA NATIVE"),
        *(cell for column in ("HEIGHTBL", "WEIGHTBL", "BMIBL", "MMSETOT") for cell in numbers(column)),
    ]
    theirs = []
    for line in (folder / _FOLDER / "submission_pilot1_tlf-demographic.txt").read_text().splitlines():
        cells = [re.sub(r"\s", "", cell) for cell in re.split(r"\s{2,}", line.strip())]
        if line.startswith("  ") and len(cells) == 4 and "(N=" not in line and "Placebo" not in line:
            theirs += cells[1:]
    return ours, theirs


def glucose(folder: Path) -> tuple[list[str], list[str]]:
    """Return ours and the published means, difference and p-value at Week 20.

    The published interval takes 1.96 standard errors and the published root mean squared error divides by n: both are
    computed so from our model, to tell that nothing else differs.
    """
    rows = frame(folder, "adlbc").filter(
        (pl.col("PARAMCD") == "GLUC")
        & (pl.col("AVISITN") == 20)
        & (pl.col("EFFFL") == "Y" if "EFFFL" in frame(folder, "adlbc").columns else pl.lit(value=True))
        & pl.col("TRTP").is_in([ARMS[0], ARMS[2]])
        & pl.col("CHG").is_not_null()
    )
    model = ancova(rows["CHG"], rows["TRTP"], covariates={"base": rows["BASE"]}, reference=ARMS[0])
    apart = model.differences[ARMS[2]]
    half = 1.959963984540054 * apart.std_error
    means = [model.means[arm] for arm in (ARMS[2], ARMS[0])]
    ours = [
        *(str(rows.filter(pl.col("TRTP") == arm).height) for arm in (ARMS[2], ARMS[0])),
        *(sas(each.value, 2) for each in means),
        sas(apart.value, 2),
        f"({sas(apart.value - half, 2)},{sas(apart.value + half, 2)})",
        sas(apart.p_value, 3),
    ]
    return ours, ["31", "65", "0.16", "0.09", "0.07", "(-0.50,0.63)", "0.822"]
