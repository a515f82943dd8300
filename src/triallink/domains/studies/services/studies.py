"""Creating a study and changing its plan."""

import datetime as dt
from collections.abc import Container
from typing import Any

from django.db import transaction

from triallink.domains.studies.access import LEADS, study_to_change
from triallink.domains.studies.errors import (
    NumberOutOfRange,
    StudyCodeMissing,
    StudyCodeTaken,
    TitleMissing,
    WordUnknown,
)
from triallink.domains.studies.events import PartyAdmitted, StudyCreated, StudyUpdated
from triallink.domains.studies.models import STUDY_STATES, Study, StudyCountry, StudyParty
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import MINOR_DIGITS
from triallink.kernel.vocabulary import PHASES, THERAPEUTIC_AREAS

EDITABLE = (
    "title_en", "title_zh", "acronym", "registry_number", "phase", "study_type", "therapeutic_area",
    "indication_en", "indication_zh", "state", "planned_subjects", "planned_sites", "start_on",
    "enrollment_months", "follow_up_months", "currency",
)  # fmt: skip
CHOICES: dict[str, Container[str]] = {
    "phase": PHASES,
    "therapeutic_area": THERAPEUTIC_AREAS,
    "state": STUDY_STATES,
    "currency": MINOR_DIGITS,
    "study_type": {"interventional": "", "observational": "", "expanded_access": ""},
}
LIMITS = {
    "planned_subjects": (1, 1_000_000),
    "planned_sites": (1, 10_000),
    "enrollment_months": (1, 600),
    "follow_up_months": (0, 600),
}


@transaction.atomic
def create_study(*, code: str, by: Actor, clock: Clock = system_clock, **plan: Any) -> Study:
    """Create a study of the actor's organization.

    plan  any of EDITABLE.
    Refuses: NotAllowed, StudyCodeMissing, TitleMissing, StudyCodeTaken, WordUnknown, NumberOutOfRange.
    Emits: StudyCreated.
    """
    by.require(*LEADS)
    code = code.strip()
    if not code:
        raise StudyCodeMissing(field="code")
    if not (plan.get("title_en") or plan.get("title_zh")):
        raise TitleMissing(field="title_en")
    study = Study(sponsor_id=by.own_organization_id, code=code, created_at=clock.now(), **checked(plan))
    if Study.objects.filter(sponsor_id=study.sponsor_id, code=code).exists():
        raise StudyCodeTaken(field="code", study_code=code)
    study.save()
    record(
        StudyCreated(study_id=study.pk, sponsor_id=study.sponsor_id),
        by=by,
        about=("study", study.pk),
        study_id=study.pk,
        clock=clock,
    )
    return study


@transaction.atomic
def update_study(
    *,
    study_id: int,
    by: Actor,
    countries: dict[str, tuple[int, int]] | None = None,
    clock: Clock = system_clock,
    **plan: Any,
) -> Study:
    """Change a study's plan.

    countries  replaces the country plan when given: {"CN": (sites, subjects)}.
    plan       any of EDITABLE.
    Refuses: NotFound, NotAllowed, TitleMissing, WordUnknown, NumberOutOfRange.
    Emits: StudyUpdated.
    """
    study = study_to_change(study_id, by=by)
    change: dict[str, Any] = {}
    for name, value in checked(plan).items():
        if getattr(study, name) != value:
            change[name] = [getattr(study, name), value]
            setattr(study, name, value)
    if not (study.title_en or study.title_zh):
        raise TitleMissing(field="title_en")
    if countries is not None:
        before = {c.country: [c.planned_sites, c.planned_subjects] for c in study.countries.order_by("id")}
        after = {country: list(numbers) for country, numbers in countries.items()}
        if before != after:
            change["countries"] = [before, after]
            set_countries(study, countries)
    if change:
        study.save(update_fields=[name for name in change if name != "countries"])
        record(
            StudyUpdated(study_id=study.pk),
            by=by,
            about=("study", study.pk),
            study_id=study.pk,
            change=change,
            clock=clock,
        )
    return study


@transaction.atomic
def admit_party(
    *, study_id: int, organization_id: int, reason: str, by: Actor, clock: Clock = system_clock
) -> StudyParty:
    """Let another organization see a study, for a stated reason ("contract", "inspection").

    Called by the domains above when their own rule is met; admitting twice for one reason changes nothing.
    Refuses: nothing.
    Emits: PartyAdmitted.
    """
    party, is_new = StudyParty.objects.get_or_create(
        study_id=study_id,
        organization_id=organization_id,
        reason=reason,
        ended_at=None,
        defaults={"admitted_at": clock.now()},
    )
    if is_new:
        record(
            PartyAdmitted(study_id=study_id, organization_id=organization_id, reason=reason),
            by=by,
            about=("study", study_id),
            study_id=study_id,
            clock=clock,
        )
    return party


def set_countries(study: Study, countries: dict[str, tuple[int, int]]) -> None:
    """Replace the country plan: {"CN": (sites, subjects)}."""
    study.countries.exclude(country__in=countries).delete()
    for country, (sites, subjects) in countries.items():
        StudyCountry.objects.update_or_create(
            study=study, country=country, defaults={"planned_sites": sites, "planned_subjects": subjects}
        )


def checked(plan: dict[str, Any]) -> dict[str, Any]:
    """Return the plan with its words and numbers checked; refuse WordUnknown, NumberOutOfRange."""
    unknown = set(plan) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not part of a study's plan: {sorted(unknown)}")
    for name, known in CHOICES.items():
        if name in plan and plan[name] not in known:
            raise WordUnknown(field=name, value=plan[name])
    for name, (minimum, maximum) in LIMITS.items():
        value = plan.get(name)
        if value is not None and not minimum <= value <= maximum:
            raise NumberOutOfRange(field=name, minimum=minimum, maximum=maximum)
    if isinstance(plan.get("start_on"), str):
        plan["start_on"] = dt.date.fromisoformat(plan["start_on"]) if plan["start_on"] else None
    return plan
