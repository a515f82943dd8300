"""One critical path from the first activity to the last."""

import numpy as np

from triallink.engines.planning.network import Network
from triallink.engines.planning.scheduling import Schedule


def critical_path(net: Network, plan: Schedule) -> list[int]:
    """Return the activities of one critical path, in order: each is the predecessor that held up the next.

    Among several, the chain whose links start latest is told; an empty plan has none.
    Raises ValueError if the schedule is of another network.
    """
    if len(plan.start) != net.count:
        raise ValueError(f"a schedule of {len(plan.start)} activities for a network of {net.count}")
    if not net.count:
        return []
    ends = np.flatnonzero(plan.finish == plan.finish.max())
    at = int(max(ends, key=lambda activity: net.place[activity]))
    path = [at]
    while True:
        before = net.in_from[net.in_start[at] : net.in_start[at + 1]]
        critical = [int(one) for one in before if plan.total_float[one] <= plan.total_float[at]]
        if not critical:
            return path[::-1]
        at = max(critical, key=lambda activity: (int(plan.finish[activity]), int(net.place[activity])))
        path.append(at)
