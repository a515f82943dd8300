"""The market over the API: catalogue, directory, listings, prices."""

import json

import pytest
from django.test import Client
from tests.domains.marketplace.directory_scene import build_directory

from triallink.domains.accounts.services.tokens import create_token
from triallink.domains.marketplace.models import Listing

BASE = "/api/v1/market"


@pytest.fixture
def directory(fei, ben, gao, chen):
    return build_directory(fei, ben, gao, chen)


@pytest.fixture
def call(db):
    def as_member(member, method, path, body=None, scopes=("market:read", "market:write")):
        _, secret = create_token(name="test", scopes=list(scopes), by=member.actor)
        return Client().generic(
            method,
            BASE + path,
            data=json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )

    return as_member


def test_catalogue_lists_24_services_and_tells_one(directory, ada, call):
    assert len(call(ada, "GET", "/services").json()) == 24
    assert call(ada, "GET", "/services/CRC_HOURS").json()["unit"] == "hour"
    assert call(ada, "GET", "/services/ASTROLOGY").status_code == 404


def test_directory_is_searched_in_both_languages_with_facets(directory, ada, call):
    found = call(ada, "GET", "/suppliers?q=青石&service=CRC_HOURS").json()
    assert [row["name_en"] for row in found["items"]] == ["Bluestone SMO"]
    assert found["facets"]["service"]["CRC_HOURS"] == 1
    assert found["next_cursor"] == ""
    sites = call(ada, "GET", "/sites?grade=3A").json()
    assert sites["items"][0]["ethics_meeting_days"] == 20


def test_unnamed_staff_have_a_code_only(directory, ada, fei, call):
    path = f"/talent/{directory.nurse.pk}"
    row = call(ada, "GET", path).json()
    assert (row["name_en"], row["name_zh"]) == ("", "")
    assert row["code"].startswith("CRC-")
    assert "Lin" not in call(ada, "GET", "/talent?role=CRC").content.decode()


def test_listings_are_published_changed_and_withdrawn_by_their_supplier_only(directory, fei, ben, call):
    made = call(fei, "POST", "/listings", {"service": "EDC_BUILD", "price_minor": 100_000})
    assert made.status_code == 201
    again = call(fei, "POST", "/listings", {"service": "EDC_BUILD", "price_minor": 1})
    assert (again.status_code, again.json()["code"]) == (409, "listing_exists")
    listing = made.json()["id"]
    assert call(ben, "POST", f"/listings/{listing}/price", {"price_minor": 5}).status_code == 404
    newer = call(fei, "POST", f"/listings/{listing}/price", {"price_minor": 90_000}).json()["id"]
    assert call(fei, "POST", f"/listings/{newer}/withdraw").status_code == 204
    assert not Listing.objects.filter(
        organization=fei.organization, service__code="EDC_BUILD", is_active=True
    )
    assert len(call(fei, "GET", "/listings").json()) == 2


def test_a_reading_token_writes_nothing_and_strangers_read_nothing(directory, fei, call):
    body = {"service": "EDC_BUILD", "price_minor": 100}
    assert call(fei, "POST", "/listings", body, scopes=("market:read",)).status_code == 403
    assert Client().get(f"{BASE}/suppliers").status_code == 401


def test_prices_of_fewer_than_three_suppliers_are_hidden(directory, ada, call):
    index = call(ada, "GET", "/services/CRC_HOURS/prices").json()
    assert index["awarded"] == []
    assert {cell["hidden"] for cell in index["listed"]} == {"few"}
    assert {cell["median"] for cell in index["listed"]} == {None}


@pytest.mark.parametrize("query", ["cursor=0", "cursor=x", "cursor=9999", "hours=-1", "rating=nan"])
def test_what_makes_no_sense_is_refused(directory, ada, call, query):
    assert call(ada, "GET", f"/talent?{query}").status_code == 422
