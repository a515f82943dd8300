"""One bid in full, for its bidder, its coalition, or the evaluators once it is opened."""

from dataclasses import dataclass

from django.db.models import Q

from triallink.domains.marketplace.access.bids import bid_for
from triallink.domains.marketplace.models import (
    Bid,
    BidBundle,
    BidFile,
    BidLine,
    BidSeal,
    CoalitionMember,
    CoalitionShare,
    Request,
    StaffingLine,
)
from triallink.engines.evaluation import Bundle, best_price
from triallink.foundation.tenancy import reading_as
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotFound

MOST_ASKS = 50


@dataclass(frozen=True)
class BidView:
    """A bid's whole content."""

    bid: Bid
    seal: BidSeal
    lines: dict[int, BidLine]
    bundles: tuple[tuple[BidBundle, tuple[int, ...]], ...]
    staffing: tuple[StaffingLine, ...]
    members: tuple[CoalitionMember, ...]
    shares: tuple[CoalitionShare, ...]
    files: tuple[BidFile, ...]

    @property
    def lowest_minor(self) -> int:
        """Return the lowest price for everything it offers, bundles taken where they are cheaper."""
        amounts = {key: line.amount_minor for key, line in self.lines.items()}
        bundles = [Bundle(frozenset(ids), row.price_minor, row.xor_group) for row, ids in self.bundles]
        return best_price(amounts, amounts, bundles).total_minor


def bid_view(bid_id: int, *, to: Actor) -> BidView:
    """Return a bid with its content.

    Refuses: NotFound.
    """
    bid = bid_for(to, bid_id)
    with reading_as(to.organization_id):
        return BidView(
            bid=bid,
            seal=bid.seal,
            lines={row.line_id: row for row in bid.lines.select_related("line", "line__service")},
            bundles=tuple(
                (row, tuple(sorted(inner.line_id for inner in row.lines.all())))
                for row in bid.bundles.order_by("position").prefetch_related("lines")
            ),
            staffing=tuple(bid.staffing.select_related("professional", "line").order_by("id")),
            members=tuple(bid.members.select_related("organization").order_by("-is_lead", "id")),
            shares=tuple(bid.shares.select_related("organization", "line").order_by("line__position", "id")),
            files=tuple(bid.files.select_related("file").order_by("id")),
        )


def bid_file_for(viewer: Actor, bid_file_id: int) -> BidFile:
    """Return an attachment whose bytes the viewer may read: the same rule as for the prices.

    Refuses: NotFound.
    """
    with reading_as(viewer.organization_id):
        found = BidFile.objects.select_related("file", "bid").filter(pk=bid_file_id).first()
    if found is None:
        raise NotFound
    bid_for(viewer, found.bid_id)
    return found


@dataclass(frozen=True)
class CoalitionAsk:
    """A bid whose lead waits for the viewer's organization, or waited in vain for a partner."""

    bid: Bid
    member: CoalitionMember


def coalition_asks(*, to: Actor, request: Request | None = None) -> list[CoalitionAsk]:
    """Return the draft bids of others that wait for the viewer's organization to confirm or decline, newest first."""
    return _asks(to, request, Q(organization_id=to.own_organization_id, is_lead=False, declined_at=None))


def declined_asks(*, to: Actor) -> list[CoalitionAsk]:
    """Return the partners who declined to take part in drafts of the viewer's organization."""
    return _asks(to, None, Q(bid__organization_id=to.own_organization_id, declined_at__isnull=False))


def _asks(to: Actor, request: Request | None, which: Q) -> list[CoalitionAsk]:
    rows = CoalitionMember.objects.filter(
        which, confirmed_at=None, bid__state="draft", bid__request__state="published"
    ).select_related("organization", "bid__request", "bid__organization")
    if request is not None:
        rows = rows.filter(bid__request=request)
    with reading_as(to.organization_id):
        return [CoalitionAsk(row.bid, row) for row in rows.order_by("-id")[:MOST_ASKS]]
