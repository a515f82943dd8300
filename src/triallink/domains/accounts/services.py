"""What people do with their accounts."""

from django.contrib.auth.hashers import check_password

from triallink.domains.accounts.models import Person


def reauthenticate(person_id: int, secret: str) -> str | None:
    """Return how the signer proved who they are ("password" or "totp"), or None if they did not."""
    person = Person.objects.get(pk=person_id)
    if person.is_active and check_password(secret, person.password):
        return "password"
    return None
