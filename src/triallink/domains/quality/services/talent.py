"""The people who do the work, and the credentials they hold."""

import datetime as dt
from typing import Any

from django.db import transaction

from triallink.domains.quality.access import own_credential, own_professional
from triallink.domains.quality.errors import CredentialDatesReversed, NameMissing
from triallink.domains.quality.events import (
    CredentialAdded,
    CredentialRemoved,
    ProfessionalAdded,
    ProfessionalUpdated,
)
from triallink.domains.quality.models import Credential, Professional
from triallink.domains.quality.services.checks import in_range, known
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.vocabulary import (
    CREDENTIAL_KINDS,
    LEVELS,
    PHASES,
    PROFESSIONAL_ROLES,
    SPOKEN_LANGUAGES,
    THERAPEUTIC_AREAS,
)

EDITABLE = (
    "name", "name_zh", "role", "level", "therapeutic_areas", "phases", "languages", "years_experience",
    "studies_completed", "city", "city_zh", "province", "latitude", "longitude", "travel_km",
    "hourly_price_minor", "currency", "free_hours_per_week", "available_from_on", "about_en", "about_zh",
    "is_listed", "is_named", "is_active",
)  # fmt: skip
CHOICES = {
    "role": PROFESSIONAL_ROLES,
    "level": LEVELS,
    "therapeutic_areas": THERAPEUTIC_AREAS,
    "phases": PHASES,
    "languages": SPOKEN_LANGUAGES,
}
RANGES = {
    "years_experience": (0, 60),
    "studies_completed": (0, 1_000),
    "travel_km": (0, 6_000),
    "hourly_price_minor": (1, 10_000_000),
    "free_hours_per_week": (0, 60),
}


@transaction.atomic
def add_professional(*, by: Actor, clock: Clock = system_clock, **details: Any) -> Professional:
    """Add somebody who does the work to the actor's organization.

    details  any of EDITABLE; name, role and level are needed.
    Refuses: NotAllowed, NameMissing, CodeUnknown, NumberOutOfRange.
    Emits: ProfessionalAdded.
    """
    by.require("business_lead", "resource_manager")
    professional = Professional(organization_id=by.own_organization_id, level="junior")
    _declare(professional, {"role": "", **details})
    professional.save()
    record(
        ProfessionalAdded(professional_id=professional.pk, organization_id=professional.organization_id),
        by=by,
        about=("professional", professional.pk),
        clock=clock,
    )
    return professional


@transaction.atomic
def update_professional(
    *, professional_id: int, by: Actor, clock: Clock = system_clock, **details: Any
) -> Professional:
    """Change what the actor's organization says of one of its professionals; is_active=False lets them go.

    details  any of EDITABLE.
    Refuses: NotAllowed, NotFound, NameMissing, CodeUnknown, NumberOutOfRange.
    Emits: ProfessionalUpdated.
    """
    by.require("business_lead", "resource_manager")
    professional = own_professional(professional_id, to=by)
    change = _declare(professional, details)
    professional.save(update_fields=[*change])
    record(
        ProfessionalUpdated(professional_id=professional.pk, organization_id=professional.organization_id),
        by=by,
        about=("professional", professional.pk),
        change=change,
        clock=clock,
    )
    return professional


@transaction.atomic
def add_credential(
    *,
    professional_id: int,
    kind: str,
    title: str = "",
    issued_by: str = "",
    number: str = "",
    issued_on: dt.date | None = None,
    expires_on: dt.date | None = None,
    by: Actor,
    clock: Clock = system_clock,
) -> Credential:
    """Add a credential to a professional of the actor's organization; it counts until it expires.

    Refuses: NotAllowed, NotFound, CodeUnknown, CredentialDatesReversed.
    Emits: CredentialAdded.
    """
    by.require("business_lead", "resource_manager")
    professional = own_professional(professional_id, to=by)
    known([kind], CREDENTIAL_KINDS, "kind")
    if issued_on and expires_on and expires_on < issued_on:
        raise CredentialDatesReversed(field="expires_on")
    credential = Credential.objects.create(
        professional=professional,
        kind=kind,
        title=title.strip(),
        issued_by=issued_by.strip(),
        number=number.strip(),
        issued_on=issued_on,
        expires_on=expires_on,
    )
    record(
        CredentialAdded(
            credential_id=credential.pk,
            professional_id=professional.pk,
            organization_id=professional.organization_id,
        ),
        by=by,
        about=("professional", professional.pk),
        change={"credential": [None, kind], "expires_on": [None, expires_on]},
        clock=clock,
    )
    return credential


@transaction.atomic
def remove_credential(*, credential_id: int, by: Actor, clock: Clock = system_clock) -> int:
    """Take away a credential that was entered by mistake and return the id of its professional.

    Refuses: NotAllowed, NotFound.
    Emits: CredentialRemoved.
    """
    by.require("business_lead", "resource_manager")
    credential = own_credential(credential_id, to=by)
    professional, kind = credential.professional, credential.kind
    credential.delete()
    record(
        CredentialRemoved(
            credential_id=credential_id,
            professional_id=professional.pk,
            organization_id=professional.organization_id,
        ),
        by=by,
        about=("professional", professional.pk),
        change={"credential": [kind, None]},
        clock=clock,
    )
    return professional.pk


def _declare(professional: Professional, details: dict[str, Any]) -> dict[str, list[Any]]:
    """Set the details after checking them and return those that differ as [old, new]."""
    unknown = set(details) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not a detail of a professional: {sorted(unknown)}")
    change: dict[str, list[Any]] = {}
    for name, value in details.items():
        checked = _checked(name, value)
        if getattr(professional, name) != checked:
            change[name] = [getattr(professional, name), checked]
            setattr(professional, name, checked)
    if not (professional.name.strip() or professional.name_zh.strip()):
        raise NameMissing(field="name")
    return change


def _checked(name: str, value: Any) -> Any:
    if name in ("role", "level"):
        return known([value], CHOICES[name], name)[0]
    if name in CHOICES:
        return known(value, CHOICES[name], name)
    if name in RANGES:
        return in_range(value, *RANGES[name], name)
    return value.strip() if isinstance(value, str) else value
