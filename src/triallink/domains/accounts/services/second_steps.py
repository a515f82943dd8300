"""The secrets of two-step sign-in, as they lie in the database."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from triallink.domains.accounts.errors import VaultKeyMissing
from triallink.domains.accounts.events import SecondStepsSealedAgain
from triallink.foundation.record import record
from triallink.foundation.vault import opens, seal_again
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

# Which value of an authenticator is the secret, by its type.
SECRETS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}


@transaction.atomic
def seal_second_steps_again(*, by: Actor, clock: Clock = system_clock) -> int:
    """Seal every second-step secret with the newest key, and return how many there are; ends a change of keys.

    Refuses: VaultKeyMissing (a secret opens with none of the keys).
    Emits: SecondStepsSealedAgain.
    """
    rows = list(Authenticator.objects.select_for_update().filter(type__in=list(SECRETS)))
    require_keys(rows)
    for row in rows:
        name = SECRETS[Authenticator.Type(row.type)]
        row.data[name] = seal_again(row.data[name])
    Authenticator.objects.bulk_update(rows, ["data"], batch_size=500)
    record(SecondStepsSealedAgain(count=len(rows)), by=by, about=("vault", 0), clock=clock)
    return len(rows)


def require_keys(rows: list[Authenticator]) -> None:
    """Refuse VaultKeyMissing if a secret of these opens with none of the keys."""
    lost = sum(not opens(row.data[SECRETS[Authenticator.Type(row.type)]]) for row in rows)
    if lost:
        raise VaultKeyMissing(lost=lost, total=len(rows))
