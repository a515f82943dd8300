"""Stopping a supplier at once, and letting it sell again."""

from django.db import IntegrityError, transaction

from triallink.domains.accounts.models import Organization
from triallink.domains.quality.access import require_operator
from triallink.domains.quality.errors import AlreadySuspended, NotSuspended, WordsMissing
from triallink.domains.quality.events import SupplierSuspended, SuspensionLifted
from triallink.domains.quality.models import SUSPENDABLE, SiteProfile, SupplierProfile, SupplierSuspension
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound


@transaction.atomic
def suspend_supplier(
    *, organization_id: int, reason: str, by: Actor, clock: Clock = system_clock
) -> SupplierSuspension:
    """Stop a supplier: from this moment nobody finds, matches, invites or books it; live contracts are warned.

    Refuses: NotAllowed, NotFound, WordsMissing, AlreadySuspended.
    Emits: SupplierSuspended.
    """
    require_operator(by)
    if not Organization.objects.filter(pk=organization_id, kind__in=SUSPENDABLE).exists():
        raise NotFound
    if not reason.strip():
        raise WordsMissing(field="reason")
    try:
        with transaction.atomic():
            suspension = SupplierSuspension.objects.create(
                organization_id=organization_id,
                reason=reason.strip(),
                began_at=clock.now(),
                began_by_id=by.person_id,
            )
    except IntegrityError as error:
        raise AlreadySuspended from error
    _mark(organization_id, is_suspended=True)
    record(
        SupplierSuspended(organization_id=organization_id),
        by=by,
        about=("organization", organization_id),
        organization_id=organization_id,
        why=reason.strip(),
        change={"is_suspended": [False, True]},
        clock=clock,
    )
    return suspension


@transaction.atomic
def lift_suspension(
    *, organization_id: int, reason: str, by: Actor, clock: Clock = system_clock
) -> SupplierSuspension:
    """Let a suspended supplier sell again.

    Refuses: NotAllowed, WordsMissing, NotSuspended.
    Emits: SuspensionLifted.
    """
    require_operator(by)
    if not reason.strip():
        raise WordsMissing(field="reason")
    live = SupplierSuspension.objects.select_for_update().filter(
        organization_id=organization_id, lifted_at__isnull=True
    )
    suspension = live.first()
    if suspension is None:
        raise NotSuspended
    suspension.lifted_at, suspension.lifted_by_id = clock.now(), by.person_id
    suspension.lift_reason = reason.strip()
    suspension.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
    _mark(organization_id, is_suspended=False)
    record(
        SuspensionLifted(organization_id=organization_id),
        by=by,
        about=("organization", organization_id),
        organization_id=organization_id,
        why=reason.strip(),
        change={"is_suspended": [True, False]},
        clock=clock,
    )
    return suspension


def _mark(organization_id: int, *, is_suspended: bool) -> None:
    SupplierProfile.objects.filter(organization_id=organization_id).update(is_suspended=is_suspended)
    SiteProfile.objects.filter(organization_id=organization_id).update(is_suspended=is_suspended)
