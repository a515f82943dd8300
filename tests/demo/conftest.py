"""The small world, loaded for all tests of this folder and rolled back after the last of them."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.db import transaction

from triallink.demo.loading import load_world
from triallink.domains.accounts.models import Organization
from triallink.domains.contracts.models import Contract
from triallink.domains.delivery.models import EnrollmentCount, PlanItem
from triallink.domains.marketplace.models import AwardLine, Listing, Request
from triallink.domains.quality.models import Credential, Professional
from triallink.domains.studies.models import DemandProposal, StudySite
from triallink.foundation.models import AuditLine
from triallink.kernel.clock import FixedClock

NOW = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)


@dataclass(frozen=True)
class World:
    """The loaded world and the digests of two loads with the same seed."""

    digests: tuple[str, str]


def load() -> str:
    """Load the small world as of this minute and return a digest of what was told."""
    load_world("small", say=lambda step: None, clock=FixedClock(NOW))
    # Ids and receipts, which are computed over ids, differ between loads: sequences never go back.
    tables = [
        Organization.objects.values_list("kind", "name_en", "name_zh", "city", "about_en"),
        Professional.objects.values_list("name", "role", "level", "city", "hourly_price_minor"),
        Credential.objects.values_list("kind", "number", "issued_on"),
        Listing.objects.values_list("organization__name_en", "service__code", "price_minor", "published_at"),
        StudySite.objects.values_list("study__code", "number", "name_en", "planned_subjects"),
        DemandProposal.objects.values_list("study__code", "lines"),
        Request.objects.values_list("reference", "title", "state", "bids_due_at"),
        AwardLine.objects.values_list("line__position", "unit_price_minor", "amount_minor"),
        Contract.objects.values_list("reference", "state", "total_minor"),
        PlanItem.objects.values_list("code", "site__number", "actual_finish_on", "forecast_finish_on"),
        EnrollmentCount.objects.values_list("site__number", "on", "screened", "enrolled"),
        AuditLine.objects.filter(chain__scope__startswith="study").values_list("action", "at", "actor_label"),
    ]
    told = [repr(list(table.order_by("id"))) for table in tables]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    """Load the small world twice, the first time only to compare."""
    demo_before = settings.DEMO
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        settings.DEMO = True
        with transaction.atomic():
            first = load()
            transaction.set_rollback(True)
        yield World((first, load()))
        settings.DEMO = demo_before
        transaction.set_rollback(True)
