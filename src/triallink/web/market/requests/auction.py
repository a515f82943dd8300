"""The auction's one screen per role: a bidder calls prices, the buyer and the operator watch pseudonyms."""

import uuid
from dataclasses import dataclass
from decimal import InvalidOperation

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.marketplace.models.auctions import REVEALS
from triallink.domains.marketplace.selectors.auctions import AuctionView, auction_view
from triallink.domains.marketplace.services.auctions import REFUSALS, place_auction_bid
from triallink.foundation.sentences import sentence_of
from triallink.kernel.money import Money
from triallink.kernel.refusals import Refusal
from triallink.web.answers import answer, render_block
from triallink.web.market.requests.frame import Frame, FramedPage, actor_of, framed
from triallink.web.market.requests.rows import decimal_of

LONGEST_AMOUNT = 40  # characters


@dataclass(frozen=True)
class AuctionPage(FramedPage):
    """The auction now."""

    view: AuctionView
    reveals: str
    client_key: str  # names this page's next call, so that a repeated click counts once
    typed: str = ""
    refusal: str = ""
    said: str = ""


def auction(http: HttpRequest, request_id: int) -> HttpResponse:
    """Show the auction; the live part is fetched again whenever the server rings."""
    frame = framed(http, request_id, "auction")
    # A price being typed survives the live part's renewal.
    page = _page(http, frame, typed=http.GET.get("amount", "")[:LONGEST_AMOUNT])
    return answer(http, "market/requests/auction.html", "live", page)


@require_POST
def auction_call(http: HttpRequest, request_id: int) -> HttpResponse:
    """Call a price and show the auction with the answer."""
    frame = framed(http, request_id, "auction")
    typed = http.POST.get("amount", "").strip()
    key = http.POST.get("client_key", "")[:64] or uuid.uuid4().hex
    refusal = said = ""
    try:
        amount = Money.of(decimal_of(typed), frame.request.currency).minor
        bid = place_auction_bid(request_id=request_id, amount_minor=amount, client_key=key, by=actor_of(http))
        refusal = "" if bid.is_accepted else _(REFUSALS[bid.refusal_code])
        said = _("Your price was accepted.") if bid.is_accepted else ""
    except (ValueError, InvalidOperation):
        refusal = _("Please give an amount.")
    except Refusal as no:
        refusal = sentence_of(no)
    page = _page(http, frame, typed=typed if refusal else "", refusal=refusal, said=said)
    return (
        render_block(http, "market/requests/auction.html", "live", page, status=422 if refusal else 200)
        if http.headers.get("HX-Request")
        else answer(http, "market/requests/auction.html", "live", page)
    )


def _page(
    http: HttpRequest, frame: Frame, *, typed: str = "", refusal: str = "", said: str = ""
) -> AuctionPage:
    view = auction_view(frame.request.pk, to=actor_of(http))
    return AuctionPage(
        frame=frame,
        view=view,
        reveals=_(REVEALS[view.auction.reveals]),
        client_key=uuid.uuid4().hex,
        typed=typed,
        refusal=refusal,
        said=said,
    )
