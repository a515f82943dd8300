"""The award: choose, give reasons, wait out the standstill, hear objections."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.contracts.models import Contract
from triallink.domains.contracts.selectors import contracts_of_award
from triallink.domains.marketplace.access.requests import may_read_bids
from triallink.domains.marketplace.models import Award, Bid
from triallink.domains.marketplace.models.awards import OBJECTION_DECISIONS
from triallink.domains.marketplace.selectors.awards import AwardView, award_of
from triallink.domains.marketplace.selectors.matrix import Matrix, evaluation_matrix
from triallink.domains.marketplace.services import awards as services
from triallink.domains.marketplace.services.closing import end_standstill
from triallink.foundation.sentences import sentence_of
from triallink.kernel.actor import Actor
from triallink.kernel.clock import system_clock
from triallink.kernel.refusals import NotFound, Refusal
from triallink.web.answers import render_page
from triallink.web.market.requests.counsel import proposed_choices
from triallink.web.market.requests.frame import Frame, FramedPage, actor_of, framed
from triallink.web.market.requests.rows import choices


@dataclass(frozen=True)
class AwardPage(FramedPage):
    """The award in force, or the form that makes one."""

    view: AwardView | None
    matrix: Matrix | None
    decisions: dict[str, str]
    standstill_runs: bool
    can_award: bool
    can_object: bool
    can_decide: bool
    contracts: dict[int, Contract]  # the live ones, by winning bid
    typed_reason: str = ""
    typed_letters: dict[int, str] | None = None
    typed_choices: dict[int, int] | None = None
    refusal: str = ""

    @property
    def winners(self) -> list[Bid]:
        """Return the winning bids, each once."""
        return list({row.bid_id: row.bid for row in self.view.lines}.values()) if self.view else []


def award(http: HttpRequest, request_id: int) -> HttpResponse:
    """Show the award, or let the buyer make it."""
    actor = actor_of(http)
    frame = framed(http, request_id, "award")
    letters: dict[int, str] = {}
    chosen: dict[int, int] = {}
    refusal = reason = ""
    if http.method == "POST":
        reason = http.POST.get("reason", "")
        chosen, letters = _typed(http, frame)
        try:
            services.award_request(
                request_id=request_id,
                choices=[services.AwardChoice(line, bid) for line, bid in chosen.items()],
                reason=reason,
                letters=letters,
                by=actor,
            )
            messages.success(http, _("The award is made. The standstill runs."))
            return HttpResponseRedirect(http.path)
        except Refusal as no:
            refusal = sentence_of(no)
    live = Award.objects.filter(request=frame.request, annulled_at=None, standstill_ended_at=None).first()
    if live is not None and live.standstill_ends_at <= system_clock.now():
        end_standstill(award_id=live.pk)
    return _show(http, frame, actor, refusal, letters, chosen, reason)


def _show(
    http: HttpRequest,
    frame: Frame,
    actor: Actor,
    refusal: str,
    letters: dict[int, str],
    chosen: dict[int, int],
    reason: str,
) -> HttpResponse:
    request = frame.request
    view = award_of(request, to=actor)
    can_award = frame.may_lead and request.state == "evaluated" and may_read_bids(actor, request)
    if view is None and not frame.is_buyer and not actor.is_operator:
        raise NotFound
    matrix = evaluation_matrix(request.pk, to=actor) if can_award else None
    chosen = chosen or proposed_choices(request.pk, http.GET.get("option", ""), actor, matrix)
    runs = view is not None and view.award.standstill_ended_at is None
    in_time = view is not None and view.award.standstill_ends_at > system_clock.now()
    page = AwardPage(
        frame=frame,
        view=view,
        matrix=matrix,
        decisions=OBJECTION_DECISIONS,
        standstill_runs=runs,
        can_award=can_award,
        can_object=bool(
            view and view.own_letter and not view.objections and runs and in_time and frame.may_bid
        ),
        can_decide=runs and (frame.may_lead or (actor.is_operator and actor.has("administrator", "quality"))),
        contracts=contracts_of_award(view.award.pk, to=actor) if view else {},
        typed_reason=reason,
        typed_letters=letters,
        typed_choices=chosen,
        refusal=refusal,
    )
    return render_page(http, "market/requests/award.html", page, status=422 if refusal else 200)


@require_POST
def objection_file(http: HttpRequest, request_id: int, award_id: int) -> HttpResponse:
    """Object to an award."""
    by, grounds = actor_of(http), http.POST.get("grounds", "")
    try:
        services.file_objection(award_id=award_id, grounds=grounds, by=by)
        messages.success(http, _("Your objection is filed."))
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        messages.error(http, sentence_of(refusal))
    return HttpResponseRedirect(reverse("market:award", args=[request_id]))


@require_POST
def objection_decide(http: HttpRequest, request_id: int, objection_id: int) -> HttpResponse:
    """Uphold or dismiss an objection."""
    try:
        services.decide_objection(
            objection_id=objection_id,
            decision=http.POST.get("decision", ""),
            reason=http.POST.get("reason", ""),
            by=actor_of(http),
        )
        messages.success(http, _("The objection is decided."))
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        messages.error(http, sentence_of(refusal))
    return HttpResponseRedirect(reverse("market:award", args=[request_id]))


def _typed(http: HttpRequest, frame: Frame) -> tuple[dict[int, int], dict[int, str]]:
    """Return line -> bid and bid -> letter as typed; `whole` gives every line to one bid."""
    lines = list(frame.request.lines.values_list("pk", flat=True))
    whole = choices([http.POST.get("whole", "")])
    if whole:
        chosen = dict.fromkeys(lines, whole[0])
    else:
        typed = {line: choices([http.POST.get(f"line_{line}", "")]) for line in lines}
        chosen = {line: found[0] for line, found in typed.items() if found}
    letters = {
        int(key[7:]): value
        for key, value in http.POST.items()
        if key.startswith("letter_") and key[7:].isdecimal() and len(key) < 26
    }
    return chosen, {bid: str(text) for bid, text in letters.items()}
