"""The link in a referee's letter: signed, good for thirty days and for one answer, of the latest letter only."""

import datetime as dt

from django.core import signing

from triallink.domains.quality.errors import RefereeLinkOver
from triallink.domains.quality.models import Referee
from triallink.kernel.clock import Clock
from triallink.kernel.refusals import NotFound

SALT = "triallink.quality.referee"
VALID_FOR = dt.timedelta(days=30)


def token_of(referee: Referee) -> str:
    """Return the token of a referee's latest letter; nothing of it is stored."""
    return signing.dumps([referee.pk, referee.letters], salt=SALT)


def referee_behind(token: str, *, clock: Clock) -> Referee:
    """Return the referee a token was made for, while it may be answered with.

    Refuses: NotFound (forged), RefereeLinkOver.
    """
    try:
        referee_id, letter = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise NotFound from error
    referee = (
        Referee.objects.select_related("professional__organization", "professional__person")
        .filter(pk=referee_id)
        .first()
    )
    if referee is None:
        raise NotFound
    is_fresh = referee.asked_at is not None and clock.now() <= referee.asked_at + VALID_FOR
    if referee.state != "named" or referee.letters != letter or not is_fresh:
        raise RefereeLinkOver
    return referee
