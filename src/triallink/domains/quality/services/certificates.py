"""Certificates of level, granted on verified facts."""

from django.db import transaction

from triallink.domains.quality.access import require_operator
from triallink.domains.quality.certification_words import LACKS, in_both
from triallink.domains.quality.errors import LevelNotReached
from triallink.domains.quality.events import CertificateExpired, CertificateGranted
from triallink.domains.quality.models import Certificate, Professional, SupplierProfile
from triallink.domains.quality.selectors.certification import facts_of, passed_test
from triallink.domains.quality.services.checks import known
from triallink.domains.quality.services.decisions import months_after
from triallink.engines.qualification import level_lacks
from triallink.foundation.record import record
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound
from triallink.kernel.vocabulary import LEVELS

VALID_MONTHS = 24


@transaction.atomic
def grant_certificate(
    *, professional_id: int, level: str, by: Actor, clock: Clock = system_clock
) -> Certificate:
    """Certify a professional at a level in their role for two years; a certificate before it is replaced.

    Refuses: NotAllowed, NotFound, CodeUnknown, LevelNotReached.
    Emits: CertificateGranted.
    """
    require_operator(by)
    known([level], LEVELS, "level")
    professional = Professional.objects.select_for_update(of=("self",)).filter(pk=professional_id).first()
    if professional is None:
        raise NotFound
    today = clock.now().date()
    if lacks := level_lacks(level, facts_of(professional, today)):
        raise LevelNotReached(field="level", lacks=in_both(LACKS[one] for one in lacks))
    same = Certificate.objects.filter(professional=professional, role=professional.role, state="valid")
    same.update(state="replaced")
    certificate = Certificate.objects.create(
        professional=professional,
        role=professional.role,
        level=level,
        test=passed_test(professional.pk),
        granted_at=clock.now(),
        granted_by_id=by.person_id,
        expires_on=months_after(today, VALID_MONTHS),
    )
    before, professional.level = professional.level, level
    professional.save(update_fields=["level"])
    _mark(professional, is_qualified=True)
    record(
        CertificateGranted(
            certificate_id=certificate.pk,
            professional_id=professional.pk,
            organization_id=professional.organization_id,
        ),
        by=by,
        about=("professional", professional.pk),
        organization_id=professional.organization_id,
        change={"level": [before, level], "certificate": [None, certificate.number]},
        clock=clock,
    )
    return certificate


def end_certificates(*, clock: Clock = system_clock) -> int:
    """Let every certificate end whose last day has passed, and return how many did."""
    due = Certificate.objects.filter(state="valid", expires_on__lt=clock.now().date())
    return sum(
        expire_certificate(certificate_id=pk, by=SYSTEM, clock=clock)
        for pk in due.values_list("pk", flat=True)
    )


@transaction.atomic
def expire_certificate(*, certificate_id: int, by: Actor, clock: Clock = system_clock) -> bool:
    """End one certificate whose last day has passed; return False if somebody else did or it holds.

    Refuses: nothing.
    Emits: CertificateExpired, if it ended.
    """
    row = (
        Certificate.objects.select_for_update(of=("self",))
        .select_related("professional")
        .get(pk=certificate_id)
    )
    if row.state != "valid" or row.expires_on >= clock.now().date():
        return False
    row.state = "expired"
    row.save(update_fields=["state"])
    _mark(row.professional, is_qualified=False)
    record(
        CertificateExpired(
            certificate_id=row.pk,
            professional_id=row.professional_id,
            organization_id=row.professional.organization_id,
        ),
        by=by,
        about=("professional", row.professional_id),
        organization_id=row.professional.organization_id,
        change={"certificate": ["valid", "expired"]},
        clock=clock,
    )
    return True


def _mark(professional: Professional, *, is_qualified: bool) -> None:
    """Show a freelancer, an organization of one, as qualified while the certificate holds."""
    SupplierProfile.objects.filter(
        organization_id=professional.organization_id, organization__kind="freelancer"
    ).update(is_qualified=is_qualified)
