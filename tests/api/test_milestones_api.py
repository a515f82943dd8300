"""A milestone over the API: files are handed in by its supplier, each upload a version; strangers see nothing."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.conftest import Member
from tests.domains.contracts.conftest import Deal, deal, market  # noqa: F401 - fixtures

from triallink.domains.accounts.services.tokens import create_token

pytestmark = pytest.mark.django_db


def client_of(member: Member, *scopes: str) -> Client:
    _token, secret = create_token(name="milestones", scopes=list(scopes), by=member.actor)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_a_supplier_hands_files_in_and_every_version_stays(deal: Deal, eve: Member):
    milestone = deal.first_milestone(deal.in_force())
    path = f"/api/v1/milestones/{milestone.pk}"
    supplier = client_of(deal.market.fei, "contracts:read", "contracts:write")
    buyer = client_of(deal.market.ada, "contracts:read", "contracts:write")
    stranger = client_of(eve, "contracts:read", "contracts:write")

    def upload(client: Client, content: bytes):
        file = SimpleUploadedFile("report.pdf", content, "application/pdf")
        return client.post(f"{path}/deliverables?name=Report&note=first", {"file": file})

    first, second = upload(supplier, b"one"), upload(supplier, b"two")
    assert (first.status_code, second.status_code) == (201, 201)
    assert [answer.json()["number"] for answer in (first, second)] == [1, 2]
    assert second.json()["sha256"] == hashlib.sha256(b"two").hexdigest()
    assert upload(supplier, b"").json()["code"] == "file_empty"
    assert upload(buyer, b"mine").status_code == 403
    assert upload(stranger, b"mine").status_code == 404
    assert upload(client_of(deal.market.fei, "contracts:read"), b"x").status_code == 403
    rows = buyer.get(f"{path}/deliverables").json()["items"]
    assert sorted(row["number"] for row in rows) == [1, 2]
    assert {row["name"] for row in rows} == {"Report"}
    assert buyer.get(path).json()["code"] == milestone.code
    assert stranger.get(path).status_code == 404
    assert stranger.get(f"{path}/deliverables").status_code == 404
