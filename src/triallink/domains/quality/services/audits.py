"""Audits of suppliers: planned, reported with graded findings; CAPA proposed, answered, carried out, checked."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from triallink.domains.quality.access import (
    audit_for,
    finding_for,
    locked_application,
    require_applicant,
    require_operator,
)
from triallink.domains.quality.errors import (
    ApplicationStepNotPossible,
    AuditStepNotPossible,
    CodeUnknown,
    DayAhead,
    DayPast,
    WordsMissing,
)
from triallink.domains.quality.events import (
    AuditCancelled,
    AuditPlanned,
    AuditReported,
    CapaAnswered,
    CapaCarriedOut,
    CapaChecked,
    CapaProposed,
)
from triallink.domains.quality.models import (
    APPLICATION_STATES,
    AUDIT_MODES,
    FINDING_GRADES,
    LIVE_CAPA,
    AuditFinding,
    SupplierAudit,
    SupplierCapa,
)
from triallink.domains.quality.services.checks import known
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

# How long a supplier has to answer a finding, by its grade.
ANSWER_DAYS = {"critical": 10, "major": 30, "minor": 60}


@dataclass(frozen=True)
class Found:
    """A finding as the auditor writes it down."""

    grade: str
    text: str
    clause: str = ""


@transaction.atomic
def plan_audit(
    *,
    application_id: int,
    mode: str,
    planned_on: dt.date,
    focus: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> SupplierAudit:
    """Plan a remote or on-site audit of the supplier behind an application in review; the actor audits.

    Refuses: NotFound, NotAllowed, ApplicationStepNotPossible, CodeUnknown, DayPast.
    Emits: AuditPlanned.
    """
    require_operator(by)
    application = locked_application(application_id, to=by)
    if application.state != "in_review":
        raise ApplicationStepNotPossible(state=APPLICATION_STATES[application.state])
    known([mode], AUDIT_MODES, "mode")
    if planned_on < clock.now().date():
        raise DayPast(field="planned_on")
    audit = SupplierAudit.objects.create(
        application=application,
        mode=mode,
        planned_on=planned_on,
        focus=focus.strip(),
        auditor_id=by.person_id,
    )
    record(
        AuditPlanned(
            audit_id=audit.pk, application_id=application.pk, organization_id=application.organization_id
        ),
        by=by,
        about=("supplier_audit", audit.pk),
        organization_id=application.organization_id,
        change={"state": [None, "planned"], "planned_on": [None, planned_on], "mode": [None, mode]},
        clock=clock,
    )
    return audit


@transaction.atomic
def cancel_audit(*, audit_id: int, reason: str, by: Actor, clock: Clock = system_clock) -> SupplierAudit:
    """Call a planned audit off.

    Refuses: NotFound, NotAllowed, AuditStepNotPossible, WordsMissing.
    Emits: AuditCancelled.
    """
    require_operator(by)
    audit = _locked_planned(audit_id, by)
    if not reason.strip():
        raise WordsMissing(field="reason")
    audit.state = "cancelled"
    audit.save(update_fields=["state"])
    application = audit.application
    record(
        AuditCancelled(
            audit_id=audit.pk, application_id=application.pk, organization_id=application.organization_id
        ),
        by=by,
        about=("supplier_audit", audit.pk),
        organization_id=application.organization_id,
        why=reason.strip(),
        change={"state": ["planned", "cancelled"]},
        clock=clock,
    )
    return audit


@transaction.atomic
def report_audit(
    *,
    audit_id: int,
    performed_on: dt.date,
    summary: str,
    findings: Sequence[Found] = (),
    by: Actor,
    clock: Clock = system_clock,
) -> SupplierAudit:
    """Report a planned audit with its findings; the supplier then answers each of them.

    Refuses: NotFound, NotAllowed, AuditStepNotPossible, WordsMissing, DayAhead, CodeUnknown.
    Emits: AuditReported.
    """
    require_operator(by)
    audit = _locked_planned(audit_id, by)
    if not summary.strip():
        raise WordsMissing(field="summary")
    today = clock.now().date()
    if performed_on > today:
        raise DayAhead(field="performed_on")
    for found in findings:
        if found.grade not in FINDING_GRADES:
            raise CodeUnknown(field="findings", value=found.grade)
        if not found.text.strip():
            raise WordsMissing(field="findings")
    audit.state, audit.performed_on, audit.summary = "reported", performed_on, summary.strip()
    audit.save(update_fields=["state", "performed_on", "summary"])
    for number, found in enumerate(findings, start=1):
        AuditFinding.objects.create(
            audit=audit,
            number=number,
            grade=found.grade,
            text=found.text.strip(),
            clause=found.clause.strip()[:80],
            due_on=today + dt.timedelta(days=ANSWER_DAYS[found.grade]),
            raised_at=clock.now(),
        )
    application = audit.application
    record(
        AuditReported(
            audit_id=audit.pk,
            application_id=application.pk,
            organization_id=application.organization_id,
            findings=len(findings),
        ),
        by=by,
        about=("supplier_audit", audit.pk),
        organization_id=application.organization_id,
        change={"state": ["planned", "reported"], "findings": [0, len(findings)]},
        clock=clock,
    )
    return audit


@transaction.atomic
def propose_capa(
    *,
    finding_id: int,
    root_cause: str,
    correction: str,
    prevention: str,
    due_on: dt.date,
    measure: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> SupplierCapa:
    """Answer a finding about the own organization: why it happened, what corrects it, what prevents it, until when.

    measure  how one will see that it worked.
    Refuses: NotFound, NotAllowed, AuditStepNotPossible, WordsMissing, DayPast.
    Emits: CapaProposed.
    """
    require_applicant(by)
    finding = _own_finding(finding_id, by)
    if finding.state == "closed" or finding.capas.filter(state__in=LIVE_CAPA).exists():
        raise AuditStepNotPossible
    words = {"root_cause": root_cause, "correction": correction, "prevention": prevention}
    for field, text in words.items():
        if not text.strip():
            raise WordsMissing(field=field)
    if due_on < clock.now().date():
        raise DayPast(field="due_on")
    capa = SupplierCapa.objects.create(
        finding=finding,
        round=finding.capas.count() + 1,
        due_on=due_on,
        measure=measure.strip(),
        proposed_at=clock.now(),
        **{field: text.strip() for field, text in words.items()},
    )
    finding.state = "answered"
    finding.save(update_fields=["state"])
    record(
        CapaProposed(finding_id=finding.pk, organization_id=by.own_organization_id),
        by=by,
        about=("audit_finding", finding.pk),
        change={"capa": [None, capa.round], "due_on": [None, due_on]},
        clock=clock,
    )
    return capa


@transaction.atomic
def answer_capa(
    *, finding_id: int, is_accepted: bool, reason: str = "", by: Actor, clock: Clock = system_clock
) -> SupplierCapa:
    """Accept a proposed action, or return it with the reason; the supplier then writes another.

    Refuses: NotFound, NotAllowed, AuditStepNotPossible, WordsMissing.
    Emits: CapaAnswered.
    """
    require_operator(by)
    finding, capa = _capa_in(finding_id, "proposed", by)
    if not is_accepted and not reason.strip():
        raise WordsMissing(field="reason")
    capa.state = "accepted" if is_accepted else "returned"
    capa.answer_reason = reason.strip()
    capa.save(update_fields=["state", "answer_reason"])
    if not is_accepted:
        finding.state = "open"
        finding.save(update_fields=["state"])
    record(
        CapaAnswered(
            finding_id=finding.pk,
            organization_id=finding.audit.application.organization_id,
            is_accepted=is_accepted,
        ),
        by=by,
        about=("audit_finding", finding.pk),
        organization_id=finding.audit.application.organization_id,
        why=reason.strip(),
        change={"capa": ["proposed", capa.state]},
        clock=clock,
    )
    return capa


@transaction.atomic
def carry_out_capa(*, finding_id: int, note: str, by: Actor, clock: Clock = system_clock) -> SupplierCapa:
    """Say that an accepted action is carried out, and how one can see it.

    Refuses: NotFound, NotAllowed, AuditStepNotPossible, WordsMissing.
    Emits: CapaCarriedOut.
    """
    require_applicant(by)
    _own_finding(finding_id, by)
    finding, capa = _capa_in(finding_id, "accepted", by)
    if not note.strip():
        raise WordsMissing(field="note")
    capa.state, capa.done_at, capa.done_note = "done", clock.now(), note.strip()
    capa.save(update_fields=["state", "done_at", "done_note"])
    record(
        CapaCarriedOut(finding_id=finding.pk, organization_id=by.own_organization_id),
        by=by,
        about=("audit_finding", finding.pk),
        change={"capa": ["accepted", "done"]},
        clock=clock,
    )
    return capa


@transaction.atomic
def check_capa(
    *, finding_id: int, is_effective: bool, note: str, by: Actor, clock: Clock = system_clock
) -> SupplierCapa:
    """Say whether a carried-out action worked: an effective one closes the finding, another opens it again.

    Refuses: NotFound, NotAllowed, AuditStepNotPossible, WordsMissing.
    Emits: CapaChecked.
    """
    require_operator(by)
    finding, capa = _capa_in(finding_id, "done", by)
    if not note.strip():
        raise WordsMissing(field="note")
    capa.state = "effective" if is_effective else "ineffective"
    capa.checked_at, capa.checked_by_id, capa.check_note = clock.now(), by.person_id, note.strip()
    capa.save(update_fields=["state", "checked_at", "checked_by", "check_note"])
    finding.state = "closed" if is_effective else "open"
    finding.closed_at = clock.now() if is_effective else None
    finding.save(update_fields=["state", "closed_at"])
    record(
        CapaChecked(
            finding_id=finding.pk,
            organization_id=finding.audit.application.organization_id,
            is_effective=is_effective,
        ),
        by=by,
        about=("audit_finding", finding.pk),
        organization_id=finding.audit.application.organization_id,
        why=note.strip(),
        change={"capa": ["done", capa.state]},
        clock=clock,
    )
    return capa


def _locked_planned(audit_id: int, by: Actor) -> SupplierAudit:
    audit_for(audit_id, to=by)
    audit = (
        SupplierAudit.objects.select_for_update(of=("self",)).select_related("application").get(pk=audit_id)
    )
    if audit.state != "planned":
        raise AuditStepNotPossible
    return audit


def _own_finding(finding_id: int, by: Actor) -> AuditFinding:
    finding = _locked_finding(finding_id, by)
    if finding.audit.application.organization_id != by.organization_id:
        raise NotFound
    return finding


def _locked_finding(finding_id: int, by: Actor) -> AuditFinding:
    finding_for(finding_id, to=by)
    return (
        AuditFinding.objects.select_for_update(of=("self",))
        .select_related("audit__application")
        .get(pk=finding_id)
    )


def _capa_in(finding_id: int, state: str, by: Actor) -> tuple[AuditFinding, SupplierCapa]:
    finding = _locked_finding(finding_id, by)
    capa = finding.capas.filter(state=state).first()
    if capa is None:
        raise AuditStepNotPossible
    return finding, capa
