"""Secrets at rest: sealed with a key that is not in the database, so that a copy of the database opens nothing."""

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

# Says by which way a text was sealed, and that it was.
SEALED = "fernet:"


def seal(text: str) -> str:
    """Return the text sealed with the newest key."""
    return SEALED + _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the text that was sealed with any of the keys.

    Raises ValueError if it is not sealed, was altered, or if its key is not among those of VAULT_KEYS.
    """
    if not is_sealed(sealed):
        raise ValueError("the text is not sealed")
    try:
        return _keys().decrypt(sealed.removeprefix(SEALED)).decode()
    except InvalidToken:
        raise ValueError(
            "none of VAULT_KEYS opens this secret: its key was lost, or it was altered"
        ) from None


def seal_again(sealed: str) -> str:
    """Return the same secret sealed with the newest key, whichever of the keys it was sealed with."""
    return seal(unseal(sealed))


def opens(sealed: str) -> bool:
    """Return whether a text was sealed with one of the present keys."""
    try:
        unseal(sealed)
    except ValueError:
        return False
    return True


def is_sealed(text: str) -> bool:
    """Return whether a text was sealed."""
    return text.startswith(SEALED)


@register()
def check_keys(**_: Any) -> list[CheckMessage]:
    """Warn while secrets are sealed with the secret key, which people change without a thought for them."""
    if settings.SECRET_KEY.split() != settings.VAULT_KEYS:
        return []
    return [
        Warning(
            "TRIALLINK_VAULT_KEYS is not set: second-step secrets are sealed with TRIALLINK_SECRET_KEY.",
            hint="Give the vault a key of its own before the secret key is ever changed: docs/guide/running.md.",
            id="foundation.W002",
        )
    ]


def _keys() -> MultiFernet:
    """Return the keys, newest first; a key may be any text, long and random as `tl.py` makes it."""
    digests = (hashlib.sha256(b"triallink vault\n" + key.encode()).digest() for key in settings.VAULT_KEYS)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
