"""Tell people: in the application, live in the page's badge, and by e-mail as they prefer."""

import re
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from triallink.foundation.live import publish
from triallink.foundation.models import Notice, NoticePreference
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock


def notify(
    person_ids: Iterable[int],
    *,
    kind: str,
    template: str,
    url: str,
    organization_id: int | None = None,
    clock: Clock = system_clock,
    **params: Any,
) -> None:
    """Write a notice to each person and ring their badges when the transaction commits.

    template  an English msgid with %(name)s places, marked with N_; translated when it is shown.
    """
    people = sorted(set(person_ids))
    Notice.objects.bulk_create(
        Notice(
            person_id=person_id,
            organization_id=organization_id,
            kind=kind,
            template=template,
            params=params,
            url=url,
            at=clock.now(),
        )
        for person_id in people
    )
    for person_id in people:
        publish(f"person:{person_id}", "notice")


def unread_count(*, to: Actor) -> int:
    """Return how many notices somebody has not read."""
    return Notice.objects.filter(person_id=to.own_person_id, read_at__isnull=True).count()


def notices_of(*, to: Actor) -> QuerySet[Notice]:
    """Return somebody's notices, newest first."""
    return Notice.objects.filter(person_id=to.own_person_id).order_by("-at", "-id")


def mark_read(*, by: Actor, notice_id: int | None = None, clock: Clock = system_clock) -> int:
    """Mark one of somebody's notices as read, or all of them; return how many were unread."""
    unread = Notice.objects.filter(person_id=by.own_person_id, read_at__isnull=True)
    if notice_id is not None:
        unread = unread.filter(pk=notice_id)
    found = unread.update(read_at=clock.now())
    if found:
        # Other open windows of the same person renew their badge.
        publish(f"person:{by.own_person_id}", "notice")
    return found


# The preference that holds for every kind somebody has not chosen for.
ANY_KIND = "*"


def preferences_of(*, to: Actor) -> dict[str, str]:
    """Return how somebody wants to hear by e-mail: kind -> "now", "daily" or "never"; ANY_KIND is always there."""
    chosen = NoticePreference.objects.filter(person_id=to.own_person_id).values_list("kind", "email")
    received = notices_of(to=to).order_by().values_list("kind", flat=True).distinct()
    stored = dict(chosen)
    default = stored.pop(ANY_KIND, NoticePreference._meta.get_field("email").default)
    return {ANY_KIND: default, **dict.fromkeys(sorted(received), default), **stored}


@transaction.atomic
def choose_email(*, preferences: dict[str, str], by: Actor) -> None:
    """Remember how somebody wants to hear of each kind of notice.

    Refuses: nothing; a word that is not offered is left out.
    """
    offered = {word for word, _ in NoticePreference.EMAIL}
    NoticePreference.objects.filter(person_id=by.own_person_id).delete()
    NoticePreference.objects.bulk_create(
        NoticePreference(person_id=by.own_person_id, kind=kind[:60], email=word)
        for kind, word in preferences.items()
        if word in offered
    )


def kind_words(kind: str) -> str:
    """Return the name of a kind of notice as English words: "bid_received" is "Bid received"."""
    return re.sub(r"[_.-]+", " ", kind).strip().capitalize()
