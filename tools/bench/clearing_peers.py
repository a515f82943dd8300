"""Other solvers on the same market: HiGHS, CP-SAT and one min-cost flow per week."""

import resource
import time
from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sp
from ortools.graph.python import min_cost_flow
from ortools.sat.python import cp_model

from triallink.engines.matching import Market, objective


@dataclass(frozen=True)
class Result:
    """One line of the table; cost or bound is None where the method gives none."""

    method: str
    seconds: float
    cpu_seconds: float
    cost: float | None
    bound: float | None
    peak_mb: float


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def capacity_rows(m: Market) -> tuple[sp.csr_matrix, np.ndarray]:
    """One row per worker-week that can bind; weeks with the same packages share the tightest row."""
    rows, columns, values, limits = [], [], [], []
    for w in range(m.n_workers):
        edges = m.worker_edge[m.worker_ptr[w] : m.worker_ptr[w + 1]]
        package = m.edge_package[edges]
        seen: dict[bytes, int] = {}
        for t in range(m.n_weeks):
            active = (m.start[package] <= t) & (t < m.end[package])
            hours = m.edge_hours[edges[active]]
            if (hours * m.units[package[active]]).sum() <= m.capacity[w, t]:
                continue
            key = active.tobytes()
            if key in seen:
                limits[seen[key]] = min(limits[seen[key]], int(m.capacity[w, t]))
                continue
            seen[key] = len(limits)
            rows.append(np.full(active.sum(), len(limits)))
            columns.append(edges[active])
            values.append(hours)
            limits.append(int(m.capacity[w, t]))
    shape = (len(limits), m.n_edges)
    if not limits:
        return sp.csr_matrix(shape), np.zeros(0)
    parts = (np.concatenate(values).astype(float), (np.concatenate(rows), np.concatenate(columns)))
    return sp.csr_matrix(parts, shape=shape), np.array(limits, float)


def highs(m: Market, seconds: float, relaxed: bool) -> Result:
    """HiGHS on the whole market: branch and cut, or the linear relaxation."""
    wall, cpu = time.perf_counter(), time.process_time()
    matrix, limits = capacity_rows(m)
    n, edges = m.n_packages, m.n_edges
    cover = sp.csr_matrix((np.ones(edges), (m.edge_package, np.arange(edges))), shape=(n, edges))
    top = sp.hstack([cover, sp.identity(n)])
    bottom = sp.hstack([matrix, sp.csr_matrix((len(limits), n))])
    a = sp.csc_matrix(sp.vstack([top, bottom]))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = edges + n, n + len(limits)
    lp.col_cost_ = np.concatenate([m.edge_cost, m.unfilled_cost])
    lp.col_lower_ = np.zeros(edges + n)
    lp.col_upper_ = np.concatenate([m.units[m.edge_package], m.units]).astype(float)
    lp.row_lower_ = np.concatenate([m.units.astype(float), np.full(len(limits), -highspy.kHighsInf)])
    lp.row_upper_ = np.concatenate([m.units.astype(float), limits])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = a.indptr, a.indices, a.data
    if not relaxed:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * (edges + n)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 2)
    solver.setOptionValue("time_limit", max(1.0, seconds - (time.perf_counter() - wall)))
    solver.passModel(lp)
    solver.run()
    info = solver.getInfo()
    name = "HiGHS LP" if relaxed else "HiGHS MIP"
    is_optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    cost, bound = None, None
    if relaxed:
        bound = info.objective_function_value if is_optimal else None
    else:
        bound = info.mip_dual_bound
        x = np.array(solver.getSolution().col_value[:edges])
        if info.primal_solution_status == 2 and len(x) == edges:
            cost = objective(m, np.round(x).astype(np.int64))
    return Result(name, time.perf_counter() - wall, time.process_time() - cpu, cost, bound, peak_mb())


def cp_sat(m: Market, seconds: float) -> Result:
    """CP-SAT on the whole market, costs in hundredths."""
    wall, cpu = time.perf_counter(), time.process_time()
    matrix, limits = capacity_rows(m)
    model = cp_model.CpModel()
    x = [model.new_int_var(0, int(m.units[j]), "") for j in m.edge_package]
    rest = [model.new_int_var(0, int(q), "") for q in m.units]
    for j in range(m.n_packages):
        model.add(sum(x[m.edge_ptr[j] : m.edge_ptr[j + 1]]) + rest[j] == int(m.units[j]))
    for row in range(len(limits)):
        at = slice(matrix.indptr[row], matrix.indptr[row + 1])
        terms = [x[k] for k in matrix.indices[at]]
        model.add(
            cp_model.LinearExpr.weighted_sum(terms, matrix.data[at].astype(int).tolist()) <= int(limits[row])
        )
    costs = np.round(100 * np.concatenate([m.edge_cost, m.unfilled_cost])).astype(np.int64).tolist()
    model.minimize(cp_model.LinearExpr.weighted_sum(x + rest, costs))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    solver.parameters.max_time_in_seconds = max(1.0, seconds - (time.perf_counter() - wall))
    status = solver.solve(model)
    cost = None
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        cost = objective(m, np.array([solver.value(v) for v in x]))
    bound = solver.best_objective_bound / 100
    return Result("CP-SAT", time.perf_counter() - wall, time.process_time() - cpu, cost, bound, peak_mb())


def weekly_flow(m: Market, seconds: float) -> Result:
    """A min-cost flow per week: the bound if people could change every week (no assignment).

    Only for markets in blocks of one size, where hours flow.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    total, weeks_done = 0.0, 0
    weeks = (m.end - m.start).astype(float)
    for t in range(m.n_weeks):
        package = np.flatnonzero((m.start <= t) & (t < m.end))
        at = np.full(m.n_packages, -1)
        at[package] = np.arange(len(package))
        edges = np.flatnonzero(at[m.edge_package] >= 0)
        size = int(m.edge_hours[0])
        n, w = len(package), m.n_workers
        supply = m.units[package]
        need = int(supply.sum())
        head = m.edge_package[edges]
        tails = np.concatenate([np.full(w, w + n), m.edge_worker[edges], [w + n], np.full(n, w + n + 1)])
        heads = np.concatenate([np.arange(w), w + at[head], [w + n + 1], w + np.arange(n)])
        caps = np.concatenate([m.capacity[:, t] // size, m.units[head], [need], supply])
        unit = np.concatenate(
            [np.zeros(w), m.edge_cost[edges] / weeks[head], [0], (m.unfilled_cost / weeks)[package]]
        )
        flow = min_cost_flow.SimpleMinCostFlow()
        flow.add_arcs_with_capacity_and_unit_cost(
            tails.astype(np.int32),
            heads.astype(np.int32),
            caps.astype(np.int64),
            np.floor(10 * unit).astype(np.int64),
        )
        balance = np.zeros(w + n + 2, np.int64)
        balance[w + n], balance[w : w + n] = need, -supply
        flow.set_nodes_supplies(np.arange(w + n + 2, dtype=np.int32), balance)
        flow.solve()
        total, weeks_done = total + flow.optimal_cost() / 10, weeks_done + 1
        if time.perf_counter() - wall > seconds:
            break
    bound = total if weeks_done == m.n_weeks else None
    return Result(
        "flow per week", time.perf_counter() - wall, time.process_time() - cpu, None, bound, peak_mb()
    )
