"""A bid: an envelope anybody may count, and sealed content that PostgreSQL shows to nobody before the opening.

Every table below `Bid` carries `bid_id` and is under forced row-level security (migration `sealed bids`):
read by the bidder and its coalition partners, and by others once the request is opened; written by the
bidder while the bid is a draft. Use them inside `foundation.tenancy.reading_as`.
"""

from django.db import models

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models.requests import Request, RequestLine
from triallink.domains.quality.models import Professional
from triallink.foundation.models import StoredFile
from triallink.kernel.refusals import N_

BID_STATES = {
    "draft": N_("Draft"),
    "submitted": N_("Submitted"),
    "withdrawn": N_("Withdrawn"),
    "replaced": N_("Replaced"),
}


class Bid(models.Model):
    """The envelope of one version of one bidder's offer; it holds no price."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="bids")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="bids")
    version = models.IntegerField(default=1)
    state = models.CharField(max_length=10, default="draft")
    receipt_sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)
    submitted_at = models.DateTimeField(null=True)
    submitted_by_id = models.BigIntegerField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="bid_state_known", condition=models.Q(state__in=list(BID_STATES))),
            models.UniqueConstraint(
                fields=["request", "organization", "version"], name="bid_version_once_per_bidder"
            ),
            models.UniqueConstraint(
                fields=["request", "organization"],
                condition=models.Q(state="submitted"),
                name="one_submitted_bid_per_bidder",
            ),
            models.UniqueConstraint(
                fields=["request", "organization"],
                condition=models.Q(state="draft"),
                name="one_draft_bid_per_bidder",
            ),
            models.CheckConstraint(
                name="bid_submitted_has_receipt",
                condition=models.Q(state__in=["draft", "withdrawn"])
                | (models.Q(submitted_at__isnull=False) & ~models.Q(receipt_sha256="")),
            ),
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="bid_by_bidder")]


class BidSeal(models.Model):
    """The terms of a bid that belong to no line, and the random salt that keeps the receipt from being guessed."""

    bid = models.OneToOneField(Bid, on_delete=models.PROTECT, related_name="seal")
    nonce = models.CharField(max_length=64)
    total_minor = models.BigIntegerField(default=0)
    lead_time_days = models.IntegerField(default=14)
    valid_until_on = models.DateField(null=True)
    message = models.TextField(blank=True)


class BidLine(models.Model):
    """What the bidder asks for one line: a price per unit and the quantity it offers."""

    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(RequestLine, on_delete=models.PROTECT, related_name="+")
    unit_price_minor = models.BigIntegerField()
    quantity = models.DecimalField(max_digits=12, decimal_places=2)
    amount_minor = models.BigIntegerField()
    comment = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bid", "line"], name="bid_line_once"),
            models.CheckConstraint(
                name="bid_price_not_negative", condition=models.Q(unit_price_minor__gte=0)
            ),
            models.CheckConstraint(name="bid_quantity_positive", condition=models.Q(quantity__gt=0)),
        ]


class BidBundle(models.Model):
    """Several lines at one price, all or nothing. Of the bundles in one XOR group at most one may be taken."""

    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="bundles")
    position = models.IntegerField()
    name = models.CharField(max_length=120)
    price_minor = models.BigIntegerField()
    xor_group = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bid", "position"], name="bid_bundle_position_once"),
            models.CheckConstraint(name="bundle_price_not_negative", condition=models.Q(price_minor__gte=0)),
        ]


class BundleLine(models.Model):
    """A line inside a bundle."""

    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="bundle_lines")
    bundle = models.ForeignKey(BidBundle, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(RequestLine, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bundle", "line"], name="bundle_line_once")]


class StaffingLine(models.Model):
    """A named professional offered for a line, with hours."""

    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="staffing")
    line = models.ForeignKey(RequestLine, on_delete=models.PROTECT, related_name="+")
    professional = models.ForeignKey(Professional, on_delete=models.PROTECT, related_name="+")
    hours = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bid", "line", "professional"], name="staffing_once_per_line"),
            models.CheckConstraint(name="staffing_hours_positive", condition=models.Q(hours__gt=0)),
        ]


class BidFile(models.Model):
    """An attachment. Its name is kept here, under seal; the stored file itself bears none."""

    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)


class CoalitionMember(models.Model):
    """An organization that bids together with the bidder, which leads; each partner confirms for itself."""

    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="members")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    is_lead = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by_id = models.BigIntegerField(null=True)
    declined_at = models.DateTimeField(null=True)
    decline_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bid", "organization"], name="coalition_member_once"),
            models.UniqueConstraint(
                fields=["bid"], condition=models.Q(is_lead=True), name="one_lead_per_coalition"
            ),
            models.CheckConstraint(
                name="coalition_answer_is_one",
                condition=models.Q(confirmed_at__isnull=True) | models.Q(declined_at__isnull=True),
            ),
        ]


class CoalitionShare(models.Model):
    """How much of a line a member of the coalition does, in whole percent."""

    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="shares")
    line = models.ForeignKey(RequestLine, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    share_percent = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bid", "line", "organization"], name="coalition_share_once"),
            models.CheckConstraint(
                name="coalition_share_in_range", condition=models.Q(share_percent__range=(1, 100))
            ),
        ]
