"""A small directory: an SMO with staff and listings, a CRO, a freelancer and a hospital."""

import datetime as dt
from dataclasses import dataclass

from triallink.domains.marketplace.directory.schema import DIRECTORY
from triallink.domains.marketplace.services.listings import publish_listing
from triallink.domains.quality.models import Credential, Professional, SiteProfile, SupplierProfile
from triallink.foundation import search


@dataclass(frozen=True)
class Directory:
    """The people of the small directory."""

    nurse: Professional
    monitor: Professional
    gao: Professional


def professional(organization, **details):
    usual = {
        "city": "Shanghai",
        "city_zh": "上海",
        "province": "Shanghai",
        "latitude": 31.2,
        "longitude": 121.5,
    }
    return Professional.objects.create(organization=organization, **{**usual, **details})


def build_directory(fei, ben, gao, chen) -> Directory:
    """Fei, Ben and Gao sell, Chen's hospital is a site; everything is in the index."""
    for supplier, areas in ((fei, ["oncology", "rare"]), (ben, ["cardiology"]), (gao, ["oncology"])):
        SupplierProfile.objects.create(
            organization=supplier.organization, therapeutic_areas=areas, phases=["2", "3"], languages=["zh"]
        )
    SupplierProfile.objects.filter(organization=fei.organization).update(
        rating_sum=9, rating_count=2, completed_contracts=2, is_qualified=True
    )
    SiteProfile.objects.create(
        organization=chen.organization,
        grade="3A",
        therapeutic_areas=["oncology"],
        phases=["1"],
        departments=[{"en": "Thoracic surgery", "zh": "胸外科", "area": "oncology", "investigators": 2}],
        ethics_meeting_days=20,
    )
    nurse = professional(
        fei.organization,
        name="Lin Mei",
        name_zh="林梅",
        role="CRC",
        level="senior",
        therapeutic_areas=["oncology"],
        hourly_price_minor=20_000,
        free_hours_per_week=24,
        about_en="Lin Mei has run forty studies",
    )
    Credential.objects.create(professional=nurse, kind="gcp", expires_on=dt.date(2099, 1, 1))
    Credential.objects.create(professional=nurse, kind="nursing", expires_on=dt.date(2001, 1, 1))
    monitor = professional(
        ben.organization,
        name="Sun Hao",
        role="CRA",
        level="junior",
        is_named=True,
        city="Beijing",
        city_zh="北京",
    )
    freelancer = professional(gao.organization, name="Gao Yun", name_zh="高云", role="CRA", level="expert")
    publish_listing(service="CRC_HOURS", price_minor=18_000, by=fei.actor)
    publish_listing(service="PATIENT_RECRUITMENT", price_minor=500_000, by=fei.actor)
    publish_listing(service="CRC_HOURS", price_minor=22_000, by=ben.actor)
    publish_listing(service="MONITORING_ONSITE", price_minor=300_000, by=gao.actor)
    search.rebuild(DIRECTORY)
    return Directory(nurse, monitor, freelancer)
