"""The API's own rules: who may call, how a "no" reads, and what an Idempotency-Key promises."""

import json

import pytest
from django.test import Client
from tests.conftest import Member

from triallink.domains.accounts import services


@pytest.fixture
def secret(ada: Member) -> str:
    """Ada's token."""
    return services.create_token(name="t", scopes=["me:read"], by=ada.actor)[1]


@pytest.mark.django_db
@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer wrong"}])
def test_a_stranger_gets_a_problem_document(header: dict[str, str]):
    answer = Client(headers=header).get("/api/v1/me/")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["code"] == "not_signed_in"


def test_a_token_tells_who_calls(ada: Member, secret: str):
    answer = Client(headers={"authorization": f"Bearer {secret}"}).get("/api/v1/me/")
    assert answer.json()["organization_id"] == ada.organization.pk


def test_a_token_without_the_scope_is_refused(ada: Member):
    other = services.create_token(name="t", scopes=["market:read"], by=ada.actor)[1]
    assert Client(headers={"authorization": f"Bearer {other}"}).get("/api/v1/me/").status_code == 403


def test_a_session_may_call_too(ada: Member, client: Client):
    client.force_login(ada.person, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/api/v1/me/").json()["name"] == "Ada"


@pytest.mark.django_db
def test_every_operation_tells_its_problems(client: Client):
    document = json.loads(client.get("/api/v1/openapi.json").content)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert "422" in operation["responses"], (method, path)
