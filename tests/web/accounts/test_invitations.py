"""Invitations: before and after signing in, for the right person and for nobody else; founding."""

import re

import pytest
from django.core import mail
from django.test import Client
from tests.conftest import PASSWORD, Member

from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.models import Invitation, Person


@pytest.fixture
def link(ada: Member, transactional_db: None) -> str:
    """The link in a letter to Ivy, sent from the page."""
    client = Client()
    client.force_login(ada.person)
    client.post("/organization/members/invite/", {"email": "ivy@example.org", "roles": ["evaluator"]})
    found = re.search(r"/invitations/[^/\s]+/", mail.outbox[-1].body)
    assert found
    return found.group(0)


def test_a_new_person_signs_up_from_the_letter_without_a_second_code(client: Client, link: str):
    page = client.get(link).content.decode()
    assert "Northlight Therapeutics" in page
    new = {"name": "Ivy", "email": "ivy@example.org", "password1": PASSWORD, "language": "en", "next": link}
    answer = client.post("/sign-up/", new)
    assert answer.headers["Location"] == link
    assert client.post(f"{link}accept/").status_code == 302
    actor = actor_for(Person.objects.get(email="ivy@example.org"))
    assert actor.roles == {"evaluator"}
    assert client.get(link).status_code == 404


def test_another_address_still_needs_its_own_code(client: Client, link: str):
    client.get(link)
    new = {"name": "Eve", "email": "eve2@example.org", "password1": PASSWORD, "language": "en"}
    assert client.post("/sign-up/", new).headers["Location"] == "/sign-up/confirm/"


def test_who_has_an_account_signs_in_and_accepts(client: Client, link: str, ivy: Person):
    answer = client.post("/sign-in/", {"login": ivy.email, "password": PASSWORD, "next": link})
    assert answer.headers["Location"] == link
    assert "Accept the invitation" in client.get(link).content.decode()
    client.post(f"{link}accept/")
    assert actor_for(ivy).organization_id is not None


def test_somebody_else_cannot_accept(client: Client, link: str, eve: Member):
    client.force_login(eve.person)
    assert "sent to another e-mail address" in client.get(link).content.decode()
    assert client.post(f"{link}accept/").status_code == 403


def test_an_invitation_taken_back_opens_nothing(client: Client, link: str, ada: Member):
    client.force_login(ada.person)
    client.post(f"/organization/invitations/{Invitation.objects.get().pk}/revoke/")
    assert Client().get(link).status_code == 404


def test_a_person_without_organization_founds_one(client: Client, ivy: Person):
    client.force_login(ivy)
    assert client.post("/start/", {"name_en": "Ivy"}).status_code == 422
    assert client.post("/start/", {"kind": "operator", "name_en": "Ivy"}).status_code == 422
    assert client.post("/start/", {"kind": "freelancer", "name_en": "Ivy"}).status_code == 302
    assert actor_for(ivy).organization_kind == "freelancer"
