"""What a receipt is computed over: the whole content of a bid in canonical JSON, with its random salt."""

import hashlib
from typing import Any

import orjson
from django.db.models import prefetch_related_objects

from triallink.domains.marketplace.access.bids import bid_for
from triallink.domains.marketplace.models import Bid
from triallink.foundation.tenancy import reading_as
from triallink.kernel.actor import Actor

PARTS = ("lines", "bundles__lines", "staffing", "members", "shares", "files__file")


def canonical_content(bid: Bid) -> bytes:
    """Return a bid's content as canonical JSON. Call it inside `reading_as` somebody who may read it."""
    # What the caller has read already is not read again.
    prefetch_related_objects([bid], *PARTS)
    seal = bid.seal
    content: dict[str, Any] = {
        "request": bid.request.reference,
        "bidder": bid.organization_id,
        "version": bid.version,
        "salt": seal.nonce,
        "currency": bid.request.currency,
        "total_minor": seal.total_minor,
        "lead_time_days": seal.lead_time_days,
        "valid_until_on": seal.valid_until_on and seal.valid_until_on.isoformat(),
        "message": seal.message,
        "lines": sorted(
            [row.line_id, row.unit_price_minor, _exact(row.quantity), row.amount_minor, row.comment]
            for row in bid.lines.all()
        ),
        "bundles": [
            [row.name, row.price_minor, row.xor_group, sorted(inner.line_id for inner in row.lines.all())]
            for row in sorted(bid.bundles.all(), key=lambda bundle: bundle.position)
        ],
        "staffing": sorted(
            [row.line_id, row.professional_id, _exact(row.hours)] for row in bid.staffing.all()
        ),
        "coalition": sorted([row.organization_id, row.is_lead] for row in bid.members.all()),
        "shares": sorted([row.line_id, row.organization_id, row.share_percent] for row in bid.shares.all()),
        "files": sorted([row.name, row.file.sha256] for row in bid.files.all()),
    }
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)


def receipt_document(bid_id: int, *, to: Actor) -> bytes:
    """Return the bytes whose sha256 is the receipt, for whoever may read the bid.

    Refuses: NotFound.
    """
    bid = bid_for(to, bid_id)
    with reading_as(to.organization_id):
        return canonical_content(bid)


def receipt_holds(bid_id: int, *, receipt_sha256: str, to: Actor) -> bool:
    """Return whether a receipt is the bid's own and the stored content still gives it.

    Refuses: NotFound.
    """
    bid = bid_for(to, bid_id)
    with reading_as(to.organization_id):
        computed = hashlib.sha256(canonical_content(bid)).hexdigest()
    return computed == bid.receipt_sha256 == receipt_sha256.strip().lower()


def _exact(value: Any) -> str:
    # A decimal read back from the database has the column's two places; one given by a caller may have fewer.
    return f"{value:.2f}"
