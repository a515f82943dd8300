"""The source of randomness: HMAC-SHA256 of a sealed seed, one draw per stratum and position.

Draw i of a stratum is u = HMAC-SHA256(seed, "study|version|stratum|i") / 2**256. Nobody can foresee it without the
seed; anybody can repeat it with the seed, in any language. The seed is sealed before the first allocation by
publishing its SHA-256, so that it cannot be exchanged afterwards.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

DRAW_BITS = 256
SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Draw:
    """One uniform number in [0, 1): numerator / 2**256, with the message it was derived from."""

    message: str
    numerator: int

    @property
    def value(self) -> Fraction:
        """The draw as an exact fraction."""
        return Fraction(self.numerator, 1 << DRAW_BITS)


@dataclass(frozen=True, slots=True)
class Stream:
    """All draws of one randomization list version of one study.

    seed     32 bytes, made and kept by the unblinded service; never shown in a repr.
    study    the study's identifier.
    version  the version of the randomization list.
    """

    seed: bytes = field(repr=False)
    study: str
    version: str = "1"

    def __post_init__(self) -> None:
        if not isinstance(self.seed, bytes) or len(self.seed) != SEED_BYTES:
            raise ValueError(
                f"a seed is {SEED_BYTES} bytes, not {type(self.seed).__name__} of {len(self.seed)}"
            )
        _refuse_separator("study", self.study)
        _refuse_separator("version", self.version)

    @property
    def seal(self) -> str:
        """The SHA-256 of the seed in hexadecimal, to be published before the first allocation."""
        return seal(self.seed)

    def draw(self, stratum: str, position: int) -> Draw:
        """Return the draw of a position (from 1) in a stratum ("" when there are no strata).

        stratum   any text without "|".
        position  integer >= 1.
        Returns   a Draw with 0 <= value < 1.
        Raises    ValueError if the stratum contains "|" or the position is below 1.
        Source    RFC 2104 (HMAC), FIPS 180-4 (SHA-256); checked against RFC 4231 test vectors.
        """
        _refuse_separator("stratum", stratum)
        if position < 1:
            raise ValueError(f"positions count from 1, not {position!r}")
        message = f"{self.study}|{self.version}|{stratum}|{position}"
        digest = hmac.digest(self.seed, message.encode("utf-8"), "sha256")
        return Draw(message, int.from_bytes(digest, "big"))

    def draws(self, stratum: str = "") -> Iterator[Draw]:
        """Yield the draws of a stratum from position 1 on, without end."""
        position = 1
        while True:
            yield self.draw(stratum, position)
            position += 1


def seal(seed: bytes) -> str:
    """Return the SHA-256 of a seed in hexadecimal.

    seed     32 bytes.
    Returns  64 hexadecimal characters.
    Raises   nothing.
    Source   FIPS 180-4.
    """
    return hashlib.sha256(seed).hexdigest()


def opens(seed: bytes, sealed: str) -> bool:
    """Return whether this is the seed that was sealed, compared in constant time.

    seed     the revealed seed.
    sealed   what `seal` returned before the first allocation.
    Returns  True if they belong together.
    Raises   nothing.
    Source   FIPS 180-4.
    """
    return hmac.compare_digest(seal(seed), sealed.lower())


def _refuse_separator(name: str, value: str) -> None:
    if "|" in value:
        raise ValueError(f"{name} must not contain '|': {value!r}")
