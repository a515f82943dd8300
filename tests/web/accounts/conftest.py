"""What the tests of accounts share."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from tests.conftest import PASSWORD

from triallink.domains.accounts.models import Person
from triallink.domains.accounts.services import create_person
from triallink.kernel.actor import SYSTEM

PERIOD_SECONDS = 30


class Phone:
    """An authenticator application."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    @property
    def code(self) -> str:
        """Return the present code, one that stays good for some seconds."""
        if time.time() % PERIOD_SECONDS > PERIOD_SECONDS - 5:
            time.sleep(PERIOD_SECONDS - time.time() % PERIOD_SECONDS)
        return format_hotp_value(hotp_value(self.secret, int(time.time()) // PERIOD_SECONDS))


def give_phone(person: Person) -> Phone:
    """Set up two-step sign-in for somebody."""
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    RecoveryCodes.activate(person)
    return Phone(secret)


def recovery_codes_of(person: Person) -> list[str]:
    """Return the codes somebody has not used."""
    found = Authenticator.objects.get(user=person, type=Authenticator.Type.RECOVERY_CODES)
    return RecoveryCodes(found).get_unused_codes()


@pytest.fixture
def ivy(db: None) -> Person:
    """Somebody whose address is confirmed and who belongs nowhere."""
    return create_person(email="ivy@example.org", name="Ivy", password=PASSWORD, by=SYSTEM)
