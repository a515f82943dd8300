"""Several processes at once: signed once per party, drafted once per winner, paid once per milestone; and killed ones."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest
from django.conf import settings
from django.db import connection
from tests.conftest import PASSWORD
from tests.domains.contracts.conftest import Deal
from tests.domains.contracts.racing import (
    accept_and_die,
    accept_at_once,
    draft_at_once,
    ready,
    sign_at_once,
)

from triallink.domains.contracts.models import Contract, ContractSignature, MilestoneVerdict, Payable, Payment
from triallink.domains.contracts.services import submit_milestone
from triallink.domains.ledger.selectors import escrow_of
from triallink.foundation.audit import verify
from triallink.foundation.files import read_file
from triallink.foundation.seals import verify_seals

RACERS = 3


def race(function, *arguments, racers: int = RACERS):
    context = multiprocessing.get_context("spawn")
    where = (connection.settings_dict["NAME"], str(settings.DATA_DIR))
    with ProcessPoolExecutor(racers, mp_context=context, initializer=ready, initargs=where) as pool:
        return [f.result(timeout=120) for f in [pool.submit(function, *arguments) for _ in range(racers)]]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_signing_twice_at_once_signs_once(deal: Deal):
    contract = deal.offered()
    answers = race(sign_at_once, contract.pk, deal.market.fei.person.pk, PASSWORD)
    assert sorted(answers) == ["already_signed"] * (RACERS - 1) + ["signed"]
    assert ContractSignature.objects.filter(contract=contract).count() == 1
    latest = contract.documents.filter(language="en").latest("version")
    assert latest.version == 2
    assert [seal.is_good for seal in verify_seals(read_file(latest.file))] == [True]
    assert all(report.broken_at is None for report in verify())


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_drafting_twice_at_once_drafts_once(deal: Deal):
    deal.standstill_ends()
    answers = race(draft_at_once, deal.award.pk, deal.bid.pk, deal.market.ada.person.pk)
    assert sorted(answers) == ["contract_exists"] * (RACERS - 1) + ["drafted"]
    assert Contract.objects.count() == 1


def submitted(deal: Deal):
    """A funded contract whose first milestone waits for acceptance."""
    contract = deal.in_force()
    deal.fund(contract, contract.total_minor)
    milestone = deal.first_milestone(contract)
    submit_milestone(milestone_id=milestone.pk, by=deal.market.fei.actor, clock=deal.market.clock)
    return contract, milestone


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_eight_acceptances_at_once_pay_once(deal: Deal):
    contract, milestone = submitted(deal)
    answers = race(accept_at_once, milestone.pk, deal.market.ada.person.pk, PASSWORD, racers=8)
    assert sorted(answers) == ["accepted"] + ["milestone_wrong_state"] * 7
    assert Payable.objects.count() == Payment.objects.count() == MilestoneVerdict.objects.count() == 1
    assert escrow_of(("contract", contract.pk)).released.minor == milestone.amount_minor
    assert all(report.broken_at is None for report in verify())


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_process_killed_between_payment_and_commit_has_paid_nothing(deal: Deal):
    contract, milestone = submitted(deal)
    arguments = (milestone.pk, deal.market.ada.person.pk, PASSWORD)
    with pytest.raises(BrokenProcessPool):
        race(accept_and_die, *arguments, racers=1)
    milestone.refresh_from_db()
    assert milestone.state == "submitted"
    assert Payable.objects.count() == 0
    assert escrow_of(("contract", contract.pk)).released.minor == 0
    assert race(accept_at_once, *arguments, racers=1) == ["accepted"]
    assert escrow_of(("contract", contract.pk)).released.minor == milestone.amount_minor
    assert Payment.objects.count() == 1
