"""The secrets of two-step sign-in, as they lie in the database."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from triallink.domains.accounts.events import SecondStepsSealedAgain
from triallink.foundation.record import record
from triallink.foundation.vault import seal_again
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

# Which value of an authenticator is the secret, by its type.
SECRETS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}


@transaction.atomic
def seal_second_steps_again(*, by: Actor, clock: Clock = system_clock) -> int:
    """Seal every second-step secret with the newest key, and return how many there are; ends a change of keys.

    Refuses: nothing; a secret whose key is gone is a ValueError and changes nothing.
    Emits: SecondStepsSealedAgain.
    """
    rows = list(Authenticator.objects.select_for_update().filter(type__in=list(SECRETS)))
    for row in rows:
        name = SECRETS[Authenticator.Type(row.type)]
        row.data[name] = seal_again(row.data[name])
    Authenticator.objects.bulk_update(rows, ["data"], batch_size=500)
    record(SecondStepsSealedAgain(count=len(rows)), by=by, about=("vault", 0), clock=clock)
    return len(rows)
