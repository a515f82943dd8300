"""Each worker's best set of packages: a knapsack over weeks, solved by a dynamic programme in time.

The state is the worker's load. Packages are taken or not in the order of their first week, and give their
hours back after the last: the only thing forgotten is who gives back, which is priced instead
(Lagrangian, Polyak steps). So every week's hours are exact, and for packages that last to the end the
programme is exact altogether. Each relaxed answer is repaired to a true set. Packages that cannot be
part of anything better than the best true set leave the search (tables from both ends), and a branch
and bound over the few that remain proves the rest. One module, because numba's cache does not notice
a change in a function imported from another.
"""

import numpy as np
from numba import njit

# What a pricing tells about itself: positions in `news`.
SEARCHED, NODES, CUT_SHORT, SLACK = 0, 1, 2, 3
NEVER = -1e300
ANY_LOAD = 1 << 40


@njit(cache=True, nogil=True)
def most_in_a_set(worker_ptr, worker_edge, edge_package, edge_hours, start, end, capacity):
    """Return a number no worker's set can exceed: as many of the smallest as there are hours for."""
    n_workers, n_weeks = capacity.shape
    most = 1
    for w in range(n_workers):
        first, last = worker_ptr[w], worker_ptr[w + 1]
        area = np.empty(last - first, np.int64)
        for at in range(first, last):
            k = worker_edge[at]
            area[at - first] = edge_hours[k] * (end[edge_package[k]] - start[edge_package[k]])
        area.sort()
        hours = 0
        for t in range(n_weeks):
            hours += capacity[w, t]
        count = 0
        while count < len(area) and area[count] <= hours:
            hours -= area[count]
            count += 1
        most = max(most, count)
    return most


@njit(cache=True, nogil=True)
def _fits(free, a, b, hours):
    for t in range(a, b):  # noqa: SIM110 – compiled, no generator
        if free[t] < hours:
            return False
    return True


@njit(cache=True, nogil=True)
def _take_in_order(n, order, edge, gain, first, last, hours, hours_of, free, taken):
    """Fill a worker's hours with packages in this order; return the worth and how many."""
    free[:] = hours_of
    worth, count = 0.0, 0
    for at in range(n):
        i = order[at]
        if count < len(taken) and _fits(free, first[i], last[i], hours[i]):
            for t in range(first[i], last[i]):
                free[t] -= hours[i]
            worth += gain[i]
            taken[count] = edge[i]
            count += 1
    return worth, count


@njit(cache=True, nogil=True)
def _stretches(hours_of, until):
    """until[t] = first week from t on without any hours: nobody's work goes on across it."""
    n_weeks = len(hours_of)
    zero = n_weeks
    for t in range(n_weeks - 1, -1, -1):
        if hours_of[t] == 0:
            zero = t
        until[t] = zero


@njit(cache=True, nogil=True)
def _list_events(m, first, last, until, at_week, item, is_end):
    """Write a worker's events in time, packages ending before packages starting; return how many."""
    n = 0
    for t in range(len(until)):
        for i in range(m):
            if last[i] == t and until[first[i]] != t:
                at_week[n], item[n], is_end[n] = t, i, True
                n += 1
        for i in range(m):
            if first[i] == t:
                at_week[n], item[n], is_end[n] = t, i, False
                n += 1
    return n


@njit(cache=True, nogil=True)
def _set_limits(n, at_week, is_end, until, hours_of, hour_unit, limit, is_fresh):
    """Write the load that must not be exceeded after each event, and where a new stretch begins."""
    least = ANY_LOAD
    for q in range(n - 1, -1, -1):
        t = at_week[q]
        if q == n - 1 or t < at_week[q + 1]:
            least = ANY_LOAD
            for later in range(t, until[t] if q == n - 1 else min(until[t], at_week[q + 1])):
                least = min(least, hours_of[later] // hour_unit)
            limit[q] = least
        else:
            # While packages still end in this week the load may lie above its hours.
            limit[q] = ANY_LOAD if is_end[q] else least
        is_fresh[q] = q > 0 and t >= until[at_week[q - 1]]


@njit(cache=True, nogil=True)
def _look_ahead(after, n, room, item, is_end, limit, is_fresh, weight, gain, release):
    """after[q, load] = most that the events from q on are worth to somebody with that load."""
    for load in range(room + 1):
        after[n, load] = 0.0
    for q in range(n - 1, -1, -1):
        i, most_load = item[q], min(limit[q], room)
        size = weight[i]
        for load in range(room + 1):
            top = after[q + 1, load] if load <= most_load else NEVER
            if is_end[q]:
                if load >= size and load - size <= most_load:
                    top = max(top, after[q + 1, load - size] - release[i])
            elif load + size <= most_load:
                top = max(top, after[q + 1, load + size] + gain[i] + release[i])
            after[q, load] = top
        if is_fresh[q]:
            for load in range(1, room + 1):
                after[q, load] = after[q, 0]


@njit(cache=True, nogil=True)
def _look_back(before, n, room, item, is_end, limit, is_fresh, weight, gain, release):
    """before[q, load] = most that the events before q are worth, arriving with that load."""
    for load in range(room + 1):
        before[0, load] = NEVER
    before[0, 0] = 0.0
    for q in range(n):
        if is_fresh[q]:
            for load in range(1, room + 1):
                before[q, 0] = max(before[q, 0], before[q, load])
                before[q, load] = NEVER
        i, most_load = item[q], min(limit[q], room)
        size = weight[i]
        for load in range(room + 1):
            top = NEVER
            if load <= most_load:
                top = before[q, load]
                if is_end[q]:
                    if load + size <= room:
                        top = max(top, before[q, load + size] - release[i])
                elif load >= size:
                    top = max(top, before[q, load - size] + gain[i] + release[i])
            before[q + 1, load] = top


@njit(cache=True, nogil=True)
def _trace(after, n, item, is_end, limit, is_fresh, weight, is_started, is_ended):
    """Mark what the relaxed answer of `_look_ahead` starts and ends."""
    load = 0
    for q in range(n):
        i = item[q]
        if is_fresh[q]:
            load = 0
        stays = after[q + 1, load] if load <= limit[q] else NEVER
        if after[q, load] > stays:
            if is_end[q]:
                is_ended[i] = True
                load -= weight[i]
            else:
                is_started[i] = True
                load += weight[i]


@njit(cache=True, nogil=True)
def _search(
    n, room, item, is_end, at_week, is_fresh, after, weight, gain, release, edge, first, last, hours, hours_of,
    free, is_started, stack, best, n_best, best_set, tolerance, node_limit,
):  # fmt: skip
    """Branch on the starts in time; return the best worth, its size, and nodes (negative: cut short)."""
    free[:] = hours_of
    is_started[:] = False
    q, depth, nodes, load, bare, now = 0, 0, 0, 0, 0.0, 0.0
    while True:
        if q < n and now + after[q, 0 if is_fresh[q] else load] > best + tolerance:
            i = item[q]
            if is_fresh[q]:
                load = 0
            if is_end[q]:
                if is_started[i]:
                    load -= weight[i]
                    now -= release[i]
            else:
                nodes += 1
                if nodes > node_limit:
                    return best, n_best, -nodes
                if _fits(free, first[i], last[i], hours[i]):
                    for t in range(first[i], last[i]):
                        free[t] -= hours[i]
                    is_started[i] = True
                    stack[depth] = q
                    depth += 1
                    load += weight[i]
                    bare += gain[i]
                    now += gain[i] + release[i]
                    if bare > best + 1e-9:
                        best, n_best = bare, depth
                        for p in range(depth):
                            best_set[p] = edge[item[stack[p]]]
            q += 1
        else:
            if depth == 0:
                return best, n_best, nodes
            depth -= 1
            q = stack[depth]
            i, week = item[q], at_week[q]
            is_started[i] = False
            for t in range(first[i], last[i]):
                free[t] += hours[i]
            load, bare, now = 0, 0.0, 0.0
            for p in range(depth):
                i = item[stack[p]]
                bare += gain[i]
                now += gain[i]
                if last[i] > week:
                    load += weight[i]
                    now += release[i]
            # Long packages of an earlier stretch have no release and no load here.
            q += 1


@njit(cache=True, nogil=True)
def best_sets(
    worker_ptr, worker_edge, edge_package, edge_cost, edge_hours, start, end, units, value, capacity, hour_unit,
    release_price, picked, rent, count, tolerance, node_limit, price_steps, set_ptr, set_edge, set_worker, news,
):  # fmt: skip
    """Return the summed worth of every worker's best set, or its upper bound, and how many sets are new.

    value      worth of each package;  hour_unit  divides all hours asked for.
    release_price   price of an edge's hours after its last week, improved in place, >= 0.
    picked     last sets, replaced by the new ones (-1 ends).
    rent       worth of each worker's best set known; a better one is written to set_ptr, set_edge,
               set_worker.  count  how often each package is picked.
    tolerance  how far below its bound a set may stay, counted into the bound.
    """
    n_workers, n_weeks = capacity.shape
    width = picked.shape[1]
    longest = 1
    for w in range(n_workers):
        longest = max(longest, worker_ptr[w + 1] - worker_ptr[w])
    most_room = capacity.max() // hour_unit if n_workers > 0 else 0
    edge, gain, rate = np.empty(longest, np.int64), np.empty(longest), np.empty(longest)
    first, last, hours = np.empty(longest, np.int64), np.empty(longest, np.int64), np.empty(longest, np.int64)
    weight, release, best_release = np.empty(longest, np.int64), np.empty(longest), np.empty(longest)
    is_started, is_ended = np.zeros(longest, np.bool_), np.zeros(longest, np.bool_)
    is_kept, order = np.zeros(longest, np.bool_), np.arange(longest)
    at_week, item = np.empty(2 * longest, np.int64), np.empty(2 * longest, np.int64)
    is_end, is_fresh = np.empty(2 * longest, np.bool_), np.empty(2 * longest, np.bool_)
    limit, until = np.empty(2 * longest, np.int64), np.empty(n_weeks, np.int64)
    after = np.empty((2 * longest + 1, most_room + 1))
    before = np.empty((2 * longest + 1, most_room + 1))
    free, stack = np.empty(n_weeks, np.int64), np.empty(longest, np.int64)
    taken, best_set = np.empty(width, np.int64), np.empty(width, np.int64)
    total, n_sets, n_written = 0.0, 0, set_ptr[0]
    for w in range(n_workers):
        hours_of = capacity[w]
        m = 0
        for at in range(worker_ptr[w], worker_ptr[w + 1]):
            k = worker_edge[at]
            j = edge_package[k]
            worth = value[j] - edge_cost[k]
            if units[j] > 0 and worth > 1e-9 and _fits(hours_of, start[j], end[j], edge_hours[k]):
                density = worth / (edge_hours[k] * (end[j] - start[j]))
                i = m
                while i > 0 and rate[i - 1] < density:
                    edge[i], gain[i], rate[i] = edge[i - 1], gain[i - 1], rate[i - 1]
                    i -= 1
                edge[i], gain[i], rate[i] = k, worth, density
                m += 1
        if m == 0:
            picked[w, 0] = -1
            continue
        # The set of last time is a first answer: values move little between steps.
        best, n_best = 0.0, 0
        for q in range(width):
            k = picked[w, q]
            if k < 0:
                break
            j = edge_package[k]
            if units[j] > 0 and value[j] - edge_cost[k] > 1e-9:
                best += value[j] - edge_cost[k]
                best_set[n_best] = k
                n_best += 1
        for i in range(m):
            j = edge_package[edge[i]]
            order[i], first[i], last[i], hours[i] = i, start[j], end[j], edge_hours[edge[i]]
            weight[i] = hours[i] // hour_unit
        worth, n_taken = _take_in_order(m, order, edge, gain, first, last, hours, hours_of, free, taken)
        if worth > best + 1e-9:
            best, n_best = worth, n_taken
            best_set[:n_taken] = taken[:n_taken]
        root = best if n_taken == m else 1e300
        if n_taken < m:
            room = hours_of.max() // hour_unit
            _stretches(hours_of, until)
            for i in range(m):
                release[i] = 0.0 if last[i] == until[first[i]] else release_price[edge[i]]
            n = _list_events(m, first, last, until, at_week, item, is_end)
            _set_limits(n, at_week, is_end, until, hours_of, hour_unit, limit, is_fresh)
            damping, stalls = 0.9, 0
            for _ in range(price_steps):
                _look_ahead(after, n, room, item, is_end, limit, is_fresh, weight, gain, release)
                top = after[0, 0]
                if top < root - 1e-9:
                    root, stalls = top, 0
                    best_release[:m] = release[:m]
                else:
                    stalls += 1
                    if stalls >= 2:
                        damping, stalls = 0.5 * damping, 0
                if root - best <= tolerance:
                    break
                is_started[:m] = False
                is_ended[:m] = False
                _trace(after, n, item, is_end, limit, is_fresh, weight, is_started, is_ended)
                size = 0
                for i in range(m):
                    if last[i] < until[first[i]] and is_started[i] != is_ended[i]:
                        size += is_ended[i] or release[i] > 0.0
                    # Packages of the relaxed answer come first when it is repaired, then the densest.
                    rate[i] = -gain[i] / (hours[i] * (last[i] - first[i])) - (1e12 if is_started[i] else 0.0)
                by_rate = np.argsort(rate[:m])
                worth, n_taken = _take_in_order(
                    m, by_rate, edge, gain, first, last, hours, hours_of, free, taken
                )
                if worth > best + 1e-9:
                    best, n_best = worth, n_taken
                    best_set[:n_taken] = taken[:n_taken]
                if size == 0 or root - best <= tolerance:
                    break
                step = damping * (top - best) / size
                for i in range(m):
                    if last[i] < until[first[i]]:
                        if is_ended[i] and not is_started[i]:
                            release[i] += step
                        elif is_started[i] and not is_ended[i]:
                            release[i] = max(0.0, release[i] - step)
            for i in range(m):
                release[i] = best_release[i]
                release_price[edge[i]] = release[i]
            if root - best > tolerance:
                _look_ahead(after, n, room, item, is_end, limit, is_fresh, weight, gain, release)
                _look_back(before, n, room, item, is_end, limit, is_fresh, weight, gain, release)
                for q in range(n):
                    i = item[q]
                    if not is_end[q]:
                        most = NEVER
                        for load in range(min(limit[q], room) - weight[i] + 1):
                            most = max(most, before[q, load] + after[q + 1, load + weight[i]])
                        is_kept[i] = most + gain[i] + release[i] > best + tolerance
                kept = 0
                for q in range(n):
                    if is_kept[item[q]]:
                        item[kept], is_end[kept], at_week[kept] = item[q], is_end[q], at_week[q]
                        kept += 1
                n = kept
                _set_limits(n, at_week, is_end, until, hours_of, hour_unit, limit, is_fresh)
                _look_ahead(after, n, room, item, is_end, limit, is_fresh, weight, gain, release)
                best, n_best, nodes = _search(
                    n, room, item, is_end, at_week, is_fresh, after, weight, gain, release, edge, first, last, hours,
                    hours_of, free, is_started, stack, best, n_best, best_set, tolerance, node_limit,
                )  # fmt: skip
                news[SEARCHED] += 1
                news[NODES] += abs(nodes)
                if nodes < 0:
                    news[CUT_SHORT] += 1
                else:
                    root = min(root, best + tolerance)
        total += max(best, root)
        news[SLACK] += max(0.0, root - best)
        for q in range(n_best):
            picked[w, q] = best_set[q]
            count[edge_package[best_set[q]]] += 1
        if n_best < width:
            picked[w, n_best] = -1
        if n_best > 0 and best > rent[w] + 1e-6:
            for q in range(n_best):
                set_edge[n_written + q] = best_set[q]
            n_written += n_best
            set_worker[n_sets] = w
            n_sets += 1
            set_ptr[n_sets] = n_written
    return total, n_sets
