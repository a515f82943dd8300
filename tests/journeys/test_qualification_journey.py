"""Who may sell, in the browser: apply, be audited, answer the findings, be decided on, be found; and be stopped."""

import datetime as dt
from decimal import Decimal

import pytest
from playwright.sync_api import expect
from tests.conftest import Member
from tests.domains.contracts.conftest import Deal, deal, market  # noqa: F401
from tests.domains.quality.quality_scene import Desk
from tests.journeys.walk import Walk, apart

from triallink.domains.contracts.models import Contract
from triallink.domains.marketplace.models import Request, ServiceType
from triallink.domains.marketplace.services.catalogue import sync_catalogue
from triallink.domains.marketplace.services.listings import publish_listing
from triallink.domains.marketplace.services.requests import create_request
from triallink.domains.marketplace.services.terms import LineTerms
from triallink.domains.quality.models import (
    AuditFinding,
    Qualification,
    QualificationApplication,
    SupplierProfile,
    SupplierSuspension,
)
from triallink.domains.quality.services.talent import add_credential, add_professional
from triallink.foundation.audit import verify
from triallink.kernel.clock import system_clock

pytestmark = pytest.mark.browser
PAPER = {"name": "licence.pdf", "mimeType": "application/pdf", "buffer": b"paper"}


def day(ahead: int = 0) -> str:
    """Return a day from today on, as a form takes it."""
    return (system_clock.now().date() + dt.timedelta(days=ahead)).isoformat()


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_supplier_is_qualified_found_and_stopped(visit, live_site, deal: Deal, hua: Member, locale: str):
    fei, ada = deal.market.fei, deal.market.ada
    SupplierProfile.objects.get_or_create(organization=fei.organization)
    contract, wanted = deal.offered(), _wanted(deal)
    apart(lambda: deal.in_force(contract))
    supplier, operator, buyer = (Walk(visit(who, locale)) for who in (fei, hua, ada))
    assert not _is_found(buyer, fei, wanted, as_qualified=True)
    one = _apply(supplier)
    _prove(supplier, one)
    Desk(fei, hua, kind="smo", clock=system_clock).filled(one)  # type: ignore[arg-type]
    _submit(supplier, one)
    critical = _audit(operator, one)
    _decide(operator, one)
    operator.reads("These findings stand against an approval: %(numbers)s.", numbers=critical.number)
    _answer_finding(supplier, operator, critical)
    _decide(operator, one)
    operator.reads("The decision is made; the supplier is told.")
    operator.shot("quality-5-decided")
    held = Qualification.objects.get()
    assert (held.state, held.scope[0]["services"], held.conditions) == (
        "valid",
        ["monitoring"],
        "One audit a year",
    )
    assert held.requalify_on < held.expires_on
    live_site.settle()
    assert _is_found(buyer, fei, wanted, as_qualified=True)
    buyer.shot("quality-6-matched")
    _suspend(operator, fei)
    assert not _is_found(buyer, fei, wanted)
    live_site.settle()
    _is_warned(buyer, contract)
    supplier.open("/quality/qualification/")
    supplier.reads("Suspended")
    assert all(report.broken_at is None for report in verify())


def _wanted(deal: Deal) -> Request:
    """Let Fei list a service of the catalogue, and Ada draft a request for it."""
    sync_catalogue()
    service = ServiceType.objects.filter(category="monitoring", is_active=True).order_by("position")[0]
    publish_listing(service=service.code, price_minor=90_00, by=deal.market.fei.actor)
    li = add_professional(name="Li", role="CRA", level="senior", by=deal.market.fei.actor)
    for kind in service.required_credentials:
        add_credential(professional_id=li.pk, kind=kind, by=deal.market.fei.actor)
    lines = [LineTerms(service_id=service.pk, quantity=Decimal(10), province="Shanghai", city="Shanghai")]
    return create_request(
        terms=deal.market.terms(), lines=lines, by=deal.market.ada.actor, clock=deal.market.clock
    )


def _apply(supplier: Walk) -> QualificationApplication:
    """Begin an application and state a block of its scope."""
    page = supplier.open("/quality/qualification/")
    supplier.press("Apply: %(kind)s", kind=supplier.say("Site management organization"))
    number = supplier.arrives(r"/quality/applications/(\d+)/scope/$")
    page.locator("[name=services]").select_option(["monitoring", "data"])
    page.locator("[name=areas]").select_option(["oncology"])
    supplier.press("Add")
    expect(page.locator("main tbody tr")).to_have_count(1)
    supplier.shot("quality-1-scope")
    return QualificationApplication.objects.get(pk=number)


def _prove(supplier: Walk, one: QualificationApplication) -> None:
    """Answer the first question and put a document with its expiry behind it."""
    page = supplier.open(f"/quality/applications/{one.pk}/answers/")
    page.locator("input[type=radio]").first.check()
    page.locator("main form button.btn-primary").last.click()
    supplier.reads("Your answers are saved.")
    form = page.locator(f"form[action='/quality/applications/{one.pk}/evidence/']")
    form.locator("[name=file]").set_input_files(PAPER)
    form.locator("[name=expires_on]").fill(day(300))
    form.locator("button.btn-primary").click()
    supplier.reads("The document is added.")


def _submit(supplier: Walk, one: QualificationApplication) -> None:
    supplier.open(f"/quality/applications/{one.pk}/")
    supplier.press("Submit")
    supplier.reads("Your application is with the operator.")


def _audit(operator: Walk, one: QualificationApplication) -> AuditFinding:
    """Take the application up, plan an audit and report a critical and a minor finding."""
    page = operator.open(f"/quality/applications/{one.pk}/")
    operator.press("Take up")
    operator.press("Plan an audit")
    page.locator("[name=mode]").select_option("on_site")
    page.locator("[name=planned_on]").fill(day())
    operator.press("Plan the audit")
    operator.reads("The audit is planned; the supplier is told.")
    operator.open(f"/quality/audits/{one.audits.get().pk}/")
    page.locator("[name=performed_on]").fill(day())
    page.locator("[name=summary]").fill("Two days at the office. 现场两天。")
    for number, grade in ((1, "critical"), (2, "minor")):
        page.locator(f"[name=grade_{number}]").select_option(grade)
        page.locator(f"[name=text_{number}]").fill(f"Records of training are missing ({grade})")
        page.locator(f"[name=clause_{number}]").fill("ICH E6(R3) 3.9")
    operator.press("Send the report")
    operator.reads("The report is sent to the supplier.")
    operator.shot("quality-2-audit")
    return AuditFinding.objects.get(grade="critical")


def _decide(operator: Walk, one: QualificationApplication) -> None:
    """Approve a part of what was asked for, for a year, under a condition."""
    page = operator.open(f"/quality/applications/{one.pk}/")
    form = page.locator(f"form[action='/quality/applications/{one.pk}/decide/']")
    form.locator("[name=is_approved][value=yes]").check()
    form.locator("[name=months]").fill("12")
    form.locator("[name=conditions]").fill("One audit a year")
    form.locator("[name=services]").select_option(["monitoring"])
    form.locator("button.btn-primary").click()


def _answer_finding(supplier: Walk, operator: Walk, finding: AuditFinding) -> None:
    """Propose a CAPA, have it accepted, carry it out, and have its effect checked."""
    address = f"/quality/findings/{finding.pk}/"
    page = supplier.open(address)
    for name in ("root_cause", "correction", "prevention", "measure"):
        page.locator(f"[name={name}]").fill(f"{name} 已说明")
    page.locator("[name=due_on]").fill(day(10))
    supplier.press("Send to the operator")
    supplier.reads("Saved; the other side is told.")
    operator.open(address).locator("[name=is_accepted][value=yes]").check()
    operator.press("Send the answer")
    operator.reads("Saved; the other side is told.")
    supplier.open(address).locator("[name=note]").fill("Every file is complete. 档案已补齐。")
    supplier.press("Report")
    supplier.reads("Saved; the other side is told.")
    supplier.shot("quality-3-capa")
    check = operator.open(address)
    check.locator("[name=is_effective][value=yes]").check()
    check.locator("[name=note]").fill("Ten files looked at. 抽查十份。")
    operator.press("Save the check")
    operator.reads("Closed")
    operator.shot("quality-4-closed")
    finding.refresh_from_db()
    assert finding.state == "closed"


def _is_found(buyer: Walk, seller: Member, wanted: Request, *, as_qualified: bool = False) -> bool:
    """Return whether the matching of a request shows a supplier."""
    page = buyer.open(f"/market/fit/{wanted.pk}/")
    card = page.locator("article").filter(has=page.locator(f"a[href$='/{seller.organization.pk}/']"))
    if as_qualified:
        card = card.filter(has_text=buyer.say("Qualified for this work"))
    return card.count() == 1


def _suspend(operator: Walk, supplier: Member) -> None:
    """Find the supplier by a part of its name and stop it."""
    page = operator.open("/quality/suspensions/")
    operator.press("Suspend a supplier")
    page.wait_for_url("**/suspensions/new/")
    operator.open("/quality/suspensions/new/?q=" + ("Blue" if operator.visitor.locale == "en" else "青石"))
    expect(page.locator("main tbody tr")).to_have_count(1)
    operator.shot("quality-7-suspend")
    operator.press("Suspend")
    page.locator("[name=reason]").fill("Data were altered. 数据被篡改。")
    operator.press("Suspend")
    operator.reads("The supplier is suspended; buyers with live contracts are told.")
    assert SupplierSuspension.objects.get().organization_id == supplier.organization.pk


def _is_warned(buyer: Walk, contract: Contract) -> None:
    """Expect the warning of a live contract among the buyer's notices."""
    buyer.open("/notices/")
    buyer.reads(
        "Contract %(reference)s: the platform has suspended a supplier. Decide whether its work may go on.",
        reference=contract.reference,
    )
    buyer.shot("quality-8-warned")
