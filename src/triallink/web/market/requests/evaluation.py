"""The opened bids side by side; evaluators declare, score and agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.accounts.models import Membership
from triallink.domains.marketplace.access.requests import may_read_bids
from triallink.domains.marketplace.models import Evaluator
from triallink.domains.marketplace.models.requests import CRITERIA
from triallink.domains.marketplace.selectors.index_prices import kept_index_prices
from triallink.domains.marketplace.selectors.matrix import Column, Matrix, compare, evaluators_of
from triallink.domains.marketplace.selectors.requests import bid_count
from triallink.domains.marketplace.services import evaluations as services
from triallink.engines.evaluation import FORMULAS
from triallink.foundation.sentences import reads_chinese, sentence_of
from triallink.kernel.refusals import NotFound, Refusal
from triallink.web.answers import render_page
from triallink.web.market.requests.frame import FramedPage, actor_of, framed
from triallink.web.market.requests.places import place_words
from triallink.web.market.requests.price_rows import PriceRow, price_rows
from triallink.web.market.requests.rows import choices

JUDGED = tuple(criterion for criterion in CRITERIA if criterion != "price")


@dataclass(frozen=True)
class EvaluationPage(FramedPage):
    """Evaluation, as far as the viewer may look."""

    bid_count: int
    evaluators: tuple[Evaluator, ...]
    mine: Evaluator | None
    matrix: Matrix | None
    names: dict[int, str]  # of the bidders, by bid
    price_rows: list[PriceRow]
    members: list[Membership]
    formulas: dict[str, str]
    criteria: dict[str, str]
    judged: tuple[str, ...]
    can_score: bool
    can_agree: bool
    can_appoint: bool
    map_points: list[dict[str, Any]]
    chart: dict[str, Any] | None

    def name(self, column: Column) -> str:
        """Return the bidder's name in the reader's language."""
        return self.names[column.offer.bid_id]


def evaluation(http: HttpRequest, request_id: int) -> HttpResponse:
    """Show the evaluation."""
    frame, actor = framed(http, request_id, "evaluation"), actor_of(http)
    request = frame.request
    if not frame.is_buyer and not actor.is_operator:
        raise NotFound
    # Whoever may read the bids needs no second look at the request: comparing is done with the one at hand.
    may_read = may_read_bids(actor, request)
    matrix = compare(request, reader_id=actor.organization_id, index=kept_index_prices) if may_read else None
    evaluators = matrix.evaluators if matrix else evaluators_of(request)
    mine = next((one for one in evaluators if one.person_id == actor.person_id), None)
    language = "zh" if reads_chinese() else "en"
    can_appoint = frame.may_lead and request.state in ("published", "closed")
    page = EvaluationPage(
        frame=frame,
        bid_count=0 if request.is_opened else bid_count(request),
        evaluators=evaluators,
        mine=mine,
        matrix=matrix,
        names={column.offer.bid_id: column.offer.organization.name_in(language) for column in matrix.columns}
        if matrix
        else {},
        price_rows=price_rows(matrix) if matrix else [],
        members=_members(request.buyer_id, evaluators) if can_appoint else [],
        formulas=FORMULAS,
        criteria=CRITERIA,
        judged=JUDGED,
        can_score=matrix is not None and mine is not None and request.state == "closed",
        can_agree=matrix is not None and frame.may_lead and request.state == "closed",
        can_appoint=can_appoint,
        map_points=_points(matrix) if matrix else [],
        chart=_chart(matrix) if matrix else None,
    )
    return render_page(http, "market/requests/evaluation.html", page)


@require_POST
def conflict_declare(http: HttpRequest, request_id: int) -> HttpResponse:
    """Declare whether there is a conflict of interest."""
    return _tried(
        http,
        request_id,
        _("Your declaration is recorded."),
        lambda by: services.declare_conflict(
            request_id=request_id,
            has_conflict=http.POST.get("has_conflict") == "yes",
            declaration=http.POST.get("declaration", ""),
            by=by,
        ),
    )


@require_POST
def evaluators_appoint(http: HttpRequest, request_id: int) -> HttpResponse:
    """Ask colleagues to evaluate."""
    people = choices(http.POST.getlist("person_ids"))
    return _tried(
        http,
        request_id,
        _("The evaluators are appointed."),
        lambda by: services.appoint_evaluators(request_id=request_id, person_ids=people, by=by),
    )


@require_POST
def bids_score(http: HttpRequest, request_id: int) -> HttpResponse:
    """Take the scores typed into the matrix."""
    return _tried(
        http,
        request_id,
        _("Your scores are saved."),
        lambda by: services.score_bids(
            request_id=request_id,
            scores=[
                services.GivenScore(bid_id, criterion, score, http.POST.get(f"note_{bid_id}_{criterion}", ""))
                for bid_id, criterion, score in _scores(http, "score")
            ],
            by=by,
        ),
    )


@require_POST
def consensus_reach(http: HttpRequest, request_id: int) -> HttpResponse:
    """Fix the scores that count."""
    return _tried(
        http,
        request_id,
        _("The scores are agreed; the request can be awarded."),
        lambda by: services.reach_consensus(
            request_id=request_id,
            agreed=[
                services.AgreedScore(
                    bid_id, criterion, score, http.POST.get(f"reason_{bid_id}_{criterion}", "")
                )
                for bid_id, criterion, score in _scores(http, "agreed")
            ],
            by=by,
        ),
    )


@require_POST
def bid_note(http: HttpRequest, request_id: int, bid_id: int) -> HttpResponse:
    """Remark on a bid."""
    text = http.POST.get("text", "")
    return _tried(
        http, request_id, _("Noted."), lambda by: services.note_bid(bid_id=bid_id, text=text, by=by)
    )


def _tried(http: HttpRequest, request_id: int, sentence: str, act: Any) -> HttpResponse:
    try:
        act(actor_of(http))
        messages.success(http, sentence)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        messages.error(http, sentence_of(refusal))
    except InvalidOperation:
        messages.error(http, _("A score is a number between 0 and 100."))
    return HttpResponseRedirect(reverse("market:evaluation", args=[request_id]))


def _scores(http: HttpRequest, prefix: str) -> list[tuple[int, str, Decimal]]:
    found = []
    for key, value in http.POST.items():
        parts = key.split("_")
        if parts[0] == prefix and len(parts) == 3 and parts[1].isdecimal() and str(value).strip():
            score = Decimal(str(value).strip())
            if not score.is_finite():
                raise InvalidOperation
            found.append((int(parts[1][:18]), parts[2], score))
    return found


def _members(organization_id: int, evaluators: Sequence[Evaluator]) -> list[Membership]:
    known = {one.person_id for one in evaluators}
    rows = Membership.objects.filter(
        organization_id=organization_id, ended_at=None, roles__overlap=["evaluator", "project_lead"]
    ).select_related("person")
    return [row for row in rows.order_by("person__name") if row.person_id not in known]


def _points(matrix: Matrix) -> list[dict[str, Any]]:
    """Return the places of the lines with how many bids cover each."""
    places: dict[str, dict[str, Any]] = {}
    for n, line in enumerate(matrix.lines):
        site = line.site
        if site is None or site.latitude is None:
            continue
        covered = sum(1 for column in matrix.columns if column.cells[n].coverage == 1)
        places[site.number] = {
            "name": place_words(line),
            "lat": site.latitude,
            "lon": site.longitude,
            "value": covered,
        }
    return list(places.values())


def _chart(matrix: Matrix) -> dict[str, Any]:
    """Return stacked bars: the points each criterion gives each bid."""
    language = "zh" if reads_chinese() else "en"
    return {
        "legend": {},
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 8, "right": 16, "bottom": 8, "top": 36, "containLabel": True},
        "xAxis": {"type": "value", "max": 100},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [column.offer.organization.name_in(language) for column in matrix.columns],
        },
        "series": [
            {
                "type": "bar",
                "stack": "total",
                "name": _(CRITERIA[score.criterion]),
                "data": [round(column.scores[n].points, 1) for column in matrix.columns],
            }
            for n, score in enumerate(matrix.columns[0].scores if matrix.columns else ())
            if score.weight
        ],
    }
