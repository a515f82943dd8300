"""Proving again who one is before signing: by password or one-time code, with few wrong answers allowed.

Wrong answers are counted through a connection of their own, because the refusal rolls back the transaction that
asked. An answer is counted before it is looked at and taken off the count when it was right, so that guesses sent
at the same time cannot be more than those sent one after the other.
"""

import datetime as dt
from typing import Any

import psycopg
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import check_password
from django.db import transaction

from triallink.domains.accounts.events import ProofsFailed, SigningWasLocked
from triallink.domains.accounts.models import Person
from triallink.foundation.database import apart
from triallink.foundation.notices import notify
from triallink.foundation.outbox import post
from triallink.foundation.record import record
from triallink.foundation.signatures import SigningLocked
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import N_

WRONG_ANSWERS_ALLOWED = 5
LOCK = dt.timedelta(minutes=15)

# A count older than the lock is forgotten; the last answer allowed locks until it proves right.
COUNT = """
    INSERT INTO accounts_wronganswers AS kept (person_id, count, last_at)
    VALUES (%(person)s, 1, %(now)s)
    ON CONFLICT (person_id) DO UPDATE SET
        count = CASE WHEN kept.last_at <= %(forgotten)s THEN 1 ELSE kept.count + 1 END,
        last_at = %(now)s,
        locked_until = CASE
            WHEN kept.last_at > %(forgotten)s AND kept.count + 1 >= %(allowed)s THEN %(until)s::timestamptz
        END
    WHERE kept.locked_until IS NULL OR kept.locked_until <= %(now)s
    RETURNING count
"""


def reauthenticate(person_id: int, secret: str, clock: Clock = system_clock) -> str | None:
    """Return how the signer proved who they are ("password" or "totp"), or None if they did not.

    Refuses: SigningLocked, after WRONG_ANSWERS_ALLOWED wrong answers and until LOCK is over.
    """
    now = clock.now()
    with apart() as connection:
        count = _counted(connection, person_id, now)
        method = _method(person_id, secret)
        if method is not None:
            connection.execute("DELETE FROM accounts_wronganswers WHERE person_id = %s", [person_id])
        elif count >= WRONG_ANSWERS_ALLOWED:
            minutes = int(LOCK.total_seconds() // 60)
            post(ProofsFailed(person_id=person_id, count=count, minutes=minutes), through=connection, at=now)
    return method


@transaction.atomic
def tell_of_locked_signing(
    *, person_id: int, count: int, minutes: int, by: Actor, clock: Clock = system_clock
) -> None:
    """Write down that signing in somebody's name is locked, and tell the person.

    Refuses: nothing; a person who is not there any more is not told.
    Emits: SigningWasLocked.
    """
    if not Person.objects.filter(pk=person_id).exists():
        return
    notify(
        [person_id],
        kind="signing_locked",
        template=N_(
            "%(count)s wrong passwords or codes were given to sign in your name. Signing is locked for %(minutes)s minutes."
            " If it was not you, set a new password."
        ),
        url="/account/security/",
        clock=clock,
        count=count,
        minutes=minutes,
    )
    record(
        SigningWasLocked(person_id=person_id),
        by=by,
        about=("person", person_id),
        change={"wrong_answers": [None, count]},
        clock=clock,
    )


def _counted(connection: psycopg.Connection[Any], person_id: int, now: dt.datetime) -> int:
    """Count one more answer and return how many there are now; refuse SigningLocked."""
    values = {
        "person": person_id,
        "now": now,
        "forgotten": now - LOCK,
        "until": now + LOCK,
        "allowed": WRONG_ANSWERS_ALLOWED,
    }
    row = connection.execute(COUNT, values).fetchone()
    if row is None:
        kept = connection.execute(
            "SELECT locked_until FROM accounts_wronganswers WHERE person_id = %s", [person_id]
        ).fetchone()
        # The row is gone if an answer given at the same time was right.
        left = (kept[0] - now) if kept and kept[0] else dt.timedelta()
        raise SigningLocked(field="secret", minutes=max(1, -(-int(left.total_seconds()) // 60)))
    count: int = row[0]
    return count


def _method(person_id: int, secret: str) -> str | None:
    person = Person.objects.get(pk=person_id)
    if not person.is_active:
        return None
    if check_password(secret, person.password):
        return "password"
    authenticator = Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).first()
    if authenticator is not None and TOTP(authenticator).validate_code(secret.replace(" ", "")):
        return "totp"
    return None
