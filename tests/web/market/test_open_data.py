"""Requests and awards as OCDS releases, for strangers; validated against the standard's rules."""

import json

import pytest
from django.test import Client
from tests.domains.marketplace.test_awards import award, evaluated
from tests.ocds import complaints


def package_at(path: str) -> dict:
    answer = Client().get(path)
    assert answer.status_code == 200
    package = json.loads(answer.content)
    assert complaints(package) == []
    return package


def test_tender_and_award_are_valid_releases(market):
    request = market.published(start_on=market.clock.now().date())
    ben, fei = market.bid(request, market.ben, 100_00), market.bid(request, market.fei, 80_00)
    evaluated(market, request)
    award(market, request, winner=fei, losers=[ben])
    package = package_at(f"/open-data/ocds/{request.reference}.json")
    tender, awarded = package["releases"]
    assert tender["tender"]["procurementMethod"] == "open"
    assert len(tender["tender"]["items"]) == 2
    assert awarded["awards"][0]["value"] == {"amount": 1600.0, "currency": "CNY"}
    named = {party["id"]: party["roles"] for party in awarded["parties"]}
    assert named[awarded["awards"][0]["suppliers"][0]["id"]] == ["supplier", "tenderer"]
    assert market.ben.organization.name_en not in json.dumps(package)
    assert package_at(f"/open-data/ocds/{request.reference}.json")["releases"][0]["id"] == tender["id"]


def test_drafts_invited_requests_and_confidential_lines_stay_inside(market):
    draft, invited = market.draft(), market.published(visibility="invited", invite=(market.ben,))
    confidential = market.published(nda_text="Keep it.", requirements="Secret compound")
    package = package_at("/open-data/ocds/releases.json")
    [release] = package["releases"]
    assert release["tender"]["id"] == confidential.reference
    assert "items" not in release["tender"]
    assert "Secret" not in json.dumps(package)
    for request in (draft, invited):
        assert Client().get(f"/open-data/ocds/{request.reference}.json").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"tender": {"id": "1", "status": "open"}},
        {"tender": {"id": "1", "titel": "misspelt"}},
        {"tender": {"title": "no id"}},
        {"date": "yesterday"},
        {"tag": ["rumour"]},
        {"tag": []},
        {"ocid": ""},
        {"initiationType": "whim"},
        {"buyer": "Northlight"},
    ],
    ids=str,
)
def test_the_schemas_find_faults(market, change):
    market.published()
    package = package_at("/open-data/ocds/releases.json")
    package["releases"][0] |= change
    assert complaints(package)


def test_pages_are_linked_and_cost_the_same_number_of_queries(
    market, monkeypatch, django_assert_max_num_queries
):
    from triallink.web.market.requests import open_data

    monkeypatch.setattr(open_data, "PAGE_SIZE", 2)
    references = {market.published().reference for _ in range(5)}
    first = package_at("/open-data/ocds/releases.json")
    assert "prev" not in first["links"]
    seen, path = set(), "/open-data/ocds/releases.json"
    while path:
        with django_assert_max_num_queries(8):
            package = package_at(path)
        seen |= {release["tender"]["id"] for release in package["releases"]}
        path = package.get("links", {}).get("next", "").removeprefix("http://testserver")
    assert seen == references
