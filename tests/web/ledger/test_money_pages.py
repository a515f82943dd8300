"""The money pages: each opens for whom it is meant, moves money once, and shows a stranger nothing."""

import pytest
from django.test import Client
from tests.conftest import PASSWORD, Member
from tests.domains.ledger.conftest import ABOUT, Purse, cny, purse  # noqa: F401

from triallink.domains.ledger import services
from triallink.domains.ledger.models import Account, Escrow, Invoice, PaymentOrder
from triallink.foundation.outbox import dispatch_waiting

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def visitor(member: Member) -> Client:
    """Return a browser in which somebody is signed in."""
    client = Client()
    client.force_login(member.person, backend=BACKEND)
    return client


@pytest.fixture
def paid(purse: Purse) -> Purse:
    """Ada has paid Ben 400 of 1,000 held, and the invoices are out."""
    services.open_escrow(
        about=ABOUT, payer_id=purse.ada.organization.pk, payee_ids=[purse.ben.organization.pk], currency="CNY",
        reference="CTR-1", title={"en": "Monitoring", "zh": "监查"}, agreed=cny(1000), by=purse.ada.actor,
    )  # fmt: skip
    purse.held_escrow(1000)
    purse.release(400)
    while dispatch_waiting(clock=purse.clock):
        pass
    return purse


def test_every_page_opens_for_whom_it_is_meant(paid: Purse):
    escrow, invoice = Escrow.objects.get(), Invoice.objects.get(key__startswith="release:")
    client = Account.objects.get(kind="client", organization=paid.ada.organization)
    pages = {
        "": "Available funds", "escrows/": "CTR-1", f"escrows/{escrow.pk}/": "milestone:1", "orders/": "Top up",
        "orders/top-up/": "Announce", "orders/payout/": "Bank account", "invoices/": invoice.number,
        f"invoices/{invoice.pk}/": invoice.content_hash,
        f"accounts/{client.pk}/?since=2026-11-01&until=2026-11-30": "Escrow funded",
        f"postings/{invoice.posting_id}/": "not shown",
    }  # fmt: skip
    browser = visitor(paid.ada)
    for path, word in pages.items():
        answer = browser.get(f"/money/{path}")
        assert (answer.status_code, word in answer.content.decode()) == (200, True), path
    operator = visitor(paid.hua)
    for path, word in {"reconciliation/": "Bank and book agree", "book/?period=2026-11": "Balanced"}.items():
        assert word in operator.get(f"/money/{path}").content.decode()
        assert browser.get(f"/money/{path}").status_code == 403


def test_another_organization_sees_neither_account_nor_escrow_nor_invoice(paid: Purse, eve: Member):
    browser = visitor(eve)
    numbers = {
        "accounts": Account.objects.get(kind="client", organization=paid.ada.organization).pk,
        "escrows": Escrow.objects.get().pk,
        "invoices": Invoice.objects.get(key__startswith="release:").pk,
        "postings": Invoice.objects.get(key__startswith="release:").posting_id,
    }
    assert {
        name: browser.get(f"/money/{name}/{pk}/").status_code for name, pk in numbers.items()
    } == dict.fromkeys(numbers, 404)
    own = visitor(paid.ben)
    assert own.get(f"/money/escrows/{numbers['escrows']}/").status_code == 200
    assert own.get(f"/money/accounts/{numbers['accounts']}/").status_code == 404


def test_sending_a_form_twice_moves_money_once(paid: Purse):
    paid.receive(500, key="more")
    browser, escrow = visitor(paid.ada), Escrow.objects.get()
    for _ in range(2):
        funded = browser.post(
            f"/money/escrows/{escrow.pk}/", {"amount": "200", "currency": "CNY", "key": "one"}
        )
        assert funded.status_code == 302
        browser.post("/money/orders/top-up/", {"amount": "10", "currency": "CNY", "key": "two"})
    assert paid.funds(paid.ada) == cny(300)
    assert PaymentOrder.objects.count() == 1
    refused = browser.post(
        "/money/orders/payout/", {"amount": "301", "currency": "CNY", "key": "x", "bank_account": "622"}
    )
    assert refused.status_code == 422
    assert "Only 300.00 CNY is available" in refused.content.decode()


def test_statement_invoices_and_trial_balance_are_exported(paid: Purse):
    browser = visitor(paid.ada)
    client = Account.objects.get(kind="client", organization=paid.ada.organization)
    found = browser.get(f"/money/accounts/{client.pk}/?since=2026-11-01&until=2026-11-30&export=csv")
    assert found["Content-Type"].startswith("text/csv")
    assert browser.get("/money/invoices/?export=xlsx").status_code == 200
    assert "Platform fees earned" in visitor(paid.hua).get("/money/book/?export=csv").content.decode()


def test_the_operator_closes_a_month_and_reopens_it_with_a_signature(paid: Purse):
    operator = visitor(paid.hua)
    operator.post("/money/book/2025-11/close/")
    assert "Reopen 2025-11" in operator.get("/money/book/?period=2025-11").content.decode()
    wrong = operator.post("/money/book/2025-11/reopen/", {"why": "Bank fee", "secret": "wrong"})
    assert wrong.status_code == 422
    right = operator.post("/money/book/2025-11/reopen/", {"why": "Bank fee", "secret": PASSWORD})
    assert right.status_code == 302
    assert visitor(paid.ada).post("/money/book/2025-11/close/").status_code == 403


def test_the_overview_asks_as_much_for_many_escrows_as_for_one(paid: Purse, django_assert_max_num_queries):
    for number in range(6):
        services.open_escrow(
            about=("contract", 100 + number),
            payer_id=paid.ada.organization.pk,
            currency="CNY",
            by=paid.ada.actor,
        )
    browser = visitor(paid.ada)
    with django_assert_max_num_queries(34):
        assert browser.get("/money/").status_code == 200
