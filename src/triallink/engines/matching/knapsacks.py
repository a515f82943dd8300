"""Each worker's best set of packages: a knapsack over weeks, bounded by one week solved exactly.

One week per worker, the one where hours are dearest, is kept as a real knapsack and solved by
dynamic programming; the other weeks are priced (Lagrangian, Polyak steps). The table of the dynamic
program is at the same time the bound of the branch and bound that looks for the best true set.
Without the exact week the bound of a worker with room for two and a half packages is far too high.
"""

import numpy as np
from numba import njit

from triallink.engines.matching.market import Floats, Ints, Market

MOST_PICKED = 64  # packages one worker can hold in a set


def focus_weeks(market: Market, prices: Floats) -> Ints:
    """Return the week of each worker that is solved exactly: the dearest, else the most wanted."""
    wanted = np.zeros((market.n_workers, market.n_weeks + 1))
    np.add.at(wanted, (market.edge_worker, market.start[market.edge_package]), market.edge_hours)
    np.subtract.at(wanted, (market.edge_worker, market.end[market.edge_package]), market.edge_hours)
    crowding = wanted.cumsum(axis=1)[:, :-1] / np.maximum(market.capacity, 1)
    scale = max(float(crowding.max(initial=0.0)), 1.0)
    return np.argmax(prices + 1e-6 * crowding / scale, axis=1).astype(np.int64)


@njit(cache=True, nogil=True)
def _fits(free, a, b, hours):
    for t in range(a, b):  # noqa: SIM110 – compiled, no generator
        if free[t] < hours:
            return False
    return True


@njit(cache=True, nogil=True)
def _fill_table(table, n, room, net, weight):
    """table[i, r] = most that items i.. are worth with r hours left in the exact week."""
    for r in range(room + 1):
        table[n, r] = 0.0
    for i in range(n - 1, -1, -1):
        for r in range(room + 1):
            most = table[i + 1, r]
            if weight[i] <= r and net[i] + table[i + 1, r - weight[i]] > most:
                most = net[i] + table[i + 1, r - weight[i]]
            table[i, r] = most


@njit(cache=True, nogil=True)
def best_sets(
    worker_ptr, worker_edge, edge_package, edge_cost, edge_hours, start, end, units, value, capacity,
    focus, own, picked, count, votes, vote, node_limit, price_steps,
):  # fmt: skip
    """Return the summed worth of every worker's best set, or its upper bound where cut short.

    value    worth of each package;  own  each worker's prices of hours, improved in place.
    picked   last sets, replaced by the new ones;  count, votes  how often packages, edges are picked.
    """
    n_workers, n_weeks = capacity.shape
    longest, most_room = 1, 0
    for w in range(n_workers):
        longest = max(longest, worker_ptr[w + 1] - worker_ptr[w])
        most_room = max(most_room, capacity[w, focus[w]])
    edge, gain = np.empty(longest, np.int64), np.empty(longest)
    net, weight = np.empty(longest), np.empty(longest, np.int64)
    table = np.empty((longest + 1, most_room + 1))
    free, load = np.empty(n_weeks, np.int64), np.empty(n_weeks + 1)
    prefix, trial = np.zeros(n_weeks + 1), np.empty(n_weeks)
    stack, best_set = np.empty(MOST_PICKED, np.int64), np.empty(MOST_PICKED, np.int64)
    total = 0.0
    for w in range(n_workers):
        exact = focus[w]
        room = capacity[w, exact]
        m = 0
        for at in range(worker_ptr[w], worker_ptr[w + 1]):
            k = worker_edge[at]
            j = edge_package[k]
            if units[j] > 0 and value[j] - edge_cost[k] > 1e-9:
                if not _fits(capacity[w], start[j], end[j], edge_hours[k]):
                    continue
                worth = value[j] - edge_cost[k]
                rate = worth / edge_hours[k]
                i = m
                while i > 0 and gain[i - 1] / edge_hours[edge[i - 1]] < rate:
                    edge[i], gain[i] = edge[i - 1], gain[i - 1]
                    i -= 1
                edge[i], gain[i] = k, worth
                m += 1
        if m == 0:
            picked[w, 0] = -1
            continue
        for i in range(m):
            k = edge[i]
            j = edge_package[k]
            weight[i] = edge_hours[k] if start[j] <= exact < end[j] else 0
        # The set of last time is a first answer: values move little between steps.
        best, n_best = 0.0, 0
        for q in range(MOST_PICKED):
            k = picked[w, q]
            if k < 0:
                break
            if value[edge_package[k]] - edge_cost[k] > 1e-9:
                best += value[edge_package[k]] - edge_cost[k]
                best_set[n_best] = k
                n_best += 1
        trial[:] = own[w]
        trial[exact] = 0.0
        root = 1e300
        for step in range(price_steps + 1):
            if step == price_steps:  # back to the best prices, for the search
                trial[:] = own[w]
            base = 0.0
            for t in range(n_weeks):
                prefix[t + 1] = prefix[t] + trial[t]
                base += trial[t] * capacity[w, t]
            for i in range(m):
                j = edge_package[edge[i]]
                net[i] = gain[i] - edge_hours[edge[i]] * (prefix[end[j]] - prefix[start[j]])
            _fill_table(table, m, room, net, weight)
            top = base + table[0, room]
            if step == price_steps:
                break
            if top < root:
                root = top
                own[w] = trial
            if top - best <= 1e-7 * (1.0 + best):
                continue
            load[:] = 0.0
            r = room
            for i in range(m):
                if table[i, r] > table[i + 1, r]:
                    j = edge_package[edge[i]]
                    load[start[j]] += edge_hours[edge[i]]
                    load[end[j]] -= edge_hours[edge[i]]
                    r -= weight[i]
            size, running = 0.0, 0.0
            for t in range(n_weeks):
                running += load[t]
                load[t] = running - capacity[w, t]
                if t != exact and (load[t] > 0 or trial[t] > 0):
                    size += load[t] * load[t]
            if size < 1e-9:
                continue
            for t in range(n_weeks):
                if t != exact:
                    trial[t] = max(0.0, trial[t] + 0.7 * (top - best) / size * load[t])
        free[:] = capacity[w]
        i, depth, nodes, now, bare = 0, 0, 0, base, 0.0
        cut_short = False
        while True:
            if i < m and depth < MOST_PICKED and now + table[i, free[exact]] > best + 1e-7:
                nodes += 1
                if nodes > node_limit:
                    cut_short = True
                    break
                k = edge[i]
                j = edge_package[k]
                if _fits(free, start[j], end[j], edge_hours[k]):
                    for t in range(start[j], end[j]):
                        free[t] -= edge_hours[k]
                    now += net[i]
                    bare += gain[i]
                    stack[depth] = i
                    depth += 1
                    if bare > best:
                        best, n_best = bare, depth
                        for q in range(depth):
                            best_set[q] = edge[stack[q]]
                i += 1
            else:
                if depth == 0:
                    break
                depth -= 1
                i = stack[depth]
                k = edge[i]
                j = edge_package[k]
                for t in range(start[j], end[j]):
                    free[t] += edge_hours[k]
                now -= net[i]
                bare -= gain[i]
                i += 1
        total += max(best, min(root, top)) if cut_short else best
        for q in range(n_best):
            k = best_set[q]
            picked[w, q] = k
            count[edge_package[k]] += 1
            if vote:
                votes[k] += 1.0
        if n_best < MOST_PICKED:
            picked[w, n_best] = -1
    return total
