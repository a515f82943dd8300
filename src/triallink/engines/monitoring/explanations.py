"""Why a site is flagged: which test, on which variable, what was seen and expected, and the subjects behind it."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from triallink.engines.monitoring.battery import Battery, Grounds
from triallink.engines.monitoring.catalogue import ALL, TESTS
from triallink.engines.monitoring.roster import Array, Indices


@dataclass(frozen=True)
class Explanation:
    """One finding, taken apart.

    figure    what observed and expected count; for all variables together it is the mean of the subjects' scores.
    effect    distance from the other sites in standard deviations between subjects; for distributions the total variation
              distance (0 to 1).
    z         the statistic: standard normal if the site were like the others.
    drivers   subjects with their own figure and score, those who drive the finding most first.
    """

    site: str
    test: str
    variable: str
    sentence: str
    figure: str
    detail: str
    subjects: int
    observed: float
    expected: float
    effect: float
    z: float
    p: float
    p_adjusted: float
    is_flagged: bool
    drivers: tuple[tuple[str, float, float], ...]


def explain(found: Battery, site: str, *, findings: int = 10, drivers: int = 5) -> tuple[Explanation, ...]:
    """Return what is most unlike the other sites at a site, the least likely first.

    found     what `battery` returned.
    findings  how many rows at most; those that are flagged come first.
    drivers   how many subjects to name with each.
    Raises    ValueError if there is no such site.
    """
    if site not in found.roster.sites:
        raise ValueError(f"there is no site {site!r}")
    rows = (
        found.tests.filter((pl.col("site") == site) & pl.col("p").is_not_null())
        .sort("is_flagged", "p", "test", "variable", descending=[True, False, False, False])
        .head(findings)
    )
    return tuple(_explained(found, row, drivers) for row in rows.iter_rows(named=True))


def _explained(found: Battery, row: dict[str, object], drivers: int) -> Explanation:
    test, variable = TESTS[str(row["test"])], str(row["variable"])
    z = float(str(row["z"]))
    is_high = z >= 0 or test.side == "high"
    # A distribution is unlike the study's also where a kind is too rare.
    is_more = row["observed"] >= row["expected"] if row["detail"] else is_high  # type: ignore[operator]
    where = "over all variables" if variable == ALL else variable
    seen = f"{row['observed']:.3g} where {row['expected']:.3g} is usual"
    kind = f" ({row['detail']})" if row["detail"] else ""
    return Explanation(
        sentence=f"{where}{kind}: {test.high if is_high else test.low}: {seen}",
        figure="mean of the subjects' scores" if variable == ALL else test.figure,
        drivers=_drivers(found, str(row["site"]), test.name, variable, str(row["detail"]), bool(is_more))[
            :drivers
        ],
        **{name: row[name] for name in _COPIED},  # type: ignore[arg-type]
    )


_COPIED = (
    "site", "test", "variable", "detail", "subjects", "observed", "expected", "effect", "z", "p", "p_adjusted",
    "is_flagged",
)  # fmt: skip


def _drivers(
    found: Battery, site: str, test: str, variable: str, detail: str, is_more: bool
) -> tuple[tuple[str, float, float], ...]:
    grounds = found.grounds[test]
    at = grounds.variables.index(variable)
    mine = np.flatnonzero(found.roster.site_of == found.roster.sites.index(site))
    figures, scores = _of_kind(grounds, at, detail, mine)
    known = ~np.isnan(scores)
    order = np.argsort(-scores[known] if is_more else scores[known], kind="stable")
    return tuple(
        (found.roster.subjects[int(mine[known][k])], float(figures[known][k]), float(scores[known][k]))
        for k in order
    )


def _of_kind(grounds: Grounds, at: int, detail: str, mine: Indices) -> tuple[Array, Array]:
    """Return figures and scores of a site's subjects; of a distribution, their shares of one kind against the study's."""
    figures = grounds.figures[at]
    if not grounds.labels:
        return figures[mine], grounds.scores[at][mine]
    share = figures[:, list(grounds.labels[at]).index(detail)]
    spread = float(np.nanstd(share))
    return share[mine], (share[mine] - np.nanmean(share)) / (spread if spread > 0 else 1.0)
