"""The operator's decision on an application; it is made once."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from triallink.domains.quality.access import locked_application, require_operator
from triallink.domains.quality.errors import (
    ApplicationStepNotPossible,
    AuditPending,
    FindingsOpen,
    ScopeTooWide,
    TermTooLong,
    WordsMissing,
)
from triallink.domains.quality.events import ApplicationDecided
from triallink.domains.quality.models import (
    APPLICATION_STATES,
    AuditFinding,
    Qualification,
    QualificationApplication,
    SupplierProfile,
)
from triallink.domains.quality.scopes import checked_scope, is_within, require_scope
from triallink.engines.qualification import FindingFact, decision_blockers, requalify_months
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

# The next look is planned this long before a qualification runs out.
REQUALIFY_LEAD = dt.timedelta(days=90)
ACCEPTED = ("accepted", "done", "effective")


@transaction.atomic
def decide_application(
    *,
    application_id: int,
    is_approved: bool,
    reason: str = "",
    scope: Iterable[Mapping[str, Sequence[str]]] | None = None,
    months: int | None = None,
    conditions: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> QualificationApplication:
    """Approve an application in review for a scope and a time, or reject it with the reason.

    scope       what is granted; what was applied for by default, never more.
    months      how long it holds; as long as the findings allow by default.
    conditions  what the supplier must still keep to; shown on its qualification.
    Refuses: NotFound, NotAllowed, ApplicationStepNotPossible, WordsMissing, AuditPending, FindingsOpen,
        CodeUnknown, ScopeMissing, ScopeTooWide, TermTooLong.
    Emits: ApplicationDecided.
    """
    require_operator(by)
    application = locked_application(application_id, to=by)
    if application.state != "in_review":
        raise ApplicationStepNotPossible(state=APPLICATION_STATES[application.state])
    if not is_approved and not reason.strip():
        raise WordsMissing(field="reason")
    if application.audits.filter(state="planned").exists():
        raise AuditPending
    if is_approved:
        _qualify(application, scope, months, conditions, clock)
    application.state = "approved" if is_approved else "rejected"
    application.decided_at, application.decided_by_id = clock.now(), by.person_id
    application.decision_reason = reason.strip()
    application.save(update_fields=["state", "decided_at", "decided_by", "decision_reason"])
    record(
        ApplicationDecided(
            application_id=application.pk,
            organization_id=application.organization_id,
            is_approved=is_approved,
        ),
        by=by,
        about=("qualification_application", application.pk),
        organization_id=application.organization_id,
        why=reason.strip(),
        change={"state": ["in_review", application.state]},
        clock=clock,
    )
    return application


def finding_facts(application_id: int) -> list[FindingFact]:
    """Return the findings of an application's audits as the rule sees them."""
    findings = AuditFinding.objects.filter(audit__application_id=application_id).prefetch_related("capas")
    return [
        FindingFact(
            number=finding.number,
            grade=finding.grade,
            has_accepted_capa=any(capa.state in ACCEPTED for capa in finding.capas.all()),
            is_closed=finding.state == "closed",
        )
        for finding in findings
    ]


def months_after(day: dt.date, months: int) -> dt.date:
    """Return the day so many months later; the last of the month where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _qualify(
    application: QualificationApplication,
    scope: Iterable[Mapping[str, Sequence[str]]] | None,
    months: int | None,
    conditions: str,
    clock: Clock,
) -> None:
    facts = finding_facts(application.pk)
    if blockers := decision_blockers(facts):
        raise FindingsOpen(numbers=", ".join(str(one.number) for one in blockers))
    granted = application.scope if scope is None else checked_scope(scope)
    require_scope(granted)
    if not is_within(granted, application.scope):
        raise ScopeTooWide(field="services")
    longest = requalify_months(facts)
    if not 1 <= (months or longest) <= longest:
        raise TermTooLong(field="months", months=longest)
    today = clock.now().date()
    expires = months_after(today, months or longest)
    Qualification.objects.filter(organization_id=application.organization_id, state="valid").update(
        state="replaced"
    )
    Qualification.objects.create(
        organization_id=application.organization_id,
        application=application,
        scope=granted,
        conditions=conditions.strip(),
        valid_from_on=today,
        expires_on=expires,
        requalify_on=max(today, expires - REQUALIFY_LEAD),
    )
    SupplierProfile.objects.filter(organization_id=application.organization_id).update(is_qualified=True)
