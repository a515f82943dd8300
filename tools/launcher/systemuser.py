"""The account that runs PostgreSQL when the launcher is root: the server refuses to run as root."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .refused import Refused

NAME = "triallink"


@dataclass(frozen=True)
class SystemUser:
    """An account without a password or a shell."""

    name: str
    uid: int
    gid: int

    def subprocess_options(self) -> dict[str, Any]:
        """Return what makes subprocess run a program as this account, in a folder it may be in."""
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "cwd": "/"}

    def can_run(self, program: Path) -> bool:
        try:
            answer = subprocess.run(
                [program, "--version"], capture_output=True, check=False, **self.subprocess_options()
            )
        except PermissionError:
            return False
        return answer.returncode == 0

    def own(self, folder: Path) -> None:
        """Create a folder that only this account, and root, can enter."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_foreign(folder, allowed=(0, self.uid))
        os.chown(folder, self.uid, self.gid)


def server_user() -> SystemUser | None:
    """Return the account to run PostgreSQL as: None for our own, one made for it when we are root."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _created()
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def refuse_foreign(folder: Path, *, allowed: tuple[int, ...]) -> None:
    """Refuse a folder somebody else made first, or a link in its place: short socket folders lie in /tmp."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in allowed:
        raise Refused(f"{folder} belongs to somebody else; remove it or set TL_HOME to a shorter path.")


def _created() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if not useradd:
        raise Refused(
            "PostgreSQL does not run as root and there is no useradd to make it an account; run as an ordinary user."
        )
    command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    answer = subprocess.run(
        [*command, "--shell", "/usr/sbin/nologin", NAME], capture_output=True, text=True, check=False
    )
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        raise Refused(f"The system user {NAME} could not be made: {answer.stderr.strip()}") from None
