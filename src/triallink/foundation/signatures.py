"""Electronic signatures: re-authentication, meaning, content hash (21 CFR 11.50, 11.70, 11.200)."""

import hashlib
from collections.abc import Callable
from typing import Any

import orjson

from triallink.foundation.models import Signature
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import N_, Refusal

# accounts registers how a signer proves who they are: (person_id, secret) -> method, or None; it may refuse SigningLocked.
Reauthenticate = Callable[[int, str], str | None]
_reauthenticate: list[Reauthenticate] = []


class NotReauthenticated(Refusal):
    """The password or one-time code given with the signature is wrong."""

    code = "not_reauthenticated"
    status = 422
    message = N_("The password or one-time code is not right. Nothing was signed.")


class SigningLocked(Refusal):
    """Too many wrong answers: even the right one is not looked at for a while."""

    code = "signing_locked"
    status = 429
    message = N_("Too many wrong passwords or codes. Nothing was signed; try again in %(minutes)s minutes.")


def register_reauthentication(check: Reauthenticate) -> None:
    """Say how a signer's password or one-time code is checked; called once, by accounts."""
    _reauthenticate[:] = [check]


def content_hash(content: Any) -> str:
    """Return the sha256 of bytes, or of the canonical JSON of plain values."""
    raw = content if isinstance(content, bytes) else orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(raw).hexdigest()


def sign(
    *,
    about: tuple[str, int],
    content_sha256: str,
    meaning: str,
    secret: str,
    by: Actor,
    clock: Clock = system_clock,
) -> Signature:
    """Sign content after the signer has proved again who they are.

    meaning  what the signature stands for: "approval", "acceptance", "authorship", "review".
    secret   the signer's password or present one-time code.
    Refuses: NotReauthenticated, SigningLocked.
    """
    method = _reauthenticate[0](by.person_id, secret) if by.person_id is not None else None
    if method is None:
        raise NotReauthenticated(field="secret")
    assert by.person_id is not None
    kind, object_id = about
    return Signature.objects.create(
        object_kind=kind,
        object_id=object_id,
        content_hash=content_sha256,
        meaning=meaning,
        signer_id=by.person_id,
        signer_name=by.label,
        organization_id=by.organization_id,
        method=method,
        at=clock.now(),
    )


def signatures_of(kind: str, object_id: int) -> list[Signature]:
    """Return the signatures on an object, oldest first."""
    return list(Signature.objects.filter(object_kind=kind, object_id=object_id).order_by("at", "id"))
