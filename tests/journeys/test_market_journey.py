"""From a protocol file to a sealed contract in the real browser, in both languages."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.conftest import PASSWORD, Member
from tests.journeys import deadlines
from tests.journeys.walk import Walk

from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.models import Membership, Organization, Person
from triallink.domains.contracts.models import Contract
from triallink.domains.marketplace.models import Auction, AuctionBid, Award, Bid, Request
from triallink.domains.marketplace.services.catalogue import sync_catalogue
from triallink.domains.studies.models import Study
from triallink.foundation.audit import verify
from triallink.foundation.seals import verify_seals
from triallink.kernel.clock import system_clock

pytestmark = pytest.mark.browser
PROTOCOL = Path(__file__).resolve().parent.parent / "vectors/protocol/usdm_small.json"
CHEAPEST = 880  # per unit of every line: the coalition's price


@pytest.fixture
def lin(live_site) -> Member:
    """Lin runs a small SMO that takes part in other people's bids."""
    organization = Organization.objects.create(
        kind="smo", name_en="Lin Site Services", name_zh="林氏中心服务", province="Jiangsu", city="Nanjing"
    )
    person = Person.objects.create_user("lin@example.org", PASSWORD, name="Lin")
    roles = ["administrator", "business_lead", "signatory"]
    Membership.objects.create(person=person, organization=organization, roles=roles)
    return Member(person, organization, actor_for(person, source="test"))


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_from_a_protocol_to_a_sealed_contract(visit, live_site, ada, ben, fei, gao, lin, locale):
    sync_catalogue()
    sponsor, cro, smo, alone, partner = (Walk(visit(who, locale)) for who in (ada, ben, fei, gao, lin))
    study = _import_protocol(sponsor)
    _propose_demand(sponsor, study)
    request = _publish(sponsor, study, invited=(ben, gao, fei))
    live_site.settle()
    _bid(cro, request, price=900)
    _bid(alone, request, price=950)
    _bid_as_coalition(smo, partner, request, lin, price=CHEAPEST)
    _hold_auction(sponsor, (cro, alone, smo), request)
    _evaluate(sponsor, request)
    _award(sponsor, request, winner=fei)
    contract = _draft_and_offer(sponsor, request)
    live_site.settle()
    for signer in (sponsor, smo, partner):
        _sign(signer, contract)
    contract.refresh_from_db()
    request.refresh_from_db()
    assert (contract.state, request.state) == ("signed", "contracted")
    live_site.settle()
    for reader in (sponsor, partner):
        _verify(reader, contract)
    assert all(report.broken_at is None for report in verify())


def _import_protocol(sponsor: Walk) -> Study:
    page = sponsor.open("/studies/import/")
    page.get_by_test_id("import-form").locator("input[type=file]").set_input_files(PROTOCOL)
    sponsor.press("Import")
    study = Study.objects.get(pk=sponsor.arrives(r"/studies/(\d+)/$"))
    sponsor.open(f"/studies/{study.pk}/schedule/")
    grid = page.get_by_role("table")
    expect(grid.get_by_role("columnheader").first).to_have_text(sponsor.say("Activity"))
    assert grid.get_by_title(re.compile(".")).get_by_text("●").count() > 10
    sponsor.shot("1-schedule")
    return study


def _propose_demand(sponsor: Walk, study: Study) -> None:
    page = sponsor.open(f"/studies/{study.pk}/")
    sponsor.press("Propose the demand")
    sponsor.arrives(r"/studies/(\d+)/demand/$")
    line = page.get_by_test_id("demand-lines").locator("details").first
    line.locator("summary").click()
    expect(line.get_by_role("table")).to_be_visible()
    sponsor.shot("2-demand")


def _publish(sponsor: Walk, study: Study, *, invited: tuple[Member, ...]) -> Request:
    page = sponsor.page
    sponsor.press("Make a request")
    sponsor.field("Title in English").fill("Conduct of ALD-301")
    sponsor.field("Title in Chinese").fill("ALD-301 研究执行")
    sponsor.press("Save and go on")
    request = Request.objects.get(pk=sponsor.arrives(r"/requests/(\d+)/draft/lines/$"))
    assert (request.study_id, request.lines.exists()) == (study.pk, True)
    sponsor.press_marked("lines-save")
    sponsor.arrives(r"/requests/(\d+)/draft/procedure/$")
    sponsor.choose("Reverse auction")
    sponsor.choose("Invited suppliers only")
    due = system_clock.now() + dt.timedelta(days=10)
    sponsor.field("Bids due").fill(f"{due:%Y-%m-%dT%H:%M}")
    sponsor.field("Auction: minutes per round").fill("5")
    sponsor.press("Save and go on")
    sponsor.arrives(r"/requests/(\d+)/draft/criteria/$")
    sponsor.press("Save and go on")
    sponsor.arrives(r"/requests/(\d+)/draft/invite/$")
    for member in invited:
        page.get_by_label(member.organization.name_in(sponsor.visitor.locale)).first.check()
    sponsor.press_marked("invite")
    expect(page.locator("button[name=take_off]")).to_have_count(len(invited))
    sponsor.press_marked("to-review")
    sponsor.shot("3-review")
    sponsor.press_marked("publish")
    sponsor.confirm()
    sponsor.arrives(r"/requests/(\d+)/$")
    sponsor.reads("The request is published.")
    request.refresh_from_db()
    assert (request.state, Auction.objects.get(request=request).round_minutes) == ("published", 5)
    return request


def _bid(bidder: Walk, request: Request, *, price: int) -> None:
    _type_bid(bidder, request, price)
    _hand_in(bidder)


def _bid_as_coalition(lead: Walk, partner: Walk, request: Request, member: Member, *, price: int) -> None:
    bid_id = _type_bid(lead, request, price, partner=member)
    partner.open(f"/market/requests/bids/{bid_id}/")
    partner.press_marked("bid-confirm")
    partner.reads("You confirmed your part.")
    lead.page.reload()
    _hand_in(lead)
    lead.shot("4-bid-of-the-coalition")


def _type_bid(bidder: Walk, request: Request, price: int, partner: Member | None = None) -> int:
    page = bidder.open(f"/market/requests/{request.pk}/")
    bidder.press_marked("bid-edit")
    for position in request.lines.values_list("position", flat=True):
        bidder.field("Price per unit", row=str(position)).fill(str(price))
    if partner is not None:
        name = partner.organization.name_in(bidder.visitor.locale)
        bidder.field("Partner", row="1").select_option(label=name)
        bidder.field("Percent", row="1").fill("40")
    page.get_by_test_id("bid-save").click()
    return bidder.arrives(r"/requests/bids/(\d+)/$")


def _hand_in(bidder: Walk) -> None:
    bidder.press_marked("bid-submit")
    bidder.confirm()
    expect(bidder.page.get_by_test_id("receipt")).to_have_text(re.compile(r"^[0-9a-f]{64}$"))


def _hold_auction(sponsor: Walk, bidders: tuple[Walk, ...], request: Request) -> None:
    """One caller per round, each below the cheapest bid; the buyer watches letters instead of names."""
    quantity = sum(request.lines.values_list("quantity", flat=True))
    sponsor.open(f"/market/requests/{request.pk}/auction/")
    for number, bidder in enumerate(bidders, start=1):
        deadlines.begin_round(request.pk, number)
        page = bidder.open(f"/market/requests/{request.pk}/auction/")
        if number == 2:
            bidders[0].page.get_by_test_id("auction-amount").fill("123.45")
        page.get_by_test_id("auction-amount").fill(str(int(quantity * CHEAPEST) - 1000 * number))
        bidder.press_marked("auction-call")
        # The sentence beside the field gives way to the next live picture; the row of the call stays.
        calls = page.get_by_role("table").get_by_role("row", name=bidder.say("Accepted"))
        expect(calls).to_have_count(1)
        bidder.shot(f"5-auction-round-{number}")
        # The other pages hear of it by themselves.
        calls = sponsor.page.locator("table").last.get_by_role("row", name=sponsor.say("Accepted"))
        expect(calls).to_have_count(number)
        if number == 2:
            rounds = bidders[0].page.get_by_role("list", name=bidder.say("Rounds"))
            expect(rounds.get_by_role("listitem").nth(1)).to_contain_text(bidder.say("Running"))
            # What somebody was typing survives the news of another's call.
            expect(bidders[0].page.get_by_test_id("auction-amount")).to_have_value("123.45")
    sponsor.page.reload()
    sponsor.shot("5-auction-buyer")
    assert list(AuctionBid.objects.order_by("sequence").values_list("round_number", "is_accepted")) == [
        (1, True),
        (2, True),
        (3, True),
    ]
    deadlines.end_auction(request.pk)


def _evaluate(sponsor: Walk, request: Request) -> None:
    page = sponsor.open(f"/market/requests/{request.pk}/evaluation/")
    sponsor.press_marked("declare-none")
    matrix = page.get_by_test_id("matrix")
    expect(matrix.locator("thead").get_by_role("link")).to_have_count(3)
    sponsor.shot("6-evaluation")
    sponsor.press_marked("agree")
    sponsor.press_marked("to-award")
    sponsor.arrives(r"/requests/(\d+)/award/$")


def _award(sponsor: Walk, request: Request, *, winner: Member) -> None:
    page, language = sponsor.page, sponsor.visitor.locale
    name = winner.organization.name_in(language)
    page.get_by_label(re.compile(re.escape(name))).first.check()
    sponsor.field("Why this award").fill("The lowest price from a team that knows the sites.")
    for bid in Bid.objects.filter(request=request, state="submitted").exclude(
        organization=winner.organization
    ):
        loser = bid.organization.name_in(language)
        letter = sponsor.say("If %(name)s does not win, because", name=loser)
        page.get_by_label(letter).fill("The price was higher.")
    sponsor.press_marked("award")
    sponsor.reads("The award is made. The standstill runs.")
    assert Award.objects.get(request=request).standstill_ended_at is None
    sponsor.shot("7-award")
    deadlines.end_standstill(request.pk)


def _draft_and_offer(sponsor: Walk, request: Request) -> Contract:
    sponsor.page.reload()
    [bid] = Bid.objects.filter(award_lines__award__request=request).distinct()
    name = bid.organization.name_in(sponsor.visitor.locale)
    sponsor.press("Draft the contract with %(name)s", name=name)
    contract = Contract.objects.get(pk=sponsor.arrives(r"/contracts/(\d+)/$"))
    # A second draft cannot be asked for: the award leads to the one there is.
    sponsor.open(f"/market/requests/{request.pk}/award/")
    sponsor.press("Contract with %(name)s", name=name)
    sponsor.arrives(rf"/contracts/({contract.pk})/$")
    sponsor.press("Offer for signature")
    sponsor.confirm()
    sponsor.reads("The contract is frozen and waits for signatures.")
    return contract


def _sign(signer: Walk, contract: Contract) -> None:
    signer.open(f"/contracts/{contract.pk}/")
    signer.field("Password or one-time code").fill(PASSWORD)
    signer.choose("I have read the contract and sign for my organization.")
    signer.press("Sign the contract")
    signer.reads("You have signed.")


def _verify(reader: Walk, contract: Contract) -> None:
    page = reader.open(f"/contracts/{contract.pk}/")
    reader.shot("8-contract-in-force")
    for language in ("en", "zh"):
        answer = page.context.request.get(
            f"{reader.visitor.site.url}/contracts/{contract.pk}/document-{language}.pdf"
        )
        assert answer.body().startswith(b"%PDF")
        # In a thread of its own: this one holds playwright's event loop, and checking a seal runs another.
        with ThreadPoolExecutor(1) as thread:
            seals = thread.submit(verify_seals, answer.body()).result()
        assert [seal.is_good for seal in seals] == [True] * 3, language
    reader.press("Verify")
    reader.reads("Everything holds: the content is what was signed, and every seal is intact.")
    expect(page.get_by_text(reader.say("Intact"), exact=True)).to_have_count(6)
    reader.shot("9-verified")
