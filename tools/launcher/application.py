"""The Django project as the launcher sees it: its environment variables and the commands it answers."""

import hashlib
import os
import subprocess
from pathlib import Path

from .database import external_url
from .environment import application_path
from .places import Places, secret
from .refused import Refused, disk_full

UNTRACKED = {"__pycache__", "node_modules"}


def application_environment(places: Places, database_url: str, **more: str) -> dict[str, str]:
    """Return the whole environment of a process of the application."""
    # Compiled modules are kept even where Python is told not to: they are most of a quick second start.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **inherited,
        **application_path(places),
        "DATABASE_URL": database_url,
        "TRIALLINK_DATA_DIR": str(places.data),
        "TRIALLINK_SECRET_KEY": secret(places, "secret-key"),
        "TRIALLINK_VAULT_KEYS": secret(places, "vault-key"),
        **more,
    }


def prepare(places: Places, environment: dict[str, str], *, demo: bool) -> None:
    """Bring tables, translations and, in demo mode, the demo world up to date.

    Each of these starts Python and Django, which is most of a warm start; where neither the sources nor
    the database have changed since they last ended well there is nothing for them to do.
    """
    mark = places.home / "prepared"
    content = _sources_digest(places) + (" demo" if demo else "")
    # A server that is not ours may have been emptied behind our back.
    if not external_url() and mark.exists() and mark.read_text() == content:
        return
    mark.unlink(missing_ok=True)
    print("Preparing the database …", flush=True)
    triallink(places, environment, "translations", "compile")
    triallink(places, environment, "database", "migrate")
    if demo:
        print("Loading the demo world, unless there are data already …", flush=True)
        triallink(places, environment, "demo", "load", "--world", "small", "--if-empty")
    mark.write_text(content)


def triallink(places: Places, environment: dict[str, str], *arguments: str) -> None:
    """Run one `triallink` command to its end; its own words are kept in the log."""
    answer = subprocess.run(
        [places.python, "-m", "triallink", *arguments],
        cwd=places.checkout,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    log = places.logs / "prepare.log"
    with log.open("a") as file:
        file.write(answer.stdout)
    if answer.returncode != 0:
        if "No space left on device" in answer.stdout:
            raise disk_full(places.home)
        last = next((line for line in reversed(answer.stdout.splitlines()) if line.strip()), "no message")
        raise Refused(
            f"`triallink {' '.join(arguments)}` failed ({last.strip()}); the whole message is in {log}."
        )


def _sources_digest(places: Places) -> str:
    """Return a digest that changes with any source file or requirement: cheap, so names, sizes and times."""
    digest = hashlib.sha256((places.checkout / "requirements.txt").read_bytes())
    for folder, names, files in os.walk(places.checkout / "src"):
        names[:] = sorted(set(names) - UNTRACKED)
        for name in sorted(files):
            if not name.endswith((".mo", ".pyc")):
                status = (Path(folder) / name).stat()
                digest.update(f"{folder}/{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
