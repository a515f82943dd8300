"""Sites as documents: hospitals with a listed profile."""

import math
from collections.abc import Iterator

from triallink.domains.marketplace.directory.places import city_in_chinese, places_of
from triallink.domains.marketplace.directory.schema import both, both_of, key_of
from triallink.domains.quality.models import SiteProfile
from triallink.domains.quality.vocabulary import SITE_GRADES
from triallink.foundation.search import Document
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import PHASES, THERAPEUTIC_AREAS

PHASE1_UNIT = N_("Phase 1 unit")


def site_documents(organization_ids: list[int] | None) -> Iterator[Document]:
    """Return the sites that are listed, all or some."""
    profiles = SiteProfile.objects.filter(is_listed=True, is_suspended=False, organization__is_active=True)
    if organization_ids is not None:
        profiles = profiles.filter(organization_id__in=organization_ids)
    found = list(profiles.select_related("organization").order_by("pk"))
    places = places_of(None if organization_ids is None else [p.organization.city for p in found])
    for profile in found:
        yield _document(profile, places)


def _document(profile: SiteProfile, places: dict[str, str]) -> Document:
    hospital = profile.organization
    city_zh = city_in_chinese(hospital.city_zh, hospital.city, places)
    departments = [text for unit in profile.departments for text in (unit.get("en", ""), unit.get("zh", ""))]
    shown = {
        "kind": "site",
        "id": hospital.pk,
        "name_en": hospital.name_en,
        "name_zh": hospital.name_zh,
        "city": hospital.city,
        "city_zh": city_zh,
        "province": hospital.province,
        "grade": profile.grade,
        "beds": profile.beds,
        "departments": len(profile.departments),
        "areas": profile.therapeutic_areas,
        "has_phase1_unit": profile.has_phase1_unit,
        "ethics_days": profile.ethics_meeting_days,
        "contract_days": profile.contract_median_days,
        "ongoing": profile.ongoing_studies,
        "completed": profile.completed_studies,
    }
    return Document(
        key=key_of("site", hospital.pk),
        texts={
            "name": f"{hospital.name_en} {hospital.name_zh}",
            "work": ", ".join(
                [
                    *departments,
                    both_of(THERAPEUTIC_AREAS, profile.therapeutic_areas),
                    both_of(SITE_GRADES, [profile.grade]),
                    f"{hospital.city} {city_zh} {both(hospital.province)}",
                    both(PHASE1_UNIT) if profile.has_phase1_unit else "",
                ]
            ),
            "about": ", ".join([hospital.about_en, hospital.about_zh, both_of(PHASES, profile.phases)]),
        },
        codes={
            "kind": ["site"],
            "organization_type": [hospital.kind],
            "organization": [str(hospital.pk)],
            "province": [hospital.province],
            "city": [hospital.city],
            "place": [places[hospital.city]] if hospital.city in places else [],
            "area": profile.therapeutic_areas,
            "phase": profile.phases,
            "grade": [profile.grade],
            "mark": ["phase1_unit"] if profile.has_phase1_unit else [],
        },
        numbers={
            "standing": math.log1p(profile.completed_studies),
            "studies": profile.completed_studies,
            "ethics_days": profile.ethics_meeting_days,
            "contract_days": profile.contract_median_days,
        },
        shown=shown,
    )
