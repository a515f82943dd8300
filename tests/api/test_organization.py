"""Members and invitations over the API: allowed and refused."""

import pytest
from django.test import Client
from tests.conftest import Member

from triallink.domains.accounts.models import Invitation, Membership
from triallink.domains.accounts.services import create_token

HOME = "/api/v1/organization"


def bearer(member: Member, *scopes: str) -> dict[str, str]:
    _token, secret = create_token(name="test", scopes=list(scopes), by=member.actor)
    return {"authorization": f"Bearer {secret}"}


@pytest.fixture
def ada_reads(ada: Member) -> dict[str, str]:
    return bearer(ada, "organization:read")


@pytest.fixture
def ada_writes(ada: Member) -> dict[str, str]:
    return bearer(ada, "organization:write")


def test_the_organization_and_its_members_are_read(client: Client, dora: Member, ada_reads):
    assert client.get(f"{HOME}/", headers=ada_reads).json()["name_en"] == "Northlight Therapeutics"
    found = client.get(f"{HOME}/members", headers=ada_reads).json()["items"]
    assert {one["name"] for one in found} == {"Ada", "Dora"}


def test_reading_does_not_allow_writing_and_a_stranger_neither(client: Client, dora: Member, ada_reads):
    row = Membership.objects.get(person=dora.person)
    path, body = f"{HOME}/members/{row.pk}/roles", {"roles": ["finance"]}
    assert client.put(path, body, "application/json", headers=ada_reads).status_code == 403
    assert client.put(path, body, "application/json").status_code == 401


def test_roles_are_given_inside_the_own_organization_only(
    client: Client, dora: Member, eve: Member, ada_writes
):
    row = Membership.objects.get(person=dora.person)
    path, body = f"{HOME}/members/{row.pk}/roles", {"roles": ["finance"]}
    theirs = bearer(eve, "organization:write")
    assert client.put(path, body, "application/json", headers=theirs).status_code == 404
    assert client.put(path, body, "application/json", headers=ada_writes).json()["roles"] == ["finance"]
    assert client.put(path, {"roles": ["x"]}, "application/json", headers=ada_writes).status_code == 422


def test_somebody_is_invited_and_the_invitation_taken_back(client: Client, ada_writes, ada_reads):
    body = {"email": "kai@example.org", "roles": ["member"]}
    made = client.post(f"{HOME}/invitations", body, "application/json", headers=ada_writes)
    assert made.status_code == 201
    listed = client.get(f"{HOME}/invitations", headers=ada_reads).json()["items"]
    assert [one["email"] for one in listed] == ["kai@example.org"]
    path = f"{HOME}/invitations/{made.json()['id']}"
    assert client.delete(path, headers=ada_writes).status_code == 204
    assert Invitation.objects.get().revoked_at is not None


def test_a_member_without_the_role_neither_invites_nor_sees_invitations(client: Client, dora: Member):
    headers = bearer(dora, "organization:read", "organization:write")
    body = {"email": "kai@example.org", "roles": ["member"]}
    assert client.post(f"{HOME}/invitations", body, "application/json", headers=headers).status_code == 403
    assert client.get(f"{HOME}/invitations", headers=headers).status_code == 403


def test_a_membership_is_ended(client: Client, dora: Member, ada_writes):
    row = Membership.objects.get(person=dora.person)
    assert client.delete(f"{HOME}/members/{row.pk}", headers=ada_writes).status_code == 204
    assert not Membership.objects.filter(pk=row.pk, ended_at=None).exists()
