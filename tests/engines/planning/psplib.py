"""Read a PSPLIB instance (Kolisch and Sprecher 1997): durations of the first mode, successors, published MPM time."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Instance:
    """A project-scheduling instance with its published critical path length."""

    durations: list[int]
    links: list[tuple[int, int]]
    published: int


def read_psplib(path: Path) -> Instance:
    """Return the instance of a .sm or .mm file; jobs are counted from 0."""
    lines = path.read_text("latin-1").splitlines()
    at = {line.split(":")[0].strip(): number for number, line in enumerate(lines)}
    published = int(lines[at["pronr.  #jobs rel.date duedate tardcost  MPM-Time"] + 1].split()[5])
    links = []
    row = at["PRECEDENCE RELATIONS"] + 2
    while not lines[row].startswith("*"):
        job, _modes, _count, *successors = map(int, lines[row].split())
        links += [(job - 1, successor - 1) for successor in successors]
        row += 1
    durations = []
    for line in lines[at["REQUESTS/DURATIONS"] + 3 :]:
        if line.startswith("*"):
            break
        words = line.split()
        # A line of a further mode has no job number; its second word is a duration, not mode 1.
        if line[:3].strip() and words[1] == "1":
            durations.append(int(words[2]))
    return Instance(durations, links, published)
