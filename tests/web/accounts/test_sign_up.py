"""Signing up: the code by e-mail, and nothing told about who already has an account."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from tests.conftest import PASSWORD, Member

from triallink.domains.accounts.models import Person
from triallink.foundation.models import AuditLine

NEW = {"name": "Ivy Lin", "email": "Ivy@Example.org", "password1": PASSWORD, "language": "en"}


def code_in_mail() -> str:
    found = re.search(r"^    (\S+)$", mail.outbox[-1].body, re.MULTILINE)
    assert found
    return found.group(1)


def test_a_new_person_confirms_the_address_and_goes_on_to_found_an_organization(client: Client, db: None):
    answer = client.post("/sign-up/", NEW)
    assert answer.headers["Location"] == "/sign-up/confirm/"
    assert "_auth_user_id" not in client.session
    assert client.get("/sign-up/confirm/").status_code == 200
    answer = client.post("/sign-up/confirm/", {"code": code_in_mail()})
    assert answer.headers["Location"] == "/start/"
    person = Person.objects.get(email="ivy@example.org")
    assert (person.name, person.language) == ("Ivy Lin", "en")
    assert client.session["_auth_user_id"] == str(person.pk)
    assert AuditLine.objects.get(action="PersonSignedUp").actor_id == person.pk


def test_a_wrong_code_opens_nothing(client: Client, db: None):
    client.post("/sign-up/", NEW)
    answer = client.post("/sign-up/confirm/", {"code": "WRONG"})
    assert "The code is not right." in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_an_unconfirmed_person_cannot_sign_in(client: Client, db: None):
    client.post("/sign-up/", NEW)
    cache.clear()  # codes are sent ten seconds apart at the soonest
    other = Client()
    answer = other.post("/sign-in/", {"login": "ivy@example.org", "password": PASSWORD})
    assert answer.headers["Location"] == "/sign-up/confirm/"
    assert "_auth_user_id" not in other.session


def test_signing_up_tells_nobody_that_an_account_exists(client: Client, ada: Member):
    taken, fresh = Client(), Client()
    first = taken.post("/sign-up/", {**NEW, "email": ada.person.email})
    second = fresh.post("/sign-up/", NEW)
    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    first_page, second_page = (c.get("/sign-up/confirm/").content.decode() for c in (taken, fresh))
    assert first_page.count("<form") == second_page.count("<form")
    told = next(letter for letter in mail.outbox if letter.to == [ada.person.email])
    assert "already have an account" in told.subject
    assert Person.objects.filter(email=ada.person.email).count() == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"password1": "short"}, "password1"),
        ({"password1": "password1234567"[:8] + "01"}, "password1"),
        ({"name": ""}, "name"),
        ({"email": "not an address"}, "email"),
        ({"language": "tlh"}, "language"),
    ],
)
def test_what_is_missing_or_weak_is_said_beside_the_field(client: Client, db: None, change, told):
    answer = client.post("/sign-up/", {**NEW, **change})
    assert answer.status_code == 422
    assert f'id="id_{told}_error"' in answer.content.decode()
    assert not Person.objects.exists()


def test_the_letter_is_in_the_language_chosen(client: Client, db: None):
    client.post("/sign-up/", {**NEW, "language": "zh-hans"})
    assert "验证码" in mail.outbox[-1].subject
