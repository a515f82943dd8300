"""Two processes at once: a contract is signed once per party and drafted once per winner."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest
from django.conf import settings
from django.db import connection
from tests.conftest import PASSWORD
from tests.domains.contracts.conftest import Deal
from tests.domains.contracts.racing import draft_at_once, ready, sign_at_once

from triallink.domains.contracts.models import Contract, ContractSignature
from triallink.foundation.audit import verify
from triallink.foundation.files import read_file
from triallink.foundation.seals import verify_seals

RACERS = 3


def race(function, *arguments):
    context = multiprocessing.get_context("spawn")
    where = (connection.settings_dict["NAME"], str(settings.DATA_DIR))
    with ProcessPoolExecutor(RACERS, mp_context=context, initializer=ready, initargs=where) as pool:
        return [f.result(timeout=120) for f in [pool.submit(function, *arguments) for _ in range(RACERS)]]


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
