"""From escrow to reputation in the browser: returned once, accepted, paid once, rated; and a dispute settled."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils.translation import gettext, override
from playwright.sync_api import expect
from tests.browser import LANGUAGES
from tests.conftest import PASSWORD, Member
from tests.domains.contracts.conftest import Deal, deal, market  # noqa: F401
from tests.journeys.walk import Walk

from triallink.domains.contracts.models import Contract, Dispute, Payment, Rating
from triallink.domains.contracts.selectors import reputation_of
from triallink.domains.ledger.selectors import escrow_of
from triallink.domains.ledger.services import receive_funds
from triallink.domains.quality.models import SupplierProfile
from triallink.kernel.actor import SYSTEM
from triallink.kernel.money import Money


def in_force(deal: Deal) -> Contract:
    """Sign a contract in a thread of its own: this one holds playwright's event loop, and sealing runs another."""

    def signed() -> Contract:
        try:
            return deal.in_force()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(signed).result()


def sign_in(walk: Walk, form: str) -> None:
    """Type the password into a marked form and send it."""
    walk.page.get_by_test_id(form).locator("input[name=secret]").fill(PASSWORD)
    walk.page.get_by_test_id(form).locator("button").last.click()


def hand_in(walk: Walk, contract, milestone, content: bytes) -> None:
    """Upload a file at a milestone and submit it."""
    walk.open(f"/contracts/milestones/{milestone.pk}/")
    upload = walk.page.get_by_test_id("upload-form")
    upload.locator("input[name=name]").fill("Report")
    upload.locator("input[name=file]").set_input_files(
        {"name": "report.pdf", "mimeType": "application/pdf", "buffer": content}
    )
    upload.locator("button").last.click()
    expect(walk.page.get_by_text("SHA-256").first).to_be_visible()
    walk.page.get_by_test_id("submit-form").locator("button").last.click()
    walk.reads("Waiting for acceptance")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locale", ["en", "zh"])
def test_work_is_returned_accepted_paid_once_and_rated(
    visit, live_site, deal: Deal, hua: Member, locale: str
):
    contract = in_force(deal)
    fei, ada = deal.market.fei, deal.market.ada
    SupplierProfile.objects.get_or_create(organization=fei.organization)
    total = Money(contract.total_minor, contract.currency)
    receive_funds(organization_id=contract.buyer_id, amount=total, key="arrived", by=SYSTEM)
    rows = list(contract.milestones.order_by("line__position", "position"))
    home = f"/contracts/{contract.pk}/"

    buyer, seller = Walk(visit(ada, locale)), Walk(visit(fei, locale))
    buyer.open(home + "payments/")
    buyer.page.get_by_test_id("fund-form").locator("button").last.click()
    buyer.reads("The escrow is funded.")

    hand_in(seller, contract, rows[0], b"first draft")
    buyer.open(f"/contracts/milestones/{rows[0].pk}/")
    give_back = buyer.page.get_by_test_id("return-form")
    give_back.locator("textarea").fill("Page 3 is missing")
    give_back.locator("button").last.click()
    buyer.reads("Returned with your reasons.")
    hand_in(seller, contract, rows[0], b"all pages")
    buyer.open(f"/contracts/milestones/{rows[0].pk}/")
    sign_in(buyer, "accept-form")
    buyer.reads("Accepted and signed.")
    buyer.shot("contract-milestone-accepted")
    assert Payment.objects.count() == 1
    assert escrow_of(("contract", contract.pk)).released.minor == rows[0].amount_minor

    # The second milestone is disputed, mediated and settled at half its worth.
    seller.open(home + "disputes/")
    seller.page.locator("input[name=subject]").fill("Visits not accepted")
    seller.page.locator("textarea[name=text]").fill("They took place.")
    seller.page.locator("select[name=milestone_id]").select_option(str(rows[1].pk))
    seller.press("Open the dispute")
    number = seller.arrives(r"/contracts/disputes/(\d+)/$")
    mediator = Walk(visit(hua, locale))
    mediator.open(f"/contracts/disputes/{number}/")
    mediator.press("Take up the mediation")
    settle = mediator.page.get_by_test_id("settle-form")
    half = Money(rows[1].amount_minor // 2, contract.currency)
    settle.locator("input[name=amount]").fill(str(half.amount))
    settle.locator("textarea").fill("Half was remote.")
    settle.locator("button").last.click()
    mediator.reads("Proposed settlement")
    for walk in (seller, buyer):
        walk.open(f"/contracts/disputes/{number}/")
        sign_in(walk, "agree-form")
        walk.reads("You have signed.")
    buyer.shot("contract-dispute-settled")
    assert Dispute.objects.get().settled_minor == half.minor
    assert escrow_of(("contract", contract.pk)).released.minor == rows[0].amount_minor + half.minor

    before = reputation_of(fei.organization)
    buyer.open(home)
    buyer.press("Complete the contract")
    buyer.confirm()
    buyer.reads("The contract is completed. Rate the other side.")
    for walk, stars in ((buyer, "5"), (seller, "4")):
        walk.open(home + "ratings/")
        form = walk.page.get_by_test_id("rate-form").first
        form.locator("select[name=stars]").select_option(stars)
        form.locator("button").last.click()
        walk.reads("Thank you. It is read once both sides have spoken.")
    assert Rating.objects.filter(revealed_at__isnull=False).count() == 2
    after = reputation_of(fei.organization)
    assert after.overall.estimates["rating"].value > before.overall.estimates["rating"].value
    assert after.overall.lines > before.overall.lines
    buyer.open(f"/contracts/reputation/{fei.organization.pk}/")
    with override(LANGUAGES[locale]):
        expect(buyer.page.get_by_text(gettext("How it is computed")).first).to_be_visible()
    buyer.shot("contract-reputation")
