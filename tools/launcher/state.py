"""What a running launcher writes down, so that a later one can find it, speak of it, or clear up after it."""

import json
import os
from dataclasses import asdict, dataclass, field

from .cluster import stop_server
from .places import Places
from .processes import ProcessMark, stop_group

ORPHAN_PATIENCE_S = 10
DATABASE_CHILD = "postgres"


@dataclass
class RunState:
    """One `run`: its supervisor, its address and the children it has started."""

    supervisor: ProcessMark
    address: str
    ready: bool = False
    children: dict[str, ProcessMark] = field(default_factory=dict)

    def write(self, places: Places) -> None:
        """Replace the file whole, so that a kill never leaves half of one."""
        draft = places.run_state.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(places.run_state)


def read_state(places: Places) -> RunState | None:
    """Return what the last `run` wrote, None if it ended in good order or there was none."""
    try:
        content = json.loads(places.run_state.read_text())
    except FileNotFoundError:
        return None
    return RunState(
        supervisor=ProcessMark(**content["supervisor"]),
        address=content["address"],
        ready=content["ready"],
        children={name: ProcessMark(**each) for name, each in content["children"].items()},
    )


def running(places: Places) -> RunState | None:
    """Return the state of the `run` that is alive now, None if there is none."""
    state = read_state(places)
    return state if state is not None and state.supervisor.is_alive() else None


def stop_orphans(places: Places) -> list[str]:
    """Stop what a killed supervisor has left behind and return the names; the database goes last."""
    state = read_state(places)
    if state is None:
        return []
    left = sorted(name for name, child in state.children.items() if child.is_alive())
    for name, child in state.children.items():
        if name != DATABASE_CHILD:
            stop_group(child, patience_s=ORPHAN_PATIENCE_S)
    server = state.children.get(DATABASE_CHILD)
    if server is not None and server.is_alive():
        stop_server(server)
    places.run_state.unlink(missing_ok=True)
    return left
