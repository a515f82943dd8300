"""`python -m tools.gallery_data FOLDER`: the few rows of the CDISC pilot study that the gallery's figures show.

FOLDER holds `insights`. Subjects are called by their number in the study; nothing else of them is kept.
"""

import json
import sys
from pathlib import Path
from typing import Any

import polars as pl

from tools.analysis_vectors.shared import ARMS, frame

TARGET = Path("src/triallink/web/gallery/pilot.json")
PROFILE = "01-701-1148"


def rows(folder: Path) -> dict[str, Any]:
    """Return columns for each figure."""
    arm = pl.col("TRTP").replace_strict({name: place for place, name in enumerate(ARMS)}).alias("arm")
    subject = pl.col("USUBJID").str.slice(3).alias("subject")
    time = frame(folder, "adtte").select(
        subject, arm, time=pl.col("AVAL").cast(pl.Int64), event=1 - pl.col("CNSR").cast(pl.Int64), sex="SEX",
        age=pl.col("AGE").cast(pl.Int64), treated=pl.col("TRTDUR").cast(pl.Int64),
    )  # fmt: skip
    score = frame(folder, "adqsadas").filter(
        (pl.col("PARAMCD") == "ACTOT") & (pl.col("EFFFL") == "Y") & (pl.col("ANL01FL") == "Y")
        & pl.col("DTYPE").is_null() & pl.col("AVISITN").is_in([8.0, 16.0, 24.0])
    ).select(subject, arm, week=pl.col("AVISITN").cast(pl.Int64), change=pl.col("CHG").cast(pl.Int64))  # fmt: skip
    events = frame(folder, "adae").filter(pl.col("TRTEMFL") == "Y").group_by("USUBJID").len()
    sites = (
        frame(folder, "adsl").filter(pl.col("SAFFL") == "Y").join(events, on="USUBJID", how="left")
        .group_by(site="SITEID").agg(weeks=(pl.col("TRTDUR").sum() / 7).round(1), events=pl.col("len").fill_null(0).sum())
        .sort("site")
    )  # fmt: skip
    one = pl.col("USUBJID") == PROFILE
    lasted = frame(folder, "adae").filter(one & (pl.col("ASTDY") >= 1)).select(
        term="AEDECOD", severity="AESEV", start=pl.col("ASTDY").cast(pl.Int64), end=pl.col("AENDY").cast(pl.Int64)
    )  # fmt: skip
    measured = frame(folder, "advs").filter(
        one & pl.col("PARAMCD").is_in(["SYSBP", "PULSE"]) & pl.col("ADY").is_not_null()
    )
    measured = measured.group_by("PARAMCD", day=pl.col("ADY").cast(pl.Int64)).agg(
        value=pl.col("AVAL").mean().round(1)
    )
    measured = measured.select(measure="PARAMCD", day="day", value="value").sort("measure", "day")
    taken = frame(folder, "adsl").filter(one)["TRTDUR"][0]
    tables = {"time": time, "score": score, "sites": sites, "lasted": lasted, "measured": measured}
    columns = {name: table.to_dict(as_series=False) for name, table in tables.items()}
    return {"arms": list(ARMS), **columns, "profile": {"subject": PROFILE[3:], "treated": int(taken)}}


if __name__ == "__main__":
    TARGET.write_text(json.dumps(rows(Path(sys.argv[1])), separators=(",", ":")) + "\n")
