"""From an award to a contract in force: allowed and refused side by side."""

import pytest
from django.db import DatabaseError, transaction
from tests.conftest import PASSWORD, Member
from tests.domains.contracts.conftest import Deal

from triallink.domains.contracts import errors as no
from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.models import ContractLine, ContractSignature
from triallink.domains.contracts.services.drafting import MilestonePlan
from triallink.foundation.audit import verify
from triallink.foundation.files import read_file
from triallink.foundation.seals import verify_seals
from triallink.foundation.signatures import NotReauthenticated
from triallink.kernel.refusals import NotAllowed, NotFound


def sign(deal: Deal, contract, who: Member, secret: str = PASSWORD) -> ContractSignature:
    return services.sign_contract(
        contract_id=contract.pk, secret=secret, by=who.actor, clock=deal.market.clock
    )


def test_a_contract_waits_for_the_end_of_the_standstill(deal: Deal, eve: Member, dora: Member):
    with pytest.raises(no.AwardNotReady):
        deal.draft()
    deal.standstill_ends()
    with pytest.raises(NotAllowed):
        services.draft_contract(award_id=deal.award.pk, bid_id=deal.bid.pk, by=dora.actor)
    with pytest.raises(NotFound):
        services.draft_contract(award_id=deal.award.pk, bid_id=deal.bid.pk, by=eve.actor)
    contract = deal.draft()
    assert contract.total_minor == deal.award.total_minor
    with pytest.raises(no.ContractExists):
        deal.draft()


def test_milestones_are_worth_their_line_to_the_cent(deal: Deal):
    deal.standstill_ends()
    contract = deal.draft()
    line = contract.lines.first()
    thirds = [MilestonePlan({"en": f"Part {n}"}, share, {}) for n, share in enumerate((33, 33, 34))]
    made = services.replace_milestones(
        contract_id=contract.pk, line_id=line.pk, plan=thirds, by=deal.market.ada.actor
    )
    assert sum(step.amount_minor for step in made) == line.amount_minor
    with pytest.raises(no.SharesDoNotAddUp):
        services.replace_milestones(
            contract_id=contract.pk, line_id=line.pk, plan=thirds[:2], by=deal.market.ada.actor
        )


def test_a_place_is_named_once_and_in_both_languages(deal: Deal):
    deal.standstill_ends()
    line = deal.draft().lines.first()
    assert (line.place, line.place_zh) == ("Shanghai", "上海")


def test_a_draft_is_the_buyers_alone_and_an_offer_is_seen_by_its_parties(deal: Deal):
    deal.standstill_ends()
    contract = deal.draft()
    market = deal.market
    with pytest.raises(NotFound):
        selectors.contract_for(contract.pk, to=market.fei.actor)
    with pytest.raises(no.TermsOutOfRange):
        services.change_terms(
            contract_id=contract.pk, acceptance_days=99, payment_days=30, special_terms="", start_on=None,
            end_on=None, by=market.ada.actor,
        )  # fmt: skip
    services.offer_contract(contract_id=contract.pk, by=market.ada.actor, clock=market.clock)
    for who in (market.fei, market.gao):
        assert selectors.contract_for(contract.pk, to=who.actor).state == "offered"
    with pytest.raises(NotFound):
        selectors.contract_for(contract.pk, to=market.ben.actor)
    with pytest.raises(no.WrongState):
        services.change_terms(
            contract_id=contract.pk, acceptance_days=9, payment_days=30, special_terms="", start_on=None,
            end_on=None, by=market.ada.actor,
        )  # fmt: skip


def test_every_party_signs_once_and_the_last_signature_puts_it_in_force(deal: Deal, dora: Member):
    contract, market = deal.offered(), deal.market
    with pytest.raises(NotReauthenticated):
        sign(deal, contract, market.ada, "wrong")
    with pytest.raises(NotAllowed):
        sign(deal, contract, dora)
    with pytest.raises(NotFound):
        sign(deal, contract, market.ben)
    sign(deal, contract, market.ada)
    with pytest.raises(no.AlreadySigned):
        sign(deal, contract, market.ada)
    with pytest.raises(no.SomebodySigned):
        services.take_back(contract_id=contract.pk, by=market.ada.actor)
    sign(deal, contract, market.fei)
    contract.refresh_from_db()
    assert contract.state == "offered"
    sign(deal, contract, market.gao)
    contract.refresh_from_db()
    assert contract.state == "signed"
    deal.award.request.refresh_from_db()
    assert deal.award.request.state == "contracted"
    assert all(report.broken_at is None for report in verify())


def test_the_documents_carry_every_seal_in_both_languages(deal: Deal):
    contract, market = deal.offered(), deal.market
    for who in (market.ada, market.fei, market.gao):
        sign(deal, contract, who)
    found = selectors.verification(contract.pk, to=market.fei.actor)
    assert found is not None
    assert found.is_good
    assert {language: [seal.name for seal in seals] for language, seals in found.seals.items()} == {
        "en": ["Ada", "Fei", "Gao"],
        "zh": ["Ada", "Fei", "Gao"],
    }
    row, content = selectors.document(contract.pk, "zh", to=market.gao.actor)
    assert content.startswith(b"%PDF-")
    assert read_file(row.file) == content
    with pytest.raises(NotFound):
        selectors.document(contract.pk, "zh", to=market.ben.actor)


def test_a_document_changed_by_one_byte_no_longer_verifies(deal: Deal):
    contract = deal.offered()
    sign(deal, contract, deal.market.ada)
    _, content = selectors.document(contract.pk, "en", to=deal.market.ada.actor)
    assert [seal.is_good for seal in verify_seals(content)] == [True]
    damaged = bytearray(content)
    damaged[700] ^= 1
    assert [seal.is_good for seal in verify_seals(bytes(damaged))] == [False]


def test_a_line_changed_behind_the_services_breaks_the_verification(deal: Deal):
    contract = deal.offered()
    ContractLine.objects.filter(contract=contract, position=1).update(amount_minor=1)
    found = selectors.verification(contract.pk, to=deal.market.ada.actor)
    assert found is not None
    assert not found.is_content_unchanged
    assert not found.is_good


def test_a_signature_can_be_neither_changed_nor_deleted(deal: Deal):
    contract = deal.offered()
    sign(deal, contract, deal.market.ada)
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        ContractSignature.objects.all().delete()


def test_a_party_may_decline_and_the_buyer_may_draft_anew(deal: Deal):
    contract, market = deal.offered(), deal.market
    services.decline_contract(contract_id=contract.pk, why="No staff", by=market.gao.actor)
    with pytest.raises(no.WrongState):
        sign(deal, contract, market.ada)
    again = deal.draft()
    services.withdraw_contract(contract_id=again.pk, why="Changed plans", by=market.ada.actor)
    again.refresh_from_db()
    assert again.state == "withdrawn"
