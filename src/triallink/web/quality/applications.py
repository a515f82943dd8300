"""Applications for qualification: the list, one application, and what each side does with it."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.quality.access import application_for, evidence_for
from triallink.domains.quality.models import (
    APPLICATION_STATES,
    EDITABLE_APPLICATIONS,
    OPEN_APPLICATIONS,
    ApplicationEvidence,
    AuditFinding,
    Qualification,
    QualificationApplication,
    SupplierAudit,
)
from triallink.domains.quality.questionnaires import questionnaire
from triallink.domains.quality.selectors import applications, audits, findings
from triallink.domains.quality.services import applications as service
from triallink.domains.quality.services.applications import unproved
from triallink.domains.quality.services.decisions import decide_application, finding_facts
from triallink.engines import questions as engine
from triallink.engines.qualification import decision_blockers, requalify_months
from triallink.foundation.audit import timeline
from triallink.foundation.files import read_file, read_limited
from triallink.foundation.models import AuditLine
from triallink.foundation.sentences import bilingual, sentence_of
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_, NotAllowed, Refusal
from triallink.web.answers import answer, render_page
from triallink.web.delivery.frame import today
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.quality.forms import (
    DecisionForm,
    EvidenceForm,
    NarrowedDecisionForm,
    ReasonForm,
    ScopeForm,
)
from triallink.web.quality.frame import ScopeWords, actor_of, name_of, scope_line, scope_words, tried
from triallink.web.quality.own import ApplicationLine, line_of, may_apply

KINDS = {"cro": N_("CRO"), "smo": N_("SMO"), "lab": N_("Laboratory"), "site": N_("Site")}
APPLICATIONS = ListSpec(
    name="applications",
    columns=(
        Column("reference", N_("Number"), sort=("pk",), value=lambda row: row.application.reference),
        Column(
            "organization",
            N_("Organization"),
            sort=("organization__name_en",),
            value=lambda row: name_of(row.application.organization),
        ),
        Column("kind", N_("Questionnaire"), sort=("questionnaire", "pk")),
        Column("scope", N_("Scope"), value=lambda row: scope_line(row.application.scope), is_shown=False),
        Column("submitted", N_("Submitted"), sort=("submitted_at",), value=lambda row: row.application.submitted_at),
        Column("findings", N_("Open findings"), sort=("open_findings",), value=lambda row: row.application.open_findings, is_number=True),
        Column("reviewer", N_("Reviewer"), sort=("reviewer__name",), value=lambda row: row.application.reviewer),
        Column("state", N_("State"), sort=("state", "pk")),
    ),
    search=("organization__name_en", "organization__name_zh", "reviewer__name"),
    facets=(
        Facet("state", N_("State"), "state", names=APPLICATION_STATES),
        Facet("kind", N_("Questionnaire"), "questionnaire", names=KINDS),
        Facet("reviewer", N_("Reviewer"), "reviewer__name"),
    ),
    default_sort="-reference",
)  # fmt: skip


@dataclass(frozen=True)
class ApplicationListPage:
    """Applications the viewer may see."""

    listing: Listing
    is_operator: bool


@dataclass(frozen=True)
class AskedQuestion:
    """A question as the page shows it."""

    code: str
    text: str
    kind: str
    cites: str
    is_required: bool
    needs_document: bool
    choices: list[tuple[str, str]]
    value: str
    comment: str
    shown: str
    error: str
    asked_if: str
    asked_is: str
    is_asked: bool


@dataclass(frozen=True)
class QuestionsPage:
    """The questionnaire, to be answered."""

    application: QualificationApplication
    title: str
    sections: list[tuple[str, list[AskedQuestion]]]
    answered: int
    asked: int
    message: str


@dataclass(frozen=True)
class ScopePage:
    """The scope, to be stated block by block."""

    application: QualificationApplication
    blocks: list[ScopeWords]
    form: forms.Form


@dataclass(frozen=True)
class ApplicationPage:
    """One application."""

    application: QualificationApplication
    line: ApplicationLine
    name: str
    qualification: Qualification | None
    scope: list[ScopeWords]
    sections: list[tuple[str, list[AskedQuestion]]]
    answered: int
    asked: int
    evidence: list[ApplicationEvidence]
    unproved: list[str]
    audits: list[SupplierAudit]
    findings: list[AuditFinding]
    blockers: list[int]
    longest_months: int
    timeline: list[AuditLine]
    today: Any
    may_write: bool
    may_withdraw: bool
    is_desk: bool
    evidence_form: EvidenceForm
    return_form: ReasonForm
    decision_form: DecisionForm
    message: str


def application_list(request: HttpRequest) -> HttpResponse:
    """Show the applications: all to the operator, to a supplier its own."""
    actor = actor_of(request)
    rows = applications(to=actor)

    def shape(found: list[Any]) -> list[Any]:
        return [line_of(one) for one in found]

    if wants_export(request):
        return export(request, APPLICATIONS, rows, shape=shape)
    page = ApplicationListPage(APPLICATIONS.read(request, rows, shape=shape), actor.is_operator)
    return answer(request, "quality/applications.html", "list", page)


def application_detail(
    request: HttpRequest,
    application_id: int,
    *,
    evidence_form: EvidenceForm | None = None,
    return_form: ReasonForm | None = None,
    decision_form: DecisionForm | None = None,
    message: str = "",
) -> HttpResponse:
    """Show one application."""
    actor = actor_of(request)
    application = application_for(application_id, to=actor)
    facts = finding_facts(application.pk)
    is_own = application.organization_id == actor.organization_id and may_apply(actor)
    sections, answered, asked = sections_of(application)
    page = ApplicationPage(
        application=application,
        line=line_of(application),
        name=name_of(application.organization),
        qualification=Qualification.objects.filter(application=application).first(),
        scope=scope_words(application.scope),
        sections=sections,
        answered=answered,
        asked=asked,
        evidence=list(application.evidence.select_related("file").order_by("question", "pk")),
        unproved=unproved(application, today()),
        audits=list(audits(to=actor).filter(application=application).order_by("-planned_on")),
        findings=list(findings(to=actor).filter(audit__application=application)),
        blockers=[one.number for one in decision_blockers(facts)],
        longest_months=requalify_months(facts),
        timeline=timeline("qualification_application", application.pk),
        today=today(),
        may_write=is_own and application.state in EDITABLE_APPLICATIONS,
        may_withdraw=is_own and application.state in OPEN_APPLICATIONS,
        is_desk=is_desk(actor),
        evidence_form=evidence_form or EvidenceForm(questions=question_choices(application)),
        return_form=return_form or ReasonForm(),
        decision_form=decision_form or NarrowedDecisionForm(),
        message=message,
    )
    is_refused = bool(
        message or any(one and one.is_bound for one in (evidence_form, return_form, decision_form))
    )
    return render_page(request, "quality/application.html", page, status=422 if is_refused else 200)


def scope(request: HttpRequest, application_id: int) -> HttpResponse:
    """State the scope: add a block, or take one away."""
    actor = actor_of(request)
    application = _writable(request, application_id)
    form = ScopeForm(request.POST or None)
    if request.method == "POST":
        blocks = list(application.scope)
        drop = request.POST.get("drop", "")
        if drop.isdecimal() and int(drop) < len(blocks):
            blocks.pop(int(drop))
        elif form.is_valid() and form.cleaned_data["services"]:
            blocks.append(form.cleaned_data)
        service.answer_application(application_id=application.pk, scope=blocks, by=actor)
        return HttpResponseRedirect(reverse("quality:application-scope", args=[application.pk]))
    return render_page(
        request, "quality/scope.html", ScopePage(application, scope_words(application.scope), form)
    )


def answers(request: HttpRequest, application_id: int) -> HttpResponse:
    """Answer the questionnaire; what is written so far is kept."""
    actor = actor_of(request)
    application = _writable(request, application_id)
    typed: dict[str, dict[str, str]] | None = None
    error = ("", "")
    if request.method == "POST":
        typed = _typed(request, application)
        try:
            service.answer_application(application_id=application.pk, answers=typed, by=actor)
            messages.success(request, _("Your answers are saved."))
            return HttpResponseRedirect(reverse("quality:application-detail", args=[application.pk]))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            error = (refusal.field.removeprefix("value_"), sentence_of(refusal))
    sections, answered, asked = sections_of(application, typed, error)
    form = questionnaire(application.questionnaire, application.questionnaire_version)
    page = QuestionsPage(application, str(bilingual(form["title"])), sections, answered, asked, error[1])
    return render_page(request, "quality/answers.html", page, status=422 if error[1] else 200)


@require_POST
def evidence_add(request: HttpRequest, application_id: int) -> HttpResponse:
    """Put a document behind an answer."""
    application = application_for(application_id, to=actor_of(request))
    form = EvidenceForm(request.POST, request.FILES, questions=question_choices(application))

    def add() -> None:
        given = dict(form.cleaned_data)
        upload = given.pop("file")
        service.add_evidence(
            application_id=application.pk,
            content=read_limited(upload, service.MAX_FILE_MB),
            file_name=upload.name,
            media_type=upload.content_type or "application/octet-stream",
            by=actor_of(request),
            **given,
        )

    if tried(form, add):
        messages.success(request, _("The document is added."))
        return _back(application.pk)
    return application_detail(request, application_id, evidence_form=form)


@require_POST
def evidence_remove(request: HttpRequest, evidence_id: int) -> HttpResponse:
    """Take a document away."""
    return _back(service.remove_evidence(evidence_id=evidence_id, by=actor_of(request)))


def evidence_file(request: HttpRequest, evidence_id: int) -> HttpResponse:
    """Send a document."""
    evidence = evidence_for(evidence_id, to=actor_of(request))
    response = HttpResponse(read_file(evidence.file), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, evidence.file.name)
    return response


@require_POST
def submit(request: HttpRequest, application_id: int) -> HttpResponse:
    """Hand the application in."""
    try:
        service.submit_application(application_id=application_id, by=actor_of(request))
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return application_detail(request, application_id, message=sentence_of(refusal))
    messages.success(request, _("Your application is with the operator."))
    return _back(application_id)


@require_POST
def withdraw(request: HttpRequest, application_id: int) -> HttpResponse:
    """Take the application back."""
    service.withdraw_application(application_id=application_id, by=actor_of(request))
    return HttpResponseRedirect(reverse("quality:own"))


@require_POST
def take_up(request: HttpRequest, application_id: int) -> HttpResponse:
    """Begin the review."""
    service.take_up_application(application_id=application_id, by=actor_of(request))
    return _back(application_id)


@require_POST
def give_back(request: HttpRequest, application_id: int) -> HttpResponse:
    """Return the application to be completed."""
    form = ReasonForm(request.POST)
    if tried(
        form,
        lambda: service.return_application(
            application_id=application_id, by=actor_of(request), **form.cleaned_data
        ),
    ):
        messages.success(request, _("Returned with your reason."))
        return _back(application_id)
    return application_detail(request, application_id, return_form=form)


@require_POST
def decide(request: HttpRequest, application_id: int) -> HttpResponse:
    """Approve or reject."""
    application = application_for(application_id, to=actor_of(request))
    form = NarrowedDecisionForm(request.POST)

    def decided() -> None:
        given = dict(form.cleaned_data)
        only = set(given.pop("services"))
        granted = [
            {**block, "services": [code for code in block["services"] if code in only]}
            for block in application.scope
        ]
        decide_application(
            application_id=application_id, scope=granted if only else None, by=actor_of(request), **given
        )

    if tried(form, decided):
        messages.success(request, _("The decision is made; the supplier is told."))
        return _back(application_id)
    return application_detail(request, application_id, decision_form=form)


def is_desk(actor: Actor) -> bool:
    """Return whether somebody works at the operator's quality desk."""
    return actor.is_operator and actor.has("quality", "administrator")


def question_choices(application: QualificationApplication) -> list[tuple[str, str]]:
    """Return the questions that ask for a document, as choices."""
    form = questionnaire(application.questionnaire, application.questionnaire_version)
    return [
        (one["code"], f"{one['code']} {bilingual(one['text'])}")
        for one in engine.questions_of(form)
        if one.get("needs_document")
    ]


def sections_of(
    application: QualificationApplication,
    typed: dict[str, dict[str, str]] | None = None,
    error: tuple[str, str] = ("", ""),
) -> tuple[list[tuple[str, list[AskedQuestion]]], int, int]:
    """Return the questionnaire with its answers, how many required questions are answered, and how many there are."""
    form = questionnaire(application.questionnaire, application.questionnaire_version)
    given = application.answers if typed is None else typed
    sections = [
        (
            str(bilingual(section["title"])),
            [_question(one, given, error) for one in section["questions"]],
        )
        for section in form["sections"]
    ]
    missing = set(engine.unanswered(form, given))
    asked = [one for one in engine.questions_of(form) if one["is_required"] and engine.is_asked(one, given)]
    return sections, len(asked) - len(missing), len(asked)


def _question(
    question: dict[str, Any], given: dict[str, dict[str, str]], error: tuple[str, str]
) -> AskedQuestion:
    words = engine.CHOICES.get(question["kind"]) or question.get("choices") or {}
    choices = [(code, str(bilingual(label))) for code, label in words.items()]
    answered = given.get(question["code"], {})
    value = answered.get("value", "")
    rule = question.get("asked_if") or {"question": "", "is": ""}
    return AskedQuestion(
        code=question["code"],
        text=str(bilingual(question["text"])),
        kind=question["kind"],
        cites=question["cites"],
        is_required=question["is_required"],
        needs_document=bool(question.get("needs_document")),
        choices=choices,
        value=value,
        comment=answered.get("comment", ""),
        shown=dict(choices).get(value, value),
        error=error[1] if error[0] == question["code"] else "",
        asked_if=rule["question"],
        asked_is=rule["is"],
        is_asked=engine.is_asked(question, given),
    )


def _typed(request: HttpRequest, application: QualificationApplication) -> dict[str, dict[str, str]]:
    form = questionnaire(application.questionnaire, application.questionnaire_version)
    return {
        one["code"]: {
            "value": request.POST.get(f"value_{one['code']}", ""),
            "comment": request.POST.get(f"comment_{one['code']}", ""),
        }
        for one in engine.questions_of(form)
    }


def _writable(request: HttpRequest, application_id: int) -> QualificationApplication:
    """Return an application of the viewer's own organization, for whoever may speak for it."""
    actor = actor_of(request)
    application = application_for(application_id, to=actor)
    if application.organization_id != actor.organization_id or not may_apply(actor):
        raise NotAllowed
    return application


def _back(application_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("quality:application-detail", args=[application_id]))
