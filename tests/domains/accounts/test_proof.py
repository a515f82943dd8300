"""Proving who one is when signing: few wrong answers, then none for a while; told and written down."""

import datetime as dt
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from tests.conftest import PASSWORD, Member
from tests.domains.accounts.guessing import guess
from tests.domains.contracts.racing import ready

from triallink.domains.accounts.models import Person
from triallink.domains.accounts.services import deactivate_person, reauthenticate
from triallink.foundation.audit import verify
from triallink.foundation.models import AuditLine, Notice, Signature
from triallink.foundation.outbox import dispatch_waiting
from triallink.foundation.signatures import NotReauthenticated, SigningLocked, sign
from triallink.kernel.clock import system_clock

pytestmark = pytest.mark.django_db(transaction=True)
RACERS = 3
PAPER = {"about": ("paper", 1), "content_sha256": "0" * 64, "meaning": "approval"}


class LaterClock:
    """Tells a later time."""

    def __init__(self, **later: float) -> None:
        self.later = dt.timedelta(**later)

    def now(self) -> dt.datetime:
        return system_clock.now() + self.later


def fail_to_sign(who: Member, times: int) -> None:
    for _ in range(times):
        with pytest.raises(NotReauthenticated):
            sign(**PAPER, secret="a guess", by=who.actor)


def test_after_five_wrong_answers_the_right_one_signs_nothing_for_a_quarter_of_an_hour(ada: Member):
    fail_to_sign(ada, 5)
    with pytest.raises(SigningLocked):
        sign(**PAPER, secret=PASSWORD, by=ada.actor)
    with pytest.raises(SigningLocked):
        deactivate_person(secret=PASSWORD, by=ada.actor)
    assert not Signature.objects.exists()
    with pytest.raises(SigningLocked):
        reauthenticate(ada.person.pk, PASSWORD, clock=LaterClock(minutes=14))
    assert reauthenticate(ada.person.pk, PASSWORD, clock=LaterClock(minutes=15, seconds=1)) == "password"


def test_a_right_answer_forgives_the_wrong_ones_and_so_does_time(ada: Member):
    fail_to_sign(ada, 4)
    assert sign(**PAPER, secret=PASSWORD, by=ada.actor).method == "password"
    fail_to_sign(ada, 4)
    later = LaterClock(minutes=16)
    assert [reauthenticate(ada.person.pk, "a guess", clock=later) for _ in range(4)] == [None] * 4
    assert reauthenticate(ada.person.pk, PASSWORD, clock=later) == "password"


def test_one_persons_guesses_lock_nobody_else(ada: Member, ben: Member):
    fail_to_sign(ada, 5)
    assert sign(**PAPER, secret=PASSWORD, by=ben.actor).method == "password"


def test_the_person_is_told_and_it_is_written_down_once(ada: Member):
    fail_to_sign(ada, 5)
    for _ in range(3):
        with pytest.raises(SigningLocked):
            sign(**PAPER, secret="a guess", by=ada.actor)
    while dispatch_waiting():
        pass
    [notice] = Notice.objects.filter(person_id=ada.person.pk, kind="signing_locked")
    assert notice.params == {"count": 5, "minutes": 15}
    [line] = AuditLine.objects.filter(action="SigningWasLocked")
    assert (line.object_kind, line.object_id) == ("person", ada.person.pk)
    assert all(report.broken_at is None for report in verify())


def test_the_page_says_it_beside_the_field(client: Client, ada: Member):
    fail_to_sign(ada, 5)
    client.force_login(ada.person)
    answer = client.post("/account/close/", {"secret": PASSWORD, "understood": "on"})
    assert "try again in 15 minutes" in answer.content.decode()
    assert 'id="id_secret_error"' in answer.content.decode()
    assert Person.objects.get(pk=ada.person.pk).is_active


@pytest.mark.race
def test_guesses_made_at_once_are_no_more_than_those_made_one_by_one(ada: Member):
    where = (connection.settings_dict["NAME"], str(settings.DATA_DIR))
    guesses = ["a guess"] * 5 + [PASSWORD]
    with ProcessPoolExecutor(
        RACERS, mp_context=multiprocessing.get_context("spawn"), initializer=ready, initargs=where
    ) as pool:
        tries = [pool.submit(guess, ada.person.pk, guesses) for _ in range(RACERS)]
        answers = [answer for each in tries for answer in each.result(timeout=120)]
    assert sorted(set(answers)) == ["signing_locked", "wrong"]
    assert answers.count("wrong") == 5
