"""What people and other domains do with money."""

from triallink.domains.ledger.services.escrow import (
    free_hold,
    fund_escrow,
    hold_from_escrow,
    open_escrow,
    receive_funds,
    refund,
    retain,
)
from triallink.domains.ledger.services.posting import EntryPlan, open_account, post, reverse
from triallink.domains.ledger.services.releases import charges_for, release, release_retention

__all__ = [
    "EntryPlan",
    "charges_for",
    "free_hold",
    "fund_escrow",
    "hold_from_escrow",
    "open_account",
    "open_escrow",
    "post",
    "receive_funds",
    "refund",
    "release",
    "release_retention",
    "retain",
    "reverse",
]
