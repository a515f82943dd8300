"""What a supplier or a site declares about itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from triallink.domains.quality.errors import NameMissing, ProfileNotForThisKind, TooManyDepartments
from triallink.domains.quality.events import SiteProfileUpdated, SupplierProfileUpdated
from triallink.domains.quality.models import SiteProfile, SupplierProfile
from triallink.domains.quality.selectors.qualification import present_qualification, suspension_of
from triallink.domains.quality.services.checks import in_range, known
from triallink.domains.quality.vocabulary import SITE_GRADES
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.vocabulary import PHASES, SPOKEN_LANGUAGES, THERAPEUTIC_AREAS

MOST_DEPARTMENTS = 100
SUPPLIER_KINDS = ("cro", "smo", "freelancer")


@transaction.atomic
def update_supplier_profile(
    *,
    therapeutic_areas: Iterable[str],
    phases: Iterable[str],
    provinces: Iterable[str],
    languages: Iterable[str],
    is_listed: bool,
    by: Actor,
    clock: Clock = system_clock,
) -> SupplierProfile:
    """Declare the scope of the actor's organization; the first time it joins the directory.

    provinces  where it works; none is everywhere.
    Refuses: NotAllowed, ProfileNotForThisKind, CodeUnknown.
    Emits: SupplierProfileUpdated.
    """
    by.require("business_lead", "resource_manager")
    if by.organization_kind not in SUPPLIER_KINDS:
        raise ProfileNotForThisKind
    profile, _ = SupplierProfile.objects.select_for_update().get_or_create(
        organization_id=by.own_organization_id, defaults=_standing(by.own_organization_id)
    )
    change = _set(
        profile,
        therapeutic_areas=known(therapeutic_areas, THERAPEUTIC_AREAS, "therapeutic_areas"),
        phases=known(phases, PHASES, "phases"),
        provinces=[province.strip() for province in dict.fromkeys(provinces) if province.strip()],
        languages=known(languages, SPOKEN_LANGUAGES, "languages"),
        is_listed=is_listed,
    )
    record(
        SupplierProfileUpdated(organization_id=profile.organization_id),
        by=by,
        about=("organization", profile.organization_id),
        change=change,
        clock=clock,
    )
    return profile


@transaction.atomic
def update_site_profile(
    *,
    grade: str,
    therapeutic_areas: Iterable[str],
    phases: Iterable[str],
    has_phase1_unit: bool,
    is_listed: bool,
    beds: int | None = None,
    gcp_registration: str = "",
    ethics_meeting_days: int | None = None,
    contract_median_days: int | None = None,
    by: Actor,
    clock: Clock = system_clock,
) -> SiteProfile:
    """Declare what the actor's hospital can do as a trial site; the first time it joins the directory.

    Refuses: NotAllowed, ProfileNotForThisKind, CodeUnknown, NumberOutOfRange.
    Emits: SiteProfileUpdated.
    """
    by.require("business_lead", "administrator")
    if by.organization_kind != "site":
        raise ProfileNotForThisKind
    known([grade], SITE_GRADES, "grade")
    profile, _ = SiteProfile.objects.select_for_update().get_or_create(
        organization_id=by.own_organization_id,
        defaults={"is_suspended": _standing(by.own_organization_id)["is_suspended"]},
    )
    change = _set(
        profile,
        grade=grade,
        therapeutic_areas=known(therapeutic_areas, THERAPEUTIC_AREAS, "therapeutic_areas"),
        phases=known(phases, PHASES, "phases"),
        has_phase1_unit=has_phase1_unit,
        is_listed=is_listed,
        beds=in_range(beds, 1, 20_000, "beds"),
        gcp_registration=gcp_registration.strip(),
        ethics_meeting_days=in_range(ethics_meeting_days, 1, 365, "ethics_meeting_days"),
        contract_median_days=in_range(contract_median_days, 1, 730, "contract_median_days"),
    )
    record(
        SiteProfileUpdated(organization_id=profile.organization_id),
        by=by,
        about=("organization", profile.organization_id),
        change=change,
        clock=clock,
    )
    return profile


@dataclass(frozen=True)
class Department:
    """A department of a hospital that does trials."""

    name_en: str
    name_zh: str
    area: str
    investigators: int = 0


@transaction.atomic
def set_departments(
    *, departments: Iterable[Department], by: Actor, clock: Clock = system_clock
) -> SiteProfile:
    """Declare the departments of the actor's hospital; they replace those declared before.

    Refuses: NotAllowed, ProfileNotForThisKind, NameMissing, CodeUnknown, NumberOutOfRange, TooManyDepartments.
    Emits: SiteProfileUpdated.
    """
    by.require("business_lead", "administrator")
    if by.organization_kind != "site":
        raise ProfileNotForThisKind
    rows = [_department(department) for department in departments]
    if len(rows) > MOST_DEPARTMENTS:
        raise TooManyDepartments(field="departments", most=MOST_DEPARTMENTS)
    profile, _ = SiteProfile.objects.select_for_update().get_or_create(
        organization_id=by.own_organization_id,
        defaults={"is_suspended": _standing(by.own_organization_id)["is_suspended"]},
    )
    change = _set(profile, departments=rows)
    record(
        SiteProfileUpdated(organization_id=profile.organization_id),
        by=by,
        about=("organization", profile.organization_id),
        change=change,
        clock=clock,
    )
    return profile


def _standing(organization_id: int) -> dict[str, bool]:
    """Return what a new profile must know of decisions made before it."""
    return {
        "is_qualified": present_qualification(organization_id) is not None,
        "is_suspended": suspension_of(organization_id) is not None,
    }


def _department(department: Department) -> dict[str, Any]:
    english, chinese = department.name_en.strip()[:120], department.name_zh.strip()[:120]
    if not (english or chinese):
        raise NameMissing(field="departments")
    known([department.area], THERAPEUTIC_AREAS, "area")
    investigators = in_range(department.investigators, 0, 1000, "investigators")
    return {"en": english, "zh": chinese, "area": department.area, "investigators": investigators}


def _set(row: models.Model, **values: Any) -> dict[str, list[Any]]:
    """Write the values that differ and return them as [old, new]."""
    change = {
        name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value
    }
    for name, (_, value) in change.items():
        setattr(row, name, value)
    row.save()
    return change
