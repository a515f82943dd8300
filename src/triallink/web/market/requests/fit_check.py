"""What a bidder should know before it spends time on a bid."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models import SuggestedCoalition
from triallink.domains.marketplace.selectors.coalitions import suggestions_of
from triallink.domains.marketplace.selectors.line_fits import FitCheck, LineFit, fit_check
from triallink.kernel.refusals import N_, NotFound
from triallink.kernel.vocabulary import CREDENTIAL_KINDS
from triallink.web.answers import render_page
from triallink.web.jinja import percent
from triallink.web.listing import Column, ListSpec, export, wants_export
from triallink.web.market.fit import fit_sentence
from triallink.web.market.naming import name_of_organization
from triallink.web.market.requests.frame import FramedPage, actor_of, framed
from triallink.web.market.requests.places import line_points, line_title
from triallink.web.wording import word


@dataclass(frozen=True)
class LineView:
    """One line as the bidder reads it."""

    title: str
    can_serve: bool
    reasons: list[str]
    score: float
    price_minor: int | None
    index_minor: int | None
    ceiling_minor: int | None
    against_index: float | None
    asked_hours: float
    remark: str


@dataclass(frozen=True)
class SuggestionView:
    """A coalition the buyer suggested."""

    suggestion: SuggestedCoalition
    lead: str
    parts: list[tuple[str, int]]
    is_lead: bool


@dataclass(frozen=True)
class FitCheckPage(FramedPage):
    """All lines against the viewer's organization."""

    check: FitCheck
    lines: list[LineView]
    points: list[dict[str, object]]
    missing: list[str]
    suggestions: list[SuggestionView]
    against_index: float | None


FILE = ListSpec(
    "fit-check",
    (
        Column("title", N_("Line")),
        Column("can_serve", N_("Can be served"), value=lambda row: _("yes") if row.can_serve else _("no")),
        Column("reasons", N_("Why not"), value=lambda row: " ".join(row.reasons)),
        Column("score", N_("Fit"), is_number=True),
        Column("price", N_("Own list price"), value=lambda row: row.price_minor and row.price_minor / 100),
        Column("index", N_("Price index"), value=lambda row: row.index_minor and row.index_minor / 100),
        Column("ceiling", N_("Ceiling"), value=lambda row: row.ceiling_minor and row.ceiling_minor / 100),
        Column("hours", N_("Hours a week"), value=lambda row: round(row.asked_hours, 1), is_number=True),
    ),
    default_sort="title",
)


def fit_check_page(http: HttpRequest, request_id: int) -> HttpResponse:
    """Show what of a request the viewer's organization could do, and what it lacks."""
    frame, actor = framed(http, request_id, "fit-check"), actor_of(http)
    if not frame.may_bid:
        raise NotFound
    check = fit_check(request_id, to=actor)
    lines = [_line(one) for one in check.lines]
    if wants_export(http):
        return export(http, FILE, lines)
    yes, no = _("Can be served"), _("Cannot be served")
    known = [one.against_index for one in check.lines if one.against_index is not None]
    page = FitCheckPage(
        frame=frame,
        check=check,
        lines=lines,
        points=line_points(
            (one.line for one in check.lines),
            {one.line.pk: yes if one.can_serve else no for one in check.lines},
        ),
        missing=sorted(
            {word(CREDENTIAL_KINDS, kind) for one in check.lines for kind in one.missing_credentials}
        ),
        suggestions=_suggestions(suggestions_of(frame.request, to=actor), actor.own_organization_id),
        against_index=sum(known) / len(known) if known else None,
    )
    return render_page(http, "market/requests/fit_check.html", page)


def _line(one: LineFit) -> LineView:
    ceiling = one.line.ceiling_minor
    remark = ""
    if one.against_index is not None:
        share = percent(abs(one.against_index))
        remark = (
            _("%(share)s above the index") if one.against_index > 0 else _("%(share)s below the index")
        ) % {"share": share}
    return LineView(
        title=line_title(one.line),
        can_serve=one.can_serve,
        reasons=[fit_sentence(no.template, no.params) for no in one.exclusions],
        score=one.score,
        price_minor=one.price_minor,
        index_minor=one.index_minor,
        ceiling_minor=ceiling,
        against_index=one.against_index,
        asked_hours=one.asked_hours,
        remark=remark,
    )


def _suggestions(rows: list[SuggestedCoalition], own: int) -> list[SuggestionView]:
    names = {
        pk: name_of_organization(row)
        for pk, row in Organization.objects.in_bulk({pk for row in rows for pk in row.member_ids}).items()
    }
    return [
        SuggestionView(
            row,
            names[row.lead_id],
            [(names[pk], sum(member == pk for _line, member in row.coverage)) for pk in row.member_ids],
            row.lead_id == own,
        )
        for row in rows
    ]
