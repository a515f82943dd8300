"""Hours over the API: offer, need, hold, book; sealed limits are in no answer."""

import json

import pytest
from django.test import Client
from tests.domains.capacity.conftest import hours  # noqa: F401 - the scene
from tests.domains.capacity.hours_scene import Hours, next_monday

from triallink.domains.accounts.services.tokens import create_token

pytestmark = pytest.mark.django_db


def caller(member, *scopes: str):
    _token, secret = create_token(
        name="hours", scopes=list(scopes or ("hours:read", "hours:write")), by=member.actor
    )
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    def call(method: str, path: str, body: dict | None = None, status: int = 200):
        answer = getattr(client, method)(
            f"/api/v1/hours/{path}", *([json.dumps(body)] if body is not None else []),
            **({"content_type": "application/json"} if method == "post" else {}),
        )  # fmt: skip
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None

    return call


def test_hours_are_offered_found_held_and_booked(hours: Hours, eve):
    (mei,) = hours.hire("Mei")
    seller, buyer, stranger = caller(hours.fei), caller(hours.ada), caller(eve)
    first, last = next_monday().isoformat(), next_monday(2).isoformat()
    window = {"start_on": first, "end_on": last}
    offer = seller(
        "post",
        "offers",
        {
            **window,
            "professional_id": mei.pk,
            "hours_per_week": 20,
            "floor_minor": 9000,
            "instant_price_minor": 12000,
        },
        201,
    )
    need = buyer(
        "post",
        "needs",
        {**window, "role": "CRC", "hours_per_week": 10, "ceiling_minor": 14000, "city": "Shanghai"},
        201,
    )
    assert not {"floor_minor", "ceiling_minor", "limit_minor"} & {*offer, *need}
    assert buyer("get", "book")[0]["lowest_price_minor"] == 12000
    found = buyer("get", f"find?start_on={first}&end_on={last}&city=Shanghai")
    assert [row["offer_id"] for row in found] == [offer["id"]]
    held = buyer(
        "post",
        "bookings",
        {**window, "offer_id": offer["id"], "need_id": need["id"], "hours_per_week": 10},
        201,
    )
    assert buyer("post", f"bookings/{held['id']}/book", {})["state"] == "confirmed"
    assert seller("get", "bookings")["items"][0]["reference"] == held["reference"]
    stranger("get", f"bookings/{held['id']}", status=404)
    stranger("get", f"offers/{offer['id']}", status=404)
    week = seller("get", f"calendar?first={first}&weeks=1")[0]
    assert (week["booked"], week["free"]) == (600, 1800)
    refused = buyer(
        "post", "bookings", {**window, "offer_id": offer["id"], "city": "Shanghai", "hours_per_week": 20}, 409
    )
    assert refused["code"] == "hours_taken"


def test_a_token_without_the_scope_is_refused(hours: Hours):
    caller(hours.ada, "hours:read")("post", "needs", {}, 403)
