"""The same work, or a plain part of it, as one would write it with pandas and numpy."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
from scipy import stats


def frame_of(table: pl.DataFrame) -> pd.DataFrame:
    """Return a table for pandas."""
    return pd.DataFrame({name: table[name].to_numpy() for name in table.columns})


def scored_sites(frame: pd.DataFrame) -> pd.DataFrame:
    """Return sites with scores and flags."""
    table = frame.groupby("group")[["numerator", "denominator"]].sum()
    rate = table["numerator"].sum() / table["denominator"].sum()
    z = (table["numerator"] / table["denominator"] - rate) / np.sqrt(rate / table["denominator"])
    table["score"] = z / np.sqrt((z**2).mean())
    table["flag"] = pd.cut(table["score"], [-np.inf, -3, -2, 2, 3, np.inf], labels=[-2, -1, 0, 1, 2])
    return table


def scored_file(path: str) -> pd.DataFrame:
    """Return sites with scores and flags from a file."""
    # Pandas reads Parquet through pyarrow, which is not among our dependencies.
    return scored_sites(duckdb.read_parquet(path).df())


def compared(frame: pd.DataFrame, draws: int) -> dict[str, tuple[float, float]]:
    """Return the chances of as few and as many events at each site by draws, subject by subject."""
    draw = np.random.default_rng(1)
    wide = frame.pivot(index=["site_id", "subject_id"], columns="visit", values="n_event")
    last = wide.notna().sum(axis=1).to_numpy()
    counts = wide.to_numpy()
    pools = {visit: counts[last >= visit, visit - 1] for visit in np.unique(last)}
    sites = wide.index.get_level_values("site_id").to_numpy()
    found = {}
    for site in np.unique(sites):
        own = np.flatnonzero(sites == site)
        sums = np.zeros(draws)
        for subject in own:
            pool = pools[last[subject]]
            sums += pool[draw.integers(0, len(pool), draws)]
        seen = counts[own, last[own] - 1].sum()
        found[str(site)] = (float((sums <= seen).mean()), float((sums >= seen).mean()))
    return found


def judged(labs: pd.DataFrame) -> pd.DataFrame:
    """Return t-tests of four statistics for every site and variable, values taken as independent."""
    rows = labs.sort_values(["variable", "subject", "visit"])
    series = rows.groupby(["variable", "subject"])["value"]
    rows["z"] = rows.groupby(["variable", "visit"])["value"].transform(lambda each: each - each.mean())
    rows["repeated"] = series.diff().eq(0).astype(float)
    rows["rounded"] = (np.round(rows["value"] * 100) % 5 == 0).astype(float)
    rows["squared"] = rows["z"] ** 2
    found = []
    for figure in ("z", "squared", "repeated", "rounded"):
        own = rows.groupby(["variable", "site"])[figure].agg(["mean", "var", "count"])
        whole = rows.groupby("variable")[figure].mean()
        own["t"] = (own["mean"] - whole.reindex(own.index.get_level_values(0)).to_numpy()) / np.sqrt(
            own["var"] / own["count"]
        )
        own["p"] = 2 * stats.t.sf(own["t"].abs(), own["count"] - 1)
        found.append(own.assign(figure=figure))
    return pd.concat(found)
