"""What a forecast costs: 500 sites x 60 milestones x 12 tasks, computed anew and after one site's report.

    .venv/bin/python tools/bench/plan.py [--quick] [--json]

The peer is the same critical path method in plain Python (dictionaries, one topological walk each way), on a part of
the same plan in the same run; both times are CPU seconds of this process.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import numpy as np

from triallink.engines.planning import (
    Activities,
    Forecaster,
    Progress,
    WorkCalendars,
    network,
    schedule,
    work_calendars,
)

SITES, MILESTONES, TASKS = 500, 60, 12
COUNTRIES, DAYS = 8, 40 * 365


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    options = parser.parse_args()
    repetitions = 5 if options.quick else 25
    before, after = links(SITES)
    nodes = SITES * MILESTONES * (TASKS + 1)
    begun = time.process_time()
    net = network(nodes, before, after)
    build_s = time.process_time() - begun
    plan, calendars = activities(nodes), countries()
    keeper = Forecaster(net, plan, calendars, Progress.none(nodes), 0)  # compiles, too
    reforecast = [
        timed(lambda: schedule(net, plan, calendars, progress=keeper.progress)) for _ in range(repetitions)
    ]
    change = [timed(lambda n=n: report(keeper, n)) for n in range(3 + repetitions * 4)][3:]
    few = 20
    part = few * MILESTONES * (TASKS + 1)
    small = network(part, *links(few))
    some = activities(part)
    ours = median(timed(lambda: schedule(small, some, calendars)) for _ in range(5))
    begun = time.process_time()
    peer_finish = plain_python(part, *links(few), some, calendars)
    peer = time.process_time() - begun
    agreed = peer_finish == schedule(small, some, calendars).finish.tolist()
    figures = {
        "reforecast_s": round(median(reforecast), 4),
        "site_change_ms": round(median(change) * 1000, 2),
        "site_change_worst_ms": round(max(change) * 1000, 2),
        "nodes": nodes,
        "tasks": SITES * MILESTONES * TASKS,
        "links": len(before),
        "build_s": round(build_s, 3),
        "peer_ratio": round(peer / ours, 1),
        "peer_agrees": agreed,
    }
    print(f"{nodes:,} nodes, {len(before):,} links, {calendars.count} calendars; CPU seconds")
    print(f"network built      {build_s:9.3f} s")
    print(f"reforecast         {median(reforecast):9.4f} s   (both passes, floats)")
    print(f"one site's change  {median(change) * 1000:9.2f} ms  (worst {max(change) * 1000:.2f} ms)")
    print(
        f"plain Python       {peer / ours:9.1f} x our time on {part:,} nodes; same dates: {'yes' if agreed else 'NO'}"
    )
    if options.json:
        print(json.dumps(figures))


def links(sites: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the links: twelve tasks in a diamond before each milestone, each milestone before the next one's tasks."""
    width = TASKS + 1
    starts = np.arange(sites * MILESTONES) * width
    inner = [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 5), (4, 6), (5, 7), (6, 8), (7, 8), (8, 9), (8, 10)]
    inner += [(9, 11), (10, 11), (11, 12)]
    pairs = [(starts + a, starts + b) for a, b in inner]
    follows = starts[np.arange(len(starts)) % MILESTONES != MILESTONES - 1]
    pairs.append((follows + TASKS, follows + width))
    return np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs])


def activities(nodes: int) -> Activities:
    """Return durations of 1 to 9 worked days; milestones take none; sites are spread over the countries."""
    draw = np.random.default_rng(4)
    duration = draw.integers(1, 10, nodes)
    duration[TASKS :: TASKS + 1] = 0
    site = np.arange(nodes) // ((TASKS + 1) * MILESTONES)
    return Activities(duration, (site % COUNTRIES).astype(np.int32))


def countries() -> WorkCalendars:
    """Return work weeks with holidays drawn per country."""
    draw = np.random.default_rng(5)
    week = np.arange(DAYS) % 7 < 5
    return work_calendars(np.vstack([week & (draw.random(DAYS) > 0.04) for _ in range(COUNTRIES)]))


def report(keeper: Forecaster, number: int) -> None:
    """Report one finished task of the first milestones of a site, a few days late."""
    site = number * 37 % SITES
    node = site * MILESTONES * (TASKS + 1) + 3
    start = int(keeper.forecast.start[node])
    keeper.report([node], actual_start=[start], actual_finish=[start + 12 + number % 5])


def timed(work: object) -> float:
    """Return the CPU seconds of one call."""
    begun = time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - begun


def plain_python(
    nodes: int, before: np.ndarray, after: np.ndarray, plan: Activities, calendars: WorkCalendars
) -> list[int]:
    """Return the earliest finishes by plain dictionaries and lists; the latest are computed as well."""
    successors: dict[int, list[int]] = {node: [] for node in range(nodes)}
    predecessors: dict[int, list[int]] = {node: [] for node in range(nodes)}
    for a, b in zip(before.tolist(), after.tolist(), strict=True):
        successors[a].append(b)
        predecessors[b].append(a)
    waiting = {node: len(found) for node, found in predecessors.items()}
    order = [node for node, count in waiting.items() if count == 0]
    for node in order:
        for successor in successors[node]:
            waiting[successor] -= 1
            if not waiting[successor]:
                order.append(successor)
    count, day = calendars.worked_before.tolist(), calendars.worked_day.tolist()
    duration, calendar = plan.duration.tolist(), plan.calendar.tolist()
    start, finish = [0] * nodes, [0] * nodes
    for node in order:
        at = max((finish[p] for p in predecessors[node]), default=0)
        own = calendar[node]
        if duration[node]:
            k = count[own][at]
            start[node], finish[node] = day[own][k], day[own][k + duration[node] - 1] + 1
        else:
            start[node] = finish[node] = at
    end = max(finish)
    late = [end] * nodes
    for node in reversed(order):
        latest = end
        for s in successors[node]:
            own = calendar[s]
            begin = day[own][count[own][late[s]] - duration[s]] if duration[s] else late[s]
            latest = min(latest, begin)
        late[node] = latest
    return finish


if __name__ == "__main__":
    main()
