"""From escrow to reputation in the browser: a plan, a visit that proves a milestone, one payment, a settled dispute."""

import pytest
from django.utils.translation import gettext, override
from playwright.sync_api import expect
from tests.browser import LANGUAGES
from tests.conftest import PASSWORD, Member
from tests.domains.contracts.conftest import Deal, deal  # noqa: F401
from tests.domains.marketplace.market_scene import Market
from tests.journeys.walk import Walk, apart

from triallink.domains.contracts.models import Contract, Dispute, Milestone, Payment, Rating
from triallink.domains.contracts.selectors import reputation_of
from triallink.domains.contracts.services import offer_contract
from triallink.domains.delivery.models import MonitoringVisit, PlanItem
from triallink.domains.ledger.selectors import escrow_of
from triallink.domains.ledger.services import receive_funds
from triallink.domains.quality.models import SupplierProfile
from triallink.domains.studies.services import add_site, create_study
from triallink.foundation.audit import verify
from triallink.kernel.actor import SYSTEM
from triallink.kernel.clock import system_clock
from triallink.kernel.money import Money

pytestmark = pytest.mark.browser


@pytest.fixture
def market(ada: Member, ben: Member, chen: Member, fei: Member, gao: Member, settings) -> Market:
    """Ada buys for a study with one site."""
    settings.DEMO = True
    study = create_study(
        code="JOURNEY-1", title_en="A study", enrollment_months=6, follow_up_months=3, planned_subjects=12,
        by=ada.actor,
    )  # fmt: skip
    add_site(study_id=study.pk, organization_id=chen.organization.pk, planned_subjects=12, by=ada.actor)
    return Market(ada, ben, fei, gao, study_id=study.pk)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_from_a_funded_contract_to_a_payment_a_settlement_and_a_reputation(
    visit, live_site, deal: Deal, hua: Member, locale: str
):
    fei, ada = deal.market.fei, deal.market.ada
    SupplierProfile.objects.get_or_create(organization=fei.organization)
    buyer, seller, mediator = (Walk(visit(who, locale)) for who in (ada, fei, hua))
    deal.standstill_ends()
    contract = deal.draft()
    first, second = contract.milestones.order_by("line__position", "position")
    _ask_for_a_signed_report(buyer, first)
    _in_force(deal, contract)
    deal.market.clock = system_clock
    _fund(buyer, contract)
    item = _plan(buyer, contract, first)
    visited = _report_a_visit(seller, contract)
    _sign_the_report(buyer, visited)
    item.refresh_from_db()
    tasks = dict(item.tasks.values_list("code", "actual_finish_on"))
    assert tasks["visit"] == visited.ended_on
    assert tasks["report"] is not None
    _return_once_then_accept(buyer, seller, first)
    live_site.settle()
    assert Payment.objects.count() == 1
    assert escrow_of(("contract", contract.pk)).released.minor == first.amount_minor
    half = Money(second.amount_minor // 2, contract.currency)
    _dispute(buyer, seller, mediator, second, half)
    assert Dispute.objects.get().settled_minor == half.minor
    assert escrow_of(("contract", contract.pk)).released.minor == first.amount_minor + half.minor
    before = reputation_of(fei.organization)
    _complete_and_rate(buyer, seller, contract)
    assert Rating.objects.filter(revealed_at__isnull=False).count() == 2
    after = reputation_of(fei.organization)
    assert after.overall.estimates["rating"].value > before.overall.estimates["rating"].value
    assert after.overall.lines > before.overall.lines
    buyer.open(f"/contracts/reputation/{fei.organization.pk}/")
    with override(LANGUAGES[locale]):
        expect(buyer.page.get_by_text(gettext("How it is computed")).first).to_be_visible()
    buyer.shot("delivery-7-reputation")
    live_site.settle()
    assert all(report.broken_at is None for report in verify())


def _ask_for_a_signed_report(buyer: Walk, milestone: Milestone) -> None:
    buyer.open(f"/contracts/milestones/{milestone.pk}/evidence/")
    kind = buyer.page.get_by_test_id("fact-visit_report_signed")
    kind.locator("summary").click()
    kind.locator("select").first.select_option("initiation")
    buyer.shot("delivery-1-evidence")
    kind.locator("button").last.click()
    buyer.reads("The milestone now requires it.")


def _in_force(deal: Deal, contract: Contract) -> None:
    """Offer the contract and let everybody sign."""
    offer_contract(contract_id=contract.pk, by=deal.market.ada.actor, clock=deal.market.clock)
    apart(lambda: deal.in_force(contract))


def _fund(buyer: Walk, contract: Contract) -> None:
    total = Money(contract.total_minor, contract.currency)
    receive_funds(organization_id=contract.buyer_id, amount=total, key="arrived", by=SYSTEM)
    buyer.open(f"/contracts/{contract.pk}/payments/")
    buyer.page.get_by_test_id("fund-form").locator("button").last.click()
    buyer.reads("The escrow is funded.")


def _plan(buyer: Walk, contract: Contract, payable: Milestone) -> PlanItem:
    """Lay out the plan and tie the site's initiation to the payable milestone."""
    buyer.open(f"/studies/{contract.study_id}/pmcp/plan/")
    buyer.press("Generate the plan")
    expect(buyer.page.locator("main svg").first).to_be_visible()
    buyer.shot("delivery-2-plan")
    item = PlanItem.objects.get(plan__study_id=contract.study_id, code="S_SIV", kind="milestone")
    buyer.open(f"/pmcp/items/{item.pk}/")
    form = buyer.page.get_by_test_id("tie-form")
    buyer.page.locator("#payment summary").click()
    form.locator("select").select_option(str(payable.pk))
    form.locator("button").last.click()
    expect(buyer.page.locator(f"#payment a[href='/contracts/milestones/{payable.pk}/']")).to_be_visible()
    return item


def _report_a_visit(seller: Walk, contract: Contract) -> MonitoringVisit:
    """Plan an initiation visit for today, say that it took place, and hand its report in."""
    today = system_clock.now().date().isoformat()
    page = seller.open(f"/studies/{contract.study_id}/pmcp/visits/")
    seller.press("Plan a visit")
    modal = page.locator("#plan-visit")
    modal.locator("select[name=kind]").select_option("initiation")
    modal.locator("input[name=planned_on]").fill(today)
    modal.locator("button[type=submit], form button").last.click()
    number = seller.arrives(r"/pmcp/visits/(\d+)/$")
    form = page.locator(f"form[action='/pmcp/visits/{number}/conduct/']")
    form.locator("input[name=began_on]").fill(today)
    form.locator("input[name=ended_on]").fill(today)
    form.locator("button").last.click()
    expect(page.locator(".question").first).to_be_visible()
    for question in page.locator(".question").all():
        if question.locator("input[type=radio]").count():
            question.locator("input[type=radio]").first.check()
        elif question.locator("textarea").count():
            question.locator("textarea").fill("as agreed 如约")
        else:
            question.locator("input").first.fill("3")
    page.locator("textarea[name=summary]").fill("Ready to enroll. 可以入组。")
    page.locator("button[value=submit]").click()
    seller.reads("Report in review")
    seller.shot("delivery-3-visit")
    return MonitoringVisit.objects.get(pk=number)


def _sign_the_report(buyer: Walk, visited: MonitoringVisit) -> None:
    buyer.open(f"/pmcp/visits/{visited.pk}/")
    form = buyer.page.locator(f"form[action='/pmcp/visits/{visited.pk}/sign/']")
    form.locator("input[name=secret]").fill(PASSWORD)
    form.locator("button").last.click()
    buyer.reads("Report signed")
    visited.refresh_from_db()
    assert visited.state == "signed"


def _return_once_then_accept(buyer: Walk, seller: Walk, milestone: Milestone) -> None:
    _hand_in(seller, milestone, b"first draft")
    buyer.open(f"/contracts/milestones/{milestone.pk}/")
    give_back = buyer.page.get_by_test_id("return-form")
    give_back.locator("textarea").fill("Page 3 is missing")
    give_back.locator("button").last.click()
    buyer.reads("Returned with your reasons.")
    _hand_in(seller, milestone, b"all pages")
    buyer.open(f"/contracts/milestones/{milestone.pk}/")
    buyer.reads("In the plan")
    _sign_in(buyer, "accept-form")
    buyer.reads("Accepted and signed.")
    buyer.shot("delivery-4-accepted")


def _hand_in(seller: Walk, milestone: Milestone, content: bytes) -> None:
    """Upload a file at a milestone and submit it."""
    seller.open(f"/contracts/milestones/{milestone.pk}/")
    upload = seller.page.get_by_test_id("upload-form")
    upload.locator("input[name=name]").fill("Report")
    upload.locator("input[name=file]").set_input_files(
        {"name": "report.pdf", "mimeType": "application/pdf", "buffer": content}
    )
    upload.locator("button").last.click()
    expect(seller.page.get_by_text("SHA-256").first).to_be_visible()
    seller.page.get_by_test_id("submit-form").locator("button").last.click()
    seller.reads("Waiting for acceptance")


def _dispute(buyer: Walk, seller: Walk, mediator: Walk, milestone: Milestone, half: Money) -> None:
    """Dispute a milestone, mediate, and settle it at half its worth."""
    seller.open(f"/contracts/{milestone.contract_id}/disputes/")
    seller.page.locator("input[name=subject]").fill("Visits not accepted")
    seller.page.locator("textarea[name=text]").fill("They took place.")
    seller.page.locator("select[name=milestone_id]").select_option(str(milestone.pk))
    seller.press("Open the dispute")
    number = seller.arrives(r"/contracts/disputes/(\d+)/$")
    mediator.open(f"/contracts/disputes/{number}/")
    mediator.press("Take up the mediation")
    settle = mediator.page.get_by_test_id("settle-form")
    settle.locator("input[name=amount]").fill(str(half.amount))
    settle.locator("textarea").fill("Half was remote.")
    settle.locator("button").last.click()
    mediator.reads("Proposed settlement")
    for walk in (seller, buyer):
        walk.open(f"/contracts/disputes/{number}/")
        _sign_in(walk, "agree-form")
        walk.reads("You have signed.")
    buyer.shot("delivery-5-settled")


def _complete_and_rate(buyer: Walk, seller: Walk, contract: Contract) -> None:
    buyer.open(f"/contracts/{contract.pk}/")
    buyer.press("Complete the contract")
    buyer.confirm()
    buyer.reads("The contract is completed. Rate the other side.")
    for walk, stars in ((buyer, "5"), (seller, "4")):
        walk.open(f"/contracts/{contract.pk}/ratings/")
        form = walk.page.get_by_test_id("rate-form").first
        form.locator("select[name=stars]").select_option(stars)
        form.locator("button").last.click()
        walk.reads("Thank you. It is read once both sides have spoken.")
    buyer.shot("delivery-6-rated")


def _sign_in(walk: Walk, form: str) -> None:
    """Type the password into a marked form and send it."""
    walk.page.get_by_test_id(form).locator("input[name=secret]").fill(PASSWORD)
    walk.page.get_by_test_id(form).locator("button").last.click()
