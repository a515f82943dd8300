"""Processes told apart by number and start time, because a number alone is used again."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class ProcessMark:
    """One process, so that another with the same number is never mistaken for it."""

    pid: int
    started: str

    def is_alive(self) -> bool:
        return mark(self.pid) == self


def mark(pid: int) -> ProcessMark | None:
    """Return the mark of a living process, None if there is none; one that waits to be reaped is dead."""
    if PROC.joinpath("self/stat").exists():
        try:
            fields = _stat(pid)
        except OSError:
            return None
        return None if _has_ended(fields) else ProcessMark(pid, fields[19])
    answer = _ps("-o", "stat=,lstart=", "-p", str(pid)).strip()
    state, _, started = answer.partition(" ")
    return None if not answer or state.startswith("Z") else ProcessMark(pid, started.strip())


def command_of(pid: int) -> str:
    """Return the command line of a process, empty if it is gone."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return "" if PROC.joinpath("self/stat").exists() else _ps("-o", "command=", "-p", str(pid)).strip()


def group_members(leader: int) -> list[int]:
    """Return the living processes of the group a process leads or has led."""
    if not PROC.joinpath("self/stat").exists():
        rows = [line.split() for line in _ps("-axo", "pid=,pgid=,stat=").splitlines()]
        return [int(pid) for pid, group, state in rows if int(group) == leader and not state.startswith("Z")]
    members = []
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it may end while we look
                fields = _stat(int(entry.name))
                if int(fields[2]) == leader and not _has_ended(fields):
                    members.append(int(entry.name))
    return members


def stop_group(leader: ProcessMark, *, patience_s: float) -> None:
    """Ask the leader of a group to end in good order, then end by force whatever is left of the group.

    A server whose master was killed leaves its workers holding the port, hence the group and not the one.
    """
    if not leader.is_alive():
        # A group outlives its leader, but once it is empty its number may belong to a stranger's process.
        if mark(leader.pid) is None:
            _kill_group(leader.pid)
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(leader.pid, signal.SIGTERM)
    wait_gone(leader, seconds=patience_s)
    _kill_group(leader.pid)


def wait_gone(process: ProcessMark, *, seconds: float) -> bool:
    """Wait until a process has ended and say whether it has."""
    deadline = time.monotonic() + seconds
    while process.is_alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while group_members(leader) and time.monotonic() < deadline:
        time.sleep(0.02)


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on; the name before them may hold anything."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _has_ended(fields: list[str]) -> bool:
    """Say whether a process has ended with all its threads.

    The first thread of a killed process waits to be reaped while others still hold its sockets open.
    """
    state, threads = fields[0], int(fields[17])
    return state == "X" or (state == "Z" and threads <= 1)


def _ps(*arguments: str) -> str:
    return subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False).stdout
