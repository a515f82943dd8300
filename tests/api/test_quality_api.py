"""Quality over the API: apply, decide once, suspend, read the library."""

import json

import pytest
from django.test import Client
from tests.conftest import Member

from triallink.domains.accounts.services.tokens import create_token
from triallink.domains.quality.models import ProcessTemplate
from triallink.domains.quality.services.library import sync_library


def call(member: Member, method: str, path: str, **body: object) -> tuple[int, dict]:
    """Call the API as somebody with both scopes."""
    token = create_token(name="test", scopes=["quality:read", "quality:write"], by=member.actor)
    secret = token[1] if isinstance(token, tuple) else token
    answer = getattr(Client(), method)(
        f"/api/v1/quality{path}",
        data=None if method == "get" else json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    return answer.status_code, answer.json()


@pytest.mark.django_db
def test_a_supplier_applies_and_only_the_operator_decides_and_suspends(ben: Member, hua: Member, eve: Member):
    status, made = call(ben, "post", "/applications", questionnaire="cro")
    assert status == 201
    path = f"/applications/{made['id']}"
    assert call(ben, "put", path, scope=[{"services": ["data"]}])[1]["scope"][0]["services"] == ["data"]
    assert call(ben, "put", path, scope=[{"services": ["magic"]}])[0] == 422
    status, said = call(ben, "post", f"{path}/submit")
    assert (status, said["code"]) == (422, "answers_missing")
    assert call(eve, "get", path)[0] == 404
    assert call(hua, "get", path)[0] == 404
    assert call(ben, "post", f"{path}/decide", is_approved=True)[0] == 403
    where = f"/organizations/{ben.organization.pk}"
    assert call(eve, "post", f"{where}/suspend", reason="Mine")[0] == 403
    assert call(hua, "post", f"{where}/suspend", reason="Stopped.")[0] == 201
    assert call(hua, "post", f"{where}/suspend", reason="Again")[0] == 409
    assert call(hua, "post", f"{where}/lift", reason="Fine.")[1]["lifted_at"]


@pytest.mark.django_db
def test_the_library_is_read_page_by_page(ada: Member):
    sync_library()
    read, cursor = [], ""
    while True:
        _status, page = call(ada, "get", f"/templates?limit=50&cursor={cursor}")
        read += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert len(read) > 50
    assert sorted(read) == sorted(ProcessTemplate.objects.values_list("pk", flat=True))
    status, one = call(ada, "get", f"/templates/{page['items'][0]['id']}")
    assert status == 200
    assert one["content"]["lines"]
    assert call(ada, "get", "/qualifications")[1]["items"] == []
