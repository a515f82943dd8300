"""The wizard: a draft is saved from the first step on, and every step can be left and taken up again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.access.requests import SUPPLIER_KINDS, own_request_for
from triallink.domains.marketplace.errors.requests import RequestNotDraft
from triallink.domains.marketplace.models import RequestInvitation, RequestLine, ServiceType
from triallink.domains.marketplace.models.requests import CRITERIA
from triallink.domains.marketplace.services.invitations import invite_suppliers, withdraw_invitation
from triallink.domains.marketplace.services.requests import create_request, revise_request, set_lines
from triallink.domains.marketplace.services.terms import (
    DEFAULT_WEIGHTS,
    AuctionTerms,
    LineTerms,
    RequestTerms,
    lines_of,
    terms_of,
)
from triallink.domains.studies.access import study_for
from triallink.domains.studies.models import Study, StudySite
from triallink.domains.studies.selectors import DemandLine, demand_lines, proposal
from triallink.foundation.sentences import sentence_of
from triallink.kernel.money import Money
from triallink.kernel.refusals import Refusal
from triallink.web.answers import render_page
from triallink.web.market.requests.forms import CriteriaForm, ProcedureForm, WhatForm
from triallink.web.market.requests.frame import Frame, FramedPage, actor_of, framed
from triallink.web.market.requests.rows import LineRow, empty_rows, read_rows, row_of
from triallink.web.studies.entry import beside, status_of

STEPS = ("what", "lines", "procedure", "criteria", "invite", "review")
MOST_CHOICES = 40


@dataclass(frozen=True)
class NewPage:
    """The first step of a request that does not exist yet."""

    form: forms.Form
    study: Study | None
    demand_count: int
    steps: list[tuple[str, str]]


@dataclass(frozen=True)
class StepPage(FramedPage):
    """One step of a draft."""

    step: str
    number: int
    steps: list[tuple[str, str]]
    form: forms.Form | None = None
    rows: tuple[LineRow, ...] = ()
    sites: tuple[StudySite, ...] = ()
    services: tuple[ServiceType, ...] = ()
    refusal: str = ""
    invitations: tuple[RequestInvitation, ...] = ()
    candidates: tuple[Organization, ...] = ()
    q: str = ""
    lines: tuple[RequestLine, ...] = ()
    weights: tuple[tuple[str, int], ...] = ()

    @property
    def blank(self) -> LineRow:
        """Return what a new row begins as."""
        return LineRow()


def request_new(http: HttpRequest) -> HttpResponse:
    """Begin a request, blank or from a study's demand."""
    actor = actor_of(http)
    actor.require("project_lead")
    chosen = http.GET.get("study", "")
    study = study_for(int(chosen), to=actor) if chosen.isdecimal() and len(chosen) < 19 else None
    found = proposal(study.pk, to=actor) if study else None
    demand = demand_lines(found) if found else []
    initial = {"title_en": _title(study, "en"), "title_zh": _title(study, "zh")} if study else {}
    form = WhatForm(http.POST or None, initial=initial)
    if http.method == "POST" and form.is_valid():
        try:
            request = create_request(
                terms=_what(RequestTerms(title={}), form.cleaned_data),
                lines=_from_demand(demand) if http.POST.get("with_demand") else (),
                study_id=study.pk if study else None,
                by=actor,
            )
            return HttpResponseRedirect(reverse("market:request-step", args=[request.pk, "lines"]))
        except Refusal as refusal:
            _beside_title(form, refusal)
    page = NewPage(form, study, len(demand), [(name, "") for name in _names()])
    return render_page(http, "market/requests/new.html", page, status=status_of(form))


def request_step(http: HttpRequest, request_id: int, step: str) -> HttpResponse:
    """Show or take one step of a draft."""
    if own_request_for(actor_of(http), request_id).state != "draft":
        raise RequestNotDraft
    return {"what": _what_step, "lines": _lines_step, "procedure": _procedure_step,
            "criteria": _criteria_step, "invite": _invite_step, "review": _review_step}[step](http, request_id)  # fmt: skip


def _names() -> list[str]:
    return [_("What"), _("Lines"), _("Procedure and dates"), _("Criteria"), _("Invite"), _("Review")]


def _show(http: HttpRequest, frame: Frame, step: str, *, status: int = 200, **more: Any) -> HttpResponse:
    links = [reverse("market:request-step", args=[frame.request.pk, name]) for name in STEPS]
    page = StepPage(
        frame=frame,
        step=step,
        number=STEPS.index(step) + 1,
        steps=list(zip(_names(), links, strict=True)),
        **more,
    )
    return render_page(http, f"market/requests/step_{step}.html", page, status=status)


def _go_on(request_id: int, step: str) -> HttpResponse:
    following = STEPS[STEPS.index(step) + 1]
    return HttpResponseRedirect(reverse("market:request-step", args=[request_id, following]))


def _form_step(
    http: HttpRequest,
    request_id: int,
    step: str,
    form: forms.Form,
    change: Callable[[RequestTerms, dict[str, Any]], RequestTerms],
) -> HttpResponse:
    frame = framed(http, request_id, "overview")
    if http.method == "POST" and form.is_valid():
        try:
            terms = change(terms_of(frame.request), form.cleaned_data)
            revise_request(request_id=request_id, terms=terms, by=actor_of(http))
            return _go_on(request_id, step)
        except Refusal as refusal:
            _beside_title(form, refusal)
    return _show(http, frame, step, form=form, status=status_of(form))


def _what_step(http: HttpRequest, request_id: int) -> HttpResponse:
    request = own_request_for(actor_of(http), request_id)
    initial = {
        name: getattr(request, name) for name in ("requirements", "payment_terms", "start_on", "end_on")
    }
    initial |= {"title_en": request.title.get("en", ""), "title_zh": request.title.get("zh", "")}
    return _form_step(http, request_id, "what", WhatForm(http.POST or None, initial=initial), _what)


def _procedure_step(http: HttpRequest, request_id: int) -> HttpResponse:
    request = own_request_for(actor_of(http), request_id)
    terms = terms_of(request)
    names = [name for name in ProcedureForm.base_fields if hasattr(terms, name)]
    initial = {name: getattr(terms, name) for name in names}
    initial |= {
        "round_minutes": terms.auction.round_minutes,
        "pause_minutes": terms.auction.pause_minutes,
        "reveals": terms.auction.reveals,
        "step": Money(terms.auction.step_minor, terms.currency).amount,
    }
    return _form_step(
        http, request_id, "procedure", ProcedureForm(http.POST or None, initial=initial), _procedure
    )


def _criteria_step(http: HttpRequest, request_id: int) -> HttpResponse:
    request = own_request_for(actor_of(http), request_id)
    form = CriteriaForm(http.POST or None, initial=request.weights or DEFAULT_WEIGHTS)
    return _form_step(
        http, request_id, "criteria", form, lambda terms, data: replace(terms, weights=dict(data))
    )


def _lines_step(http: HttpRequest, request_id: int) -> HttpResponse:
    frame = framed(http, request_id, "overview")
    services = tuple(ServiceType.objects.filter(is_active=True))
    standing = list(frame.request.lines.all())
    study = frame.request.study
    sites = tuple(study.sites.select_related("organization").order_by("number")) if study else ()
    by_id = {site.pk: site for site in sites}
    refusal, rows = "", [row_of(line, frame.request.currency) for line in standing]
    if http.method == "POST":
        stored = dict(zip((line.pk for line in standing), lines_of(frame.request), strict=True))
        rows, lines, refusal = read_rows(http, frame.request.currency, stored, by_id)
        if not refusal:
            try:
                set_lines(request_id=request_id, lines=lines, by=actor_of(http))
                if "more" not in http.POST:
                    return _go_on(request_id, "lines")
                rows = [row_of(line, frame.request.currency) for line in frame.request.lines.all()]
            except Refusal as no:
                refusal = sentence_of(no)
    rows = [*rows, *empty_rows(3 if "more" in http.POST else 1)]
    status = 422 if refusal else 200
    return _show(
        http,
        frame,
        "lines",
        rows=tuple(rows),
        services=services,
        sites=sites,
        refusal=refusal,
        status=status,
    )


def _invite_step(http: HttpRequest, request_id: int) -> HttpResponse:
    actor, refusal = actor_of(http), ""
    if http.method == "POST":
        try:
            if http.POST.get("take_off", "").isdecimal():
                withdraw_invitation(
                    request_id=request_id, organization_id=int(http.POST["take_off"]), by=actor
                )
            else:
                ids = [int(one) for one in http.POST.getlist("organization_ids") if one.isdecimal()]
                invite_suppliers(request_id=request_id, organization_ids=ids, by=actor)
            return HttpResponseRedirect(reverse("market:request-step", args=[request_id, "invite"]))
        except Refusal as no:
            refusal = sentence_of(no)
    frame = framed(http, request_id, "overview")
    invitations = tuple(frame.request.invitations.select_related("organization").order_by("id"))
    q = http.GET.get("q", "").strip()[:80]
    found = Organization.objects.filter(kind__in=SUPPLIER_KINDS, is_active=True).exclude(
        pk__in=[frame.request.buyer_id, *(row.organization_id for row in invitations)]
    )
    if q:
        found = found.filter(name_en__icontains=q) | found.filter(name_zh__icontains=q)
    return _show(
        http,
        frame,
        "invite",
        invitations=invitations,
        candidates=tuple(found.order_by("name_en")[:MOST_CHOICES]),
        q=q,
        refusal=refusal,
        status=422 if refusal else 200,
    )


def _review_step(http: HttpRequest, request_id: int) -> HttpResponse:
    frame = framed(http, request_id, "overview")
    return _show(
        http,
        frame,
        "review",
        lines=tuple(frame.request.lines.select_related("service")),
        invitations=tuple(frame.request.invitations.select_related("organization").order_by("id")),
        weights=tuple(
            (label, frame.request.weights[code])
            for code, label in CRITERIA.items()
            if frame.request.weights.get(code)
        ),
    )


def _what(terms: RequestTerms, data: dict[str, Any]) -> RequestTerms:
    names = ("requirements", "payment_terms", "start_on", "end_on")
    title = {"en": data["title_en"], "zh": data["title_zh"]}
    return replace(terms, title=title, **{name: data[name] for name in names})


def _procedure(terms: RequestTerms, data: dict[str, Any]) -> RequestTerms:
    standing = terms.auction
    step = data["step"]
    auction = AuctionTerms(
        round_minutes=data["round_minutes"] or standing.round_minutes,
        pause_minutes=standing.pause_minutes if data["pause_minutes"] is None else data["pause_minutes"],
        reveals=data["reveals"] or standing.reveals,
        step_minor=max(1, Money.of(step, data["currency"]).minor) if step else standing.step_minor,
    )
    names = [name for name in ProcedureForm.base_fields if name in RequestTerms.__dataclass_fields__]
    return replace(terms, auction=auction, **{name: data[name] for name in names})


def _from_demand(demand: list[DemandLine]) -> list[LineTerms]:
    """Return the demand as lines; their labels stay the catalogue's sentences, which are shown in both languages."""
    has_countries = len({line.country for line in demand if line.country}) > 1
    services = {service.code: service for service in ServiceType.objects.filter(is_active=True)}
    return [
        LineTerms(
            service_id=services[line.service_code].pk,
            quantity=Decimal(str(line.quantity)).quantize(Decimal("0.01")),
            description=f"{line.label} · {line.country}" if has_countries and line.country else line.label,
            hours=Decimal(str(line.hours)).quantize(Decimal("0.01")),
        )
        for line in demand
        if line.service_code in services and line.quantity > 0
    ]


def _title(study: Study | None, language: str) -> str:
    if study is None:
        return ""
    text = study.title_zh if language == "zh" else study.title_en
    return f"{study.code} {text}"[:200].strip() if text else ""


def _beside_title(form: forms.Form, refusal: Refusal) -> None:
    if refusal.field == "title":
        form.add_error("title_en", sentence_of(refusal))
    else:
        beside(form, refusal)
