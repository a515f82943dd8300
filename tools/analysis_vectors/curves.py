"""The pilot's figure of the time to the first dermatologic event: the numbers behind its curves."""

import json
from pathlib import Path

from tools.analysis_vectors.shared import ARMS, frame, sas
from triallink.engines.survival import kaplan_meier, logrank


def first_event(folder: Path) -> tuple[list[str], list[str]]:
    """Return ours and the stored numbers: subjects and events by arm, medians, and the log-rank test."""
    rows = frame(folder, "adtte")
    event = rows["CNSR"].to_numpy() == 0
    time = rows["AVAL"].to_numpy()
    stored = json.loads((folder / "insights/vectors/cdisc_pilot/expected.json").read_text())[
        "KM time to first dermatologic event (adtte TTDE, SAFFL)"
    ]["lifelines"]
    ours, theirs = [], []
    for arm, short in zip(ARMS, ("Placebo", "Low", "High"), strict=True):
        inside = rows["TRTA"].to_numpy() == arm
        curve = kaplan_meier(time[inside], event[inside])
        median = curve.median.value
        ours += [str(curve.n), str(int(curve.events.sum())), sas(median, 0) or "not reached"]
        theirs += [*map(str, stored["events"][short]), str(stored["median"][short] or "not reached")]
    test = logrank(time, event, rows["TRTA"])
    return [*ours, sas(test.chi_square, 3)], [*theirs, f"{stored['logrank_chisq']:.3f}"]
