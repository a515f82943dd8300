"""A reverse auction: three timed rounds over the price of the whole, bidders known by pseudonym only."""

import datetime as dt

from django.db import models

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models.bids import Bid
from triallink.domains.marketplace.models.requests import Request
from triallink.foundation.guards import append_only
from triallink.kernel.refusals import N_

ROUNDS = 3
REVEALS = {
    "rank": N_("Each bidder sees its own rank"),
    "rank_and_best": N_("Each bidder sees its own rank and the best price"),
}


class Auction(models.Model):
    """The rules of a request's auction. Its row is the lock under which bids are taken one after the other."""

    request = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="auction")
    starts_at = models.DateTimeField()
    round_minutes = models.IntegerField(default=10)
    pause_minutes = models.IntegerField(default=2)
    reveals = models.CharField(max_length=16, default="rank_and_best")
    step_minor = models.BigIntegerField(default=1)  # a bid undercuts the bidder's own last by at least this
    last_seat = models.IntegerField(default=0)
    last_sequence = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="auction_round_in_range", condition=models.Q(round_minutes__range=(1, 240))
            ),
            models.CheckConstraint(
                name="auction_pause_in_range", condition=models.Q(pause_minutes__range=(0, 1440))
            ),
            models.CheckConstraint(
                name="auction_reveals_known", condition=models.Q(reveals__in=list(REVEALS))
            ),
            models.CheckConstraint(name="auction_step_positive", condition=models.Q(step_minor__gte=1)),
        ]

    def window(self, number: int) -> tuple[dt.datetime, dt.datetime]:
        """Return when round `number` (from 1) starts and ends."""
        whole = dt.timedelta(minutes=self.round_minutes + self.pause_minutes)
        start = self.starts_at + (number - 1) * whole
        return start, start + dt.timedelta(minutes=self.round_minutes)

    @property
    def ends_at(self) -> dt.datetime:
        """Return when the last round ends."""
        return self.window(ROUNDS)[1]

    def round_at(self, at: dt.datetime) -> int | None:
        """Return the number of the round that runs at an instant, or None between rounds."""
        for number in range(1, ROUNDS + 1):
            start, end = self.window(number)
            if start <= at < end:
                return number
        return None


class AuctionSeat(models.Model):
    """A place in the auction under a pseudonym, with the sealed bid's total as opening price.

    Sealed by row-level security until the auction starts; says nothing of who holds it.
    """

    auction = models.ForeignKey(Auction, on_delete=models.PROTECT, related_name="seats")
    pseudonym = models.CharField(max_length=4)
    opening_minor = models.BigIntegerField()
    opened_at = models.DateTimeField()
    is_withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["auction", "pseudonym"], name="pseudonym_once_per_auction")
        ]


class SeatHolder(models.Model):
    """Who sits behind a pseudonym. Sealed by row-level security until the request is opened."""

    seat = models.OneToOneField(AuctionSeat, on_delete=models.PROTECT, related_name="holder")
    auction = models.ForeignKey(Auction, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["auction", "organization"], name="one_seat_per_bidder")
        ]


class AuctionBid(models.Model):
    """One price called in a round and whether it was accepted; numbered without gaps, never changed."""

    auction = models.ForeignKey(Auction, on_delete=models.PROTECT, related_name="bids")
    seat = models.ForeignKey(AuctionSeat, on_delete=models.PROTECT, related_name="bids")
    sequence = models.IntegerField()
    round_number = models.IntegerField(null=True)
    amount_minor = models.BigIntegerField()
    at = models.DateTimeField()
    is_accepted = models.BooleanField()
    refusal_code = models.CharField(max_length=40, blank=True)
    client_key = models.CharField(
        max_length=64
    )  # the page's own number of the attempt: sent twice, counted once

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["auction", "sequence"], name="auction_bid_sequence_once"),
            models.UniqueConstraint(fields=["seat", "client_key"], name="auction_bid_attempt_once"),
        ]
        triggers = [append_only("auction_bid_append_only")]
