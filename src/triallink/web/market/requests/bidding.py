"""A bidder's own bid: type it, see it, hand it in, keep the receipt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.access.bids import bid_for, own_bid_for
from triallink.domains.marketplace.access.requests import (
    SUPPLIER_KINDS,
    may_bid,
    may_read_details,
    request_for,
)
from triallink.domains.marketplace.errors.requests import NdaMissing
from triallink.domains.marketplace.models import Bid, Request, RequestLine
from triallink.domains.marketplace.models.bids import BID_STATES
from triallink.domains.marketplace.selectors.bids import (
    BidView,
    CoalitionAsk,
    bid_file_for,
    bid_view,
    coalition_asks,
)
from triallink.domains.marketplace.selectors.coalitions import suggestion_for
from triallink.domains.marketplace.selectors.receipts import receipt_document, receipt_holds
from triallink.domains.marketplace.selectors.requests import own_bids
from triallink.domains.marketplace.services import bids as services
from triallink.domains.marketplace.services.bid_content import (
    BidContent,
    BundleOffer,
    LineOffer,
    ShareOffer,
    StaffOffer,
)
from triallink.domains.marketplace.services.coalitions import confirm_coalition, decline_coalition
from triallink.domains.quality.models import Professional
from triallink.foundation.files import read_file, read_limited
from triallink.foundation.sentences import sentence_of
from triallink.kernel.actor import Actor
from triallink.kernel.money import Money
from triallink.kernel.refusals import NotFound, Refusal
from triallink.web.answers import render_page
from triallink.web.market.requests.detail import MAX_FILE_MB, attachment
from triallink.web.market.requests.forms import BidTermsForm
from triallink.web.market.requests.frame import FramedPage, actor_of, frame_of, framed
from triallink.web.market.requests.rows import choices, decimal_of
from triallink.web.wording import word

BLANK_BUNDLES, BLANK_STAFF, BLANK_SHARES = 2, 3, 3
MOST_CHOICES = 400


@dataclass(frozen=True)
class PriceRow:
    """A line with the price and quantity as typed."""

    line: RequestLine
    price: str
    quantity: str
    comment: str
    error: str = ""


@dataclass(frozen=True)
class BundleRow:
    """A bundle as typed."""

    name: str = ""
    price: str = ""
    xor_group: str = ""
    positions: str = ""  # numbers of the lines, as "1, 2, 5"


@dataclass(frozen=True)
class StaffRow:
    """Named staff as typed."""

    line: str = ""
    professional: str = ""
    hours: str = ""


@dataclass(frozen=True)
class ShareRow:
    """A coalition partner as typed: its percentage of some lines, all of them by default."""

    organization: str = ""
    percent: str = ""
    positions: str = ""


@dataclass(frozen=True)
class Typed:
    """Everything typed into the bid form."""

    prices: list[PriceRow]
    bundles: list[BundleRow]
    staff: list[StaffRow]
    shares: list[ShareRow]


@dataclass(frozen=True)
class BidFormPage(FramedPage):
    """The bid form."""

    form: BidTermsForm
    typed: Typed
    bid: Bid | None
    refusal: str
    professionals: list[Professional]
    partners: list[Organization]


@dataclass(frozen=True)
class OwnBidPage(FramedPage):
    """The bidder's versions, and the newest in full."""

    versions: list[Bid]
    view: BidView | None
    states: dict[str, str]
    can_edit: bool
    asks: list[CoalitionAsk]


@dataclass(frozen=True)
class BidPage(FramedPage):
    """One bid in full."""

    view: BidView
    state: str
    is_own: bool
    can_confirm: bool
    can_decline: bool
    can_submit: bool
    can_withdraw: bool
    receipt_holds: bool | None
    document: str


class Mistyped(Exception):
    """Something typed is no number; says what, and for which line if it is a price."""

    def __init__(self, sentence: str, line_id: int = 0) -> None:
        self.sentence, self.line_id = sentence, line_id
        super().__init__(sentence)


def bid_own(http: HttpRequest, request_id: int) -> HttpResponse:
    """Show how the viewer's organization stands: its versions and the one that counts."""
    frame, actor = framed(http, request_id, "bid"), actor_of(http)
    if not frame.may_bid:
        raise NotFound
    versions = own_bids(frame.request, to=actor)
    live = next((bid for bid in versions if bid.state in ("draft", "submitted")), None)
    page = OwnBidPage(
        frame=frame,
        versions=versions,
        view=bid_view(live.pk, to=actor) if live else None,
        states=BID_STATES,
        can_edit=frame.is_taking_bids and frame.sees_details,
        asks=coalition_asks(to=actor, request=frame.request),
    )
    return render_page(http, "market/requests/bid_own.html", page)


def bid_edit(http: HttpRequest, request_id: int) -> HttpResponse:
    """Type a bid; saving leads to its review."""
    actor = actor_of(http)
    request = request_for(actor, request_id)
    if not may_bid(actor, request):
        raise NotFound
    if not may_read_details(actor, request):
        raise NdaMissing
    lines = list(request.lines.all())
    form, refusal = BidTermsForm(http.POST or None), ""
    typed = None
    if http.method == "POST":
        # What is typed stands for itself; the stored bid is read only to fill an empty form.
        typed = _typed(http, lines)
        try:
            if form.is_valid():
                content = _content(typed, lines, form.cleaned_data, request, actor)
                bid = services.save_bid(request_id=request_id, content=content, by=actor)
                _attach(http, bid, actor)
                return HttpResponseRedirect(reverse("market:bid-detail", args=[bid.pk]))
        except Mistyped as mistyped:
            refusal = mistyped.sentence
        except Refusal as no:
            refusal = sentence_of(no)
    before = next((bid for bid in own_bids(request, to=actor) if bid.state in ("draft", "submitted")), None)
    prefetch_related_objects(lines, "service")
    if typed is None:
        view = bid_view(before.pk, to=actor) if before else None
        form, typed = BidTermsForm(initial=_initial(view)), _typed_of(view, lines, request.currency)
        if before is None:
            typed = replace(typed, shares=_suggested(http.GET.get("coalition", ""), request, lines, actor))
    page = BidFormPage(
        frame=frame_of(request, actor, "bid"),
        form=form,
        typed=_padded(typed),
        bid=before,
        refusal=refusal,
        professionals=list(
            Professional.objects.filter(organization_id=actor.own_organization_id, is_active=True).order_by(
                "name"
            )[:MOST_CHOICES]
        ),
        partners=list(
            Organization.objects.filter(kind__in=SUPPLIER_KINDS, is_active=True)
            .exclude(pk__in=[actor.organization_id, request.buyer_id])
            .order_by("name_en")[:MOST_CHOICES]
        ),
    )
    status = 422 if refusal or (form.is_bound and not form.is_valid()) else 200
    return render_page(http, "market/requests/bid_edit.html", page, status=status)


def bid_detail(http: HttpRequest, bid_id: int) -> HttpResponse:
    """Show one bid to its bidder, its coalition, or the evaluators once it is opened."""
    actor = actor_of(http)
    bid = bid_for(actor, bid_id)
    frame = framed(
        http, bid.request_id, "bid" if bid.organization_id == actor.organization_id else "evaluation"
    )
    view = bid_view(bid_id, to=actor)
    own = bid.organization_id == actor.organization_id
    part = next(
        (m for m in view.members if m.organization_id == actor.organization_id and not m.is_lead), None
    )
    may_answer = part is not None and bid.state == "draft" and actor.has("business_lead")
    asked = http.GET.get("receipt", "").strip()
    page = BidPage(
        frame=frame,
        view=view,
        state=word(BID_STATES, bid.state),
        is_own=own,
        can_confirm=may_answer and part is not None and part.confirmed_at is None,
        can_decline=may_answer and part is not None and part.declined_at is None,
        can_submit=own and bid.state == "draft" and frame.is_taking_bids and frame.may_bid,
        can_withdraw=own
        and frame.may_bid
        and (bid.state == "draft" or (bid.state == "submitted" and frame.is_taking_bids)),
        receipt_holds=receipt_holds(bid_id, receipt_sha256=asked, to=actor) if asked else None,
        document=receipt_document(bid_id, to=actor).decode() if own and bid.state == "submitted" else "",
    )
    return render_page(http, "market/requests/bid.html", page)


@require_POST
def bid_submit(http: HttpRequest, bid_id: int) -> HttpResponse:
    """Hand a draft in."""
    return _tried(http, bid_id, "submit")


@require_POST
def bid_withdraw(http: HttpRequest, bid_id: int) -> HttpResponse:
    """Take a bid back."""
    return _tried(http, bid_id, "withdraw")


@require_POST
def bid_confirm(http: HttpRequest, bid_id: int) -> HttpResponse:
    """Confirm our part in a coalition's bid."""
    return _tried(http, bid_id, "confirm")


@require_POST
def bid_decline(http: HttpRequest, bid_id: int) -> HttpResponse:
    """Decline our part in a coalition's bid, saying why."""
    return _tried(http, bid_id, "decline")


def bid_receipt(http: HttpRequest, bid_id: int) -> HttpResponse:
    """Hand out the bytes whose sha256 is the receipt, to the bidder."""
    bid = own_bid_for(actor_of(http), bid_id)
    document = receipt_document(bid_id, to=actor_of(http))
    return attachment(document, f"receipt-{bid.receipt_sha256[:12]}.json", "application/json")


def bid_file(http: HttpRequest, file_id: int) -> HttpResponse:
    """Hand out an attachment, under the same rule as the prices."""
    row = bid_file_for(actor_of(http), file_id)
    return attachment(read_file(row.file), row.name)


def _tried(http: HttpRequest, bid_id: int, verb: str) -> HttpResponse:
    by = actor_of(http)
    try:
        if verb == "submit":
            services.submit_bid(bid_id=bid_id, by=by)
            messages.success(http, _("Your bid is in. Keep the receipt."))
        elif verb == "withdraw":
            bid = services.withdraw_bid(bid_id=bid_id, by=by)
            messages.success(http, _("The bid is withdrawn."))
            return HttpResponseRedirect(reverse("market:bid-own", args=[bid.request_id]))
        elif verb == "decline":
            decline_coalition(bid_id=bid_id, reason=http.POST.get("why", ""), by=by)
            messages.success(http, _("You declined; the lead of the bid can read why."))
        else:
            confirm_coalition(bid_id=bid_id, by=by)
            messages.success(http, _("You confirmed your part."))
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        messages.error(http, sentence_of(refusal))
    return HttpResponseRedirect(reverse("market:bid-detail", args=[bid_id]))


def _initial(view: BidView | None) -> dict[str, object]:
    if view is None:
        return {}
    return {name: getattr(view.seal, name) for name in ("lead_time_days", "valid_until_on", "message")}


def _typed_of(view: BidView | None, lines: Sequence[RequestLine], currency: str) -> Typed:
    if view is None:
        return Typed([PriceRow(line, "", "", "") for line in lines], [], [], [])
    position = {line.pk: str(line.position) for line in lines}

    def price(minor: int) -> str:
        return f"{Money(minor, currency).amount:f}"

    prices = [
        PriceRow(line, price(row.unit_price_minor), f"{row.quantity:f}", row.comment)
        if (row := view.lines.get(line.pk))
        else PriceRow(line, "", "", "")
        for line in lines
    ]
    bundles = [
        BundleRow(row.name, price(row.price_minor), row.xor_group, ", ".join(position[pk] for pk in ids))
        for row, ids in view.bundles
    ]
    staff = [StaffRow(str(s.line_id), str(s.professional_id), f"{s.hours:f}") for s in view.staffing]
    shares = [
        ShareRow(str(s.organization_id), str(s.share_percent), position[s.line_id])
        for s in view.shares
        if s.organization_id != view.bid.organization_id
    ]
    return Typed(prices, bundles, staff, shares)


def _suggested(chosen: str, request: Request, lines: Sequence[RequestLine], actor: Actor) -> list[ShareRow]:
    """Return the partners of a coalition the buyer suggested to the actor's organization, with their lines."""
    numbers = choices([chosen])
    found = suggestion_for(numbers[0], request, to=actor) if numbers else None
    if found is None:
        return []
    position = {line.pk: line.position for line in lines}
    return [
        ShareRow(
            str(partner),
            "100",
            ", ".join(str(position[line]) for line, member in found.coverage if member == partner),
        )
        for partner in found.member_ids
        if partner != found.lead_id
    ]


def _typed(http: HttpRequest, lines: Sequence[RequestLine]) -> Typed:
    def columns(*names: str) -> list[tuple[str, ...]]:
        return list(zip(*([v.strip() for v in http.POST.getlist(name)] for name in names), strict=False))

    prices = [
        PriceRow(
            line,
            http.POST.get(f"price_{line.pk}", "").strip(),
            http.POST.get(f"quantity_{line.pk}", "").strip(),
            http.POST.get(f"comment_{line.pk}", "").strip(),
        )
        for line in lines
    ]
    bundles = [
        BundleRow(*row)
        for row in columns("bundle_name", "bundle_price", "bundle_xor", "bundle_lines")
        if any(row)
    ]
    staff = [StaffRow(*row) for row in columns("staff_line", "staff_professional", "staff_hours") if row[1]]
    shares = [
        ShareRow(*row) for row in columns("share_organization", "share_percent", "share_lines") if row[0]
    ]
    return Typed(prices, bundles, staff, shares)


def _padded(typed: Typed) -> Typed:
    return Typed(
        typed.prices,
        [*typed.bundles, *[BundleRow()] * BLANK_BUNDLES],
        [*typed.staff, *[StaffRow()] * BLANK_STAFF],
        [*typed.shares, *[ShareRow()] * BLANK_SHARES],
    )


def _content(
    typed: Typed, lines: Sequence[RequestLine], data: dict[str, object], request: Request, actor: Actor
) -> BidContent:
    """Return the bid that was typed; Mistyped if something is no number."""
    currency = request.currency
    offers = tuple(
        LineOffer(
            line_id=row.line.pk,
            unit_price_minor=_minor(row.price, currency, row.line),
            quantity=_number(row.quantity, row.line) if row.quantity else None,
            comment=row.comment,
        )
        for row in typed.prices
        if row.price
    )
    by_position = {str(line.position): line.pk for line in lines}
    offered = [offer.line_id for offer in offers]
    bundles = tuple(
        BundleOffer(row.name, _minor(row.price, currency), _lines(row.positions, by_position), row.xor_group)
        for row in typed.bundles
    )
    staffing = tuple(
        StaffOffer(line_id, professional_id, _number(row.hours))
        for row in typed.staff
        for line_id, professional_id in [(_one(row.line), _one(row.professional))]
    )
    shares = []
    for row in typed.shares:
        for line_id in _lines(row.positions, by_position) if row.positions else offered:
            shares.append(ShareOffer(line_id, _one(row.organization), int(_number(row.percent))))
    if shares:
        # What the partners leave of each line is the bidder's own.
        for line_id in offered:
            rest = 100 - sum(share.share_percent for share in shares if share.line_id == line_id)
            if rest > 0:
                shares.append(ShareOffer(line_id, actor.own_organization_id, rest))
    return BidContent(lines=offers, bundles=bundles, staffing=staffing, shares=tuple(shares), **data)  # type: ignore[arg-type]


def _minor(text: str, currency: str, line: RequestLine | None = None) -> int:
    return Money.of(_number(text, line), currency).minor


def _number(text: str, line: RequestLine | None = None) -> Decimal:
    try:
        return decimal_of(text)
    except (ValueError, InvalidOperation):
        where = _("Line %(position)s") % {"position": line.position} if line else _("Bundles, staff, shares")
        sentence = _("%(where)s: “%(text)s” is not a number.") % {"where": where, "text": text}
        raise Mistyped(sentence, line.pk if line else 0) from None


def _lines(text: str, by_position: dict[str, int]) -> tuple[int, ...]:
    wanted = [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip()]
    unknown = [part for part in wanted if part not in by_position]
    if unknown:
        raise Mistyped(_("There is no line “%(text)s”.") % {"text": unknown[0]})
    return tuple(by_position[part] for part in wanted)


def _one(text: str) -> int:
    return next(iter(choices([text])), 0)


def _attach(http: HttpRequest, bid: Bid, by: Actor) -> None:
    for upload in http.FILES.getlist("files"):
        services.attach_bid_file(
            bid_id=bid.pk,
            content=read_limited(upload, MAX_FILE_MB),
            name=upload.name or "file",
            media_type="application/octet-stream",
            by=by,
        )
