"""The pages of a request for every role, in both languages; what a page refuses to a stranger."""

import datetime as dt

import pytest
from django.test import Client
from tests.domains.marketplace.test_awards import award, evaluated

from triallink.domains.marketplace.models import Bid, Request
from triallink.domains.marketplace.services.bid_content import ShareOffer
from triallink.domains.marketplace.services.evaluations import declare_conflict
from triallink.foundation.jobs import run_job
from triallink.foundation.models import Job

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def browser(member, language="en"):
    client = Client()
    member.person.language = language
    member.person.save(update_fields=["language"])
    client.force_login(member.person, backend=BACKEND)
    return client


@pytest.fixture
def world(market):
    """A request in every state, with what each role would look at."""
    published = market.published(nda_text="")
    market.bid(published, market.ben, 100_00)
    market.drafted(published, market.fei, 90_00)
    auction = market.published(procedure="auction")
    market.bid(auction, market.ben, 100_00)
    market.bid(auction, market.fei, 90_00)
    closed = market.published()
    market.coalition(closed, market.ben, market.fei, 100_00)
    market.bid(closed, market.gao, 90_00)
    market.close(closed)
    declare_conflict(request_id=closed.pk, has_conflict=False, by=market.ada.actor, clock=market.clock)
    market.clock.move(dt.timedelta(days=-20))
    decided = market.published()
    winner, loser = market.bid(decided, market.ben, 80_00), market.bid(decided, market.fei, 100_00)
    evaluated(market, decided)
    agreed = market.published()
    market.bid(agreed, market.ben, 80_00)
    evaluated(market, agreed)
    award(market, decided, winner=winner, losers=[loser])
    return {"draft": market.draft(), "published": published, "auction": auction, "closed": closed,
            "evaluated": agreed, "awarded": decided}  # fmt: skip


TABS = (
    "",
    "questions/",
    "bid/",
    "bid/edit/",
    "auction/",
    "evaluation/",
    "award/",
    "timeline/",
    "sourcing/",
    "fit-check/",
    "optimum/",
)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_renders_for_whoever_may_see_it(world, market, hua, language):
    """200 or a refusal said politely; never a crash. What must be open is listed."""
    for name in ("ada", "ben", "fei", "hua"):
        member = hua if name == "hua" else getattr(market, name)
        client = browser(member, language)
        for path in ("/market/requests/", "/market/requests/open/"):
            assert client.get(path, follow=True).status_code == 200, (name, path)
        for request in world.values():
            for tab in TABS:
                path = f"/market/requests/{request.pk}/{tab}"
                status = client.get(path, follow=True).status_code
                assert status in (200, 403, 404, 409), (name, request.state, tab, status)
    ada = browser(market.ada, language)
    for step in ("what", "lines", "procedure", "criteria", "invite", "review"):
        assert ada.get(f"/market/requests/{world['draft'].pk}/draft/{step}/").status_code == 200, step
    assert ada.get("/market/requests/new/").status_code == 200
    opened = [
        ("ada", world["closed"], "evaluation/"),
        ("ada", world["awarded"], "award/"),
        ("ada", world["evaluated"], "award/"),
        ("ada", world["auction"], "auction/"),
        ("ben", world["auction"], "auction/"),
        ("ben", world["published"], "bid/"),
        ("fei", world["awarded"], "award/"),
        ("ada", world["published"], "sourcing/"),
        ("ben", world["published"], "fit-check/"),
        ("fei", world["published"], "fit-check/?export=csv"),
        ("ada", world["closed"], "optimum/"),
    ]
    for name, request, tab in opened:
        client = browser(getattr(market, name), language)
        answer = client.get(f"/market/requests/{request.pk}/{tab}")
        assert answer.status_code == 200, (name, tab)
    ada.post(f"/market/requests/{world['closed'].pk}/optimum/ask/")
    ada.post(f"/market/requests/{world['published'].pk}/sourcing/ask/")
    for job in Job.objects.filter(state="queued"):
        run_job(job.pk)
    shown = ada.get(f"/market/requests/{world['closed'].pk}/optimum/").content.decode()
    assert 'data-testid="options"' in shown
    assert ada.get(f"/market/requests/{world['closed'].pk}/optimum/?export=xlsx").status_code == 200
    assert ada.get(f"/market/requests/{world['published'].pk}/sourcing/").status_code == 200
    for bid in Bid.objects.filter(state__in=["draft", "submitted"]).select_related("organization"):
        owner = next(m for m in (market.ben, market.fei, market.gao) if m.organization == bid.organization)
        assert browser(owner, language).get(f"/market/requests/bids/{bid.pk}/").status_code == 200


def test_a_buyer_walks_from_an_empty_page_to_a_published_request(market):
    service = market.service()
    ada = browser(market.ada)
    answer = ada.post("/market/requests/new/", {"title_en": "", "title_zh": ""})
    assert answer.status_code == 422
    answer = ada.post("/market/requests/new/", {"title_en": "Monitoring", "requirements": "GCP"})
    request = Request.objects.get()
    assert answer.headers["Location"] == f"/market/requests/{request.pk}/draft/lines/"
    base = f"/market/requests/{request.pk}/draft"
    row = {
        name: [""] for name in ("description", "province", "city", "start_on", "end_on", "hours", "ceiling")
    }
    wrong = ada.post(f"{base}/lines/", {**row, "service": [service.pk], "quantity": ["many"]})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.content.decode()
    ada.post(f"{base}/lines/", {**row, "service": [service.pk], "quantity": ["12.5"]})
    terms = {"procedure": "sealed", "visibility": "invited", "currency": "CNY", "standstill_days": 10,
             "max_suppliers": 1, "bids_due_at": "2099-05-01T12:00"}  # fmt: skip
    assert ada.post(f"{base}/procedure/", terms).status_code == 302
    weights = {"price": 50, "quality": 20, "experience": 10, "coverage": 10, "speed": 9}
    assert ada.post(f"{base}/criteria/", weights).status_code == 422
    assert ada.post(f"{base}/criteria/", {**weights, "speed": 10}).status_code == 302
    publish = f"/market/requests/{request.pk}/publish/"
    ada.post(publish)
    assert Request.objects.get().state == "draft"  # nobody is invited yet
    ada.post(f"{base}/invite/", {"organization_ids": [market.ben.organization.pk]})
    ada.post(publish)
    request.refresh_from_db()
    assert request.state == "published"
    assert request.lines.get().quantity == 12.5


def test_a_bidder_types_reviews_hands_in_and_verifies(market):
    request = market.published(bids_due_at=dt.datetime(2099, 5, 1, tzinfo=dt.UTC))
    first, second = market.lines_of(request)
    ben = browser(market.ben)
    edit = f"/market/requests/{request.pk}/bid/edit/"
    wrong = ben.post(edit, {f"price_{first.pk}": "cheap", f"price_{second.pk}": "90", "lead_time_days": 7})
    assert wrong.status_code == 422
    assert 'value="cheap"' in wrong.content.decode()
    typed = {
        f"price_{first.pk}": "100.50",
        f"price_{second.pk}": "90",
        "lead_time_days": 7,
        "bundle_name": ["Both"],
        "bundle_lines": ["1, 2"],
        "bundle_price": ["1800"],
        "bundle_xor": [""],
        "share_organization": [market.fei.organization.pk],
        "share_percent": ["40"],
        "share_lines": [""],
    }
    answer = ben.post(edit, typed)
    bid = Bid.objects.get()
    assert answer.headers["Location"] == f"/market/requests/bids/{bid.pk}/"
    ben.post(f"/market/requests/bids/{bid.pk}/submit/")
    assert Bid.objects.get().state == "draft"  # the partner has not confirmed
    assert browser(market.fei).post(f"/market/requests/bids/{bid.pk}/confirm/").status_code == 302
    ben.post(f"/market/requests/bids/{bid.pk}/submit/")
    bid.refresh_from_db()
    assert bid.state == "submitted"
    page = ben.get(f"/market/requests/bids/{bid.pk}/?receipt={bid.receipt_sha256}").content.decode()
    assert bid.receipt_sha256 in page
    assert "The receipt is right" in page
    assert ben.get(f"/market/requests/bids/{bid.pk}/receipt/").status_code == 200
    for outsider in (market.ada, market.gao):
        assert browser(outsider).get(f"/market/requests/bids/{bid.pk}/").status_code == 404


def test_prices_show_on_no_page_of_others_before_the_opening(market, hua):
    request = market.published(bids_due_at=dt.datetime(2099, 5, 1, tzinfo=dt.UTC))
    market.bid(request, market.ben, 777_77)
    for member in (market.ada, market.fei, hua):
        client = browser(member)
        for tab in TABS:
            page = client.get(f"/market/requests/{request.pk}/{tab}", follow=True).content.decode()
            assert "777.77" not in page, tab
            assert "15,555" not in page, tab


def test_evaluators_declare_score_and_agree_on_the_page(market, dora):
    from triallink.domains.marketplace.services.evaluations import appoint_evaluators

    request = market.published()
    bid = market.bid(request, market.ben, 100_00)
    appoint_evaluators(
        request_id=request.pk, person_ids=[dora.person.pk], by=market.ada.actor, clock=market.clock
    )
    market.close(request)
    page = f"/market/requests/{request.pk}/evaluation/"
    for member, score in ((market.ada, "80"), (dora, "60")):
        client = browser(member)
        assert "100.00" not in client.get(page).content.decode()
        client.post(f"{page}declare/", {"has_conflict": "no"})
        assert (
            "1,000.00" in client.get(page).content.decode() or "100.00" in client.get(page).content.decode()
        )
        client.post(f"{page}score/", {f"score_{bid.pk}_quality": score})
    ada = browser(market.ada)
    ada.post(f"{page}agree/", {f"agreed_{bid.pk}_quality": "x"})
    ada.post(f"{page}agree/", {})
    request.refresh_from_db()
    assert request.state == "evaluated"
    won = ada.post(
        f"/market/requests/{request.pk}/award/",
        {"whole": bid.pk, "reason": "The only one", f"letter_{bid.pk}": ""},
    )
    assert won.status_code == 302
    request.refresh_from_db()
    assert request.state == "awarded"


def test_a_call_in_the_auction_answers_with_the_live_part(market):
    from triallink.kernel.clock import system_clock

    market.clock.at = system_clock.now() - dt.timedelta(minutes=5)
    request = market.published(procedure="auction", bids_due_at=system_clock.now() - dt.timedelta(minutes=1))
    market.bid(request, market.ben, 100_00)
    market.bid(request, market.fei, 90_00)
    ben = browser(market.ben)
    call = f"/market/requests/{request.pk}/auction/call/"
    good = ben.post(call, {"amount": "1,700", "client_key": "a"}, headers={"HX-Request": "true"})
    assert good.status_code == 200
    assert "Your price was accepted" in good.content.decode()
    bad = ben.post(call, {"amount": "1,800", "client_key": "b"}, headers={"HX-Request": "true"})
    assert bad.status_code == 422
    assert 'value="1,800"' in bad.content.decode()
    seen = browser(market.ada).get(f"/market/requests/{request.pk}/auction/").content.decode()
    assert "Bidder A" in seen
    assert "Harbor" not in seen


def test_a_partner_declines_on_the_page_and_the_lead_reads_why(market):
    request = market.published(bids_due_at=dt.datetime(2099, 5, 1, tzinfo=dt.UTC))
    shares = tuple(
        ShareOffer(line.pk, member.organization.pk, 50)
        for line in market.lines_of(request)
        for member in (market.ben, market.fei)
    )
    draft = market.drafted(request, market.ben, 100_00, shares=shares)
    path, fei, ben = f"/market/requests/bids/{draft.pk}/", browser(market.fei), browser(market.ben)
    assert f"{path}decline/" in fei.get(path).content.decode()
    assert f"{path}decline/" not in ben.get(path).content.decode()
    assert market.ben.organization.name_en in fei.get(f"/market/requests/{request.pk}/bid/").content.decode()
    assert fei.post(f"{path}decline/", {"why": ""}, follow=True).status_code == 200
    fei.post(f"{path}decline/", {"why": "No CRC is free"})
    assert "No CRC is free" in ben.get(path).content.decode()
    assert browser(market.gao).post(f"{path}decline/", {"why": "x"}).status_code == 404
