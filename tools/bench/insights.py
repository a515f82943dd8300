"""Indicators, under-reporting and the monitoring battery: processor time and peak memory beside plain pandas.

    .venv/bin/python tools/bench/insights.py [--quick] [--json] [--power N]

Figures: kri_1m_cpu_s (score and flag 500 sites from 1 M subject rows), kri_50m_cpu_s and kri_50m_peak_mb (the same from
50 M rows in a Parquet file, peak memory of the whole process), reporting_cpu_s (under-reporting of
500 sites from 1 M visits with 1,000 draws) and reporting_exact_cpu_s (their exact distribution), battery_cpu_s
(1.13 M laboratory values × 45 variables × 176 sites, with the days of visits; TRIALLINK_DATA, otherwise simulated
values of the same size). Each in a process of its own, the least of several runs. Pandas does the same work for
indicators; for under-reporting plain numpy draws site by site; for the battery pandas computes only the means,
deviations, repeated and rounded values of every site and variable with a t-test each, without what makes them valid.

--power N prints the calibration and power table of the guide page: N honest studies and N forged ones per cell.
R's figures are measured where Rscript is found, otherwise said to be missing.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "src"), str(HERE)]

import insights_data as data  # noqa: E402

Measured = tuple[float, float, float]
R_KRI = """
d <- data.frame(g = sample.int(500, 1e6, TRUE), y = rpois(1e6, 2), n = sample(10:299, 1e6, TRUE))
t <- system.time({a <- rowsum(d[, c("y", "n")], d$g); r <- sum(a$y) / sum(a$n)
z <- (a$y / a$n - r) / sqrt(r / a$n); s <- z / sqrt(mean(z^2))})
cat(t[["user.self"]] + t[["sys.self"]])
"""


def least(run: Callable[[], object], repeats: int) -> Measured:
    """Return the least processor and wall time of several runs, and the peak memory of the process in MB."""
    best = (float("inf"), float("inf"))
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        best = min(best, (time.process_time() - cpu, time.perf_counter() - wall))
    return *best, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 if sys.platform != "darwin" else 2**20
    )


def kri(rows: int) -> Measured:
    """Score sites from rows in memory."""
    frame = data.subject_rows(rows)
    return least(lambda: data.scored_sites(frame), 5)


def kri_pandas(rows: int) -> Measured:
    """Score sites from rows in memory with pandas."""
    import insights_peers as peers

    frame = peers.frame_of(data.subject_rows(rows))
    return least(lambda: peers.scored_sites(frame), 3)


def kri_file(path: str) -> Measured:
    """Score sites from a Parquet file larger than one would hold in memory."""
    return least(lambda: data.scored_file(path), 2)


def kri_file_pandas(path: str) -> Measured:
    """Score sites from a Parquet file with pandas."""
    import insights_peers as peers

    return least(lambda: peers.scored_file(path), 1)


def reporting(visits: int, draws: int, repeats: int) -> Measured:
    """Compare sites' events with those of draws, or with their exact distribution where there are no draws."""
    frame = data.event_visits(visits)
    return least(lambda: data.compared(frame, draws), repeats)


def reporting_numpy(visits: int, draws: int) -> Measured:
    """Compare sites' events with draws, site by site and subject by subject."""
    import insights_peers as peers

    frame = peers.frame_of(data.event_visits(visits))
    return least(lambda: peers.compared(frame, draws), 1)


def battery(name: str, repeats: int) -> Measured:
    """Run the whole battery."""
    labs, visits = data.laboratory(name)
    return least(lambda: data.judged(labs, visits), repeats)


def battery_pandas(name: str) -> Measured:
    """Run four statistics of the battery with pandas."""
    import insights_peers as peers

    labs = peers.frame_of(data.laboratory(name)[0])
    return least(lambda: peers.judged(labs), 1)


def apart(function: Callable[..., Measured], *arguments: object) -> Measured:
    """Run in a fresh process, so that peak memory is the method's own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def r_seconds() -> float | None:
    """Return R's processor time for the indicator over 1 M rows, or none where there is no R."""
    if not shutil.which("Rscript"):
        return None
    done = subprocess.run(["Rscript", "-e", R_KRI], capture_output=True, text=True, timeout=120, check=True)
    return float(done.stdout)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer runs, and less work for the peers: 10 M rows, 50 draws"
    )
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    parser.add_argument(
        "--power", type=int, default=0, metavar="N", help="calibration and power, N studies each"
    )
    options = parser.parse_args()
    if options.power:
        import insights_power as power

        power.print_tables(options.power, data.laboratory_name())
        return
    figures: dict[str, float | int | str | None] = {}

    def measured(key: str, label: str, found: Measured) -> None:
        print(f"{label:<62}{found[0]:>8.3f} s cpu{found[1]:>8.2f} s{found[2]:>7.0f} MB", flush=True)
        figures[f"{key}_cpu_s"], figures[f"{key}_peak_mb"] = round(found[0], 4), round(found[2])

    measured("kri_1m", "indicator, 1 M rows", apart(kri, 1_000_000))
    measured("kri_1m_pandas", "  pandas", apart(kri_pandas, 1_000_000))
    peer_millions, draws, repeats = (10, 50, 2) if options.quick else (50, 1000, 3)
    with tempfile.TemporaryDirectory() as folder:
        path, peer_path = os.path.join(folder, "rows.parquet"), os.path.join(folder, "peer.parquet")
        data.write_subject_rows(path, 50_000_000)
        measured("kri_50m", "indicator, 50 M rows in a file", apart(kri_file, path))
        data.write_subject_rows(peer_path, peer_millions * 1_000_000)
        label = f"  pandas, {peer_millions} M rows"
        measured(f"kri_{peer_millions}m_pandas", label, apart(kri_file_pandas, peer_path))
    measured(
        "reporting", "under-reporting, 1 M visits, 1,000 draws", apart(reporting, 1_000_000, 1000, repeats)
    )
    measured("reporting_exact", "  exact distribution", apart(reporting, 1_000_000, 0, repeats))
    measured("reporting_numpy", f"  plain numpy, {draws:,} draws", apart(reporting_numpy, 1_000_000, draws))
    name = data.laboratory_name()
    labs = "real" if name else "simulated"
    measured("battery", f"monitoring battery, 1.13 M {labs} labs", apart(battery, name, repeats))
    measured("battery_pandas", "  pandas, four statistics only", apart(battery_pandas, name))
    figures["labs"] = labs
    figures["r_kri_1m_cpu_s"] = r_seconds()
    if figures["r_kri_1m_cpu_s"] is None:
        print(
            "R is not on this machine: known elsewhere are 0.29-0.33 CPU s (indicator, 1 M), 16.9 (under-reporting)"
        )
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
