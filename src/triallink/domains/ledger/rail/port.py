"""What the ledger asks of a bank, and how a bank's message is signed."""

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from typing import Protocol

import orjson

from triallink.kernel.money import Money

OUTCOMES = ("settled", "failed", "returned")


class RailUnavailable(Exception):
    """The bank did not answer; what was asked may be asked again with the same reference."""


@dataclass(frozen=True)
class Instruction:
    """One payment: "out" pays our customer, "in" tells the bank that money is expected. `at`: when it was asked for."""

    reference: str
    direction: str
    amount: Money
    at: dt.datetime
    bank_account: str = ""


@dataclass(frozen=True)
class BankMessage:
    """What the bank says of one reference. `event_id` is the bank's; a repeated message carries it again."""

    event_id: str
    reference: str
    outcome: str
    amount: Money

    def body(self) -> bytes:
        """Return the message as the bytes that are signed."""
        return orjson.dumps(
            {
                "event_id": self.event_id,
                "reference": self.reference,
                "outcome": self.outcome,
                "amount_minor": self.amount.minor,
                "currency": self.amount.currency,
            }
        )

    @staticmethod
    def read(body: bytes) -> "BankMessage":
        """Return the message of a body.

        Raises ValueError if the body is not one.
        """
        try:
            raw = orjson.loads(body)
            message = BankMessage(
                event_id=str(raw["event_id"])[:80],
                reference=str(raw["reference"])[:40],
                outcome=str(raw["outcome"]),
                amount=Money(raw["amount_minor"], raw["currency"]),
            )
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise ValueError(f"not a bank message: {body[:80]!r}") from error
        if message.outcome not in OUTCOMES:
            raise ValueError(f"unknown outcome {message.outcome!r}")
        return message


@dataclass(frozen=True)
class BankLine:
    """One line of the bank's statement of a day. Positive came in."""

    number: int
    reference: str
    amount: Money
    text: str = ""


class BankRail(Protocol):
    """A bank. Its answers come later, as signed messages; its statement says what really moved."""

    name: str

    def send(self, instruction: Instruction) -> None:
        """Hand in an instruction; the same reference is executed once however often it is sent.

        Raises RailUnavailable.
        """
        ...

    def statement(self, day: dt.date) -> list[BankLine]:
        """Return what moved on one day, as the bank sees it."""
        ...


def signature_of(body: bytes, secret: str) -> str:
    """Return the HMAC-SHA256 of a message body (RFC 2104), in hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Return whether the signature is right; takes the same time whether or not it is."""
    return hmac.compare_digest(signature_of(body, secret), signature.strip().lower())
