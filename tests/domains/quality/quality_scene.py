"""The usual steps of a qualification, so that a test begins where it wants to."""

import datetime as dt
from dataclasses import dataclass, field

from tests.conftest import Member

from triallink.domains.quality.models import AuditFinding, QualificationApplication
from triallink.domains.quality.questionnaires import questionnaire
from triallink.domains.quality.services.applications import (
    add_evidence,
    answer_application,
    begin_application,
    submit_application,
    take_up_application,
)
from triallink.domains.quality.services.audits import Found, plan_audit, report_audit
from triallink.engines.questions import CHOICES, is_asked, questions_of
from triallink.kernel.clock import FixedClock

START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
SCOPE = [{"services": ["monitoring", "data"], "areas": ["oncology"], "regions": ["Shanghai"]}]


@dataclass
class Desk:
    """A supplier and the operator at work."""

    supplier: Member
    operator: Member
    kind: str = "cro"
    clock: FixedClock = field(default_factory=lambda: FixedClock(START))

    def begun(self) -> QualificationApplication:
        """Begin an application and fill it in."""
        return self.filled(
            begin_application(questionnaire=self.kind, by=self.supplier.actor, clock=self.clock)
        )

    def filled(self, one: QualificationApplication) -> QualificationApplication:
        """State the scope, answer everything, and prove what asks for a document."""
        form = questionnaire(one.questionnaire, one.questionnaire_version)
        answers: dict[str, dict[str, str]] = {}
        for question in questions_of(form):
            if is_asked(question, answers):
                words = question.get("choices") or CHOICES.get(question["kind"])
                value = next(iter(words)) if words else "3"
                answers[question["code"]] = {"value": "no" if question["code"] == "INS2" else value}
        answer_application(
            application_id=one.pk, scope=SCOPE, answers=answers, by=self.supplier.actor, clock=self.clock
        )
        for question in questions_of(form):
            if question.get("needs_document"):
                add_evidence(
                    application_id=one.pk,
                    content=b"paper",
                    file_name="paper.pdf",
                    question=question["code"],
                    expires_on=self.clock.now().date() + dt.timedelta(days=200),
                    by=self.supplier.actor,
                    clock=self.clock,
                )
        one.refresh_from_db()
        return one

    def submitted(self) -> QualificationApplication:
        """Hand it in."""
        return submit_application(application_id=self.begun().pk, by=self.supplier.actor, clock=self.clock)

    def in_review(self) -> QualificationApplication:
        """Take it up."""
        return take_up_application(
            application_id=self.submitted().pk, by=self.operator.actor, clock=self.clock
        )

    def audited(self, *grades: str) -> list[AuditFinding]:
        """Audit it and find something of each grade."""
        one = self.in_review()
        audit = plan_audit(
            application_id=one.pk,
            mode="remote",
            planned_on=self.clock.now().date() + dt.timedelta(days=10),
            by=self.operator.actor,
            clock=self.clock,
        )
        report_audit(
            audit_id=audit.pk,
            performed_on=self.clock.now().date(),
            summary="Seen.",
            findings=[Found(grade, f"A {grade} finding", "ICH E6(R3) 3.11") for grade in grades],
            by=self.operator.actor,
            clock=self.clock,
        )
        return list(audit.findings.all())
