"""Secrets at rest: sealed with a key that is not in the database, so that a copy of the database opens nothing."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

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


def is_sealed(text: str) -> bool:
    """Return whether a text was sealed."""
    return text.startswith(SEALED)


def _keys() -> MultiFernet:
    """Return the keys, newest first; a key may be any text, long and random as `tl.py` makes it."""
    digests = (hashlib.sha256(b"triallink vault\n" + key.encode()).digest() for key in settings.VAULT_KEYS)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
