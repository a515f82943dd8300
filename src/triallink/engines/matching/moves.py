"""Compiled moves on an assignment in units: place, take back, fill, shift, eject.

Every function works on the same flat state (see `assignment.Assignment`): `given` units per edge,
`free` hours per worker and week, `left` unfilled units per package, the edges each worker holds
(`held[worker_ptr[w] : worker_ptr[w] + n_held[w]]`, with `slot` the position of an edge in it), the
number of people per package and of sites per worker. One module, because numba's cache does not
notice a change in a function imported from another.
"""

from numba import njit


@njit(cache=True, nogil=True)
def _has_room(free, w, a, b, hours):
    for t in range(a, b):  # noqa: SIM110 – compiled, no generator
        if free[w, t] < hours:
            return False
    return True


@njit(cache=True, nogil=True)
def _is_at_site(w, here, site, edge_package, held, worker_ptr, n_held):
    for at in range(worker_ptr[w], worker_ptr[w] + n_held[w]):  # noqa: SIM110 – compiled, no generator
        if site[edge_package[held[at]]] == here:
            return True
    return False


@njit(cache=True, nogil=True)
def _may_join(market, state, k):
    """Whether the limits on people per package and sites per worker allow a unit on edge k."""
    _, _, _, _, edge_package, edge_worker, _, _, max_workers, site, max_sites, worker_ptr = market
    given, _, _, held, n_held, _, people, sites, _ = state
    if given[k] > 0:
        return True
    j, w = edge_package[k], edge_worker[k]
    if max_workers[j] > 0 and people[j] >= max_workers[j]:
        return False
    if max_sites[w] == 0 or sites[w] < max_sites[w]:
        return True
    return _is_at_site(w, site[j], site, edge_package, held, worker_ptr, n_held)


@njit(cache=True, nogil=True)
def _give(market, state, k, q):
    """Put q units (negative: take back) on edge k. The caller has checked that they fit."""
    start, end, _, _, edge_package, edge_worker, _, edge_hours, _, site, max_sites, worker_ptr = market
    given, free, left, held, n_held, slot, people, sites, _ = state
    j, w = edge_package[k], edge_worker[k]
    for t in range(start[j], end[j]):
        free[w, t] -= q * edge_hours[k]
    before = given[k]
    given[k] += q
    left[j] -= q
    if before == 0 and q > 0:
        if max_sites[w] > 0 and not _is_at_site(w, site[j], site, edge_package, held, worker_ptr, n_held):
            sites[w] += 1
        at = worker_ptr[w] + n_held[w]
        held[at], slot[k] = k, at
        n_held[w] += 1
        people[j] += 1
    elif before > 0 and given[k] == 0:
        n_held[w] -= 1
        last = held[worker_ptr[w] + n_held[w]]
        held[slot[k]], slot[last] = last, slot[k]
        people[j] -= 1
        if max_sites[w] > 0 and not _is_at_site(w, site[j], site, edge_package, held, worker_ptr, n_held):
            sites[w] -= 1


@njit(cache=True, nogil=True)
def give(market, state, edges, change):
    """Change the units of these edges; the caller knows that the result is allowed."""
    for at in range(len(edges)):
        if change[at] != 0:
            _give(market, state, edges[at], change[at])


@njit(cache=True, nogil=True)
def place(market, state, wanted, edges):
    """Give wanted units on these edges as far as hours and limits allow."""
    start, end, _, _, edge_package, edge_worker, _, edge_hours, _, _, _, _ = market
    _, free, left, _, _, _, _, _, _ = state
    for k in edges:
        j, w = edge_package[k], edge_worker[k]
        q = min(wanted[k], left[j])
        while q > 0 and not _has_room(free, w, start[j], end[j], q * edge_hours[k]):
            q -= 1
        if q > 0 and _may_join(market, state, k):
            _give(market, state, k, q)


@njit(cache=True, nogil=True)
def place_shares(market, state, edge_ptr, units, share, order):
    """Round shares of packages to units, largest remainder first, as far as hours and limits allow."""
    start, end, _, _, _, edge_worker, _, edge_hours, _, _, _, _ = market
    _, free, left, _, _, _, _, _, _ = state
    for j in order:
        first, last = edge_ptr[j], edge_ptr[j + 1]
        for whole in (True, False):
            tried = 0.0
            while left[j] > 0 and tried < last - first:
                pick, most = -1, 1e-6
                for k in range(first, last):
                    wanted = share[k] * units[j]
                    part = float(int(wanted + 1e-9)) if whole else wanted - int(wanted + 1e-9)
                    if part > most:
                        pick, most = k, part
                if pick < 0:
                    break
                tried += 1
                wanted = share[pick] * units[j]
                q = min(int(wanted + 1e-9) if whole else 1, left[j])
                w = edge_worker[pick]
                while q > 0 and not _has_room(free, w, start[j], end[j], q * edge_hours[pick]):
                    q -= 1
                if q > 0 and _may_join(market, state, pick):
                    _give(market, state, pick, q)
                # What has been looked at is not looked at again, placed or not.
                kept = int(wanted + 1e-9)
                share[pick] = (wanted - kept) / units[j] if whole else 0.0


@njit(cache=True, nogil=True)
def fill(market, state, edge_ptr, prefix, order):
    """Give every unfilled unit to the worker with room whose cost plus priced hours is least."""
    start, end, _, unfilled_cost, _, edge_worker, edge_cost, edge_hours, _, _, _, _ = market
    _, free, left, _, _, _, _, _, _ = state
    for j in order:
        a, b = start[j], end[j]
        while left[j] > 0:
            pick, least = -1, 1e300
            for k in range(edge_ptr[j], edge_ptr[j + 1]):
                if edge_cost[k] >= unfilled_cost[j] or edge_cost[k] >= least:
                    break
                w = edge_worker[k]
                value = edge_cost[k] + edge_hours[k] * (prefix[w, b] - prefix[w, a])
                if value < least and _has_room(free, w, a, b, edge_hours[k]) and _may_join(market, state, k):
                    pick, least = k, value
            if pick < 0:
                break
            _give(market, state, pick, 1)


@njit(cache=True, nogil=True)
def improve(market, state, edge_ptr, order):
    """Move units to cheaper workers, if need be by moving one other package out of the way.

    For each package in `order` and each of its holders (or the unfilled rest): the best of shifting
    to a worker with room, and of taking the place of units of another package that go elsewhere or
    stay undone. Returns the cost saved and the number of moves.
    """
    start, end, _, unfilled_cost, edge_package, edge_worker, edge_cost, edge_hours, max_workers, _, _, wp = (
        market
    )
    given, free, left, held, n_held, _, people, _, floor = state
    saved, moves = 0.0, 0
    for j in order:
        a, b = start[j], end[j]
        for source in range(edge_ptr[j] - 1, edge_ptr[j + 1]):
            is_rest = source < edge_ptr[j]
            cost = unfilled_cost[j] if is_rest else edge_cost[source]
            while (left[j] if is_rest else given[source] - floor[source]) > 0:
                q = 1
                if not is_rest:
                    if max_workers[j] > 0 and people[j] >= max_workers[j]:
                        q = given[source] - floor[source]  # only a whole move makes room for another person
                    _give(market, state, source, -q)
                best, to, out, out_units, out_to = 1e-9, -1, -1, 0, -1
                for k in range(edge_ptr[j], edge_ptr[j + 1]):
                    gain = q * (cost - edge_cost[k])
                    if gain <= 0:
                        break
                    if k == source or not _may_join(market, state, k):
                        continue
                    w = edge_worker[k]
                    if gain > best and _has_room(free, w, a, b, q * edge_hours[k]):
                        best, to, out = gain, k, -1
                        continue
                    for at in range(wp[w], wp[w] + n_held[w]):
                        other = held[at]
                        p = edge_package[other]
                        if p == j or end[p] <= a or start[p] >= b:
                            continue
                        need, fits = 0, True
                        for t in range(a, b):
                            short = q * edge_hours[k] - free[w, t]
                            if short > 0:
                                if t < start[p] or t >= end[p]:
                                    fits = False
                                    break
                                need = max(need, short)
                        if not fits or need == 0:
                            continue
                        r = (need + edge_hours[other] - 1) // edge_hours[other]
                        if r > given[other] - floor[other]:
                            continue
                        undone = gain - r * (unfilled_cost[p] - edge_cost[other])
                        if undone > best:
                            best, to, out, out_units, out_to = undone, k, other, r, -1
                        _give(market, state, other, -r)
                        if _may_join(market, state, k):
                            _give(market, state, k, q)
                            for kk in range(edge_ptr[p], edge_ptr[p + 1]):
                                net = gain - r * (edge_cost[kk] - edge_cost[other])
                                if net <= best:
                                    break
                                if (
                                    kk != other
                                    and _has_room(free, edge_worker[kk], start[p], end[p], r * edge_hours[kk])
                                    and _may_join(market, state, kk)
                                ):
                                    best, to, out, out_units, out_to = net, k, other, r, kk
                                    break
                            _give(market, state, k, -q)
                        _give(market, state, other, r)
                if to < 0:
                    if not is_rest:
                        _give(market, state, source, q)
                    break
                if out >= 0:
                    _give(market, state, out, -out_units)
                    if out_to >= 0:
                        _give(market, state, out_to, out_units)
                _give(market, state, to, q)
                saved += best
                moves += 1
    return saved, moves
