"""The optimal award and its alternatives as pictures: who covers what, what it costs, price against quality."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.marketplace.access.requests import may_read_bids
from triallink.domains.marketplace.models import RequestLine
from triallink.domains.marketplace.selectors.award_counsel import fingerprint, parts_of
from triallink.domains.marketplace.selectors.matrix import Matrix, compare
from triallink.domains.marketplace.services.counsel import AWARDING, ask_awarding, counsel_of
from triallink.foundation.models import Job
from triallink.kernel.actor import Actor
from triallink.kernel.money import MINOR_DIGITS
from triallink.kernel.refusals import N_, NotFound
from triallink.web.answers import answer
from triallink.web.jinja import money, number
from triallink.web.listing import Column, ListSpec, export, wants_export
from triallink.web.market.naming import name_of_organization
from triallink.web.market.requests.frame import FramedPage, actor_of, framed
from triallink.web.market.requests.places import line_points, line_title


@dataclass(frozen=True)
class AwardOption:
    """One possible award."""

    number: int
    title: str
    names: str
    price_minor: int
    counts_minor: int  # price and what is lacking, as money
    dearer_minor: int
    is_proven: bool
    undone: list[str]
    coverage: list[list[str]]


@dataclass(frozen=True)
class Loser:
    """What a bidder without a line would have had to change."""

    name: str
    lines: str
    cut_minor: int
    cut_share: float
    added_line: str


@dataclass(frozen=True)
class CounselPage(FramedPage):
    """The counsel, or how far it is."""

    job: Job | None
    options: list[AwardOption]
    losers: list[Loser]
    left_out: list[str]
    points: list[dict[str, Any]]
    stack: dict[str, Any] | None
    stack_rows: list[list[str]]
    frontier: dict[str, Any] | None
    frontier_rows: list[list[str]]
    is_stale: bool
    can_award: bool
    path: str


FILE = ListSpec(
    "award-counsel",
    (
        Column("title", N_("Award")),
        Column("names", N_("Suppliers")),
        Column("price", N_("Price"), value=lambda one: one.price_minor / 100, is_number=True),
        Column("counts", N_("Counts as"), value=lambda one: one.counts_minor / 100, is_number=True),
        Column("dearer", N_("Behind the optimum"), value=lambda one: one.dearer_minor / 100, is_number=True),
        Column("proven", N_("Proven"), value=lambda one: _("yes") if one.is_proven else _("no")),
    ),
    default_sort="counts",
)


def award_counsel(http: HttpRequest, request_id: int) -> HttpResponse:
    """Show the optimal award, once somebody asked for it."""
    frame, actor = framed(http, request_id, "award-counsel"), actor_of(http)
    request = frame.request
    if not may_read_bids(actor, request):
        raise NotFound
    job = counsel_of(AWARDING, request)
    matrix = compare(request, reader_id=actor.organization_id)
    result = job.result if job is not None and job.state == "done" else {}
    is_stale = bool(result) and result["fingerprint"] != fingerprint(request, parts_of(matrix))
    names = _names(matrix)
    options = _options(result.get("awards", []), matrix, names)
    if wants_export(http):
        return export(http, FILE, options)
    stack, stack_rows = _stack(result.get("awards", []), options, names, request.currency)
    frontier, frontier_rows = _frontier(result, matrix, names)
    best = result["awards"][0] if result else {"choices": []}
    page = CounselPage(
        frame=frame,
        job=job,
        options=options,
        losers=_losers(result.get("shortfalls", []), matrix, names),
        left_out=[names[bid] for bid in result.get("left_out", []) if bid in names],
        points=line_points(matrix.lines, {line: names.get(bid, "") for line, bid in best["choices"]}),
        stack=stack,
        stack_rows=stack_rows,
        frontier=frontier,
        frontier_rows=frontier_rows,
        is_stale=is_stale,
        can_award=frame.may_lead and request.state == "evaluated",
        path=http.path,
    )
    return answer(http, "market/requests/counsel.html", "live", page)


@require_POST
def award_counsel_ask(http: HttpRequest, request_id: int) -> HttpResponse:
    """Ask for the optimal award."""
    ask_awarding(request_id=request_id, by=actor_of(http))
    return HttpResponseRedirect(reverse("market:award-counsel", args=[request_id]))


def proposed_choices(request_id: int, number: str, actor: Actor, matrix: Matrix | None) -> dict[int, int]:
    """Return line -> bid of an award the counsel proposed, to begin the award with; nothing if it no longer holds."""
    if matrix is None or not number.isdecimal() or matrix.request.pk != request_id:
        return {}
    if not may_read_bids(actor, matrix.request):
        return {}
    job = counsel_of(AWARDING, matrix.request)
    awards = job.result.get("awards", []) if job is not None and job.state == "done" else []
    if job is None or int(number[:6]) >= len(awards):
        return {}
    if job.result["fingerprint"] != fingerprint(matrix.request, parts_of(matrix)):
        return {}
    return dict(awards[int(number[:6])]["choices"])


def _names(matrix: Matrix) -> dict[int, str]:
    return {column.offer.bid_id: name_of_organization(column.offer.organization) for column in matrix.columns}


def _lines(matrix: Matrix) -> dict[int, RequestLine]:
    return {line.pk: line for line in matrix.lines}


def _options(found: list[dict[str, Any]], matrix: Matrix, names: dict[int, str]) -> list[AwardOption]:
    lines = _lines(matrix)
    best = found[0]["price_minor"] + found[0]["lacking_minor"] if found else 0
    options = []
    for number_, one in enumerate(found):
        by_line = dict(one["choices"])
        counts = one["price_minor"] + one["lacking_minor"]
        title = _("Optimum") if number_ == 0 else _("Alternative %(number)s") % {"number": number_}
        options.append(
            AwardOption(
                number=number_,
                title=title,
                names=" + ".join(names[bid] for bid, _amount in one["shares"]),
                price_minor=one["price_minor"],
                counts_minor=counts,
                dearer_minor=counts - best,
                is_proven=one["is_proven"],
                undone=[line_title(lines[pk]) for pk in one["undone"]],
                coverage=[
                    [line_title(line), names.get(by_line.get(pk, 0), "–")] for pk, line in lines.items()
                ],
            )
        )
    return options


def _losers(found: list[dict[str, Any]], matrix: Matrix, names: dict[int, str]) -> list[Loser]:
    lines = _lines(matrix)
    totals = {column.offer.bid_id: column.offer for column in matrix.columns}
    losers = []
    for one in found:
        amounts = totals[one["bid"]].priced(one["part"])[0].total_minor
        losers.append(
            Loser(
                name=names[one["bid"]],
                lines=", ".join(str(lines[pk].position) for pk in one["part"]),
                cut_minor=one["price_cut_minor"],
                cut_share=one["price_cut_minor"] / amounts if amounts else 0.0,
                added_line=line_title(lines[one["added_line"]]) if one["added_line"] else "",
            )
        )
    return losers


def _stack(
    found: list[dict[str, Any]], options: list[AwardOption], names: dict[int, str], currency: str
) -> tuple[dict[str, Any] | None, list[list[str]]]:
    """Return bars of what each award costs, by supplier, with what is lacking as money on top."""
    if not found:
        return None, []
    unit = 10 ** MINOR_DIGITS[currency]
    bids = sorted({bid for one in found for bid, _amount in one["shares"]})
    series: list[dict[str, Any]] = [
        {
            "type": "bar",
            "stack": "cost",
            "name": names[bid],
            "data": [dict(one["shares"]).get(bid, 0) / unit for one in found],
        }
        for bid in bids
    ]
    lacking = _("Lacking quality, as money")
    series.append(
        {
            "type": "bar",
            "stack": "cost",
            "name": lacking,
            "data": [round(one["lacking_minor"] / unit) for one in found],
            "itemStyle": {"color": "#9aa5b1", "opacity": 0.55},
        }
    )
    option = {
        "legend": {"type": "scroll"},
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 8, "right": 24, "bottom": 8, "top": 40, "containLabel": True},
        "xAxis": {"type": "value", "splitNumber": 3, "axisLabel": {"hideOverlap": True}},
        "yAxis": {"type": "category", "inverse": True, "data": [one.title for one in options]},
        "series": series,
    }
    rows = [
        [
            option_.title,
            *(money(dict(one["shares"]).get(bid, 0), currency, whole=True) for bid in bids),
            money(one["lacking_minor"], currency, whole=True),
        ]
        for option_, one in zip(options, found, strict=True)
    ]
    return option, [[_("Award"), *(names[bid] for bid in bids), lacking], *rows]


def _frontier(
    result: dict[str, Any], matrix: Matrix, names: dict[int, str]
) -> tuple[dict[str, Any] | None, list[list[str]]]:
    """Return price against quality: the awards that are best for some worth of quality as a line, others as points."""
    if not result:
        return None, []
    currency = matrix.request.currency
    unit = 10 ** MINOR_DIGITS[currency]
    points = {
        column.offer.bid_id: sum(s.points for s in column.scores if s.criterion != "price")
        for column in matrix.columns
    }
    shares = sum(share for criterion, share in matrix.shares.items() if criterion != "price") or 1.0
    weight = {line.pk: 1.0 for line in matrix.lines}

    def quality(award: dict[str, Any]) -> float:
        chosen = [(line, bid) for line, bid in award["choices"] if bid in points]
        total = sum(weight[line] for line, _bid in chosen) or 1.0
        return round(sum(weight[line] * points[bid] for line, bid in chosen) / total / shares * 100, 1)

    def who(award: dict[str, Any]) -> str:
        return " + ".join(names[bid] for bid, _amount in award["shares"])

    known = {str(one["choices"]): one for one in [*result["frontier"], *result["awards"]]}
    on_line = {str(one["choices"]): one for one in result["frontier"]}
    line = sorted(on_line.values(), key=lambda one: one["price_minor"])
    best = result["awards"][0]
    option = {
        "legend": {},
        "tooltip": {"trigger": "item"},
        "grid": {"left": 8, "right": 32, "bottom": 8, "top": 56, "containLabel": True},
        "xAxis": {
            "type": "value",
            "scale": True,
            "splitNumber": 3,
            "axisLabel": {"hideOverlap": True},
        },
        "yAxis": {"type": "value", "scale": True},
        "series": [
            {
                "name": _("Best for some worth of quality"),
                "type": "line",
                "symbolSize": 9,
                "data": [
                    {"name": who(one), "value": [one["price_minor"] / unit, quality(one)]} for one in line
                ],
            },
            {
                "name": _("Other awards"),
                "type": "scatter",
                "data": [
                    {"name": who(one), "value": [one["price_minor"] / unit, quality(one)]}
                    for key, one in known.items()
                    if key not in on_line
                ],
            },
            {
                "name": _("Optimum"),
                "type": "scatter",
                "symbol": "diamond",
                "symbolSize": 18,
                "data": [{"name": who(best), "value": [best["price_minor"] / unit, quality(best)]}],
            },
        ],
    }
    rows = [
        [who(one), money(one["price_minor"], currency, whole=True), number(quality(one), 1)]
        for one in sorted(known.values(), key=lambda one: one["price_minor"])
    ]
    return option, rows
