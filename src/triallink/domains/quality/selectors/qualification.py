"""Applications, audits, findings, qualifications and suspensions for those who may see them."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet

from triallink.domains.accounts.models import Organization
from triallink.domains.quality.access import require_operator, sees_all
from triallink.domains.quality.models import (
    SUSPENDABLE,
    AuditFinding,
    Certificate,
    Qualification,
    QualificationApplication,
    SupplierAudit,
    SupplierSuspension,
)
from triallink.domains.quality.scopes import blocks_of
from triallink.engines.qualification import ScopeBlock, covers
from triallink.kernel.actor import Actor
from triallink.kernel.vocabulary import SERVICE_CATEGORIES


def applications(*, to: Actor) -> QuerySet[QualificationApplication]:
    """Return every application the operator may see; to others, their own organization's."""
    rows = QualificationApplication.objects.select_related("organization", "reviewer").annotate(
        open_findings=Count("audits__findings", filter=~Q(audits__findings__state="closed"))
    )
    return (
        rows.exclude(state="draft") if sees_all(to) else rows.filter(organization_id=to.organization_id or 0)
    )


def own_applications(*, to: Actor) -> list[QualificationApplication]:
    """Return the applications of the actor's own organization, the newest first."""
    return list(
        QualificationApplication.objects.filter(organization_id=to.own_organization_id)
        .select_related("organization", "reviewer")
        .order_by("-pk")
    )


def audits(*, to: Actor) -> QuerySet[SupplierAudit]:
    """Return every audit to the operator; to others, those of their own organization."""
    rows = SupplierAudit.objects.select_related("application__organization", "auditor").annotate(
        finding_count=Count("findings")
    )
    return rows if sees_all(to) else rows.filter(application__organization_id=to.organization_id or 0)


def findings(*, to: Actor) -> QuerySet[AuditFinding]:
    """Return every finding to the operator; to others, those about their own organization."""
    rows = AuditFinding.objects.select_related("audit__application__organization").prefetch_related("capas")
    return rows if sees_all(to) else rows.filter(audit__application__organization_id=to.organization_id or 0)


def qualifications(*, to: Actor) -> QuerySet[Qualification]:
    """Return every qualification to the operator, for the calendar; to others, their own organization's."""
    rows = Qualification.objects.select_related("organization", "application")
    return rows if sees_all(to) else rows.filter(organization_id=to.organization_id or 0)


def suspensions(*, to: Actor) -> QuerySet[SupplierSuspension]:
    """Return every suspension to the operator; to others, their own organization's."""
    rows = SupplierSuspension.objects.select_related("organization", "began_by", "lifted_by")
    return rows if sees_all(to) else rows.filter(organization_id=to.organization_id or 0)


def suspendable(*, to: Actor) -> QuerySet[Organization]:
    """Return every supplier that is not suspended now, for the operator to choose from.

    Refuses: NotAllowed.
    """
    require_operator(to)
    stopped = SupplierSuspension.objects.filter(lifted_at__isnull=True).values("organization_id")
    return Organization.objects.filter(kind__in=SUSPENDABLE, is_active=True).exclude(pk__in=stopped)


def present_qualification(organization_id: int) -> Qualification | None:
    """Return what an organization is qualified for now; every member of the market may know."""
    return (
        Qualification.objects.filter(organization_id=organization_id, state="valid")
        .select_related("application")
        .first()
    )


def covers_work(organization_id: int, service: str, area: str = "", region: str = "") -> bool:
    """Return whether a supplier is qualified now for a piece of work.

    service  a category of the catalogue; "" for area or region stands for none in particular.
    """
    held = present_qualification(organization_id)
    return held is not None and covers(blocks_of(held.scope), service, area, region)


def qualified_scopes(organization_ids: Iterable[int], on: dt.date) -> dict[int, list[ScopeBlock]]:
    """Return organization -> the scope it is qualified for on a day; a certified freelancer's is every service."""
    wanted = list(organization_ids)
    held = Qualification.objects.filter(organization_id__in=wanted, state="valid", expires_on__gte=on)
    found = {row.organization_id: blocks_of(row.scope) for row in held}
    certified = Certificate.objects.filter(
        professional__organization_id__in=wanted,
        professional__organization__kind="freelancer",
        state="valid",
        expires_on__gte=on,
    )
    for organization_id in certified.values_list("professional__organization_id", flat=True):
        found.setdefault(organization_id, [ScopeBlock(frozenset(SERVICE_CATEGORIES))])
    return found


def suspension_of(organization_id: int) -> SupplierSuspension | None:
    """Return the suspension that stops an organization now, or None."""
    return SupplierSuspension.objects.filter(organization_id=organization_id, lifted_at__isnull=True).first()


def suspended_among(organization_ids: Iterable[int]) -> set[int]:
    """Return which of some organizations are suspended now."""
    live = SupplierSuspension.objects.filter(organization_id__in=organization_ids, lifted_at__isnull=True)
    return set(live.values_list("organization_id", flat=True))
