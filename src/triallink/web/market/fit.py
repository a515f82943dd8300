"""Suppliers that fit a request, and requests that fit a supplier, as the pages show them.

A request page shows the best suppliers by asking for the block once it is on the screen:

    <div hx-get="{{ url('market:fit-block', request.pk) }}" hx-trigger="load" hx-swap="outerHTML"></div>

The whole page with every bar and every "why not" is `market:fit`.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from triallink.domains.marketplace.access.requests import may_lead, own_request_for
from triallink.domains.marketplace.models import Request
from triallink.domains.marketplace.selectors.fit import (
    RequestFit,
    Share,
    SupplierFit,
    best_suppliers,
    fitting_requests,
)
from triallink.domains.marketplace.services.invitations import invite_suppliers
from triallink.foundation.sentences import bilingual, sentence
from triallink.kernel.actor import Actor
from triallink.kernel.money import Money
from triallink.kernel.vocabulary import (
    CREDENTIAL_KINDS,
    PROFESSIONAL_ROLES,
    SPOKEN_LANGUAGES,
    THERAPEUTIC_AREAS,
)
from triallink.web.answers import render_block, render_page
from triallink.web.jinja import date, money, number
from triallink.web.market.naming import named, service_name
from triallink.web.wording import word

BEST = 10
# What the codes in a sentence of the engine stand for.
PARAMETER_WORDS: dict[str, Mapping[str, str]] = {
    "areas": THERAPEUTIC_AREAS,
    "roles": PROFESSIONAL_ROLES,
    "languages": SPOKEN_LANGUAGES,
    "missing": {**PROFESSIONAL_ROLES, **SPOKEN_LANGUAGES},  # roles or languages, whichever was asked for
    "credential": CREDENTIAL_KINDS,
    "credentials": CREDENTIAL_KINDS,
}


@dataclass(frozen=True)
class Bar:
    """One feature of a score: what it says, its points and the most it could give."""

    sentence: str
    points: float
    weight: float


@dataclass(frozen=True)
class FitCard:
    """One supplier and why it fits, or why not."""

    organization_id: int
    name: str
    score: float
    bars: list[Bar]
    coverage: str
    qualified: str
    reasons: list[str]
    is_invited: bool


@dataclass(frozen=True)
class FitPage:
    """Who fits a request."""

    request: Request
    title: str
    services: str
    best: list[FitCard]
    excluded: list[FitCard]
    may_invite: bool


@dataclass(frozen=True)
class WorkCard:
    """One request that fits, and why."""

    request: Request
    title: str
    buyer: str
    score: float
    bars: list[Bar]
    coverage: str


@dataclass(frozen=True)
class WorkPage:
    """The requests that fit the organization best."""

    cards: list[WorkCard]


def fit_page(request: HttpRequest, request_id: int) -> HttpResponse:
    """Show the ten suppliers that fit best, and some that cannot do the work."""
    return render_page(request, "market/fit.html", _page(request, request_id))


def fit_block(request: HttpRequest, request_id: int) -> HttpResponse:
    """Show the same as a block of another page."""
    return render_block(request, "market/fit.html", "best", _page(request, request_id))


@require_POST
def fit_invite(request: HttpRequest, request_id: int) -> HttpResponse:
    """Invite the chosen among the best, with the score they had."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    chosen = set(request.POST.getlist("organization"))
    report = best_suppliers(request_id, to=actor, top=BEST)
    scores = {one.organization_id: one.score for one in report.best if str(one.organization_id) in chosen}
    invited = invite_suppliers(
        request_id=request_id, organization_ids=sorted(scores), fit_scores=scores, by=actor
    )
    message = ngettext("%(count)s supplier is invited.", "%(count)s suppliers are invited.", len(invited))
    messages.success(request, message % {"count": len(invited)})
    if own_request_for(actor, request_id).state == "draft":
        return HttpResponseRedirect(reverse("market:request-step", args=[request_id, "invite"]))
    return HttpResponseRedirect(reverse("market:fit", args=[request_id]))


def work(request: HttpRequest) -> HttpResponse:
    """Show the open requests that fit the organization."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    cards = [work_card(found) for found in fitting_requests(to=actor, top=BEST)]
    return render_page(request, "market/work.html", WorkPage(cards))


def work_card(found: RequestFit) -> WorkCard:
    """Return how a request that fits is shown."""
    buyer = found.request.buyer
    return WorkCard(
        request=found.request,
        title=str(bilingual(found.request.title)),
        buyer=named(buyer.name_en, buyer.name_zh),
        score=found.fit.score,
        bars=bars_of(found.fit.shares),
        coverage=coverage_of(found.fit),
    )


def bars_of(shares: list[Share]) -> list[Bar]:
    """Return the bars of a score; where services say different things, each is named."""
    bars = []
    for share in shares:
        said = {service: fit_sentence(one.template, one.params) for service, one in share.said.items()}
        if len(set(said.values())) == 1:
            text = next(iter(said.values()))
        else:
            text = " ".join(f"{service_name(service)}: {words}" for service, words in said.items())
        bars.append(Bar(text, share.points, share.weight))
    return bars


def coverage_of(fit: SupplierFit) -> str:
    """Return how many of the services asked for a supplier can do, and which it cannot."""
    total = len(fit.covered) + len(fit.missing)
    if not fit.missing:
        template = ngettext("Does the service asked for.", "Does all %(total)s services asked for.", total)
        return template % {"total": total}
    return _("Does %(count)s of %(total)s services asked for; not %(missing)s.") % {
        "count": len(fit.covered),
        "total": total,
        "missing": ", ".join(service_name(service) for service in fit.missing),
    }


def qualified_of(fit: SupplierFit) -> str:
    """Return for how much of the work the platform has qualified a supplier, "" for nothing of it."""
    if not fit.qualified:
        return ""
    if len(fit.qualified) == len(fit.covered) and not fit.missing:
        return _("Qualified for this work")
    return _("Qualified for %(services)s") % {
        "services": ", ".join(service_name(service) for service in fit.qualified)
    }


def fit_sentence(template: str, params: Mapping[str, Any]) -> str:
    """Return a sentence of the engine in the reader's language, its codes in words."""
    return sentence(template, {name: _said(name, value) for name, value in params.items()})


def _said(name: str, value: Any) -> str:
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(_said(name, one) for one in value)
    if isinstance(value, Money):
        return money(value, whole=True)
    if isinstance(value, dt.date):
        return date(value)
    if isinstance(value, int | float):
        return number(round(value, 1))
    if name == "service":
        return service_name(str(value))
    if name == "phase":  # the sentence says "phase" itself
        return str(value).replace("_", "/")
    return word(PARAMETER_WORDS.get(name, {}), str(value))


def _page(request: HttpRequest, request_id: int) -> FitPage:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    wanted = own_request_for(actor, request_id)
    report = best_suppliers(request_id, to=actor, top=BEST)
    invited = set(wanted.invitations.values_list("organization_id", flat=True))
    return FitPage(
        request=wanted,
        title=str(bilingual(wanted.title)),
        services=", ".join(service_name(service) for service in report.services),
        best=[_card(one, invited) for one in report.best],
        excluded=[_card(one, invited) for one in report.excluded],
        may_invite=may_lead(actor, wanted) and wanted.state in ("draft", "published"),
    )


def _card(fit: SupplierFit, invited: set[int]) -> FitCard:
    reasons = [
        f"{service_name(service)}: {fit_sentence(one.template, one.params)}"
        for service, exclusions in fit.missing.items()
        for one in exclusions
    ]
    if not fit.covered:
        reasons += [
            _("%(service)s: not offered, or not in this province.") % {"service": service_name(service)}
            for service, exclusions in fit.missing.items()
            if not exclusions
        ]
    return FitCard(
        organization_id=fit.organization_id,
        name=named(fit.name_en, fit.name_zh),
        score=fit.score,
        bars=bars_of(fit.shares),
        coverage=coverage_of(fit),
        qualified=qualified_of(fit),
        reasons=reasons,
        is_invited=fit.organization_id in invited,
    )
