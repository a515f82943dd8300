"""Notices: told, counted, read, and sent by e-mail as each person chose."""

import datetime as dt
from typing import ClassVar

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from triallink.foundation.mailing import send_waiting
from triallink.foundation.models import Notice
from triallink.foundation.notices import (
    ANY_KIND,
    choose_email,
    mark_read,
    notices_of,
    notify,
    preferences_of,
    unread_count,
)
from triallink.kernel.actor import NOBODY
from triallink.kernel.clock import FixedClock
from triallink.kernel.refusals import NotAllowed

TEMPLATE = "Request %(code)s was published."


@pytest.fixture
def clock():
    return FixedClock(dt.datetime(2026, 5, 4, 9, tzinfo=dt.UTC))


def tell(member, clock, kind="request_published", code="R-1"):
    notify([member.person.pk], kind=kind, template=TEMPLATE, url="/requests/1/", clock=clock, code=code)


def test_a_notice_is_unread_until_it_is_read(ada, ben, clock):
    tell(ada, clock)
    tell(ada, clock)
    assert unread_count(to=ada.actor) == 2
    assert mark_read(by=ada.actor, notice_id=notices_of(to=ada.actor)[0].pk) == 1
    assert mark_read(by=ada.actor) == 1
    assert mark_read(by=ada.actor) == 0
    assert unread_count(to=ben.actor) == 0


def test_nobody_reads_or_marks_another_persons_notices(ada, eve, clock):
    tell(ada, clock)
    notice = notices_of(to=ada.actor)[0]
    assert mark_read(by=eve.actor, notice_id=notice.pk) == 0
    assert not notices_of(to=eve.actor).exists()
    with pytest.raises(NotAllowed):
        notices_of(to=NOBODY)


def test_a_day_brings_one_letter_and_the_next_day_another(ada, clock):
    tell(ada, clock, code="R-1")
    tell(ada, clock, code="R-2")
    assert send_waiting(clock=clock) == 1
    assert "R-1" in mail.outbox[0].body
    assert "R-2" in mail.outbox[0].body
    tell(ada, clock, code="R-3")
    assert send_waiting(clock=clock) == 0
    clock.move(dt.timedelta(hours=25))
    assert send_waiting(clock=clock) == 1
    assert len(mail.outbox) == 2
    assert "R-1" not in mail.outbox[1].body


def test_a_kind_wanted_at_once_comes_at_once_and_does_not_hold_up_the_day(ada, clock):
    choose_email(preferences={"bid_received": "now", ANY_KIND: "daily"}, by=ada.actor)
    tell(ada, clock, kind="bid_received")
    assert send_waiting(clock=clock) == 1
    tell(ada, clock)
    assert send_waiting(clock=clock) == 1


def test_a_kind_never_wanted_and_a_notice_already_read_are_not_sent(ada, clock):
    choose_email(preferences={"request_published": "never"}, by=ada.actor)
    tell(ada, clock)
    tell(ada, clock, kind="bid_received")
    mark_read(by=ada.actor, clock=clock)
    assert send_waiting(clock=clock) == 0


def test_the_letter_is_in_the_readers_language_and_its_subject_is_one_line(ada, clock):
    ada.person.language = "zh-hans"
    ada.person.save()
    tell(ada, clock, code="R-1\nBcc: eve@example.org")
    send_waiting(clock=clock)
    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].to == [ada.person.email]


def test_demo_and_deactivated_people_get_no_letters(ada, ben, clock):
    ada.person.is_demo = True
    ada.person.save()
    ben.person.is_active = False
    ben.person.save()
    tell(ada, clock)
    tell(ben, clock)
    assert send_waiting(clock=clock) == 0
    assert Notice.objects.filter(emailed_at__isnull=True).count() == 2


class Postbox(BaseEmailBackend):
    """A mail back end of an installation's own."""

    letters: ClassVar[list[EmailMessage]] = []

    def send_messages(self, email_messages):
        self.letters.extend(email_messages)
        return len(email_messages)


def test_letters_go_through_whichever_back_end_is_set(ada, clock, settings):
    settings.EMAIL_BACKEND = f"{Postbox.__module__}.Postbox"
    tell(ada, clock)
    assert send_waiting(clock=clock) == 1
    assert [letter.to for letter in Postbox.letters] == [[ada.person.email]]
    assert mail.outbox == []
    Postbox.letters.clear()


def test_preferences_name_every_kind_received_and_the_rest(ada, clock):
    tell(ada, clock)
    assert preferences_of(to=ada.actor) == {ANY_KIND: "daily", "request_published": "daily"}
    choose_email(preferences={"request_published": "now", ANY_KIND: "whenever"}, by=ada.actor)
    assert preferences_of(to=ada.actor) == {ANY_KIND: "daily", "request_published": "now"}
