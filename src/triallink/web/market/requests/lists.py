"""Two lists: what we ask for, and what others ask for that we may bid on."""

from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from triallink.domains.marketplace.access.requests import BUYER_ROLES, SUPPLIER_KINDS
from triallink.domains.marketplace.models.bids import BID_STATES
from triallink.domains.marketplace.models.requests import PROCEDURES, REQUEST_STATES
from triallink.domains.marketplace.selectors.requests import own_requests, requests_to_bid_on
from triallink.foundation.sentences import bilingual
from triallink.kernel.refusals import N_
from triallink.web.answers import answer
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.market.requests.frame import STATE_TONES, actor_of
from triallink.web.wording import word

SEARCH = ("reference", "title__en", "title__zh", "requirements")
FACETS = (
    Facet("state", N_("State"), "state", names=REQUEST_STATES),
    Facet("procedure", N_("Procedure"), "procedure", names=PROCEDURES),
)
COMMON = (
    Column("reference", N_("Reference"), sort=("id",)),
    Column("title", N_("Title"), value=lambda row: bilingual(row.title)),
    Column("state", N_("State"), sort=("state",), value=lambda row: word(REQUEST_STATES, row.state)),
    Column("procedure", N_("Procedure"), value=lambda row: word(PROCEDURES, row.procedure), is_shown=False),
    Column("lines", N_("Lines"), sort=("line_count",), value=lambda row: row.line_count, is_number=True),
    Column("bids_due_at", N_("Bids due"), sort=("bids_due_at",)),
)
OWN = ListSpec(
    name="requests",
    columns=(
        *COMMON,
        Column("bids", N_("Bids"), sort=("bid_count",), value=lambda row: row.bid_count, is_number=True),
    ),
    search=SEARCH,
    facets=FACETS,
    default_sort="-reference",
)
OPEN = ListSpec(
    name="open-requests",
    columns=(
        *COMMON,
        Column("buyer", N_("Buyer"), sort=("buyer__name_en",), value=lambda row: str(row.buyer)),
        Column("own_bid", N_("My bid"), value=lambda row: word(BID_STATES, row.own_bid_state or "")),
    ),
    search=(*SEARCH, "buyer__name_en", "buyer__name_zh"),
    facets=(*FACETS, Facet("province", N_("Province"), "lines__province")),
    default_sort="-reference",
)


# The platform's operator bids on nothing.
ALL = replace(OPEN, name="all-requests", columns=OPEN.columns[:-1])


@dataclass(frozen=True)
class RequestListPage:
    """One of the lists: "own", "open" to bid on, or "all" for the operator."""

    listing: Listing
    kind: str
    tones: dict[str, str]
    states: dict[str, str]
    procedures: dict[str, str]
    bid_states: dict[str, str]
    may_create: bool
    may_sell: bool


def request_list(http: HttpRequest) -> HttpResponse:
    """Show what the viewer's organization asks for; a pure supplier is led to what it may bid on."""
    actor = actor_of(http)
    if actor.organization_kind in ("smo", "freelancer") or actor.is_operator:
        return HttpResponseRedirect(reverse("market:request-open"))
    return _shown(http, "own")


def open_requests(http: HttpRequest) -> HttpResponse:
    """Show what others ask for and the viewer may know of."""
    return _shown(http, "all" if actor_of(http).is_operator else "open")


def _shown(http: HttpRequest, kind: str) -> HttpResponse:
    actor = actor_of(http)
    spec = {"own": OWN, "open": OPEN, "all": ALL}[kind]
    rows = own_requests(to=actor) if kind == "own" else requests_to_bid_on(to=actor)
    if wants_export(http):
        return export(http, spec, rows)
    page = RequestListPage(
        listing=spec.read(http, rows),
        kind=kind,
        tones=STATE_TONES,
        states=REQUEST_STATES,
        procedures=PROCEDURES,
        bid_states=BID_STATES,
        may_create=actor.has(*BUYER_ROLES) and not actor.is_operator,
        may_sell=actor.organization_kind in SUPPLIER_KINDS,
    )
    return answer(http, "market/requests/list.html", "list", page)
