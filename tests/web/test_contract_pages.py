"""Every page of a contract, for both sides, in both languages; and the steps people take on them."""

import pytest
from django.test import Client
from tests.conftest import PASSWORD, Member
from tests.domains.contracts.conftest import Deal, deal, market  # noqa: F401

from triallink.domains.contracts import services
from triallink.domains.contracts.models import Milestone

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TABS = (
    "", "milestones/", "deliverables/", "payments/", "simulator/", "changes/", "disputes/", "ratings/",
    "timeline/", "verify/",
)  # fmt: skip


def at(member: Member, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    member.person.language = "zh-hans" if language == "zh" else "en"
    member.person.save(update_fields=["language"])
    client.force_login(member.person, backend=BACKEND)
    return client


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_tab_opens_for_both_sides_and_for_nobody_else(
    deal: Deal, eve: Member, hua: Member, language: str
):
    contract = deal.in_force()
    deal.fund(contract, contract.total_minor)
    milestone = deal.first_milestone(contract)
    market = deal.market
    buyer, seller = at(market.ada, language), at(market.fei, language)
    home = f"/contracts/{contract.pk}/"
    page = f"/contracts/milestones/{milestone.pk}/"
    with open(__file__, "rb") as file:
        answer = seller.post(page + "upload/", {"name": "Report", "file": file})
    assert answer.status_code == 302
    version = milestone.deliverables.get().versions.get()
    assert buyer.get(f"/contracts/deliverables/{version.pk}/").status_code == 200
    assert seller.post(page + "submit/", {"note": "done"}).status_code == 302
    assert buyer.post(page + "accept/", {"secret": "wrong"}).status_code == 422
    assert buyer.post(page + "return/", {"reasons": ""}).status_code == 422
    for client in (buyer, seller):
        assert client.get(page).status_code == 200
    assert buyer.post(page + "accept/", {"secret": PASSWORD}).status_code == 302
    milestone.refresh_from_db()
    assert milestone.state == "paid"
    change = {"reason": "Longer", "end_on": "2027-12-31"}
    assert seller.post(home + "changes/propose/", {"reason": "Nothing"}).status_code == 422
    assert seller.post(home + "changes/propose/", change).status_code == 302
    order = contract.change_orders.get()
    assert buyer.post(f"/contracts/changes/{order.pk}/sign/", {"secret": PASSWORD}).status_code == 302
    assert seller.get(f"/contracts/changes/{order.pk}/document-zh.pdf").status_code == 200
    claim = {"subject": "Late", "text": "Very late", "amount": "10", "milestone_id": ""}
    assert seller.post(home + "disputes/open/", claim).status_code == 302
    dispute = f"/contracts/disputes/{contract.disputes.get().pk}/"
    operator = at(hua, language)
    assert operator.post(dispute + "take-up/").status_code == 302
    assert operator.post(dispute + "settle/", {"amount": "5", "text": "Half"}).status_code == 302
    for client in (buyer, seller, operator):
        for tab in TABS:
            assert client.get(home + tab).status_code == 200, tab
        for other in (page, dispute):
            assert client.get(other).status_code == 200
        assert client.get("/").status_code == 200
    stranger = at(eve, language)
    for address in (*(home + tab for tab in TABS), page, dispute):
        assert stranger.get(address).status_code == 404, address
    answer = buyer.get(home + "milestones/")
    assert answer.headers["Content-Language"] == ("zh-hans" if language == "zh" else "en")


def test_a_draft_gets_rules_and_shows_what_they_pay(deal: Deal):
    deal.standstill_ends()
    contract = deal.draft()
    buyer = at(deal.market.ada)
    home = f"/contracts/{contract.pk}/"
    assert buyer.get(home + "rules/").status_code == 200
    fact = {"unit-fact": "contract_signed"}
    assert buyer.post(home + "rules/", {"kind": "unit", **fact, "unit-price": "-3"}).status_code == 422
    sent = (
        {"kind": "unit", "unit-line": "1", "unit-fact": "deliverable_accepted", "unit-price": "100",
         "unit-above": "5", "unit-tier_price": "90", "unit-cap": "900"},
        {"kind": "target", "target-fact": "milestones", "target-by": "2026-12-31", "target-at_least": "1",
         "target-bonus": "50", "target-malus": "20"},
        {"kind": "quality", "quality-good_percent": "90", "quality-bonus_percent": "5"},
        {"kind": "fixed", "fixed-fact": "contract_signed", "fixed-amount": "70"},
        {"kind": "limits", "limits-together": "99999", "limits-retention_percent": "10"},
    )  # fmt: skip
    for form in sent:
        assert buyer.post(home + "rules/", form).status_code == 302, form
    contract.refresh_from_db()
    stored = contract.payment_rules
    assert [rule["kind"] for rule in stored["rules"]] == ["unit", "target", "quality", "fixed"]
    assert (stored["cap_minor"], stored["retention_percent"]) == (9_999_900, 10)
    # A rule that makes no sense stays in its form, with the reason.
    worse = {"kind": "target", "target-fact": "milestones", "target-by": "2026-12-31", "target-at_least": "5",
             "target-bonus": "50", "target-more": "3", "target-more_bonus": "60"}  # fmt: skip
    refused = buyer.post(home + "rules/", worse)
    assert refused.status_code == 422
    assert 'value="3"' in refused.content.decode()
    assert buyer.post(home + "rules/drop/", {"number": "3"}).status_code == 302
    assert buyer.post(home + "rules/drop/", {"number": "3"}).status_code == 404
    for query in ("", "?months=3&reached=50&first=10&n0=7", "?months=x"):
        assert buyer.get(home + "simulator/" + query).status_code == 200
    assert buyer.get(home + "rules/").status_code == 200
    services.offer_contract(contract_id=contract.pk, by=deal.market.ada.actor, clock=deal.market.clock)
    assert buyer.get(home + "document-zh.pdf").status_code == 200


def test_a_draft_asks_for_facts_kind_by_kind_and_keeps_them_when_its_milestones_change(deal: Deal):
    deal.standstill_ends()
    contract = deal.draft()
    row = deal.first_milestone(contract)
    buyer, seller = at(deal.market.ada), at(deal.market.fei)
    address = f"/contracts/milestones/{row.pk}/evidence/"
    assert seller.get(address).status_code == 404
    sent = {
        "kind": "visit_report_signed", "visit_report_signed-visit_kind": "interim",
        "visit_report_signed-at_least": "3",
    }  # fmt: skip
    assert buyer.post(address, {**sent, "visit_report_signed-at_least": "0"}).status_code == 422
    assert buyer.post(address, sent).status_code == 302
    row.refresh_from_db()
    asked = [{"kind": "visit_report_signed", "parameters": {"visit_kind": "interim"}, "at_least": 3}]
    assert row.requires == asked
    assert "Interim monitoring visit" in buyer.get(f"/contracts/{contract.pk}/").content.decode()
    renamed = {
        "kept": str(row.pk), "name_en": "All done", "name_zh": "", "evidence_en": "", "evidence_zh": "",
        "share": "100", "due_on": "",
    }  # fmt: skip
    lines = f"/contracts/{contract.pk}/lines/{row.line_id}/milestones/"
    assert buyer.post(lines, renamed).status_code == 302
    row = Milestone.objects.get(line_id=row.line_id)
    assert (row.name["en"], row.requires) == ("All done", asked)
    address = f"/contracts/milestones/{row.pk}/evidence/"
    assert buyer.post(address + "drop/", {"number": "0"}).status_code == 302
    assert buyer.post(address + "drop/", {"number": "0"}).status_code == 404
    services.offer_contract(contract_id=contract.pk, by=deal.market.ada.actor, clock=deal.market.clock)
    assert buyer.get(address).status_code == 404


def test_work_that_waits_stands_on_the_home_page(deal: Deal):
    contract = deal.in_force()
    milestone = deal.first_milestone(contract)
    services.submit_milestone(milestone_id=milestone.pk, by=deal.market.fei.actor, clock=deal.market.clock)
    name = Milestone.objects.get(pk=milestone.pk).name["en"]
    assert f"Accept or return: {name}" in at(deal.market.ada).get("/").content.decode()
    services.return_milestone(
        milestone_id=milestone.pk, reasons="No", by=deal.market.ada.actor, clock=deal.market.clock
    )
    assert f"Correct and submit: {name}" in at(deal.market.fei).get("/").content.decode()
