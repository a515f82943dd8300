"""A person's own account: profile, proof of identity, export, farewell."""

import zoneinfo

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from triallink.domains.accounts.errors import EmailTaken, LanguageUnknown, LastAdministrator, TimeZoneUnknown
from triallink.domains.accounts.events import (
    PersonDeactivated,
    PersonSignedUp,
    ProfileUpdated,
)
from triallink.domains.accounts.models import LANGUAGES, ApiToken, Membership, Person
from triallink.domains.accounts.services.proof import reauthenticate
from triallink.foundation.record import record
from triallink.foundation.signatures import NotReauthenticated
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock


@transaction.atomic
def register(*, person: Person, source: str, by: Actor | None = None, clock: Clock = system_clock) -> Person:
    """Keep a new person, and write down that they signed up.

    by  who made the account, if it was not the person.
    Refuses: EmailTaken, LanguageUnknown.
    Emits: PersonSignedUp.
    """
    person.email = person.email.strip().lower()
    if person.language not in dict(LANGUAGES):
        raise LanguageUnknown(field="language")
    if Person.objects.filter(email=person.email).exists():
        raise EmailTaken(field="email", email=person.email)
    person.save()
    record(
        PersonSignedUp(person_id=person.pk),
        by=by or Actor(person_id=person.pk, label=person.name, source=source),
        about=("person", person.pk),
        clock=clock,
    )
    return person


@transaction.atomic
def create_person(
    *, email: str, name: str, password: str, language: str = "en", by: Actor, clock: Clock = system_clock
) -> Person:
    """Make an account whose e-mail address is known to be right; a production install starts with this.

    Refuses: EmailTaken, LanguageUnknown.
    Emits: PersonSignedUp.
    """
    person = Person(email=email, name=name.strip(), language=language)
    person.set_password(password)
    register(person=person, source=by.source, by=by, clock=clock)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@transaction.atomic
def update_profile(
    *, name: str, language: str, time_zone: str, by: Actor, clock: Clock = system_clock
) -> Person:
    """Change the person's name, language and time zone.

    Refuses: NotAllowed (nobody is signed in), LanguageUnknown, TimeZoneUnknown.
    Emits: ProfileUpdated.
    """
    if language not in dict(LANGUAGES):
        raise LanguageUnknown(field="language")
    if time_zone not in zoneinfo.available_timezones():
        raise TimeZoneUnknown(field="time_zone", time_zone=time_zone)
    person = _locked(by)
    new = {"name": name.strip() or person.name, "language": language, "time_zone": time_zone}
    change = {
        key: [getattr(person, key), value] for key, value in new.items() if getattr(person, key) != value
    }
    for key, value in new.items():
        setattr(person, key, value)
    person.save(update_fields=list(new))
    record(
        ProfileUpdated(person_id=person.pk), by=by, about=("person", person.pk), change=change, clock=clock
    )
    return person


@transaction.atomic
def deactivate_person(*, secret: str, by: Actor, clock: Clock = system_clock) -> None:
    """Close the person's account: memberships end, tokens die, nobody can sign in with it again.

    What was signed and recorded stays: the law asks for it. Refuses while others depend on the
    person as their organization's only administrator.

    Refuses: NotAllowed (nobody is signed in), NotReauthenticated, SigningLocked, LastAdministrator.
    Emits: PersonDeactivated.
    """
    person = _locked(by)
    if reauthenticate(person.pk, secret) is None:
        raise NotReauthenticated(field="secret")
    memberships = list(Membership.objects.filter(person=person, ended_at=None).select_related("organization"))
    for membership in memberships:
        others = Membership.objects.filter(organization=membership.organization, ended_at=None).exclude(
            person=person
        )
        is_needed = others.exists() and not others.filter(roles__contains=["administrator"]).exists()
        if "administrator" in membership.roles and is_needed:
            raise LastAdministrator
    now = clock.now()
    Membership.objects.filter(pk__in=[m.pk for m in memberships]).update(ended_at=now)
    ApiToken.objects.filter(person=person, revoked_at=None).update(revoked_at=now)
    Authenticator.objects.filter(user=person).delete()
    person.is_active, person.deactivated_at = False, now
    person.set_unusable_password()
    person.save(update_fields=["is_active", "deactivated_at", "password"])
    record(PersonDeactivated(person_id=person.pk), by=by, about=("person", person.pk), clock=clock)


def _locked(by: Actor) -> Person:
    return Person.objects.select_for_update().get(pk=by.own_person_id)
