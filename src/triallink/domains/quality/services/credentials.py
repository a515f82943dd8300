"""Credentials and experience of professionals, and the operator's look at them."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from triallink.domains.quality.access import own_credential, own_professional, require_operator
from triallink.domains.quality.errors import (
    CredentialStepNotPossible,
    FileMissing,
    WordsMissing,
)
from triallink.domains.quality.events import (
    CredentialAdded,
    CredentialRefused,
    CredentialVerified,
    ExperienceChanged,
)
from triallink.domains.quality.models import Credential, Experience, Professional
from triallink.domains.quality.services.checks import in_range, known
from triallink.foundation.files import store_file
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.events import Event
from triallink.kernel.refusals import NotFound
from triallink.kernel.vocabulary import PHASES, PROFESSIONAL_ROLES, THERAPEUTIC_AREAS

KEEPERS = ("business_lead", "resource_manager")


@transaction.atomic
def attach_document(
    *,
    credential_id: int,
    content: bytes,
    file_name: str,
    media_type: str = "application/octet-stream",
    by: Actor,
    clock: Clock = system_clock,
) -> Credential:
    """Put the document behind a credential; it then waits for the operator, whatever was said before.

    Refuses: NotAllowed, NotFound.
    Emits: CredentialAdded.
    """
    by.require(*KEEPERS)
    credential = own_credential(credential_id, to=by)
    credential.file = store_file(content, name=file_name, media_type=media_type, by=by, clock=clock)
    credential.verified_at = credential.verified_by = credential.refused_at = None
    credential.refused_why = ""
    credential.save(update_fields=["file", "verified_at", "verified_by", "refused_at", "refused_why"])
    record(
        CredentialAdded(
            credential_id=credential.pk,
            professional_id=credential.professional_id,
            organization_id=by.own_organization_id,
        ),
        by=by,
        about=("professional", credential.professional_id),
        change={"document": [None, file_name]},
        clock=clock,
    )
    return credential


@transaction.atomic
def verify_credential(*, credential_id: int, by: Actor, clock: Clock = system_clock) -> Credential:
    """Say that a credential's document is genuine.

    Refuses: NotAllowed, NotFound, FileMissing, CredentialStepNotPossible.
    Emits: CredentialVerified.
    """
    require_operator(by)
    credential = _waiting(credential_id)
    if credential.file_id is None:
        raise FileMissing
    credential.verified_at, credential.verified_by_id = clock.now(), by.person_id
    credential.save(update_fields=["verified_at", "verified_by"])
    _told(CredentialVerified, credential, by, clock, "")
    return credential


@transaction.atomic
def refuse_credential(*, credential_id: int, why: str, by: Actor, clock: Clock = system_clock) -> Credential:
    """Say why a credential cannot be verified; a new document makes it wait again.

    Refuses: NotAllowed, NotFound, WordsMissing, CredentialStepNotPossible.
    Emits: CredentialRefused.
    """
    require_operator(by)
    credential = _waiting(credential_id)
    if not why.strip():
        raise WordsMissing(field="why")
    credential.refused_at, credential.refused_why = clock.now(), why.strip()
    credential.save(update_fields=["refused_at", "refused_why"])
    _told(CredentialRefused, credential, by, clock, why.strip())
    return credential


@transaction.atomic
def add_experience(
    *,
    professional_id: int,
    role: str,
    therapeutic_area: str,
    phase: str,
    months: int,
    studies: int,
    employer: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> Experience:
    """Add experience of a professional of the own organization; it counts once it is verified.

    Refuses: NotAllowed, NotFound, CodeUnknown, NumberOutOfRange.
    Emits: ExperienceChanged.
    """
    by.require(*KEEPERS)
    professional = own_professional(professional_id, to=by)
    known([role], PROFESSIONAL_ROLES, "role")
    known([therapeutic_area], THERAPEUTIC_AREAS, "therapeutic_area")
    known([phase], PHASES, "phase")
    row = Experience.objects.create(
        professional=professional,
        role=role,
        therapeutic_area=therapeutic_area,
        phase=phase,
        months=in_range(months, 1, 600, "months") or 1,
        studies=in_range(studies, 0, 300, "studies") or 0,
        employer=employer.strip()[:160],
    )
    _tell_of(ExperienceChanged, professional, by, clock, {"experience": [None, f"{role} {months} months"]})
    return row


@transaction.atomic
def judge_experience(
    *, experience_id: int, is_confirmed: bool, why: str = "", by: Actor, clock: Clock = system_clock
) -> Experience:
    """Verify a line of experience, or say why it cannot be.

    Refuses: NotAllowed, NotFound, WordsMissing, CredentialStepNotPossible.
    Emits: ExperienceChanged.
    """
    require_operator(by)
    row = Experience.objects.select_for_update(of=("self",)).filter(pk=experience_id).first()
    if row is None:
        raise NotFound
    if row.verified_at or row.refused_why:
        raise CredentialStepNotPossible
    if not is_confirmed and not why.strip():
        raise WordsMissing(field="why")
    if is_confirmed:
        row.verified_at, row.verified_by_id = clock.now(), by.person_id
    else:
        row.refused_why = why.strip()
    row.save(update_fields=["verified_at", "verified_by", "refused_why"])
    change = {"experience": [row.role, "verified" if is_confirmed else "refused"]}
    _tell_of(ExperienceChanged, row.professional, by, clock, change, why)
    return row


def _waiting(credential_id: int) -> Credential:
    credential = (
        Credential.objects.select_for_update(of=("self",))
        .select_related("professional")
        .filter(pk=credential_id)
        .first()
    )
    if credential is None:
        raise NotFound
    if credential.verification != "waiting":
        raise CredentialStepNotPossible
    return credential


def _told(event: type[Event], credential: Credential, by: Actor, clock: Clock, why: str) -> None:
    professional = credential.professional
    record(
        event(  # type: ignore[call-arg]
            credential_id=credential.pk,
            professional_id=professional.pk,
            organization_id=professional.organization_id,
        ),
        by=by,
        about=("professional", professional.pk),
        organization_id=professional.organization_id,
        why=why,
        change={"credential": [credential.kind, credential.verification]},
        clock=clock,
    )


def _tell_of(
    event: type[Event],
    professional: Professional,
    by: Actor,
    clock: Clock,
    change: Mapping[str, Any],
    why: str = "",
) -> None:
    record(
        event(professional_id=professional.pk, organization_id=professional.organization_id),  # type: ignore[call-arg]
        by=by,
        about=("professional", professional.pk),
        organization_id=professional.organization_id,
        why=why.strip(),
        change=dict(change),
        clock=clock,
    )
