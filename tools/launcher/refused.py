"""What the launcher says when it cannot go on."""

import errno
import shutil
from pathlib import Path


class Refused(Exception):
    """The launcher stops here; the message is one sentence for the person at the terminal."""


def disk_full(where: Path | str) -> Refused:
    """Return the sentence for a disk without room, naming the folder that needed it."""
    return Refused(f"The disk that holds {where} is full; free some space and run the same command again.")


def require_space(folder: Path, megabytes: int, purpose: str) -> None:
    """Refuse before anything is half written if the disk of `folder` has less room than `purpose` needs."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(existing).free // 2**20
    if free < megabytes:
        raise Refused(
            f"The disk that holds {folder} has {free} MB free, but {purpose} needs {megabytes} MB; free some space first."
        )


def from_os_error(error: OSError) -> Refused | None:
    """Return the sentence for an operating system error a user can mend, or None for a defect of ours."""
    where = error.filename or "the data"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(where)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and error.filename:
        return Refused(f"{where} cannot be written or read ({error.strerror}).")
    return None
