"""The pages of supplier qualification, from the application to the decision and the suspension."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.conftest import Member
from tests.domains.quality.quality_scene import Desk

from triallink.domains.quality.models import (
    AuditFinding,
    Qualification,
    QualificationApplication,
    SupplierAudit,
    SupplierSuspension,
)

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LISTS = ("application-list", "audit-list", "finding-list", "calendar", "suspension-list")


@pytest.fixture
def desk(ben: Member, hua: Member) -> Desk:
    """Ben's CRO applies at Hua's desk, today."""
    from triallink.kernel.clock import system_clock

    return Desk(ben, hua, clock=system_clock)  # type: ignore[arg-type]


def browser(member: Member) -> Client:
    """Return a client signed in as somebody."""
    client = Client()
    client.force_login(member.person, backend=BACKEND)
    return client


def address(name: str, *args: int) -> str:
    """Return the address of a page of quality."""
    return reverse(f"quality:{name}", args=args)


def test_a_supplier_applies_page_by_page(ben: Member):
    client = browser(ben)
    assert "Apply" in client.get(address("own")).content.decode()
    begun = client.post(address("application-begin"), {"questionnaire": "cro"})
    one = QualificationApplication.objects.get()
    assert begun["Location"] == address("application-scope", one.pk)
    client.post(address("application-scope", one.pk), {"services": ["monitoring"], "areas": ["oncology"]})
    client.post(address("application-scope", one.pk), {"services": ["data"]})
    client.post(address("application-scope", one.pk), {"drop": "1"})
    refused = client.post(address("application-answers", one.pk), {"value_ORG2": "many"})
    assert refused.status_code == 422
    assert "many" in refused.content.decode()
    client.post(address("application-answers", one.pk), {"value_ORG1": "yes", "value_ORG2": "80"})
    paper = SimpleUploadedFile("licence.pdf", b"paper")
    added = client.post(
        address("evidence-add", one.pk),
        {"question": "ORG1", "file": paper, "issued_on": "2020-01-01", "expires_on": "2020-12-31"},
    )
    assert added.status_code == 422
    paper = SimpleUploadedFile("licence.pdf", b"paper")
    assert (
        client.post(address("evidence-add", one.pk), {"question": "ORG1", "file": paper}).status_code == 302
    )
    assert client.get(address("evidence-file", one.evidence.get().pk)).content == b"paper"
    early = client.post(address("application-submit", one.pk))
    assert early.status_code == 422
    assert "ORG3" in early.content.decode()
    one.refresh_from_db()
    assert one.scope == [{"services": ["monitoring"], "areas": ["oncology"], "regions": []}]
    assert one.state == "draft"


def test_the_desk_reviews_audits_and_decides(desk: Desk):
    one = desk.submitted()
    client, own = browser(desk.operator), browser(desk.supplier)
    assert one.reference in client.get(address("application-list")).content.decode()
    client.post(address("application-take-up", one.pk))
    assert client.post(address("application-decide", one.pk), {"is_approved": "no"}).status_code == 422
    day = desk.clock.now().date().isoformat()
    client.post(address("audit-new", one.pk), {"mode": "remote", "planned_on": day})
    audit = SupplierAudit.objects.get()
    report = {
        "performed_on": day,
        "summary": "Seen.",
        "grade_1": "major",
        "text_1": "No rule",
        "clause_1": "3.11",
    }
    assert client.post(address("audit-report", audit.pk), {**report, "text_1": ""}).status_code == 422
    client.post(address("audit-report", audit.pk), report)
    finding = AuditFinding.objects.get()
    assert client.post(address("application-decide", one.pk), {"is_approved": "yes"}).status_code == 422
    capa = {
        "root_cause": "None was written",
        "correction": "Written",
        "prevention": "Reviewed",
        "due_on": day,
    }
    assert own.post(address("capa-propose", finding.pk), {**capa, "correction": ""}).status_code == 422
    own.post(address("capa-propose", finding.pk), capa)
    client.post(address("capa-answer", finding.pk), {"is_accepted": "yes"})
    own.post(address("capa-done", finding.pk), {"note": "Done."})
    client.post(address("capa-check", finding.pk), {"is_effective": "yes", "note": "Seen."})
    for page in (
        address("audit-detail", audit.pk),
        address("finding-detail", finding.pk),
        address("application-detail", one.pk),
        address("own"),
    ):
        assert own.get(page).status_code == 200
    client.post(
        address("application-decide", one.pk), {"is_approved": "yes", "services": ["data"], "months": "6"}
    )
    held = Qualification.objects.get()
    assert held.scope == [{"services": ["data"], "areas": ["oncology"], "regions": ["Shanghai"]}]
    assert "Qualified" in own.get(address("own")).content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_list_is_searched_narrowed_sorted_and_exported_in_both_languages(desk: Desk, language: str):
    finding = desk.audited("minor")[0]
    desk.operator.person.language = language
    desk.operator.person.save()
    client = browser(desk.operator)
    client.post(
        address("suspension-new"), {"organization_id": desk.supplier.organization.pk, "reason": "Stopped."}
    )
    client.post(address("application-decide", finding.audit.application_id), {"is_approved": "yes"})
    for name in LISTS:
        page = client.get(address(name), {"q": "Harbor", "sort": "-organization"})
        assert page.status_code == 200
        shown = page.content.decode()
        assert ("海港临床研究" if language == "zh-hans" else "Harbor CRO") in shown, name
        nothing = client.get(address(name), {"q": "nobody of this name"}).content.decode()
        assert "Harbor CRO" not in nothing
        table = client.get(address(name), {"export": "csv"})
        assert table["Content-Type"].startswith("text/csv")
        assert len(table.content.decode("utf-8-sig").splitlines()) == 2, name


def test_the_number_of_queries_does_not_grow_with_the_rows(desk: Desk, django_assert_max_num_queries):
    desk.audited("minor", "minor", "major", "critical", "minor")
    client = browser(desk.operator)
    client.get(address("finding-list"))
    with django_assert_max_num_queries(22):
        client.get(address("finding-list"))


def test_the_desk_suspends_and_lifts(hua: Member, ben: Member):
    client = browser(hua)
    assert "Harbor CRO" in client.get(address("suspension-new"), {"q": "harb"}).content.decode()
    assert "Harbor CRO" not in client.get(address("suspension-new"), {"q": "blue"}).content.decode()
    assert browser(ben).get(address("suspension-new")).status_code == 403
    chosen = client.get(address("suspension-new"), {"organization": ben.organization.pk}).content.decode()
    assert "Suspend Harbor CRO" in chosen
    refused = client.post(address("suspension-new"), {"organization_id": ben.organization.pk, "reason": ""})
    assert refused.status_code == 422
    client.post(address("suspension-new"), {"organization_id": ben.organization.pk, "reason": "Stopped."})
    assert "Stopped." in browser(ben).get(address("own")).content.decode()
    lift = address("suspension-lift", ben.organization.pk)
    assert client.post(lift, {"reason": ""}).status_code == 422
    assert browser(ben).post(lift, {"reason": "Mine"}).status_code == 403
    client.post(lift, {"reason": "Audited again."})
    assert SupplierSuspension.objects.get().lift_reason == "Audited again."


def test_others_find_no_application_and_suppliers_have_no_desk(desk: Desk, fei: Member, ada: Member):
    one = desk.submitted()
    for stranger in (fei, ada):
        client = browser(stranger)
        assert client.get(address("application-detail", one.pk)).status_code == 404
        assert client.get(address("suspension-new")).status_code == 403
        for name in LISTS:
            assert "Harbor CRO" not in client.get(address(name)).content.decode()
    assert browser(desk.supplier).get(address("audit-new", one.pk)).status_code == 403
