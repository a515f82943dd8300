"""Two-step sign-in: set up, second step, recovery codes, no code twice, turning it off."""

import re

import pytest
from django.core import mail
from django.test import Client
from tests.conftest import PASSWORD, Member
from tests.web.accounts.conftest import Phone, give_phone, recovery_codes_of

from triallink.domains.accounts.models import Person
from triallink.domains.accounts.services import reauthenticate
from triallink.foundation.signatures import NotReauthenticated, content_hash, sign
from triallink.foundation.vault import is_sealed


def sign_in(client: Client, person: Person) -> str:
    return client.post("/sign-in/", {"login": person.email, "password": PASSWORD}).headers["Location"]


def prove(client: Client) -> None:
    """Give the password again, as the pages that matter ask for."""
    client.post("/account/again/", {"password": PASSWORD})


@pytest.fixture
def inside(client: Client, ivy: Person) -> Client:
    """Ivy's browser, signed in."""
    sign_in(client, ivy)
    return client


def set_up(client: Client) -> Phone:
    prove(client)
    page = client.get("/account/security/two-steps/").content.decode()
    assert "data:image/svg+xml;base64," in page
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert key
    return Phone(key.group(1).replace(" ", ""))


def test_setting_it_up_asks_for_the_password_first(inside: Client):
    answer = inside.get("/account/security/two-steps/")
    assert answer.headers["Location"].startswith("/account/again/")


def test_a_secret_shown_but_not_yet_confirmed_waits_sealed(inside: Client, settings):
    phone = set_up(inside)
    assert is_sealed(inside.session["mfa.totp.secret"])
    assert phone.secret not in str(dict(inside.session))
    wrong = inside.post("/account/security/two-steps/", {"code": "000000"}).content.decode()
    assert phone.secret[:4] in wrong, "the same secret is shown again"
    settings.VAULT_KEYS = ["another"]
    assert inside.post("/account/security/two-steps/", {"code": phone.code}).status_code == 200
    assert inside.get("/account/security/two-steps/").status_code == 200


def test_setting_it_up_is_told_by_letter(transactional_db: None, inside: Client):
    inside.post("/account/security/two-steps/", {"code": set_up(inside).code})
    assert mail.outbox[-1].subject == "Your Trial.Link account changed"
    assert "Signing in now takes a one-time code." in mail.outbox[-1].body


def test_setting_it_up_shows_the_recovery_codes_once(inside: Client, ivy: Person):
    answer = inside.post("/account/security/two-steps/", {"code": set_up(inside).code})
    assert answer.headers["Location"] == "/account/security/recovery-codes/"
    first = inside.get("/account/security/recovery-codes/").content.decode()
    assert all(code in first for code in recovery_codes_of(ivy))
    assert 'download="triallink-recovery-codes.txt"' in first
    second = inside.get("/account/security/recovery-codes/").content.decode()
    assert not any(code in second for code in recovery_codes_of(ivy))


def test_a_wrong_first_code_turns_nothing_on(inside: Client, ivy: Person):
    set_up(inside)
    answer = inside.post("/account/security/two-steps/", {"code": "000000"})
    assert 'id="id_code_error"' in answer.content.decode()
    assert not ivy.authenticator_set.exists()


def test_the_code_of_the_set_up_does_not_also_sign_in(inside: Client, ivy: Person):
    code = (phone := set_up(inside)).code
    inside.post("/account/security/two-steps/", {"code": code})
    assert phone.code != code or reauthenticate(ivy.pk, code) is None


def test_signing_in_takes_the_code_and_the_same_code_only_once(client: Client, ivy: Person):
    phone = give_phone(ivy)
    assert sign_in(client, ivy) == "/sign-in/code/"
    assert "_auth_user_id" not in client.session
    assert client.get("/studies/").headers["Location"].startswith("/sign-in/")
    code = phone.code
    assert client.post("/sign-in/code/", {"code": code}).status_code == 302
    assert client.session["_auth_user_id"] == str(ivy.pk)
    thief = Client()
    sign_in(thief, ivy)
    answer = thief.post("/sign-in/code/", {"code": code})
    assert "it was already used" in answer.content.decode()
    assert "_auth_user_id" not in thief.session


def test_a_recovery_code_signs_in_once(client: Client, ivy: Person):
    give_phone(ivy)
    code = recovery_codes_of(ivy)[0]
    sign_in(client, ivy)
    assert client.post("/sign-in/code/", {"code": code}).status_code == 302
    other = Client()
    sign_in(other, ivy)
    assert other.post("/sign-in/code/", {"code": code}).status_code == 200
    assert len(recovery_codes_of(ivy)) == 9


def test_guessing_codes_comes_to_an_end(client: Client, ivy: Person):
    phone = give_phone(ivy)
    sign_in(client, ivy)
    for _ in range(10):
        client.post("/sign-in/code/", {"code": "000000"})
    answer = client.post("/sign-in/code/", {"code": phone.code})
    assert "Too many attempts" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_signature_takes_a_code_once_and_one_used_to_sign_in_not_at_all(client: Client, ada: Member):
    phone = give_phone(ada.person)
    code = phone.code
    paper = {"about": ("paper", 1), "content_sha256": content_hash("x"), "meaning": "approval"}
    assert sign(**paper, secret=code, by=ada.actor).method == "totp"
    with pytest.raises(NotReauthenticated):
        sign(**paper, secret=code, by=ada.actor)
    with pytest.raises(NotReauthenticated):
        sign(**paper, secret=f" {code[:3]} {code[3:]}", by=ada.actor)


def test_turning_it_off_takes_the_password_or_a_code(inside: Client, ivy: Person):
    give_phone(ivy)
    assert inside.post("/account/security/two-steps/off/").headers["Location"].startswith("/account/again/")
    assert ivy.authenticator_set.exists()
    prove(inside)
    assert inside.post("/account/security/two-steps/off/").headers["Location"] == "/account/security/"
    assert not ivy.authenticator_set.exists()


def test_new_recovery_codes_replace_the_old_ones(inside: Client, ivy: Person):
    give_phone(ivy)
    old = recovery_codes_of(ivy)
    prove(inside)
    assert inside.get("/account/security/recovery-codes/new/").status_code == 200
    inside.post("/account/security/recovery-codes/new/")
    assert not set(old) & set(recovery_codes_of(ivy))


def test_recovery_codes_without_two_steps_lead_back_to_security(inside: Client):
    prove(inside)
    answer = inside.get("/account/security/recovery-codes/new/")
    assert answer.headers["Location"] == "/account/security/"
    assert inside.get("/account/security/recovery-codes/").status_code == 404
