"""A supplier's own page: whether it is qualified, what it applied for, what waits for an answer."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from triallink.domains.quality.access import APPLICANT_ROLES
from triallink.domains.quality.models import (
    APPLICATION_STATES,
    OPEN_APPLICATIONS,
    AuditFinding,
    Qualification,
    QualificationApplication,
    SupplierSuspension,
)
from triallink.domains.quality.questionnaires import FOR_KINDS, QUESTIONNAIRES
from triallink.domains.quality.selectors import (
    findings,
    own_applications,
    present_qualification,
    suspension_of,
)
from triallink.domains.quality.services.applications import begin_application
from triallink.kernel.actor import Actor
from triallink.web.answers import render_page
from triallink.web.quality.frame import APPLICATION_TONES, ScopeWords, actor_of, scope_words
from triallink.web.wording import word


@dataclass(frozen=True)
class ApplicationLine:
    """One of the own applications."""

    application: QualificationApplication
    kind: str
    state: str
    tone: str


@dataclass(frozen=True)
class OwnPage:
    """The own standing."""

    qualification: Qualification | None
    scope: list[ScopeWords]
    suspension: SupplierSuspension | None
    open_application: ApplicationLine | None
    applications: list[ApplicationLine]
    findings: list[AuditFinding]
    kinds: list[tuple[str, str]]
    may_apply: bool


def own_qualification(request: HttpRequest) -> HttpResponse:
    """Show the own standing."""
    actor = actor_of(request)
    lines = [line_of(one) for one in own_applications(to=actor)]
    held = present_qualification(actor.own_organization_id)
    is_open = [line for line in lines if line.application.state in OPEN_APPLICATIONS]
    page = OwnPage(
        qualification=held,
        scope=scope_words(held.scope) if held else [],
        suspension=suspension_of(actor.own_organization_id),
        open_application=is_open[0] if is_open else None,
        applications=lines,
        findings=list(findings(to=actor).exclude(state="closed").order_by("due_on")),
        kinds=[(code, QUESTIONNAIRES[code]) for code in FOR_KINDS.get(actor.organization_kind, ())],
        may_apply=may_apply(actor),
    )
    return render_page(request, "quality/own.html", page)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin an application."""
    application = begin_application(questionnaire=request.POST.get("questionnaire", ""), by=actor_of(request))
    return HttpResponseRedirect(reverse("quality:application-scope", args=[application.pk]))


def may_apply(actor: Actor) -> bool:
    """Return whether somebody may speak for the organization about its quality."""
    return actor.organization_kind in FOR_KINDS and actor.has(*APPLICANT_ROLES)


def line_of(application: QualificationApplication) -> ApplicationLine:
    """Return an application in the reader's words."""
    return ApplicationLine(
        application,
        word(QUESTIONNAIRES, application.questionnaire),
        word(APPLICATION_STATES, application.state),
        APPLICATION_TONES[application.state],
    )
