"""Requests and bids over the API, as sponsor, bidder and stranger."""

import datetime as dt

import pytest
from django.test import Client
from tests.domains.marketplace.conftest import market  # noqa: F401

from triallink.domains.accounts.services import create_token

JSON = "application/json"


@pytest.fixture
def caller():
    """Return a client with a token of somebody."""

    def of(member):
        scopes = ["requests:read", "requests:write", "bids:read", "bids:write"]
        token = create_token(name="t", scopes=scopes, by=member.actor)[1]
        return Client(headers={"authorization": f"Bearer {token}"})

    return of


def test_a_request_is_drafted_published_bid_on_and_stays_sealed(market, caller, eve):
    ada, ben, stranger = caller(market.ada), caller(market.ben), caller(eve)
    body = {
        "title": {"en": "Monitoring"},
        "bids_due_at": (dt.datetime.now(dt.UTC) + dt.timedelta(days=9)).isoformat(),
        "lines": [{"service_id": market.service().pk, "quantity": "10"}],
    }
    made = ada.post("/api/v1/requests/", body, content_type=JSON)
    assert made.status_code == 201, made.content
    request_id, line_id = made.json()["id"], made.json()["lines"][0]["id"]
    base = f"/api/v1/requests/{request_id}"
    assert ben.get(base).status_code == 404
    assert ada.post(f"{base}/publish").json()["state"] == "published"
    assert ben.get(base).json()["lines"][0]["id"] == line_id
    offer = {"lines": [{"line_id": line_id, "unit_price_minor": 12345}]}
    draft = ben.post(f"{base}/bids", offer, content_type=JSON)
    assert draft.status_code == 201, draft.content
    bid_id = draft.json()["id"]
    assert ben.post(f"/api/v1/requests/bids/{bid_id}/submit").json()["state"] == "submitted"
    receipt = ben.get(f"/api/v1/requests/bids/{bid_id}/receipt").json()
    assert receipt["holds"]
    assert receipt["content_sha256"] == receipt["receipt_sha256"]
    for other in (ada, stranger):
        assert other.get(f"/api/v1/requests/bids/{bid_id}/receipt").status_code == 404
    assert ada.get(f"{base}/matrix").json()["code"] == "request_step_not_possible"
    assert stranger.get(f"{base}/auction").status_code == 404
    assert Client().get(base).status_code == 401


def test_amounts_beyond_all_reason_are_refused_not_crashed_on(market, caller):
    request = market.published(bids_due_at=dt.datetime(2099, 1, 1, tzinfo=dt.UTC))
    [line, _] = market.lines_of(request)
    offer = {"lines": [{"line_id": line.pk, "unit_price_minor": 10**15 - 1}]}
    answer = caller(market.ben).post(f"/api/v1/requests/{request.pk}/bids", offer, content_type=JSON)
    assert answer.status_code == 422
