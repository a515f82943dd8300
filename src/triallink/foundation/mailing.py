"""Notices by e-mail: at once, or one letter a day, as each person chose."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext, ngettext

from triallink.foundation.models import Notice, NoticePreference
from triallink.foundation.notices import ANY_KIND
from triallink.foundation.sentences import sentence
from triallink.kernel.clock import Clock, system_clock

# What waited longer is old news, for instance after the mail server was away for a week.
TOO_OLD = dt.timedelta(days=3)
DAY = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Mailbox:
    """Where and in which language somebody gets e-mail."""

    address: str
    language: str


# accounts registers where people get their mail: ids -> mailbox, without those who may not be written to.
FindMailboxes = Callable[[Iterable[int]], dict[int, Mailbox]]
_find: list[FindMailboxes] = []


def register_mailboxes(find: FindMailboxes) -> None:
    """Say where people get their mail; called once, by accounts."""
    _find[:] = [find]


def send_waiting(*, clock: Clock = system_clock) -> int:
    """Send the letters that are due and return how many were sent.

    A person gets one letter for all that is due: what they want at once, and, once in 24 hours, the rest.
    Several senders may run: a person's notices are taken with SKIP LOCKED.
    """
    waiting = Notice.objects.filter(
        emailed_at__isnull=True, read_at__isnull=True, at__gt=clock.now() - TOO_OLD
    )
    people = set(waiting.values_list("person_id", flat=True))
    mailboxes = _find[0](people) if people and _find else {}
    preferences: dict[int, dict[str, str]] = defaultdict(dict)
    for person_id, kind, word in NoticePreference.objects.filter(person_id__in=mailboxes).values_list(
        "person_id", "kind", "email"
    ):
        preferences[person_id][kind] = word
    return sum(
        _write_to(person_id, mailbox, preferences[person_id], clock)
        for person_id, mailbox in mailboxes.items()
    )


@transaction.atomic
def _write_to(person_id: int, mailbox: Mailbox, chosen: dict[str, str], clock: Clock) -> bool:
    now = clock.now()
    notices = list(
        Notice.objects.select_for_update(skip_locked=True)
        .filter(person_id=person_id, emailed_at__isnull=True, read_at__isnull=True, at__gt=now - TOO_OLD)
        .order_by("at", "id")
    )
    default = chosen.get(ANY_KIND, NoticePreference._meta.get_field("email").default)
    sent_today = Notice.objects.filter(person_id=person_id, emailed_at__gt=now - DAY).values_list(
        "kind", flat=True
    )
    had_daily = any(chosen.get(kind, default) == "daily" for kind in sent_today.distinct())
    wanted = ("now",) if had_daily else ("now", "daily")
    due = [notice for notice in notices if chosen.get(notice.kind, default) in wanted]
    if not due:
        return False
    _letter(mailbox, due).send()
    Notice.objects.filter(pk__in=[notice.pk for notice in due]).update(emailed_at=now)
    return True


def _letter(mailbox: Mailbox, notices: list[Notice]) -> EmailMessage:
    with translation.override(mailbox.language):
        lines = [sentence(notice.template, notice.params) for notice in notices]
        if len(lines) == 1:
            subject = lines[0]
        else:
            count = len(lines)
            subject = ngettext("%(count)s notice", "%(count)s notices", count) % {"count": count}
        places = [f"{settings.BASE_URL}{notice.url}" if notice.url else "" for notice in notices]
        body = "\n\n".join("\n".join(filter(None, pair)) for pair in zip(lines, places, strict=True))
        end = gettext("You choose on the notices page what reaches you by e-mail:")
        body += f"\n\n--\n{end}\n{settings.BASE_URL}/notices/preferences/\n"
    # A line break in a subject would be a header of its own.
    subject = " ".join(f"[Trial.Link] {subject}".split())[:200]
    return EmailMessage(subject, body, to=[mailbox.address], connection=get_connection())
