"""Content-addressed, immutable files. The bytes lie under their sha256 in Django's default storage."""

import hashlib
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from triallink.foundation.models import StoredFile
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import N_, Refusal


class FileTooLarge(Refusal):
    """More bytes than the place accepts."""

    code = "file_too_large"
    status = 413
    message = N_("The file is larger than %(limit_mb)s MB.")


def store_file(
    content: bytes,
    *,
    name: str,
    media_type: str,
    by: Actor,
    study_id: int | None = None,
    rendition_of: StoredFile | None = None,
    rendition_kind: str = "",
    clock: Clock = system_clock,
) -> StoredFile:
    """Keep bytes for ever under their sha256 and return the row that names them.

    Refuses: nothing; check the size before (`read_limited`).
    """
    digest = hashlib.sha256(content).hexdigest()
    path = path_of(digest)
    # Another size under the same hash is what a writer left that was killed in the middle.
    if default_storage.exists(path) and default_storage.size(path) != len(content):
        default_storage.delete(path)
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(content))
    return StoredFile.objects.create(
        sha256=digest,
        size_bytes=len(content),
        media_type=media_type,
        name=name[:255],
        rendition_of=rendition_of,
        rendition_kind=rendition_kind,
        organization_id=by.organization_id,
        study_id=study_id,
        created_at=clock.now(),
        created_by_id=by.person_id,
    )


def read_limited(stream: IO[bytes], limit_mb: int) -> bytes:
    """Return all bytes of an upload.

    Refuses: FileTooLarge.
    """
    content = stream.read(limit_mb * 1024 * 1024 + 1)
    if len(content) > limit_mb * 1024 * 1024:
        raise FileTooLarge(limit_mb=limit_mb)
    return content


def read_file(file: StoredFile) -> bytes:
    """Return the bytes of a stored file; ValueError if they no longer have their hash."""
    with default_storage.open(path_of(file.sha256), "rb") as stream:
        content: bytes = stream.read()
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise ValueError(f"stored file {file.sha256} was altered on disk")
    return content


def path_of(sha256: str) -> str:
    """Return where the bytes of this hash lie in the storage."""
    return f"files/{sha256[:2]}/{sha256[2:4]}/{sha256}"
