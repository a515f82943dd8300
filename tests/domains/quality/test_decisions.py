"""Findings, CAPA and the decision; two deciders at once make one decision."""

import datetime as dt
import threading

import pytest
from django.db import connection
from tests.conftest import Member
from tests.domains.quality.quality_scene import START, Desk

from triallink.domains.quality.errors import (
    ApplicationStepNotPossible,
    AuditPending,
    AuditStepNotPossible,
    CodeUnknown,
    DayAhead,
    DayPast,
    FindingsOpen,
    ScopeTooWide,
    TermTooLong,
    WordsMissing,
)
from triallink.domains.quality.events import ApplicationDecided
from triallink.domains.quality.jobs import do_the_morning
from triallink.domains.quality.models import (
    AuditFinding,
    Qualification,
    QualificationReminder,
    SupplierProfile,
)
from triallink.domains.quality.selectors import covers_work
from triallink.domains.quality.services.audits import (
    Found,
    answer_capa,
    cancel_audit,
    carry_out_capa,
    check_capa,
    plan_audit,
    propose_capa,
    report_audit,
)
from triallink.domains.quality.services.decisions import decide_application, months_after
from triallink.foundation.models import Notice, OutboxLine
from triallink.kernel.refusals import NotAllowed, NotFound, Refusal

LATER = START.date() + dt.timedelta(days=30)
WORDS = {
    "root_cause": "No rule",
    "correction": "Rule written",
    "prevention": "Checked each month",
    "due_on": LATER,
}


def decide(desk: Desk, application_id: int, **given):
    return decide_application(
        application_id=application_id,
        by=desk.operator.actor,
        clock=desk.clock,
        **{"is_approved": True, **given},
    )


def test_an_approval_qualifies_within_its_scope_until_its_day(desk: Desk):
    SupplierProfile.objects.create(organization=desk.supplier.organization)
    one = decide(desk, desk.in_review().pk)
    held = Qualification.objects.get(organization=desk.supplier.organization)
    assert (one.state, held.expires_on) == ("approved", dt.date(2029, 3, 2))
    assert held.requalify_on == held.expires_on - dt.timedelta(days=90)
    assert SupplierProfile.objects.get().is_qualified
    where = desk.supplier.organization.pk
    assert covers_work(where, "monitoring", "oncology", "Shanghai")
    assert not covers_work(where, "monitoring", "cardiology", "Shanghai")


def test_a_decision_may_narrow_but_not_widen_lengthen_or_go_without_a_reason(desk: Desk):
    one = desk.in_review()
    with pytest.raises(WordsMissing):
        decide(desk, one.pk, is_approved=False)
    for wide in (
        [{"services": ["monitoring", "safety"], "areas": ["oncology"], "regions": ["Shanghai"]}],
        [{"services": ["monitoring"], "regions": ["Shanghai"]}],
        [{"services": ["monitoring"], "areas": ["oncology"]}],
    ):
        with pytest.raises(ScopeTooWide):
            decide(desk, one.pk, scope=wide)
    with pytest.raises(TermTooLong):
        decide(desk, one.pk, months=37)
    narrow = [{"services": ["data"], "areas": ["oncology"], "regions": ["Shanghai"]}]
    decide(desk, one.pk, scope=narrow, months=6, conditions="A second auditor.")
    assert Qualification.objects.get().scope == narrow
    with pytest.raises(ApplicationStepNotPossible):
        decide(desk, one.pk)


def test_a_rejection_qualifies_nobody(desk: Desk, fei: Member):
    one = desk.in_review()
    with pytest.raises(NotAllowed):
        decide_application(application_id=one.pk, is_approved=True, by=fei.actor)
    with pytest.raises(NotAllowed):
        decide_application(application_id=one.pk, is_approved=True, by=desk.supplier.actor)
    assert decide(desk, one.pk, is_approved=False, reason="No quality system.").state == "rejected"
    assert not Qualification.objects.exists()


def test_a_planned_audit_is_reported_or_called_off_before_the_decision(desk: Desk):
    one, by, clock = desk.in_review(), desk.operator.actor, desk.clock
    with pytest.raises(DayPast):
        plan_audit(application_id=one.pk, mode="remote", planned_on=dt.date(2026, 3, 1), by=by, clock=clock)
    with pytest.raises(CodeUnknown):
        plan_audit(application_id=one.pk, mode="by drone", planned_on=LATER, by=by, clock=clock)
    audit = plan_audit(application_id=one.pk, mode="on_site", planned_on=LATER, by=by, clock=clock)
    with pytest.raises(AuditPending):
        decide(desk, one.pk)
    with pytest.raises(DayAhead):
        report_audit(audit_id=audit.pk, performed_on=LATER, summary="Seen.", by=by, clock=clock)
    with pytest.raises(WordsMissing):
        report_audit(audit_id=audit.pk, performed_on=START.date(), summary="", by=by, clock=clock)
    with pytest.raises(CodeUnknown):
        report_audit(
            audit_id=audit.pk,
            performed_on=START.date(),
            summary="Seen.",
            findings=[Found("odd", "x")],
            by=by,
            clock=clock,
        )
    with pytest.raises(WordsMissing):
        cancel_audit(audit_id=audit.pk, reason="", by=by, clock=clock)
    cancel_audit(audit_id=audit.pk, reason="A flood.", by=by, clock=clock)
    with pytest.raises(AuditStepNotPossible):
        report_audit(audit_id=audit.pk, performed_on=START.date(), summary="Seen.", by=by, clock=clock)
    assert decide(desk, one.pk).state == "approved"


def test_findings_hold_an_approval_up_until_they_are_answered_and_closed(desk: Desk):
    critical, major, _minor = desk.audited("critical", "major", "minor")
    one, by, operator, clock = (
        critical.audit.application,
        desk.supplier.actor,
        desk.operator.actor,
        desk.clock,
    )
    with pytest.raises(FindingsOpen) as refused:
        decide(desk, one.pk)
    assert refused.value.params["numbers"] == "1, 2"
    for finding in (critical, major):
        propose_capa(finding_id=finding.pk, by=by, clock=clock, **WORDS)
        answer_capa(finding_id=finding.pk, is_accepted=True, by=operator, clock=clock)
    with pytest.raises(FindingsOpen) as refused:
        decide(desk, one.pk)
    assert refused.value.params["numbers"] == "1"
    carry_out_capa(finding_id=critical.pk, note="Done, see SOP 7.", by=by, clock=clock)
    check_capa(
        finding_id=critical.pk, is_effective=True, note="Three samples seen.", by=operator, clock=clock
    )
    with pytest.raises(TermTooLong) as term:
        decide(desk, one.pk, months=24)
    assert term.value.params["months"] == 12
    decide(desk, one.pk)
    assert Qualification.objects.get().expires_on == dt.date(2027, 3, 2)


def test_a_capa_that_came_back_or_failed_is_followed_by_another_round(desk: Desk, fei: Member):
    (finding,) = desk.audited("major")
    by, operator, clock = desk.supplier.actor, desk.operator.actor, desk.clock
    with pytest.raises(NotFound):
        propose_capa(finding_id=finding.pk, by=fei.actor, clock=clock, **WORDS)
    with pytest.raises(NotFound):
        propose_capa(finding_id=finding.pk, by=operator, clock=clock, **WORDS)
    with pytest.raises(WordsMissing) as refused:
        propose_capa(finding_id=finding.pk, by=by, clock=clock, **{**WORDS, "root_cause": " "})
    assert refused.value.field == "root_cause"
    propose_capa(finding_id=finding.pk, by=by, clock=clock, **WORDS)
    with pytest.raises(AuditStepNotPossible):
        propose_capa(finding_id=finding.pk, by=by, clock=clock, **WORDS)
    with pytest.raises(NotAllowed):
        answer_capa(finding_id=finding.pk, is_accepted=True, by=by, clock=clock)
    with pytest.raises(WordsMissing):
        answer_capa(finding_id=finding.pk, is_accepted=False, by=operator, clock=clock)
    answer_capa(finding_id=finding.pk, is_accepted=False, reason="Not the root.", by=operator, clock=clock)
    propose_capa(finding_id=finding.pk, by=by, clock=clock, **WORDS)
    with pytest.raises(AuditStepNotPossible):
        carry_out_capa(finding_id=finding.pk, note="Done.", by=by, clock=clock)
    answer_capa(finding_id=finding.pk, is_accepted=True, by=operator, clock=clock)
    carry_out_capa(finding_id=finding.pk, note="Done.", by=by, clock=clock)
    check_capa(finding_id=finding.pk, is_effective=False, note="It came again.", by=operator, clock=clock)
    finding.refresh_from_db()
    assert finding.state == "open"
    assert [capa.state for capa in finding.capas.all()] == ["returned", "ineffective"]
    assert propose_capa(finding_id=finding.pk, by=by, clock=clock, **WORDS).round == 3


def test_a_qualification_is_reminded_of_once_and_ends(desk: Desk):
    SupplierProfile.objects.create(organization=desk.supplier.organization)
    decide(desk, desk.in_review().pk, months=6)
    held = Qualification.objects.get()
    for days in (90, 89, 30, 29, 7, 1):
        desk.clock.at = dt.datetime.combine(held.expires_on - dt.timedelta(days=days), dt.time(6), dt.UTC)
        do_the_morning(desk.clock)
    assert list(QualificationReminder.objects.order_by("-days").values_list("days", flat=True)) == [90, 30, 7]
    assert Notice.objects.filter(kind="qualification_expiring").count() == 3
    desk.clock.move(dt.timedelta(days=1))
    do_the_morning(desk.clock)
    held.refresh_from_db()
    assert held.state == "valid"
    desk.clock.move(dt.timedelta(days=1))
    assert do_the_morning(desk.clock)["qualifications_ended"] == 1
    held.refresh_from_db()
    assert held.state == "expired"
    assert not SupplierProfile.objects.get().is_qualified


def test_a_second_qualification_replaces_the_first(desk: Desk):
    decide(desk, desk.in_review().pk)
    decide(desk, desk.in_review().pk)
    assert sorted(Qualification.objects.values_list("state", flat=True)) == ["replaced", "valid"]


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (dt.date(2026, 1, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2028, 2, 29), 12, dt.date(2029, 2, 28)),
        (dt.date(2026, 12, 15), 1, dt.date(2027, 1, 15)),
        (dt.date(2026, 3, 31), 36, dt.date(2029, 3, 31)),
    ],
)
def test_months_later_is_a_day_of_that_month(day: dt.date, months: int, later: dt.date):
    assert months_after(day, months) == later


@pytest.mark.django_db(transaction=True)
def test_of_two_deciders_at_once_one_decides(desk: Desk):
    application_id = desk.in_review().pk
    barrier, said = threading.Barrier(2), []

    def race(is_approved: bool) -> None:
        try:
            barrier.wait(timeout=60)
            decide(desk, application_id, is_approved=is_approved, reason="Seen.")
            said.append("decided")
        except Refusal as refusal:
            said.append(refusal.code)
        finally:
            connection.close()

    racers = [threading.Thread(target=race, args=(way,)) for way in (True, False)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(said) == ["application_step_not_possible", "decided"]
    assert OutboxLine.objects.filter(name=ApplicationDecided.name()).count() == 1
    assert not AuditFinding.objects.exists()
