"""Who could do a request: the best suppliers, coalitions and a named team, by the engine, each with its reasons."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.access.requests import own_request_for
from triallink.domains.marketplace.models import RequestLine
from triallink.domains.marketplace.services.counsel import (
    SOURCING,
    ask_sourcing,
    counsel_of,
    suggest_coalition,
)
from triallink.domains.quality.models import Professional
from triallink.foundation.models import Job
from triallink.foundation.sentences import sentence_of
from triallink.kernel.money import Money
from triallink.kernel.refusals import Refusal
from triallink.kernel.vocabulary import PROFESSIONAL_ROLES
from triallink.web.answers import answer
from triallink.web.market.fit import fit_sentence
from triallink.web.market.naming import name_of_organization, name_of_professional
from triallink.web.market.requests.frame import FramedPage, actor_of, framed
from triallink.web.market.requests.places import line_points, line_title
from triallink.web.wording import word


@dataclass(frozen=True)
class PartView:
    """What one member of a coalition would do."""

    name: str
    organization_id: int
    is_lead: bool
    lines: int
    cost_minor: int
    hours: int
    score: float
    alone: list[str]  # lines only it could do


@dataclass(frozen=True)
class CoalitionView:
    """A coalition as it is shown."""

    number: int
    cost_minor: int
    parts: list[PartView]
    points: list[dict[str, Any]]
    coverage: list[list[str]]
    dearer_minor: int  # than the cheapest

    @property
    def names(self) -> str:
        """Return the members, the lead first."""
        return " + ".join(part.name for part in sorted(self.parts, key=lambda part: not part.is_lead))


@dataclass(frozen=True)
class SeatView:
    """One person's part in the team."""

    line: str
    name: str
    role: str
    employer: str
    hours_per_week: int
    weeks: int
    amount_minor: int
    score: float
    reasons: list[str]


@dataclass(frozen=True)
class SourcingPage(FramedPage):
    """The counsel, or how far it is."""

    job: Job | None
    coalitions: list[CoalitionView]
    uncovered: list[str]
    seats: list[SeatView]
    undone: list[str]
    team_minor: int
    gap: float
    may_suggest: bool
    is_stale: bool
    path: str


def sourcing(http: HttpRequest, request_id: int) -> HttpResponse:
    """Show coalitions and team, once somebody asked for them."""
    frame, actor = framed(http, request_id, "sourcing"), actor_of(http)
    request = own_request_for(actor, request_id)
    job = counsel_of(SOURCING, request)
    result = job.result if job is not None and job.state == "done" else {}
    lines = {line.pk: line for line in request.lines.select_related("service", "site")}
    is_stale = bool(result) and set(result["lines"]) != set(lines)
    if is_stale:
        result = {}
    team = result.get("team", {})
    page = SourcingPage(
        frame=frame,
        job=job,
        coalitions=_coalitions(result.get("coalitions", []), lines),
        uncovered=[line_title(lines[pk]) for pk in result.get("uncovered", [])],
        seats=_seats(team.get("seats", []), lines),
        undone=[line_title(lines[pk]) for pk in team.get("undone", [])],
        team_minor=team.get("amount_minor", 0),
        gap=team.get("gap", 0.0),
        may_suggest=frame.may_lead and request.state in ("draft", "published"),
        is_stale=is_stale,
        path=http.path,
    )
    return answer(http, "market/requests/sourcing.html", "live", page)


@require_POST
def sourcing_ask(http: HttpRequest, request_id: int) -> HttpResponse:
    """Ask for coalitions and team."""
    ask_sourcing(request_id=request_id, by=actor_of(http))
    return HttpResponseRedirect(reverse("market:sourcing", args=[request_id]))


@require_POST
def coalition_suggest(http: HttpRequest, request_id: int, job_id: int, number: int) -> HttpResponse:
    """Invite the members of a coalition and suggest that they bid together."""
    try:
        suggest_coalition(request_id=request_id, job_id=job_id, number=number, by=actor_of(http))
        messages.success(
            http, _("The coalition is invited; its lead may begin the joint bid from your suggestion.")
        )
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        messages.error(http, sentence_of(refusal))
    return HttpResponseRedirect(reverse("market:sourcing", args=[request_id]))


def _coalitions(found: list[dict[str, Any]], lines: dict[int, RequestLine]) -> list[CoalitionView]:
    organizations = Organization.objects.in_bulk({pk for one in found for pk in one["members"]})
    names = {pk: name_of_organization(row) for pk, row in organizations.items()}
    cheapest = min((one["cost_minor"] for one in found), default=0)
    views = []
    for number, one in enumerate(found):
        by_line = {line: names[member] for line, member in one["coverage"]}
        alone = {member: [line_title(lines[pk]) for pk in pks] for member, pks in one["single_points"]}
        views.append(
            CoalitionView(
                number=number,
                cost_minor=one["cost_minor"],
                parts=[
                    PartView(
                        name=names[part["organization"]],
                        organization_id=part["organization"],
                        is_lead=part["organization"] == one["lead"],
                        lines=part["lines"],
                        cost_minor=part["cost_minor"],
                        hours=part["hours"],
                        score=part["score"],
                        alone=alone.get(part["organization"], []),
                    )
                    for part in one["parts"]
                ],
                points=line_points(lines.values(), by_line),
                coverage=[[line_title(line), by_line[pk]] for pk, line in lines.items()],
                dearer_minor=one["cost_minor"] - cheapest,
            )
        )
    return views


def _seats(found: list[dict[str, Any]], lines: dict[int, RequestLine]) -> list[SeatView]:
    people = Professional.objects.select_related("organization").in_bulk(
        {seat["professional"] for seat in found}
    )
    views = []
    for seat in found:
        one = people[seat["professional"]]
        views.append(
            SeatView(
                line=line_title(lines[seat["line"]]),
                name=name_of_professional(one) if one.is_named else seat["code"],
                role=word(PROFESSIONAL_ROLES, one.role),
                employer=name_of_organization(one.organization),
                hours_per_week=seat["hours_per_week"],
                weeks=seat["weeks"],
                amount_minor=seat["amount_minor"],
                score=seat["score"],
                reasons=[fit_sentence(template, _params(params)) for template, params in seat["reasons"]],
            )
        )
    return views


def _params(params: dict[str, Any]) -> dict[str, Any]:
    """Return stored parameters with their amounts as money again."""
    return {
        key: Money(value["minor"], value["currency"]) if isinstance(value, dict) else value
        for key, value in params.items()
    }
