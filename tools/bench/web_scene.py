"""What the web bench looks at: the national world, a request with 20 opened bids of 60 lines, an open one to bid on."""

import datetime as dt
import secrets
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction

from triallink.demo.loading import load_world, world_present
from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.models import Organization, Person
from triallink.domains.marketplace.models import Request, ServiceType
from triallink.domains.marketplace.services.bid_content import BidContent, LineOffer
from triallink.domains.marketplace.services.bids import save_bid, submit_bid
from triallink.domains.marketplace.services.closing import close_request
from triallink.domains.marketplace.services.evaluations import declare_conflict
from triallink.domains.marketplace.services.requests import create_request, publish_request
from triallink.domains.marketplace.services.terms import LineTerms, RequestTerms
from triallink.foundation import search
from triallink.kernel.actor import Actor
from triallink.kernel.clock import FixedClock

BUYER, BIDDER = "lin@northlight.example", "wang@harbor.example"
BIDS, MATRIX_LINES, BID_LINES = 20, 60, 6
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Scene:
    """Ids and signed-in cookies."""

    world: str
    matrix_request: int
    open_request: int
    open_lines: tuple[int, ...]
    buyer_cookie: str
    bidder_cookie: str


def set_scene(world: str) -> Scene:
    """Load the world unless one is there, and write the two requests anew."""
    present = world_present()
    if not present:
        load_world(world)
        present = world
    else:
        search.ensure()
    matrix, offered = _matrix_request(), _open_request()
    return Scene(
        world=present,
        matrix_request=matrix.pk,
        open_request=offered.pk,
        open_lines=tuple(offered.lines.values_list("pk", flat=True)),
        buyer_cookie=cookie_of(BUYER),
        bidder_cookie=cookie_of(BIDDER),
    )


def cookie_of(email: str) -> str:
    """Return the session cookie of somebody signed in."""
    person = Person.objects.get(email=email)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


@transaction.atomic
def _matrix_request() -> Request:
    clock = FixedClock(dt.datetime.now(dt.UTC) - 30 * DAY)
    buyer = actor_for(Person.objects.get(email=BUYER), source="bench")
    request = _published(buyer, clock, MATRIX_LINES, clock.now() + 10 * DAY)
    lines = list(request.lines.all())
    suppliers = Organization.objects.filter(kind__in=("cro", "smo")).order_by("id")[:BIDS]
    assert len(suppliers) == BIDS, f"{len(suppliers)} suppliers are too few for {BIDS} bids"
    for number, supplier in enumerate(suppliers):
        desk = Actor(
            None, supplier.name_en, supplier.pk, supplier.kind, frozenset({"business_lead"}), "bench"
        )
        offers = tuple(LineOffer(line.pk, 90_000 + 700 * number + 10 * line.position) for line in lines)
        bid = save_bid(request_id=request.pk, content=BidContent(lines=offers), by=desk, clock=clock)
        submit_bid(bid_id=bid.pk, by=desk, clock=clock)
    clock.move(11 * DAY)
    close_request(request_id=request.pk, clock=clock)
    declare_conflict(request_id=request.pk, has_conflict=False, by=buyer, clock=clock)
    return request


@transaction.atomic
def _open_request() -> Request:
    clock = FixedClock(dt.datetime.now(dt.UTC))
    buyer = actor_for(Person.objects.get(email=BUYER), source="bench")
    return _published(buyer, clock, BID_LINES, clock.now() + 10 * DAY)


def _published(buyer: Actor, clock: FixedClock, lines: int, due: dt.datetime) -> Request:
    services = list(ServiceType.objects.filter(is_active=True))
    mark = secrets.token_hex(3)
    request = create_request(
        terms=RequestTerms(title={"en": f"Measured {mark}", "zh": f"测量 {mark}"}, bids_due_at=due),
        lines=[
            LineTerms(
                service_id=services[number % len(services)].pk,
                quantity=Decimal(10),
                province="Shanghai",
                city="Shanghai",
            )
            for number in range(lines)
        ],
        is_demo=True,
        by=buyer,
        clock=clock,
    )
    return publish_request(request_id=request.pk, by=buyer, clock=clock)
