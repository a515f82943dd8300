"""What accounts hears."""

from triallink.domains.accounts.events import ProofsFailed
from triallink.domains.accounts.services import tell_of_locked_signing
from triallink.foundation.outbox import hears
from triallink.kernel.actor import SYSTEM


@hears(ProofsFailed)
def tell_whose_signing_is_locked(event: ProofsFailed) -> None:
    """Too many wrong answers were given: the person hears of it."""
    tell_of_locked_signing(person_id=event.person_id, count=event.count, minutes=event.minutes, by=SYSTEM)
