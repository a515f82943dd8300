"""Signing in: right and wrong passwords, lockout, the demo cast."""

import datetime as dt

import pytest
from axes.models import AccessAttempt
from django.test import Client
from tests.conftest import PASSWORD, Member

from triallink.domains.accounts.models import Person


def sign_in(client: Client, email: str, password: str, **more: str):
    return client.post("/sign-in/", {"login": email, "password": password, **more})


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_sign_in_page_greets_in_the_readers_language(client: Client, db: None, language: str):
    text = client.get("/sign-in/", headers={"accept-language": language}).content.decode()
    assert ("登录" in text) == (language == "zh-hans")


def test_the_right_password_opens_and_leads_back_to_the_page_asked_for(client: Client, ivy: Person):
    answer = sign_in(client, "IVY@example.org", PASSWORD, next="/studies/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/studies/")
    assert client.session["_auth_user_id"] == str(ivy.pk)


def test_another_server_is_no_page_to_lead_back_to(client: Client, ivy: Person):
    answer = sign_in(client, ivy.email, PASSWORD, next="https://evil.example/")
    assert answer.headers["Location"] == "/start/"


def test_who_is_remembered_stays_two_weeks_and_others_until_the_browser_closes(client: Client, ivy: Person):
    sign_in(client, ivy.email, PASSWORD)
    assert client.session.get_expire_at_browser_close()
    client.post("/sign-out/")
    sign_in(client, ivy.email, PASSWORD, remember="on")
    assert client.session.get_expiry_age() == dt.timedelta(days=14).total_seconds()


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client: Client, ivy: Person):
    wrong, unknown = sign_in(client, ivy.email, "nope"), sign_in(client, "nobody@example.org", "nope")
    assert wrong.status_code == unknown.status_code == 422
    told = "The e-mail address or the password is not right."
    assert told in wrong.content.decode()
    assert told in unknown.content.decode()


@pytest.mark.parametrize("email", ["ivy@example.org", "nobody@example.org"])
def test_five_wrong_passwords_lock_the_address_and_say_until_when(client: Client, ivy: Person, email: str):
    for _ in range(4):
        assert sign_in(client, email, "nope").status_code == 422
    locked = sign_in(client, email, "nope")
    assert locked.status_code == 429
    assert "locked until" in locked.content.decode()
    assert sign_in(client, email, PASSWORD).status_code == 429
    chinese = client.post(
        "/sign-in/", {"login": email, "password": "nope"}, headers={"accept-language": "zh-hans"}
    )
    assert "已锁定至" in chinese.content.decode()


def test_the_lock_opens_after_a_quarter_of_an_hour(client: Client, ivy: Person):
    for _ in range(5):
        sign_in(client, ivy.email, "nope")
    for attempt in AccessAttempt.objects.all():
        AccessAttempt.objects.filter(pk=attempt.pk).update(
            attempt_time=attempt.attempt_time - dt.timedelta(minutes=16)
        )
    assert sign_in(client, ivy.email, PASSWORD).status_code == 302


def test_signing_out_takes_a_post(client: Client, ada: Member):
    client.force_login(ada.person)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").headers["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_the_demo_cast_signs_in_with_one_click(client: Client, ada: Member, eve: Member, settings):
    settings.DEMO = True
    Person.objects.filter(pk=ada.person.pk).update(is_demo=True)
    page = client.get("/sign-in/").content.decode()
    assert "Northlight Therapeutics" in page
    assert "Unrelated Pharma" not in page
    assert client.post("/demo-sign-in/", {"person_id": eve.person.pk}).status_code == 404
    assert client.post("/demo-sign-in/", {"person_id": ada.person.pk}).status_code == 302
    assert client.session["_auth_user_id"] == str(ada.person.pk)


def test_without_the_demo_nobody_signs_in_with_one_click(client: Client, ada: Member, settings):
    settings.DEMO = False
    Person.objects.filter(pk=ada.person.pk).update(is_demo=True)
    assert "Northlight Therapeutics" not in client.get("/sign-in/").content.decode()
    assert client.post("/demo-sign-in/", {"person_id": ada.person.pk}).status_code == 404
    assert "_auth_user_id" not in client.session
