"""Quality in the demo world: applications in every state, an audit with its CAPA, a suspension, certified freelancers."""

import datetime as dt
from collections.abc import Iterator

from triallink.demo.stage import Stage, Tale
from triallink.domains.quality.jobs import do_the_morning
from triallink.domains.quality.knowledge_bank import RIGHT
from triallink.domains.quality.models import (
    AuditFinding,
    Certificate,
    Credential,
    Professional,
    Qualification,
    QualificationApplication,
    SupplierProfile,
)
from triallink.domains.quality.questionnaires import latest_version, questionnaire
from triallink.domains.quality.services import applications, audits
from triallink.domains.quality.services.certificates import VALID_MONTHS, grant_certificate
from triallink.domains.quality.services.credentials import (
    add_experience,
    attach_document,
    judge_experience,
    verify_credential,
)
from triallink.domains.quality.services.decisions import REQUALIFY_LEAD, decide_application, months_after
from triallink.domains.quality.services.knowledge_tests import begin_test, end_test
from triallink.domains.quality.services.referees import answer_for_referee, name_referee
from triallink.domains.quality.services.suspensions import suspend_supplier
from triallink.domains.quality.services.talent import add_credential
from triallink.engines.questions import CHOICES, is_asked, questions_of

DAY = dt.timedelta(days=1)
# Their stories are told; everybody else who is qualified was so before the story begins.
TOLD = ("wang", "chen", "luo", "liang", "cro:4", "smo:10", "smo:11", "smo:12", "smo:13")
SCOPES = {
    "cro": [
        {"services": ["monitoring", "management", "data"], "areas": ["oncology", "cardiology"], "regions": []}
    ],
    "smo": [{"services": ["site", "startup"], "areas": [], "regions": ["Shanghai", "Jiangsu", "Zhejiang"]}],
    "site": [{"services": ["site", "laboratory"], "areas": ["oncology", "rare"], "regions": ["Shanghai"]}],
}
WORDS = {
    "cro": {
        "QMS2": "风险登记册每季度审核。Risk register, reviewed every quarter.",
        "SUB2": "年度稽查。Audited every year.",
    },
    "smo": {"QMS2": "每月质量例会。Monthly quality meeting."},
}
# The last day of a small world's reminders; a national one has too many people for a story.
MOST_PEOPLE = 2_000


def others_were_qualified(stage: Stage) -> Iterator[dt.datetime]:
    """Whoever bears the mark and has no story got it before, in bulk."""
    yield stage.ago(330)
    told = [stage.who(key).own_organization_id for key in TOLD]
    SupplierProfile.objects.filter(organization_id__in=told).update(is_qualified=False)
    today = stage.clock.now().date()
    marked = SupplierProfile.objects.filter(is_qualified=True).select_related("organization").order_by("pk")
    firms = [one.organization for one in marked if one.organization.kind in ("cro", "smo")]
    rows = QualificationApplication.objects.bulk_create(
        QualificationApplication(
            organization=firm,
            questionnaire=firm.kind,
            questionnaire_version=latest_version(firm.kind),
            scope=SCOPES[firm.kind],
            state="approved",
            created_at=stage.clock.now() - 60 * DAY,
            submitted_at=stage.clock.now() - 40 * DAY,
            decided_at=stage.clock.now(),
        )
        for firm in firms
    )
    ends = [months_after(today, 12 + 6 * (number % 5)) for number in range(len(rows))]
    Qualification.objects.bulk_create(
        Qualification(
            organization=row.organization,
            application=row,
            scope=row.scope,
            valid_from_on=today,
            expires_on=end,
            requalify_on=end - REQUALIFY_LEAD,
        )
        for row, end in zip(rows, ends, strict=True)
    )
    owners = [one.organization_id for one in marked if one.organization.kind == "freelancer"]
    people = Professional.objects.filter(organization_id__in=owners, is_active=True).order_by("pk")
    Certificate.objects.bulk_create(
        Certificate(
            professional=one,
            role=one.role,
            level=one.level,
            granted_at=stage.clock.now(),
            expires_on=months_after(today, VALID_MONTHS),
        )
        for one in people
    )


def harbor_is_audited(stage: Stage) -> Iterator[dt.datetime]:
    """A CRO: audited on site, a critical finding closed after its CAPA proved effective, qualified for a year."""
    yield stage.ago(320)
    one = _submitted(stage, "wang", "cro")
    yield stage.ago(315)
    (first, second) = _audited(
        stage,
        one,
        (
            "critical",
            "三份监查报告在访视前签署。Three visit reports were signed before the visits.",
            "ICH E6(R3) 3.11.4.6",
        ),
        ("minor", "两名新员工培训记录缺日期。Training of two new people is undated.", "ICH E6(R3) 3.4"),
    )
    yield stage.ago(300)
    for finding in (first, second):
        _propose(stage, "wang", finding)
    yield stage.ago(296)
    for finding in (first, second):
        audits.answer_capa(finding_id=finding.pk, is_accepted=True, by=stage.who("ma"), clock=stage.clock)
    yield stage.ago(260)
    audits.carry_out_capa(
        finding_id=first.pk, note="系统已强制校验访视日期。The system now checks the date of the visit.",
        by=stage.who("wang"), clock=stage.clock,
    )  # fmt: skip
    yield stage.ago(240)
    audits.check_capa(
        finding_id=first.pk, is_effective=True, note="抽查30份报告均合格。Thirty reports sampled, all in order.",
        by=stage.who("ma"), clock=stage.clock,
    )  # fmt: skip
    yield stage.ago(239)
    _decide(stage, one, conditions="每半年提交监查报告抽查结果。A sample of reports every half year.")


def bluestone_runs_out(stage: Stage) -> Iterator[dt.datetime]:
    """An SMO whose qualification ends in four weeks."""
    yield stage.ago(345)
    one = _submitted(stage, "chen", "smo")
    yield stage.ago(337)
    applications.take_up_application(application_id=one.pk, by=stage.who("ma"), clock=stage.clock)
    _decide(stage, one, months=12)


def clearlake_answers_findings(stage: Stage) -> Iterator[dt.datetime]:
    """An SMO in review: a major finding answered, a minor one still open."""
    yield stage.ago(40)
    one = _submitted(stage, "luo", "smo")
    yield stage.ago(36)
    (major, _minor) = _audited(
        stage,
        one,
        (
            "major",
            "两名CRC在授权前采集样本。Two coordinators took samples before delegation.",
            "ICH E6(R3) 2.3.3",
        ),
        ("minor", "一份简历超过两年。One CV is older than two years.", "ICH E6(R3) 2.1"),
    )
    yield stage.ago(12)
    _propose(stage, "luo", major)


def applications_in_every_state(stage: Stage) -> Iterator[dt.datetime]:
    """Returned, submitted, rejected, withdrawn, and a draft."""
    yield stage.ago(30)
    rejected = _submitted(stage, "cro:4", "cro")
    applications.take_up_application(application_id=rejected.pk, by=stage.who("ma"), clock=stage.clock)
    withdrawn = _submitted(stage, "smo:10", "smo")
    yield stage.ago(22)
    decide_application(
        application_id=rejected.pk, is_approved=False, by=stage.who("ma"), clock=stage.clock,
        reason="未建立质量管理体系。There is no quality management system.",
    )  # fmt: skip
    applications.withdraw_application(application_id=withdrawn.pk, by=stage.who("smo:10"), clock=stage.clock)
    yield stage.ago(15)
    returned = _submitted(stage, "liang", "smo")
    yield stage.ago(9)
    applications.return_application(
        application_id=returned.pk, by=stage.who("ma"), clock=stage.clock,
        reason="营业执照扫描件不清晰，请重新上传。The scan of the licence cannot be read; please add it again.",
    )  # fmt: skip
    yield stage.ago(3)
    _submitted(stage, "he", "site")
    _submitted(stage, "smo:12", "smo")
    yield stage.ago(1)
    applications.begin_application(questionnaire="smo", by=stage.who("smo:13"), clock=stage.clock)


def one_is_suspended(stage: Stage) -> Iterator[dt.datetime]:
    """An SMO is stopped after a complaint."""
    yield stage.ago(5)
    suspend_supplier(
        organization_id=stage.who("smo:11").own_organization_id, by=stage.who("ma"), clock=stage.clock,
        reason="收到数据代填投诉，核查期间暂停。A complaint about data entered for others is being looked into.",
    )  # fmt: skip


def freelancers_are_certified(stage: Stage) -> Iterator[dt.datetime]:
    """The CRA is a certified senior whose GCP certificate runs out soon; the CRC has failed once and waits."""
    yield stage.ago(100)
    cra = _own(stage, "cra")
    _document(stage, "cra", cra, "gcp", stage.now.date() + 25 * DAY)
    for area, phase, months, studies in (("oncology", "3", 40, 5), ("cardiology", "2", 14, 2)):
        row = add_experience(
            professional_id=cra.pk, role=cra.role, therapeutic_area=area, phase=phase, months=months,
            studies=studies, employer="Harbor", by=stage.who("cra"), clock=stage.clock,
        )  # fmt: skip
        judge_experience(experience_id=row.pk, is_confirmed=True, by=stage.who("ma"), clock=stage.clock)
    referee = name_referee(
        professional_id=cra.pk, name="Dr Qin Lan 秦岚", employer="Riverside Hospital", email="qin@hospital.example",
        relation="Investigator of two studies 两项研究的研究者", by=stage.who("cra"), clock=stage.clock,
    )  # fmt: skip
    yield stage.ago(97)
    answer_for_referee(
        referee_id=referee.pk, is_confirmed=True, answer="严谨可靠。Careful and reliable.",
        by=stage.who("ma"), clock=stage.clock,
    )  # fmt: skip
    _tested(stage, "cra", cra, right=18)
    grant_certificate(professional_id=cra.pk, level="senior", by=stage.who("ma"), clock=stage.clock)
    yield stage.ago(0.5)
    crc = _own(stage, "crc")
    _tested(stage, "crc", crc, right=13)
    held = add_credential(
        professional_id=crc.pk,
        kind="crc_cert",
        issued_by="Trial Academy",
        by=stage.who("crc"),
        clock=stage.clock,
    )
    attach_document(
        credential_id=held.pk, content=b"CRC certificate", file_name="crc-certificate.pdf",
        media_type="application/pdf", by=stage.who("crc"), clock=stage.clock,
    )  # fmt: skip


def credentials_run_out(stage: Stage) -> Iterator[dt.datetime]:
    """One freelancer's GCP certificate expired yesterday; the morning tells everybody whose papers run out."""
    yield stage.ago(0.4)
    named = [stage.who(key).own_organization_id for key in ("cra", "crc")]
    one = (
        Professional.objects.filter(organization__kind="freelancer", role="CRC", is_active=True)
        .exclude(organization_id__in=named)
        .order_by("-pk")
        .first()
    )
    assert one is not None
    Credential.objects.filter(professional=one, kind="gcp").update(expires_on=stage.clock.now().date() - DAY)
    if Professional.objects.count() <= MOST_PEOPLE:
        do_the_morning(stage.clock)


def _own(stage: Stage, key: str) -> Professional:
    return Professional.objects.get(organization_id=stage.who(key).own_organization_id, person__isnull=False)


def _document(stage: Stage, key: str, one: Professional, kind: str, expires_on: dt.date) -> None:
    Credential.objects.filter(professional=one, kind=kind).update(expires_on=expires_on)
    held = Credential.objects.filter(professional=one, kind=kind).order_by("-pk").first()
    assert held is not None
    attach_document(
        credential_id=held.pk, content=f"{kind} certificate".encode(), file_name=f"{kind}.pdf",
        media_type="application/pdf", by=stage.who(key), clock=stage.clock,
    )  # fmt: skip
    verify_credential(credential_id=held.pk, by=stage.who("ma"), clock=stage.clock)


def _tested(stage: Stage, key: str, one: Professional, right: int) -> None:
    test = begin_test(professional_id=one.pk, seed=2026, by=stage.who(key), clock=stage.clock)
    places = {
        code: order.index(RIGHT) if number < right else order.index(RIGHT + 1)
        for number, (code, order) in enumerate(test.drawn)
    }
    end_test(test_id=test.pk, positions=places, by=stage.who(key), clock=stage.clock)


def _submitted(stage: Stage, key: str, kind: str) -> QualificationApplication:
    by = stage.who(key)
    one = applications.begin_application(questionnaire=kind, by=by, clock=stage.clock)
    form = questionnaire(kind, one.questionnaire_version)
    answers: dict[str, dict[str, str]] = {}
    luck = stage.luck("answers", key)
    for question in questions_of(form):
        if is_asked(question, answers):
            words = question.get("choices") or CHOICES.get(question["kind"])
            value = next(iter(words)) if words else str(luck.randint(2, 30))
            if question["kind"] == "text":
                value = WORDS.get(kind, {}).get(question["code"], "见附件。See the document.")
            answers[question["code"]] = {"value": "no" if question["code"] == "INS2" else value}
    applications.answer_application(
        application_id=one.pk, scope=SCOPES[kind], answers=answers, by=by, clock=stage.clock
    )
    for question in questions_of(form):
        if question.get("needs_document"):
            applications.add_evidence(
                application_id=one.pk, content=b"A paper of the demo world.", file_name=f"{question['code']}.pdf",
                title=f"{question['code']} 证明文件", media_type="application/pdf", question=question["code"],
                issued_on=stage.clock.now().date() - 100 * DAY, expires_on=stage.now.date() + 400 * DAY, by=by,
                clock=stage.clock,
            )  # fmt: skip
    return applications.submit_application(application_id=one.pk, by=by, clock=stage.clock)


def _audited(stage: Stage, one: QualificationApplication, *found: tuple[str, str, str]) -> list[AuditFinding]:
    by, today = stage.who("ma"), stage.clock.now().date()
    applications.take_up_application(application_id=one.pk, by=by, clock=stage.clock)
    audit = audits.plan_audit(
        application_id=one.pk, mode="on_site", planned_on=today, by=by, clock=stage.clock,
        focus="质量体系与监查 · Quality system and monitoring",
    )  # fmt: skip
    audits.report_audit(
        audit_id=audit.pk, performed_on=today, by=by, clock=stage.clock,
        summary="体系总体健全。The system is sound on the whole.",
        findings=[audits.Found(*row) for row in found],
    )  # fmt: skip
    return list(audit.findings.order_by("number"))


def _propose(stage: Stage, key: str, finding: AuditFinding) -> None:
    audits.propose_capa(
        finding_id=finding.pk,
        root_cause="流程未要求先核对日期。The procedure did not ask to compare the dates first.",
        correction="已逐份更正并说明。Each record was corrected with a reason.",
        prevention="更新SOP并增加系统校验。The SOP and a check in the system are new.",
        measure="三个月内无复发。No recurrence within three months.",
        due_on=stage.clock.now().date() + 45 * DAY,
        by=stage.who(key),
        clock=stage.clock,
    )


def _decide(
    stage: Stage, one: QualificationApplication, *, months: int | None = None, conditions: str = ""
) -> None:
    decide_application(
        application_id=one.pk, is_approved=True, months=months, conditions=conditions,
        by=stage.who("ma"), clock=stage.clock,
    )  # fmt: skip


QUALITY: tuple[Tale, ...] = (
    others_were_qualified,
    harbor_is_audited,
    bluestone_runs_out,
    clearlake_answers_findings,
    applications_in_every_state,
    one_is_suspended,
    freelancers_are_certified,
    credentials_run_out,
)
