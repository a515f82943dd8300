"""Where this checkout keeps its environment, its data and its secrets."""

import contextlib
import fcntl
import hashlib
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .refused import Refused

CHECKOUT = Path(__file__).resolve().parents[2]

# sun_path of a Unix socket holds 104 bytes on macOS and 108 on Linux, the file name included.
LONGEST_SOCKET_FOLDER = 80


@dataclass(frozen=True)
class Places:
    """The folders of one checkout."""

    checkout: Path
    base: Path  # shared by all checkouts of this account
    home: Path  # this checkout's own

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def environment(self) -> Path:
        return self.checkout / ".venv"

    @property
    def python(self) -> Path:
        return self.environment / "bin" / "python"

    @property
    def run_lock(self) -> Path:
        return self.home / "run.lock"

    @property
    def run_state(self) -> Path:
        return self.home / "run.json"


def places_of(checkout: Path = CHECKOUT) -> Places:
    """Return the folders of a checkout and create those everything else needs.

    The data lie outside the checkout, under a name made from its path, so that two checkouts never share a
    database and the database's own system user needs no access to a private working folder.
    """
    base = _base_folder()
    name = f"{checkout.name}-{hashlib.sha256(str(checkout).encode()).hexdigest()[:10]}"
    places = Places(checkout=checkout, base=base, home=base / name)
    try:
        # The database's system user passes through these two; what is private below them is 0700.
        for folder in (places.base, places.home):
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        for folder in (places.data, places.logs):
            folder.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=places.home):
            pass
    except OSError as error:
        if error.strerror and "space" in error.strerror:
            raise
        raise Refused(
            f"The data directory {places.home} cannot be written ({error.strerror}); "
            "set TL_HOME to a folder that can."
        ) from None
    return places


def _base_folder() -> Path:
    chosen = os.environ.get("TL_HOME")
    if chosen:
        return Path(chosen).expanduser().resolve()
    if os.geteuid() == 0 and sys.platform.startswith("linux"):
        return Path("/var/lib/triallink")
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "triallink"


def socket_folder(cluster: Path) -> Path:
    """Return a folder for a cluster's socket whose path is short enough for one."""
    beside = cluster / "socket"
    if len(os.fsencode(beside)) <= LONGEST_SOCKET_FOLDER:
        return beside
    digest = hashlib.sha256(os.fsencode(cluster)).hexdigest()[:12]
    return Path("/tmp") / f"triallink-{os.geteuid()}-{digest}"


def secret(places: Places, name: str) -> str:
    """Return the secret of that name, made at first use and readable by this account only."""
    path = places.data / name
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        # link() refuses an existing name, so of two first starts exactly one secret wins.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text()


@contextlib.contextmanager
def held(lock: Path, *, wait: bool = False) -> Iterator[int | None]:
    """Hold a lock for the block and yield its descriptor, None if somebody else holds it.

    The kernel frees it however we end, but not before the last process we passed the descriptor on to.
    """
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield None
            return
        yield file.fileno()
