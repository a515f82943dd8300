"""A request to read: overview with its lines, questions, timeline; and the small actions on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.marketplace.access.requests import is_buyer, is_invited, request_for
from triallink.domains.marketplace.errors.requests import NdaMissing
from triallink.domains.marketplace.models import (
    Auction,
    NdaAcceptance,
    RequestFile,
    RequestInvitation,
    RequestLine,
)
from triallink.domains.marketplace.models.requests import CRITERIA
from triallink.domains.marketplace.selectors.requests import (
    QuestionView,
    bid_count,
    own_bids,
    questions_of,
)
from triallink.domains.marketplace.services import invitations, questions, requests
from triallink.engines.evaluation import FORMULAS
from triallink.foundation.audit import timeline
from triallink.foundation.files import read_file, read_limited
from triallink.foundation.models import AuditLine
from triallink.foundation.sentences import sentence_of
from triallink.kernel.refusals import NotFound, Refusal
from triallink.web.answers import answer, render_page
from triallink.web.market.requests.forms import ExtendForm, TextForm
from triallink.web.market.requests.frame import FramedPage, actor_of, framed
from triallink.web.studies.entry import beside, status_of

MAX_FILE_MB = 50


@dataclass(frozen=True)
class DetailPage(FramedPage):
    """The overview of a request."""

    lines: tuple[RequestLine, ...]
    weights: tuple[tuple[str, int, str], ...]
    files: tuple[RequestFile, ...]
    invitations: tuple[RequestInvitation, ...]
    auction: Auction | None
    bid_count: int | None
    own_bid_state: str
    is_invited: bool
    nda: NdaAcceptance | None
    extend_form: ExtendForm

    @property
    def has_place(self) -> bool:
        """Return whether there is a place to cover."""
        return any(line.province for line in self.lines)


def request_detail(http: HttpRequest, request_id: int) -> HttpResponse:
    """Show a request; a draft opens where its buyer goes on."""
    return _detail(http, request_id, ExtendForm())


def _detail(http: HttpRequest, request_id: int, extend_form: ExtendForm) -> HttpResponse:
    frame, actor = framed(http, request_id, "overview"), actor_of(http)
    request = frame.request
    if request.state == "draft":
        return HttpResponseRedirect(reverse("market:request-step", args=[request.pk, "what"]))
    bids = own_bids(request, to=actor) if frame.may_bid else []
    page = DetailPage(
        frame=frame,
        lines=tuple(request.lines.select_related("service", "site")) if frame.sees_details else (),
        weights=tuple(
            (CRITERIA[code], request.weights[code], FORMULAS[code])
            for code in CRITERIA
            if request.weights.get(code)
        ),
        files=tuple(request.files.select_related("file").order_by("id")) if frame.sees_details else (),
        invitations=tuple(request.invitations.select_related("organization").order_by("id"))
        if frame.is_buyer
        else (),
        auction=Auction.objects.filter(request=request).first(),
        bid_count=bid_count(request) if frame.is_buyer or actor.is_operator else None,
        own_bid_state=next((bid.state for bid in bids if bid.state in ("submitted", "draft")), ""),
        is_invited=is_invited(actor, request),
        nda=NdaAcceptance.objects.filter(request=request, organization_id=actor.own_organization_id).first(),
        extend_form=extend_form,
    )
    return render_page(http, "market/requests/detail.html", page, status=status_of(extend_form))


@dataclass(frozen=True)
class QuestionsPage(FramedPage):
    """Questions and answers."""

    questions: list[QuestionView]
    form: forms.Form
    answering: int
    is_open: bool


def request_questions(http: HttpRequest, request_id: int) -> HttpResponse:
    """Show the questions; a bidder asks, the buyer answers."""
    frame, actor = framed(http, request_id, "questions"), actor_of(http)
    if not frame.sees_details:
        raise NdaMissing
    form, answering = TextForm(http.POST or None), 0
    if http.method == "POST" and form.is_valid():
        text, answered = form.cleaned_data["text"], http.POST.get("question_id", "")
        answering = int(answered) if answered.isdecimal() and len(answered) < 19 else 0
        try:
            if answering:
                questions.answer_question(question_id=answering, answer=text, by=actor)
            else:
                questions.ask_question(request_id=request_id, text=text, by=actor)
            return HttpResponseRedirect(http.path)
        except Refusal as refusal:
            form.add_error("text", sentence_of(refusal))
    page = QuestionsPage(
        frame=frame,
        questions=questions_of(frame.request, to=actor),
        form=form,
        answering=answering,
        is_open=frame.request.state == "published" and frame.may_bid,
    )
    return answer(http, "market/requests/questions.html", "questions", page, status=status_of(form))


@dataclass(frozen=True)
class TimelinePage(FramedPage):
    """What happened to a request."""

    lines: list[AuditLine]


def request_timeline(http: HttpRequest, request_id: int) -> HttpResponse:
    """Show what happened, for the buyer and the operator."""
    frame = framed(http, request_id, "timeline")
    if not frame.is_buyer and not actor_of(http).is_operator:
        raise NotFound
    lines = timeline("request", request_id)
    return render_page(http, "market/requests/timeline.html", TimelinePage(frame, lines))


def request_file(http: HttpRequest, request_id: int, file_id: int) -> HttpResponse:
    """Hand out a document of the request."""
    frame = framed(http, request_id, "overview")
    row = RequestFile.objects.select_related("file").filter(request=frame.request, pk=file_id).first()
    if row is None or not frame.sees_details:
        raise NotFound
    return attachment(read_file(row.file), row.name)


def attachment(content: bytes, name: str, media_type: str = "application/octet-stream") -> HttpResponse:
    """Answer with a file to keep; the browser never shows what somebody uploaded."""
    response = HttpResponse(content, content_type=media_type)
    disposition = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Disposition"] = disposition or "attachment"
    return response


def _done(http: HttpRequest, request_id: int, sentence: str) -> HttpResponse:
    messages.success(http, sentence)
    return HttpResponseRedirect(reverse("market:request-detail", args=[request_id]))


def _tried(http: HttpRequest, request_id: int, act: Callable[[], Any], sentence: str) -> HttpResponse:
    """Do something and go back to the request, with what was refused as a toast."""
    try:
        act()
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        messages.error(http, sentence_of(refusal))
        return HttpResponseRedirect(
            http.headers.get("Referer") or reverse("market:request-detail", args=[request_id])
        )
    return _done(http, request_id, sentence)


@require_POST
def request_publish(http: HttpRequest, request_id: int) -> HttpResponse:
    """Publish a draft."""
    by = actor_of(http)
    return _tried(
        http,
        request_id,
        lambda: requests.publish_request(request_id=request_id, by=by),
        _("The request is published."),
    )


@require_POST
def request_cancel(http: HttpRequest, request_id: int) -> HttpResponse:
    """Give a request up, with a reason."""
    by, why = actor_of(http), http.POST.get("why", "")
    end = requests.fail_request if http.POST.get("as") == "failed" else requests.cancel_request
    return _tried(
        http,
        request_id,
        lambda: end(request_id=request_id, why=why, by=by),
        _("The request has ended."),
    )


@require_POST
def request_extend(http: HttpRequest, request_id: int) -> HttpResponse:
    """Give the bidders more time."""
    form = ExtendForm(http.POST)
    if form.is_valid():
        try:
            requests.extend_deadline(request_id=request_id, by=actor_of(http), **form.cleaned_data)
            return _done(http, request_id, _("The deadline was extended."))
        except Refusal as refusal:
            beside(form, refusal)
    return _detail(http, request_id, form)


@require_POST
def request_close(http: HttpRequest, request_id: int) -> HttpResponse:
    """Close a direct purchase early."""
    by = actor_of(http)
    return _tried(
        http,
        request_id,
        lambda: requests.close_early(request_id=request_id, by=by),
        _("The request is closed."),
    )


@require_POST
def request_invite(http: HttpRequest, request_id: int) -> HttpResponse:
    """Ask one more supplier after the publication; used from a supplier's page and from the request."""
    by, chosen = actor_of(http), http.POST.getlist("organization_ids")
    ids = [int(one) for one in chosen if one.isascii() and one.isdecimal() and len(one) < 19]
    return _tried(
        http,
        request_id,
        lambda: invitations.invite_suppliers(request_id=request_id, organization_ids=ids, by=by),
        _("The suppliers are invited."),
    )


@require_POST
def nda_accept(http: HttpRequest, request_id: int) -> HttpResponse:
    """Accept the confidentiality terms."""
    by = actor_of(http)
    return _tried(
        http,
        request_id,
        lambda: invitations.accept_nda(request_id=request_id, by=by),
        _("The details are open to you now."),
    )


@require_POST
def invitation_decline(http: HttpRequest, request_id: int) -> HttpResponse:
    """Say that we will not bid."""
    by, why = actor_of(http), http.POST.get("why", "")
    return _tried(
        http,
        request_id,
        lambda: invitations.decline_invitation(request_id=request_id, reason=why, by=by),
        _("The buyer knows that you will not bid."),
    )


@require_POST
def request_file_add(http: HttpRequest, request_id: int) -> HttpResponse:
    """Add a document to a draft."""
    request = request_for(actor_of(http), request_id)
    upload = http.FILES.get("file")
    if upload is None or not is_buyer(actor_of(http), request):
        raise NotFound
    requests.add_request_file(
        request_id=request_id,
        content=read_limited(upload, MAX_FILE_MB),
        name=upload.name or "file",
        media_type="application/octet-stream",
        by=actor_of(http),
    )
    return HttpResponseRedirect(reverse("market:request-step", args=[request_id, "what"]))
