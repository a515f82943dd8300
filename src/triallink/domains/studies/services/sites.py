"""The sites a study plans with."""

from typing import Any

from django.db import transaction

from triallink.domains.accounts.models import Organization
from triallink.domains.studies.access import study_to_change
from triallink.domains.studies.errors import NumberOutOfRange, SiteNumberTaken
from triallink.domains.studies.events import SiteAdded, SiteRemoved, SiteUpdated
from triallink.domains.studies.models import StudySite
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

EDITABLE = (
    "number", "name_en", "name_zh", "country", "province", "city", "city_zh", "latitude", "longitude",
    "investigator", "planned_subjects",
)  # fmt: skip
MAX_SUBJECTS = 100_000


@transaction.atomic
def add_site(
    *, study_id: int, by: Actor, organization_id: int | None = None, clock: Clock = system_clock, **plan: Any
) -> StudySite:
    """Add a site: a hospital of the directory, whose name and place are taken over, or one typed in.

    plan  any of EDITABLE; the number is the next free one by default.
    Refuses: NotFound, NotAllowed, SiteNumberTaken, NumberOutOfRange.
    Emits: SiteAdded.
    """
    study = study_to_change(study_id, by=by)
    if organization_id is not None:
        hospital = Organization.objects.filter(pk=organization_id, kind="site", is_active=True).first()
        if hospital is None:
            raise NotFound(field="organization")
        taken_over = ("name_en", "name_zh", "country", "province", "city", "city_zh", "latitude", "longitude")
        plan = {name: getattr(hospital, name) for name in taken_over} | plan
    number = str(plan.pop("number", "") or "").strip() or _next_number(study_id)
    site = StudySite(study=study, organization_id=organization_id, number=number, **_checked(plan))
    if study.sites.filter(number=number).exists():
        raise SiteNumberTaken(field="number", number=number)
    site.save()
    record(
        SiteAdded(study_id=study.pk, site_id=site.pk),
        by=by,
        about=("study_site", site.pk),
        study_id=study.pk,
        clock=clock,
    )
    return site


@transaction.atomic
def update_site(
    *, study_id: int, site_id: int, by: Actor, clock: Clock = system_clock, **plan: Any
) -> StudySite:
    """Change what a study plans for a site.

    Refuses: NotFound, NotAllowed, SiteNumberTaken, NumberOutOfRange.
    Emits: SiteUpdated.
    """
    study = study_to_change(study_id, by=by)
    site = _site(study_id, site_id)
    change: dict[str, Any] = {}
    for name, value in _checked(plan).items():
        if getattr(site, name) != value:
            change[name] = [getattr(site, name), value]
            setattr(site, name, value)
    if "number" in change and study.sites.filter(number=site.number).exclude(pk=site.pk).exists():
        raise SiteNumberTaken(field="number", number=site.number)
    if change:
        site.save(update_fields=list(change))
        record(
            SiteUpdated(study_id=study.pk, site_id=site.pk),
            by=by,
            about=("study_site", site.pk),
            study_id=study.pk,
            change=change,
            clock=clock,
        )
    return site


@transaction.atomic
def remove_site(
    *, study_id: int, site_id: int, by: Actor, why: str = "", clock: Clock = system_clock
) -> None:
    """Take a site out of the plan; its old row stays in the history.

    Refuses: NotFound, NotAllowed.
    Emits: SiteRemoved.
    """
    study = study_to_change(study_id, by=by)
    site = _site(study_id, site_id)
    site.delete()
    record(
        SiteRemoved(study_id=study.pk, site_id=site_id),
        by=by,
        about=("study_site", site_id),
        study_id=study.pk,
        why=why,
        change={"site": [site.number, None]},
        clock=clock,
    )


def _site(study_id: int, site_id: int) -> StudySite:
    site = StudySite.objects.filter(study_id=study_id, pk=site_id).first()
    if site is None:
        raise NotFound
    return site


def _next_number(study_id: int) -> str:
    numbers = StudySite.objects.filter(study_id=study_id).values_list("number", flat=True)
    used = [int(number) for number in numbers if number.isascii() and number.isdigit()]
    return f"{max(used, default=0) + 1:03d}"


def _checked(plan: dict[str, Any]) -> dict[str, Any]:
    unknown = set(plan) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not part of a site's plan: {sorted(unknown)}")
    if not 0 <= (plan.get("planned_subjects") or 0) <= MAX_SUBJECTS:
        raise NumberOutOfRange(field="planned_subjects", minimum=0, maximum=MAX_SUBJECTS)
    return plan
