"""Money of an escrow is told by the name of its milestone, in the reader's language, on pages and in files."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.conftest import Member
from tests.domains.contracts.conftest import Deal, deal, market  # noqa: F401
from tests.web.quality.test_qualification_pages import browser

from triallink.domains.contracts.models import Contract, Payable
from triallink.domains.contracts.selectors import payment_names
from triallink.domains.contracts.services import offer_contract, set_payment_rules
from triallink.domains.ledger.models import Account, Escrow, Posting
from triallink.foundation.sentences import bilingual


@pytest.fixture
def paid(deal: Deal) -> Contract:
    """A contract with retention whose first milestone is accepted and paid."""
    deal.standstill_ends()
    contract, market = deal.draft(), deal.market
    set_payment_rules(contract_id=contract.pk, rules={"retention_percent": 5}, by=market.ada.actor)
    offer_contract(contract_id=contract.pk, by=market.ada.actor, clock=market.clock)
    contract = deal.in_force(contract)
    deal.fund(contract, contract.total_minor)
    deal.reach(deal.first_milestone(contract))
    return contract


def reader(member: Member, language: str) -> Client:
    """Return somebody's client, who also keeps the money, in a language."""
    membership = member.person.memberships.get()
    membership.roles = [*membership.roles, "finance"]
    membership.save()
    member.person.language = language
    member.person.save()
    return browser(member)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_of_a_payment_says_its_milestone(paid: Contract, ada: Member, gao: Member, language: str):
    row = Payable.objects.get()
    name = row.milestone.name["zh" if language == "zh-hans" else "en"]
    buyer = reader(ada, language)
    escrow = Escrow.objects.get(about_kind="contract", about_id=paid.pk)
    retained = Account.objects.get(kind="retained", about_id=paid.pk)
    posting = Posting.objects.filter(key__startswith=f"payable:{row.pk}:", kind="released").first()
    since = {"since": str(posting.booked_on), "until": str(posting.booked_on)}
    pages = [
        buyer.get(reverse("money:escrow", args=[escrow.pk])),
        buyer.get(reverse("money:statement", args=[retained.pk]), since),
        buyer.get(reverse("money:posting", args=[posting.pk])),
        reader(gao, language).get(
            reverse(
                "money:statement", args=[Account.objects.get(kind="client", organization=gao.organization).pk]
            ),
            since,
        ),
    ]
    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200
        assert name in text
    for page in pages[:2]:
        assert f"<code>payable:{row.pk}" not in page.content.decode()
    file = buyer.get(reverse("money:statement", args=[retained.pk]), {**since, "export": "csv"})
    assert name in file.content.decode("utf-8-sig")


def test_words_of_other_domains_have_no_name_here(paid: Contract):
    row = Payable.objects.get()
    key = f"payable:{row.pk}"
    assert payment_names([key, "payable:999999", "order:1", ""]) == {key: bilingual(row.milestone.name)}
    assert payment_names([]) == {}
