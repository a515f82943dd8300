"""Several processes at the book at once, some of them killed: it balances, nothing is paid twice, no number is missing."""

import json
import multiprocessing
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import pytest
from django.conf import settings
from django.db import connection
from tests.browser import ROOT, process_environment
from tests.conftest import Member
from tests.domains.contracts.racing import ready
from tests.domains.ledger.invoice_racers import issue_and_sometimes_fail

from triallink.domains.ledger.models import Invoice
from triallink.domains.ledger.verification import verify
from triallink.foundation.audit import verify as verify_audit

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
WORKERS, INVOICES = 3, 12


def test_killed_workers_leave_a_balanced_book_and_pay_once():
    """The bench, in small: four processes, mixed operations, six kills; each killed one repeats its last operations."""
    run = subprocess.run(
        [sys.executable, "tools/bench/ledger.py", "--json", "--workers", "4", "--operations", "60", "--kills", "6"],
        cwd=ROOT, env=process_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    figures = json.loads(run.stdout.splitlines()[-1])
    assert (figures["operations"], figures["kills"]) == (240, 6)
    assert figures["unbalanced"] == figures["duplicates"] == figures["missing_or_created_minor"] == 0
    assert figures["postings"] > 150
    assert verify().is_good
    assert all(report.broken_at is None for report in verify_audit())


def test_invoice_numbers_of_an_organization_have_no_gap_and_no_double(ben: Member, fei: Member, ada: Member):
    issuers = [ben.organization.pk, fei.organization.pk]
    context = multiprocessing.get_context("spawn")
    where = (connection.settings_dict["NAME"], str(settings.DATA_DIR))
    with ProcessPoolExecutor(WORKERS, mp_context=context, initializer=ready, initargs=where) as pool:
        calls = [
            pool.submit(issue_and_sometimes_fail, issuers, ada.organization.pk, worker, INVOICES)
            for worker in range(WORKERS)
        ]
        issued = [number for call in calls for number in call.result(timeout=300)]
    assert len(issued) == WORKERS * INVOICES * 2 // 3  # a third of the transactions was taken back
    for issuer in issuers:
        sequences = sorted(sequence for of, sequence in issued if of == issuer)
        assert sequences == list(range(1, len(sequences) + 1))
        stored = Invoice.objects.filter(issuer_id=issuer).order_by("sequence")
        assert list(stored.values_list("sequence", flat=True)) == sequences
        assert len(set(stored.values_list("number", flat=True))) == len(sequences)
    assert verify().is_good
