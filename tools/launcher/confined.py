"""What root may do is not what a web server needs: as root, our programs run without most of root's powers."""

import functools
import os
import shutil
import subprocess
import sys

# The database's socket, and what is left of an older version, belong to the system user.
KEPT = ("dac_override",)
PRIVILEGED_PORTS = 1024


def confined(command: list[str], *, port: int = PRIVILEGED_PORTS) -> list[str]:
    """Return the command so that it, and whatever it starts, can gain no power and has only those it needs.

    The command itself where we are not root, or where the system cannot do it (no setpriv, no right to).
    """
    kept = (*KEPT, "net_bind_service") if port < PRIVILEGED_PORTS else KEPT
    prefix = _prefix(kept)
    return [*prefix, *command]


@functools.cache
def _prefix(kept: tuple[str, ...]) -> tuple[str, ...]:
    program = shutil.which("setpriv")
    if os.geteuid() != 0 or not sys.platform.startswith("linux") or not program:
        return ()
    bounds = ",".join(["-all", *(f"+{name}" for name in kept)])
    prefix = (program, "--no-new-privs", "--inh-caps", "-all", "--bounding-set", bounds)
    answer = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return prefix if answer.returncode == 0 else ()
