"""Reminders of credentials that run out, 60, 30 and 7 days before, and the word that one has."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet

from triallink.domains.accounts.selectors import people_with_roles
from triallink.domains.quality.certification_words import in_both
from triallink.domains.quality.events import CredentialExpired
from triallink.domains.quality.models import Credential, CredentialReminder
from triallink.domains.quality.services.credentials import KEEPERS
from triallink.engines.qualification import REMINDER_DAYS, reminder_due
from triallink.foundation.notices import notify
from triallink.foundation.record import record
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import CREDENTIAL_KINDS

EXPIRED = 0
# Older ones are no news: a platform that starts with ten thousand records tells nobody of last year's.
NEWS_DAYS = 14


@transaction.atomic
def remind_of_credentials(*, clock: Clock = system_clock) -> int:
    """Tell professionals and their employers that a credential runs out in 60, 30 or 7 days; each of these once."""
    today = clock.now().date()
    rows = _of_the_active().filter(expires_on__range=(today, today + dt.timedelta(days=max(REMINDER_DAYS))))
    sent = 0
    for row in rows:
        assert row.expires_on is not None
        days = reminder_due(row.expires_on, today, [one.days for one in row.reminders.all()])
        if days is None or _is_renewed(row):
            continue
        CredentialReminder.objects.create(credential=row, days=days, sent_at=clock.now())
        _tell(row, N_("%(credential)s of %(name)s is valid until %(day)s. Renew it in time."), clock)
        sent += 1
    return sent


def expire_credentials(*, clock: Clock = system_clock) -> int:
    """Say of every credential that has just run out that it has, once, and return how many there were."""
    today = clock.now().date()
    rows = _of_the_active().filter(
        expires_on__range=(today - dt.timedelta(days=NEWS_DAYS), today - dt.timedelta(days=1))
    )
    return sum(
        tell_of_expiry(credential_id=row.pk, by=SYSTEM, clock=clock)
        for row in rows
        if EXPIRED not in {one.days for one in row.reminders.all()}
    )


@transaction.atomic
def tell_of_expiry(*, credential_id: int, by: Actor, clock: Clock = system_clock) -> bool:
    """Say that one credential has run out; return False if somebody said so already.

    Refuses: nothing.
    Emits: CredentialExpired, the first time.
    """
    row = (
        Credential.objects.select_for_update(of=("self",))
        .select_related("professional")
        .get(pk=credential_id)
    )
    _, is_new = CredentialReminder.objects.get_or_create(
        credential=row, days=EXPIRED, defaults={"sent_at": clock.now()}
    )
    if not is_new:
        return False
    if not _is_renewed(row):
        _tell(row, N_("%(credential)s of %(name)s has expired: no new work until it is renewed."), clock)
    record(
        CredentialExpired(
            credential_id=row.pk,
            professional_id=row.professional_id,
            organization_id=row.professional.organization_id,
        ),
        by=by,
        about=("professional", row.professional_id),
        organization_id=row.professional.organization_id,
        change={"credential": [row.kind, "expired"]},
        clock=clock,
    )
    return True


def _of_the_active() -> QuerySet[Credential]:
    return (
        Credential.objects.filter(professional__is_active=True, refused_at__isnull=True)
        .select_related("professional")
        .prefetch_related("reminders")
        .order_by("pk")
    )


def _is_renewed(row: Credential) -> bool:
    later = Credential.objects.filter(
        professional_id=row.professional_id, kind=row.kind, refused_at__isnull=True
    ).exclude(pk=row.pk)
    last = row.expires_on or dt.date.max
    return any(one.expires_on is None or one.expires_on > last for one in later)


def _tell(row: Credential, template: str, clock: Clock) -> None:
    one = row.professional
    people = people_with_roles(one.organization_id, *KEEPERS)
    if one.person_id is not None:
        people.append(one.person_id)
    notify(
        people,
        kind="credential_expiring",
        template=template,
        url=f"/quality/people/{one.pk}/",
        organization_id=one.organization_id,
        clock=clock,
        credential=in_both([CREDENTIAL_KINDS[row.kind]]),
        name={"en": one.name or one.name_zh, "zh": one.name_zh or one.name},
        day=str(row.expires_on),
    )
