"""Decide a few workers anew, exactly: large neighbourhood search by small integer programs.

Moves of one or two packages get stuck when hours are tight and packages indivisible. Here all work
of a handful of neighbouring workers is taken back and given out again by branch and cut.
"""

import math

import highspy
import numpy as np
import scipy.sparse as sp

from triallink.engines.matching.assignment import Assignment
from triallink.engines.matching.market import Floats, Ints, Market
from triallink.engines.matching.progress import Watch

SMALLEST, LARGEST = 3, 60
# Effort is counted in simplex iterations and nodes, not in seconds, so that equal seeds give equal results.
LIGHT, HEAVY = 1_000, 4_000
MOST_NODES = 100
GUARD_S = 30.0  # far above what the nodes take, against a single program that never ends


def redecide(
    assignment: Assignment,
    reduced: Floats,
    rng: np.random.Generator,
    watch: Watch,
    *,
    rounds: int = 200,
    size: int = 6,
    edges_per_package: int = 8,
    good_cost: float = -math.inf,
) -> float:
    """Improve an assignment in place by deciding groups of workers anew; return the cost saved.

    reduced            shape (n_edges,), cost plus priced hours: which edges are worth a look.
    rounds             integer programs at most;  size  workers in the first one.
    edges_per_package  most edges of a package inside a group, the best by reduced cost.
    good_cost          ends once the assignment costs no more than this.
    Raises             ValueError if the market limits people per package or sites per worker.
    Source             large neighbourhood search (Shaw 1998) over HiGHS.
    """
    m = assignment.market
    if (m.max_sites > 0).any() or ((m.max_workers > 0) & (m.units > 1)).any():
        raise ValueError("limits on people or sites are not part of the neighbourhood programs")
    before = assignment.cost
    starts = np.repeat(m.edge_ptr[:-1], np.diff(m.edge_ptr))
    by_reduced = np.lexsort((reduced, m.edge_package))
    place = np.empty(m.n_edges, np.int64)
    place[by_reduced] = np.arange(m.n_edges) - starts
    is_good = place < edges_per_package
    if size >= m.n_workers:  # one program decides everything
        rounds = min(rounds, 1)
    for _ in range(rounds):
        if watch.is_over() or assignment.cost <= good_cost:
            break
        workers = _neighbours(m, assignment, is_good, rng, size)
        effort = _decide(assignment, workers, is_good, min(watch.remaining(), GUARD_S))
        if effort < LIGHT:
            size = min(LARGEST, size + 1)
        elif effort >= HEAVY:
            size = max(SMALLEST, size - 2)
    return before - assignment.cost


def _neighbours(
    m: Market, assignment: Assignment, is_good: np.ndarray, rng: np.random.Generator, size: int
) -> Ints:
    """Workers that could take each other's work, starting from a package; undone ones first."""
    undone = np.flatnonzero(assignment.left > 0)
    j = int(rng.choice(undone)) if len(undone) and rng.random() < 0.5 else int(rng.integers(m.n_packages))
    chosen: list[int] = []
    seen: set[int] = set()
    for _ in range(4 * size):
        edges = np.arange(m.edge_ptr[j], m.edge_ptr[j + 1])
        edges = edges[is_good[edges] | (assignment.given[edges] > 0)]
        for w in rng.permutation(m.edge_worker[edges]):
            if int(w) not in seen and len(chosen) < size:
                seen.add(int(w))
                chosen.append(int(w))
        if len(chosen) >= size or not chosen:
            break
        w = chosen[int(rng.integers(len(chosen)))]
        held = assignment.held[m.worker_ptr[w] : m.worker_ptr[w] + assignment.n_held[w]]
        j = int(m.edge_package[rng.choice(held)]) if len(held) else int(rng.integers(m.n_packages))
    return np.sort(np.array(chosen, np.int64))


def _decide(assignment: Assignment, workers: Ints, is_good: np.ndarray, seconds: float) -> int:
    """Solve the work of these workers anew; keep the answer if it is cheaper; return the effort."""
    m = assignment.market
    parts = [m.worker_edge[m.worker_ptr[w] : m.worker_ptr[w + 1]] for w in workers]
    edges = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    given = assignment.given[edges]
    can_change = (m.units[m.edge_package[edges]] > 0) & (
        (given > 0) | (is_good[edges] & (m.edge_cost[edges] < m.unfilled_cost[m.edge_package[edges]]))
    )
    package_all = m.edge_package[edges]
    inside = np.zeros(m.n_packages, np.int64)
    np.add.at(inside, package_all, given)
    edges = edges[can_change & (inside[package_all] + assignment.left[package_all] > 0)]
    if not len(edges):
        return 0
    given, floor = assignment.given[edges], assignment.floor[edges]
    packages, row = np.unique(m.edge_package[edges], return_inverse=True)
    units = inside[packages] + assignment.left[packages]
    n, p = len(edges), len(packages)
    _, worker_row = np.unique(m.edge_worker[edges], return_inverse=True)
    n_workers, weeks = int(worker_row.max()) + 1, np.arange(m.n_weeks)
    first = np.zeros(n_workers, np.int64)
    first[worker_row] = m.edge_worker[edges]
    active = (m.start[m.edge_package[edges]][:, None] <= weeks) & (
        weeks < m.end[m.edge_package[edges]][:, None]
    )
    load = (given * m.edge_hours[edges])[:, None] * active
    capacity = assignment.free[first].astype(np.float64)
    np.add.at(capacity, worker_row, load)
    edge_at, week_at = np.nonzero(active)
    rows = p + worker_row[edge_at] * m.n_weeks + week_at
    values = np.concatenate([np.ones(n), m.edge_hours[edges][edge_at].astype(float)])
    matrix = sp.csr_matrix(
        (values, (np.concatenate([row, rows]), np.concatenate([np.arange(n), edge_at]))),
        shape=(p + n_workers * m.n_weeks, n),
    )
    upper = np.concatenate([units.astype(float), capacity.ravel()])
    most = np.asarray(matrix @ units[row].astype(float)).ravel()
    binding = np.flatnonzero((most > upper) | (np.arange(len(upper)) < p))
    columns = sp.csc_matrix(matrix[binding])
    worth = m.unfilled_cost[m.edge_package[edges]] - m.edge_cost[edges]
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n, len(binding)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = -worth, floor.astype(float), units[row].astype(float)
    lp.row_lower_, lp.row_upper_ = np.full(len(binding), -highspy.kHighsInf), upper[binding]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = (
        columns.indptr,
        columns.indices,
        columns.data,
    )
    lp.integrality_ = [highspy.HighsVarType.kInteger] * n
    solver = highspy.Highs()
    options = {
        "output_flag": False,
        "threads": 1,
        "mip_max_nodes": MOST_NODES,
        "time_limit": seconds,
        "mip_rel_gap": 1e-5,
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.passModel(lp)
    start = highspy.HighsSolution()
    start.col_value = given.astype(float).tolist()
    solver.setSolution(start)
    solver.run()
    x = np.array(solver.getSolution().col_value)
    if solver.getInfo().primal_solution_status == 2 and len(x) == n:
        after = np.round(x).astype(np.int64)
        if worth @ (after - given) > 1e-6:
            assignment.give(edges, np.minimum(after - given, 0))
            assignment.give(edges, np.maximum(after - given, 0))
    return int(solver.getInfo().simplex_iteration_count)
