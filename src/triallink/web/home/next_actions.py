"""What the home page says of requests and contracts, where people begin, and the market in figures."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from triallink.domains.accounts.selectors import organization_counts
from triallink.domains.contracts.selectors import contracts
from triallink.domains.marketplace.selectors.catalogue import service_types
from triallink.domains.marketplace.selectors.requests import (
    open_request_count,
    own_requests,
    requests_to_bid_on,
)
from triallink.domains.studies.selectors import studies
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import NOBODY, Actor
from triallink.kernel.refusals import N_
from triallink.web.jinja import number
from triallink.web.next_actions import (
    Figure,
    NextAction,
    Start,
    counts,
    counts_for_strangers,
    offer,
    waits_for,
)

BUYERS = ("sponsor", "cro", "site")
SELLERS = ("cro", "smo", "freelancer", "site")
MOST_OF_A_KIND = 5

offer(
    Start(
        N_("Import a protocol"),
        N_("A USDM file or a registry record becomes a study with its schedule and demand."),
        "studies:import",
        icon="file-import",
        kinds=("sponsor", "cro"),
        order=10,
    ),
    Start(
        N_("Ask the market"),
        N_("Say what you need; suppliers answer with sealed bids or in an auction."),
        "market:request-new",
        icon="shopping-cart",
        kinds=BUYERS,
        roles=("project_lead",),
        order=20,
    ),
    Start(
        N_("Find work to bid on"),
        N_("Open requests and those you are invited to."),
        "market:request-open",
        icon="gavel",
        kinds=SELLERS,
        order=20,
    ),
    Start(
        N_("Offer your services"),
        N_("List what you do and what it costs, so that buyers find you."),
        "market:own-listings",
        icon="tags",
        kinds=("cro", "smo", "freelancer"),
        order=30,
    ),
    Start(
        N_("Clear the hours"),
        N_("Match open offers and needs of hours in one run."),
        "capacity:run-list",
        icon="clock",
        kinds=("operator",),
        order=20,
    ),
    Start(
        N_("Watch the prices"),
        N_("What services cost by region and quarter."),
        "market:prices",
        icon="chart-line",
        kinds=("operator",),
        order=30,
    ),
    Start(
        N_("See what was done"),
        N_("Everything done for this organization, with who, when and why."),
        "accounts:history",
        icon="history",
        kinds=("operator",),
        roles=("administrator", "quality", "inspector"),
        order=40,
    ),
)


@waits_for
def requests_to_move_on(actor: Actor) -> list[NextAction]:
    """Find the buyer's requests whose next step is the actor's organization's."""
    if not actor.has("project_lead", "evaluator") or actor.organization_kind not in BUYERS:
        return []
    steps = {
        "draft": (_("Finish and publish"), "market:request-detail", "edit"),
        "closed": (_("Evaluate the bids"), "market:evaluation", "scale"),
        "evaluated": (_("Award"), "market:award", "trophy"),
    }
    rows = own_requests(to=actor).filter(state__in=steps).order_by("-id")[: 2 * MOST_OF_A_KIND]
    return [
        NextAction(
            title=f"{steps[row.state][0]}: {row.reference}",
            sentence=bilingual(row.title),
            url=reverse(steps[row.state][1], args=[row.pk]),
            icon=steps[row.state][2],
        )
        for row in rows
    ]


@waits_for
def invitations_and_drafts(actor: Actor) -> list[NextAction]:
    """Find the requests the actor's organization is invited to, or has a bid for that is not handed in."""
    if not actor.has("business_lead"):
        return []
    # The selector adds is_invited and own_bid_state to each row.
    rows: Iterable[Any] = requests_to_bid_on(to=actor).filter(state="published").order_by("bids_due_at")[:50]
    found = []
    for row in rows:
        if row.own_bid_state == "draft":
            found.append((_("Hand in your bid"), "market:bid-own", row))
        elif row.is_invited and row.own_bid_state is None:
            found.append((_("You are invited to bid"), "market:request-detail", row))
    return [
        NextAction(
            title=f"{title}: {row.reference}",
            sentence=bilingual(row.title),
            url=reverse(name, args=[row.pk]),
            due=row.bids_due_at,
            icon="gavel",
        )
        for title, name, row in found[:MOST_OF_A_KIND]
    ]


@counts
def own_figures(actor: Actor) -> list[Figure]:
    """Count the actor's studies, requests and contracts."""
    if actor.organization_id is None:
        return []
    found = [
        Figure(_("Studies"), number(studies(to=actor).count()), reverse("studies:list"), icon="microscope")
    ]
    if actor.organization_kind in BUYERS:
        published = own_requests(to=actor).filter(state="published").count()
        found.append(
            Figure(_("Requests out"), number(published), reverse("market:request-list"), icon="shopping-cart")
        )
    if actor.organization_kind in SELLERS:
        open_now = requests_to_bid_on(to=actor).filter(state="published").count()
        found.append(
            Figure(_("Work to bid on"), number(open_now), reverse("market:request-open"), icon="gavel")
        )
    in_force = contracts(to=actor).filter(state="signed").count()
    found.append(
        Figure(_("Contracts in force"), number(in_force), reverse("contracts:list"), icon="file-certificate")
    )
    return found


@counts_for_strangers
def market_figures(actor: Actor) -> list[Figure]:
    """Count who and what is on the market."""
    kinds = organization_counts()
    suppliers = sum(kinds.get(kind, 0) for kind in ("cro", "smo", "freelancer"))
    return [
        Figure(_("Suppliers"), number(suppliers)),
        Figure(_("Hospitals and sites"), number(kinds.get("site", 0))),
        Figure(_("Sponsors"), number(kinds.get("sponsor", 0))),
        Figure(_("Kinds of service"), number(len(service_types(to=NOBODY)))),
        Figure(_("Open requests"), number(open_request_count())),
    ]
