"""Forecast the enrollment of a real study at every past month, and say how far off and how honest the intervals were.

    TRIALLINK_DATA=... .venv/bin/python tools/bench/enrollment.py [--quick] [--json]

TRIALLINK_DATA names the folder of shared data; sites/ist_enrollment_site_month.csv in it holds subjects by site and month
of the International Stroke Trial (ODC-By). A forecast sees the months before its origin and the opening months of the
sites that open within its horizon, as a plan would tell them; a second table is without that plan. Beside it, in the same
run: the plain Poisson-gamma model, with neither decay, drift, blend nor calibration. Last, the cheapest portfolio of 80
invented candidate sites with its bound. --quick: every third origin, 20 candidates.
"""

import argparse
import csv
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src")]

from triallink.engines.enrollment import (  # noqa: E402
    Activation,
    Backcast,
    Backtest,
    CandidateSite,
    CountryTerms,
    Goal,
    History,
    PoissonGamma,
    Portfolio,
    backtest,
    choose_portfolio,
    estimate_rates,
)

FIRST_ORIGIN = 18
HORIZONS = (6, 12)


def real_history() -> History:
    """Return the study of the shared data, every site opening with its first subject."""
    folder = os.environ.get("TRIALLINK_DATA")
    if folder is None:
        sys.exit("TRIALLINK_DATA must name the folder of shared data")
    with (Path(folder) / "sites" / "ist_enrollment_site_month.csv").open(encoding="utf-8") as lines:
        return History.from_records((row["H"], int(row["m"]), int(row["n"])) for row in csv.DictReader(lines))


def plain(history: History, origins: range) -> Backtest:
    """Return what the Poisson-gamma model alone would have said, openings given."""
    rows = []
    random = np.random.default_rng(1)
    for origin in origins:
        past = history.until(origin)
        exposure = origin - past.opened.astype(float)
        law = estimate_rates(past.counts.sum(axis=1), exposure)
        own = law.shape + past.counts.sum(axis=1)
        rates = random.gamma(own, 1 / (law.rate + exposure), (4000, len(own)))
        for horizon in HORIZONS:
            if origin + horizon > history.n_months:
                continue
            opening = np.array([plan.month for plan in history.openings(origin, origin + horizon)])
            new = random.gamma(law.shape, 1 / law.rate, (4000, len(opening)))
            sites = random.poisson(rates * horizon)
            total = sites.sum(axis=1) + random.poisson(new * (origin + horizon - opening)).sum(axis=1)
            low, middle, high = np.quantile(total, [0.05, 0.5, 0.95])
            came = history.counts[:, origin : origin + horizon].sum(axis=1)
            seen = came[history.opened < origin]
            site_low, site_high = np.quantile(sites, [0.05, 0.95], axis=0)
            covered = int(((site_low <= seen) & (seen <= site_high)).sum())
            rows.append(Backcast(origin, horizon, middle, low, high, int(came.sum()), len(seen), covered))
    return Backtest(tuple(rows))


def show(title: str, result: Backtest) -> None:
    """Print one line per forecast and the figures of all."""
    print(f"\n{title}")
    print(
        f"{'origin':>6}{'months':>8}{'forecast':>10}{'90 % interval':>16}{'actual':>8}{'error %':>9}{'held':>6}{'sites held %':>14}"
    )
    for row in result.rows:
        print(
            f"{row.origin:>6}{row.horizon:>8}{row.forecast:>10.0f}{f'{row.low:.0f} to {row.high:.0f}':>16}{row.actual:>8}"
            f"{100 * row.error:>+9.1f}{'yes' if row.is_covered else 'no':>6}{100 * row.site_covered / row.n_sites:>14.1f}"
        )
    for horizon in HORIZONS:
        part = Backtest(tuple(row for row in result.rows if row.horizon == horizon))
        if part.rows:
            print(f"{horizon} months: {figures(part)}")
    print(f"all: {figures(result)}")


def figures(result: Backtest) -> str:
    """Return the figures of a table in words."""
    held = sum(row.is_covered for row in result.rows)
    return (
        f"MAPE {100 * result.mape:.1f} %, {held} of {len(result.rows)} study intervals held "
        f"({100 * result.study_coverage:.0f} %), {100 * result.site_coverage:.1f} % of site intervals"
    )


def portfolio(n_sites: int) -> dict[str, float]:
    """Choose among invented sites, print what came out and return its figures."""
    random = np.random.default_rng(4)
    candidates = []
    for number in range(n_sites):
        price = int(random.integers(10, 60))
        candidates.append(
            CandidateSite(
                f"S{number}",
                ("FR", "CN", "US", "DE")[number % 4],
                PoissonGamma(float(random.uniform(0.8, 4)), float(random.uniform(0.5, 2))),
                (
                    Activation(0.0, price + int(random.integers(5, 40))),
                    Activation(3.0, price, sd_months=1.0, chance=0.9),
                ),
            )
        )
    goal = Goal(
        subjects=int(7.5 * n_sites),
        months=12.0,
        probability=0.9,
        min_countries=2,
        countries=(CountryTerms("CN", start_minor=25), CountryTerms("US", max_share=0.5)),
    )
    cpu = time.process_time()
    found = choose_portfolio(candidates, goal, seconds=20)
    if not isinstance(found, Portfolio):
        sys.exit(f"no portfolio: {found.bounds}")
    gap = 1 - found.bound_minor / found.cost_minor
    cpu = time.process_time() - cpu
    print(
        f"\nportfolio of {n_sites} candidates: {len(found.activations)} sites, cost {found.cost_minor}, bound "
        f"{found.bound_minor} (gap {100 * gap:.1f} %), P = {found.probability:.4f}, {cpu:.1f} s process time"
    )
    return {"portfolio_gap": round(gap, 4), "portfolio_cpu_s": round(cpu, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every third origin, under 45 s on two cores")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    options = parser.parse_args()
    history = real_history()
    origins = range(FIRST_ORIGIN, history.n_months - min(HORIZONS) + 1, 3 if options.quick else 1)
    print(f"{len(history.sites)} sites, {history.n_months} months, {history.n_subjects} subjects")
    cpu = time.process_time()
    planned = backtest(history, origins=origins, horizons=HORIZONS)
    cpu = time.process_time() - cpu
    unplanned = backtest(history, origins=origins, horizons=HORIZONS, knows_openings=False)
    peer = plain(history, origins)
    show("With the plan of openings", planned)
    show("Without a plan: new sites arrive at the pace of the last six months", unplanned)
    show("Plain Poisson-gamma, with the plan of openings", peer)
    late = [plan for plan in unplanned.rows if plan.origin >= 28]
    result = {
        "mape": round(planned.mape, 4),
        "study_coverage": round(planned.study_coverage, 4),
        "site_coverage": round(planned.site_coverage, 4),
        "forecasts": len(planned.rows),
        "unplanned_mape": round(unplanned.mape, 4),
        "unplanned_mape_from_month_28": round(Backtest(tuple(late)).mape, 4),
        "unplanned_study_coverage": round(unplanned.study_coverage, 4),
        "plain_mape": round(peer.mape, 4),
        "plain_study_coverage": round(peer.study_coverage, 4),
        "plain_site_coverage": round(peer.site_coverage, 4),
        "cpu_s": round(cpu, 2),
        **portfolio(20 if options.quick else 80),
    }
    if options.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
