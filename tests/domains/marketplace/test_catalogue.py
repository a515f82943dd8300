"""The service catalogue: what the file must say, and that the rows follow it."""

import json

import pytest

from triallink.domains.marketplace.catalogue import CATALOGUE_FILE, services_in
from triallink.domains.marketplace.models import ServiceType
from triallink.domains.marketplace.services.catalogue import sync_catalogue
from triallink.foundation.models import AuditLine, OutboxLine

ENTRY = {
    "code": "SHADOWING",
    "category": "quality",
    "unit": "visit",
    "name": {"en": "Shadowing", "zh": "协同访视"},
    "description": {"en": "A visit together.", "zh": "一起访视。"},
    "roles": ["QA"],
    "required_credentials": ["gcp"],
    "default_milestones": [
        {
            "code": "DONE",
            "name": {"en": "Done", "zh": "完成"},
            "share_percent": 100,
            "due": 100,
            "evidence": {"en": "Report", "zh": "报告"},
        }
    ],
}


def with_step(**changes):
    return {"default_milestones": [{**ENTRY["default_milestones"][0], **changes}]}


def test_catalogue_file_describes_24_services_in_every_unit():
    services = services_in(CATALOGUE_FILE.read_text("utf-8"))
    assert len(services) == 24
    assert {s.unit for s in services} == {"visit", "hour", "site", "subject", "month", "document", "study"}


def test_well_formed_entry_is_accepted():
    assert services_in(json.dumps([ENTRY]))[0].code == "SHADOWING"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"unit": "fortnight"}, "unit is wrong: 'fortnight'"),
        ({"category": "other"}, "category"),
        ({"roles": ["CRB"]}, "roles"),
        ({"required_credentials": ["driving"]}, "required_credentials"),
        ({"name": {"en": "Shadowing", "zh": " "}}, "both languages"),
        (with_step(share_percent=99), r"share_percent is wrong: \[99\]"),
        (with_step(due=101), "due"),
        (with_step(evidence={"en": "Report"}), "both languages"),
    ],
)
def test_malformed_entry_is_refused_by_name(change, says):
    with pytest.raises(ValueError, match=f"SHADOWING: {says}"):
        services_in(json.dumps([{**ENTRY, **change}]))


def test_service_described_twice_is_refused():
    with pytest.raises(ValueError, match="SHADOWING"):
        services_in(json.dumps([ENTRY, ENTRY]))


@pytest.mark.django_db
def test_rows_follow_the_file_after_migration_and_a_second_sync_changes_nothing():
    assert ServiceType.objects.filter(is_active=True).count() == 24
    lines = AuditLine.objects.count()
    assert sync_catalogue() == []
    assert AuditLine.objects.count() == lines


@pytest.mark.django_db
def test_changed_and_retired_services_are_recorded_together():
    ServiceType.objects.filter(code="CRC_HOURS").update(unit="visit")
    ServiceType.objects.create(code="GONE", name={}, description={}, category="site", unit="hour")
    assert sync_catalogue() == ["CRC_HOURS", "GONE"]
    assert ServiceType.objects.get(code="CRC_HOURS").unit == "hour"
    assert not ServiceType.objects.get(code="GONE").is_active
    assert OutboxLine.objects.filter(name="CatalogueChanged").last().payload == {
        "codes": ["CRC_HOURS", "GONE"]
    }
