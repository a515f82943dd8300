"""Audit findings and what is done about them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.quality.access import finding_for
from triallink.domains.quality.models import (
    CAPA_STATES,
    FINDING_GRADES,
    FINDING_STATES,
    AuditFinding,
    SupplierCapa,
)
from triallink.domains.quality.selectors import findings
from triallink.domains.quality.services.audits import answer_capa, carry_out_capa, check_capa, propose_capa
from triallink.foundation.audit import timeline
from triallink.foundation.models import AuditLine
from triallink.kernel.refusals import N_
from triallink.web.answers import answer, render_page
from triallink.web.delivery.frame import today
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.quality.applications import is_desk
from triallink.web.quality.forms import AnswerForm, CapaForm, CheckForm, NoteForm
from triallink.web.quality.frame import CAPA_TONES, FINDING_TONES, GRADE_TONES, actor_of, name_of, tried
from triallink.web.quality.own import may_apply
from triallink.web.wording import word

FINDINGS = ListSpec(
    name="findings",
    columns=(
        Column("number", N_("Finding"), sort=("audit__pk", "number"), value=lambda row: f"{row.audit.reference} / {row.number}"),
        Column(
            "organization",
            N_("Organization"),
            sort=("audit__application__organization__name_en",),
            value=lambda row: name_of(row.audit.application.organization),
        ),
        Column("grade", N_("Grade"), sort=("grade", "pk"), value=lambda row: word(FINDING_GRADES, row.grade)),
        Column("text", N_("What was found")),
        Column("clause", N_("Clause"), is_shown=False),
        Column("due", N_("Answer due"), sort=("due_on",), value=lambda row: row.due_on),
        Column("state", N_("State"), sort=("state", "pk"), value=lambda row: word(FINDING_STATES, row.state)),
    ),
    search=("audit__application__organization__name_en", "audit__application__organization__name_zh", "text", "clause"),
    facets=(
        Facet("state", N_("State"), "state", names=FINDING_STATES),
        Facet("grade", N_("Grade"), "grade", names=FINDING_GRADES),
    ),
    default_sort="due",
)  # fmt: skip


@dataclass(frozen=True)
class FindingWords:
    """The words and tones a finding's pages use."""

    grades: dict[str, str]
    states: dict[str, str]
    capas: dict[str, str]
    grade_tones: dict[str, str]
    state_tones: dict[str, str]
    capa_tones: dict[str, str]


WORDS = FindingWords(FINDING_GRADES, FINDING_STATES, CAPA_STATES, GRADE_TONES, FINDING_TONES, CAPA_TONES)


@dataclass(frozen=True)
class FindingListPage:
    """Findings the viewer may see."""

    listing: Listing
    today: dt.date
    words: FindingWords = WORDS


@dataclass(frozen=True)
class FindingPage:
    """One finding with its rounds of CAPA and the one form that is due now."""

    finding: AuditFinding
    name: str
    capas: list[SupplierCapa]
    form: forms.Form | None
    form_title: str
    form_address: str
    form_submit: str
    today: dt.date
    timeline: list[AuditLine]
    words: FindingWords = WORDS


def finding_list(request: HttpRequest) -> HttpResponse:
    """Show the findings: all to the operator, to a supplier those about it."""
    rows = findings(to=actor_of(request))
    if wants_export(request):
        return export(request, FINDINGS, rows)
    return answer(
        request, "quality/findings.html", "list", FindingListPage(FINDINGS.read(request, rows), today())
    )


def finding_detail(request: HttpRequest, finding_id: int, *, form: forms.Form | None = None) -> HttpResponse:
    """Show one finding and what is to be done next."""
    actor = actor_of(request)
    finding = finding_for(finding_id, to=actor)
    capas = list(finding.capas.select_related("checked_by").order_by("-round"))
    step = _next_step(request, finding, capas)
    own: forms.Form | None = None
    if step is not None:
        own = form or step[1](initial={"due_on": finding.due_on} if step[1] is CapaForm else None)
    page = FindingPage(
        finding=finding,
        name=name_of(finding.audit.application.organization),
        capas=capas,
        form=own,
        form_title=step[2] if step else "",
        form_address=reverse(f"quality:{step[0]}", args=[finding.pk]) if step else "",
        form_submit=step[3] if step else "",
        today=today(),
        timeline=timeline("audit_finding", finding.pk),
    )
    return render_page(request, "quality/finding.html", page, status=422 if form else 200)


@require_POST
def capa_propose(request: HttpRequest, finding_id: int) -> HttpResponse:
    """Answer a finding."""
    form = CapaForm(request.POST)
    return _take(request, finding_id, form, lambda: propose_capa(
        finding_id=finding_id, by=actor_of(request), **form.cleaned_data
    ))  # fmt: skip


@require_POST
def capa_answer(request: HttpRequest, finding_id: int) -> HttpResponse:
    """Accept an action, or return it."""
    form = AnswerForm(request.POST)
    return _take(request, finding_id, form, lambda: answer_capa(
        finding_id=finding_id, by=actor_of(request), **form.cleaned_data
    ))  # fmt: skip


@require_POST
def capa_done(request: HttpRequest, finding_id: int) -> HttpResponse:
    """Say that an action is carried out."""
    form = NoteForm(request.POST)
    return _take(request, finding_id, form, lambda: carry_out_capa(
        finding_id=finding_id, by=actor_of(request), **form.cleaned_data
    ))  # fmt: skip


@require_POST
def capa_check(request: HttpRequest, finding_id: int) -> HttpResponse:
    """Say whether an action worked."""
    form = CheckForm(request.POST)
    return _take(request, finding_id, form, lambda: check_capa(
        finding_id=finding_id, by=actor_of(request), **form.cleaned_data
    ))  # fmt: skip


def _take(
    request: HttpRequest, finding_id: int, form: forms.Form, service: Callable[[], object]
) -> HttpResponse:
    finding_for(finding_id, to=actor_of(request))
    if tried(form, service):
        messages.success(request, _("Saved; the other side is told."))
        return HttpResponseRedirect(reverse("quality:finding-detail", args=[finding_id]))
    return finding_detail(request, finding_id, form=form)


def _next_step(
    request: HttpRequest, finding: AuditFinding, capas: list[SupplierCapa]
) -> tuple[str, type[forms.Form], str, str] | None:
    """Return what the viewer does next, as (address, form, title, button), or None."""
    actor = actor_of(request)
    last = capas[0].state if capas else ""
    is_own = finding.audit.application.organization_id == actor.organization_id and may_apply(actor)
    if finding.state == "closed":
        return None
    if is_own and last in ("", "returned", "ineffective"):
        return "capa-propose", CapaForm, _("Answer the finding"), _("Send to the operator")
    if is_own and last == "accepted":
        return "capa-done", NoteForm, _("Report that it is carried out"), _("Report")
    if is_desk(actor) and last == "proposed":
        return "capa-answer", AnswerForm, _("Answer the proposal"), _("Send the answer")
    if is_desk(actor) and last == "done":
        return "capa-check", CheckForm, _("Check the effectiveness"), _("Save the check")
    return None
