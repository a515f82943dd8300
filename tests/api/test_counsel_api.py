"""The engine's counsel over API and command line, as buyer, bidder and stranger."""

import json

import pytest
from click.testing import CliRunner
from django.test import Client
from tests.domains.marketplace.conftest import market  # noqa: F401

from triallink.cli.request import command as request_command
from triallink.domains.accounts.services import create_token
from triallink.domains.marketplace.models import Listing
from triallink.domains.quality.models import SupplierProfile
from triallink.foundation.jobs import run_job

JSON = "application/json"


@pytest.fixture
def caller():
    """Return a client with a token of somebody."""

    def of(member):
        token = create_token(name="t", scopes=["requests:read", "requests:write"], by=member.actor)[1]
        return Client(headers={"authorization": f"Bearer {token}"})

    return of


@pytest.fixture
def asked(market):
    """A published request, and Fei's SMO which lists its service."""
    SupplierProfile.objects.create(organization=market.fei.organization)
    Listing.objects.create(
        organization=market.fei.organization,
        service=market.service(),
        provinces=[],
        price_minor=80_00,
        published_at=market.clock.now(),
    )
    return market.published()


def test_a_bidder_checks_its_fit_and_the_buyer_does_not(market, asked, caller):
    base = f"/api/v1/counsel/{asked.pk}"
    found = caller(market.fei).get(f"{base}/fit-check").json()
    assert (found["served"], [line["price_minor"] for line in found["lines"]]) == (2, [8000, 8000])
    nothing = caller(market.gao).get(f"{base}/fit-check").json()
    assert (nothing["served"], nothing["lines"][0]["exclusions"][0]["code"]) == (0, "service")
    assert caller(market.ada).get(f"{base}/fit-check").status_code in (403, 409, 422)
    said = CliRunner().invoke(
        request_command, ["fit-check", str(asked.pk), "--json", "--as", market.fei.person.email]
    )
    assert [line["can_serve"] for line in json.loads(said.output)] == [True, True]


def test_the_buyer_asks_who_could_do_it_and_reads_the_answer(market, asked, caller, eve):
    base, ada = f"/api/v1/counsel/{asked.pk}", caller(market.ada)
    best = ada.get(f"{base}/fit").json()["best"]
    assert [one["organization_id"] for one in best] == [market.fei.organization.pk]
    assert ada.get(f"{base}/sourcing").status_code == 404, "nobody has asked yet"
    made = ada.post(f"{base}/sourcing", content_type=JSON)
    assert (made.status_code, made.json()["state"]) == (202, "queued")
    run_job(made.json()["job_id"])
    done = ada.get(f"{base}/sourcing").json()
    assert done["state"] == "done"
    assert {"coalitions", "team", "uncovered"} <= set(done["result"])
    said = CliRunner().invoke(request_command, ["sourcing", str(asked.pk), "--as", market.ada.person.email])
    assert json.loads(said.output)["lines"] == done["result"]["lines"]
    for path in ("fit", "sourcing", "optimum"):
        assert caller(eve).get(f"{base}/{path}").status_code == 404
        assert caller(market.fei).get(f"{base}/{path}").status_code == 404


def test_the_optimum_stays_closed_while_bids_are_sealed(market, asked, caller):
    base, ada = f"/api/v1/counsel/{asked.pk}", caller(market.ada)
    assert ada.get(f"{base}/optimum").status_code == 404
    assert ada.post(f"{base}/optimum", content_type=JSON).status_code in (403, 409)
    said = CliRunner().invoke(request_command, ["optimum", str(asked.pk), "--as", market.ada.person.email])
    assert said.exit_code != 0
