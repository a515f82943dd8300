"""Audits of suppliers: the list, planning one, its report."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.quality.access import application_for, audit_for, require_operator
from triallink.domains.quality.models import AUDIT_MODES, AUDIT_STATES, AuditFinding, SupplierAudit
from triallink.domains.quality.selectors import audits, findings
from triallink.domains.quality.services.audits import Found, cancel_audit, plan_audit, report_audit
from triallink.foundation.audit import timeline
from triallink.foundation.models import AuditLine
from triallink.kernel.refusals import N_
from triallink.web.answers import answer, render_page
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.quality.applications import is_desk
from triallink.web.quality.forms import MOST_FINDINGS, AuditForm, ReasonForm, ReportForm
from triallink.web.quality.frame import AUDIT_TONES, FormPage, actor_of, name_of, tried
from triallink.web.studies.entry import status_of
from triallink.web.wording import word

AUDITS = ListSpec(
    name="audits",
    columns=(
        Column("reference", N_("Number"), sort=("pk",)),
        Column(
            "organization",
            N_("Organization"),
            sort=("application__organization__name_en",),
            value=lambda row: name_of(row.application.organization),
        ),
        Column("mode", N_("Kind of audit"), sort=("mode", "pk"), value=lambda row: word(AUDIT_MODES, row.mode)),
        Column("planned", N_("Planned for"), sort=("planned_on",), value=lambda row: row.planned_on),
        Column("performed", N_("Took place on"), sort=("performed_on",), value=lambda row: row.performed_on),
        Column("findings", N_("Findings"), sort=("finding_count",), value=lambda row: row.finding_count, is_number=True),
        Column("auditor", N_("Auditor"), sort=("auditor__name",)),
        Column("state", N_("State"), sort=("state", "pk"), value=lambda row: word(AUDIT_STATES, row.state)),
    ),
    search=("application__organization__name_en", "application__organization__name_zh", "auditor__name"),
    facets=(
        Facet("state", N_("State"), "state", names=AUDIT_STATES),
        Facet("mode", N_("Kind of audit"), "mode", names=AUDIT_MODES),
    ),
    default_sort="-planned",
)  # fmt: skip


@dataclass(frozen=True)
class AuditListPage:
    """Audits the viewer may see."""

    listing: Listing
    tones: dict[str, str]
    states: dict[str, str]
    modes: dict[str, str]


@dataclass(frozen=True)
class AuditPage:
    """One audit."""

    audit: SupplierAudit
    name: str
    mode: str
    state: str
    tone: str
    findings: list[AuditFinding]
    report_form: ReportForm | None
    rows: range
    cancel_form: ReasonForm | None
    timeline: list[AuditLine]


def audit_list(request: HttpRequest) -> HttpResponse:
    """Show the audits: all to the operator, to a supplier its own."""
    rows = audits(to=actor_of(request))
    if wants_export(request):
        return export(request, AUDITS, rows)
    page = AuditListPage(AUDITS.read(request, rows), AUDIT_TONES, AUDIT_STATES, AUDIT_MODES)
    return answer(request, "quality/audits.html", "list", page)


def audit_new(request: HttpRequest, application_id: int) -> HttpResponse:
    """Plan an audit."""
    actor = actor_of(request)
    require_operator(actor)
    application = application_for(application_id, to=actor)
    form = AuditForm(request.POST or None)
    back = reverse("quality:application-detail", args=[application_id])
    if tried(form, lambda: plan_audit(application_id=application_id, by=actor, **form.cleaned_data)):
        messages.success(request, _("The audit is planned; the supplier is told."))
        return HttpResponseRedirect(back)
    page = FormPage(
        title=_("Plan an audit"),
        sentence=name_of(application.organization),
        trail=[(application.reference, back)],
        form=form,
        submit=_("Plan the audit"),
        cancel=back,
    )
    return render_page(request, "quality/form.html", page, status=status_of(form))


def audit_detail(
    request: HttpRequest,
    audit_id: int,
    *,
    report_form: ReportForm | None = None,
    cancel_form: ReasonForm | None = None,
) -> HttpResponse:
    """Show one audit; the operator reports it here."""
    actor = actor_of(request)
    audit = audit_for(audit_id, to=actor)
    may_report = is_desk(actor) and audit.state == "planned"
    page = AuditPage(
        audit=audit,
        name=name_of(audit.application.organization),
        mode=word(AUDIT_MODES, audit.mode),
        state=word(AUDIT_STATES, audit.state),
        tone=AUDIT_TONES[audit.state],
        findings=list(findings(to=actor).filter(audit=audit)),
        report_form=(report_form or ReportForm()) if may_report else None,
        rows=range(1, MOST_FINDINGS + 1),
        cancel_form=(cancel_form or ReasonForm()) if may_report else None,
        timeline=timeline("supplier_audit", audit.pk),
    )
    return render_page(request, "quality/audit.html", page, status=422 if report_form or cancel_form else 200)


@require_POST
def audit_report(request: HttpRequest, audit_id: int) -> HttpResponse:
    """Report the audit with its findings."""
    form = ReportForm(request.POST)

    def report() -> None:
        report_audit(
            audit_id=audit_id,
            performed_on=form.cleaned_data["performed_on"],
            summary=form.cleaned_data["summary"],
            findings=[Found(*row) for row in form.findings()],
            by=actor_of(request),
        )

    audit_for(audit_id, to=actor_of(request))
    if tried(form, report):
        messages.success(request, _("The report is sent to the supplier."))
        return HttpResponseRedirect(reverse("quality:audit-detail", args=[audit_id]))
    return audit_detail(request, audit_id, report_form=form)


@require_POST
def audit_cancel(request: HttpRequest, audit_id: int) -> HttpResponse:
    """Call the audit off."""
    form = ReasonForm(request.POST)
    audit_for(audit_id, to=actor_of(request))
    if tried(form, lambda: cancel_audit(audit_id=audit_id, by=actor_of(request), **form.cleaned_data)):
        return HttpResponseRedirect(reverse("quality:audit-detail", args=[audit_id]))
    return audit_detail(request, audit_id, cancel_form=form)
