"""Suppliers that fit a request, and work that fits a supplier, through their pages."""

import datetime as dt

import pytest
from django.utils import timezone
from tests.domains.marketplace.market_scene import Market

from triallink.domains.marketplace.models import RequestInvitation
from triallink.domains.marketplace.services.listings import publish_listing
from triallink.domains.quality.models import SupplierProfile
from triallink.kernel.clock import FixedClock
from triallink.web.market.fit import fit_sentence


@pytest.fixture
def market(ada, ben, fei, gao, settings):
    settings.DEMO = True
    made = Market(ada, ben, fei, gao, clock=FixedClock(timezone.now() - dt.timedelta(hours=1)))
    made.service()
    for seller, price in ((ben, 100_00), (fei, 120_00)):
        SupplierProfile.objects.create(organization=seller.organization)
        publish_listing(service="monitoring_visit", price_minor=price, by=seller.actor)
    return made


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_buyer_sees_who_fits_and_why(market, ada, browse, language):
    request = market.published()
    text = browse(ada, language).get(f"/market/fit/{request.pk}/").content.decode()
    assert text.index("Harbor CRO" if language == "en" else "海港") < text.index(
        "Bluestone SMO" if language == "en" else "青石"
    )
    assert "contribution-sentence" in text
    block = browse(ada, language).get(f"/market/fit/{request.pk}/block/").content.decode()
    assert "<html" not in block


def test_the_buyer_invites_the_chosen_with_their_score(market, ada, fei, browse):
    request = market.published()
    client = browse(ada)
    client.post(
        f"/market/fit/{request.pk}/invite/", {"organization": [str(fei.organization.pk), "999999", "x"]}
    )
    invitation = RequestInvitation.objects.get()
    assert invitation.organization == fei.organization
    assert invitation.fit_score > 0
    assert "Invited" in client.get(f"/market/fit/{request.pk}/").content.decode()


def test_nobody_else_sees_or_invites(market, ben, eve, browse):
    request = market.published()
    for stranger in (ben, eve):
        client = browse(stranger)
        assert client.get(f"/market/fit/{request.pk}/").status_code == 404
        assert client.get(f"/market/fit/{request.pk}/block/").status_code == 404
        assert client.post(f"/market/fit/{request.pk}/invite/").status_code == 404


def test_a_supplier_finds_work_that_fits_on_its_page_and_at_home(market, ben, gao, browse):
    request = market.published()
    assert request.reference in browse(ben).get("/my/work/").content.decode()
    assert "Work that fits you: Monitoring of 12 sites" in browse(ben).get("/").content.decode()
    home = browse(gao).get("/").content.decode()
    assert "Work that fits you:" not in home
    assert "Declare your supplier profile" in home


def test_codes_in_a_sentence_become_words():
    text = fit_sentence(
        "%(trials)s finished trials in %(areas)s.", {"trials": 3, "areas": ("oncology", "rare")}
    )
    assert text == "3 finished trials in Oncology, Rare diseases."
