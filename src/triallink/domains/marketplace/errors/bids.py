"""What is refused about bids."""

from triallink.kernel.refusals import N_, Invalid, Refusal


class BiddingClosed(Refusal):
    """The deadline has passed, or the request takes no bids."""

    code = "bidding_closed"
    message = N_("Bids are no longer accepted for this request.")


class NotABidder(Refusal):
    """Only organizations that sell services bid, and never on their own request."""

    code = "not_a_bidder"
    message = N_("Your organization cannot bid on this request.")


class BidNotDraft(Refusal):
    """Only a draft is edited or submitted."""

    code = "bid_not_draft"
    message = N_("This bid is no longer a draft.")


class BidNotSubmitted(Refusal):
    """Only a submitted bid is withdrawn or compared."""

    code = "bid_not_submitted"
    message = N_("This bid is not submitted.")


class BidIncomplete(Invalid):
    """A bid offers every line in full unless the buyer awards lines separately."""

    code = "bid_incomplete"
    message = N_(
        "Offer every line in its full quantity: the buyer does not award lines separately. Missing: %(lines)s."
    )


class BidEmpty(Invalid):
    """A bid offers something."""

    code = "bid_empty"
    message = N_("Offer at least one line.")


class BidLineInvalid(Invalid):
    """A price is not negative, a quantity is within what is asked."""

    code = "bid_line_invalid"
    message = N_(
        "Line %(position)s: the price must not be negative and the quantity must be above zero and at most %(quantity)s."
    )


class AboveCeiling(Invalid):
    """A price is at most the announced ceiling."""

    code = "bid_above_ceiling"
    message = N_("Line %(position)s: the price is above the announced ceiling.")


class BundleInvalid(Invalid):
    """A bundle has a name, a price, and at least two lines of the bid."""

    code = "bid_bundle_invalid"
    message = N_("Bundle %(name)s needs a name, a price, and at least two lines you also price one by one.")


class StaffUnknown(Invalid):
    """Named staff works for a member of the coalition."""

    code = "bid_staff_unknown"
    message = N_("Staff must work for your organization or a coalition partner.")


class StaffNotCertified(Invalid):
    """Somebody named in the staffing plan holds a certificate or licence that has run out."""

    code = "bid_staff_not_certified"
    message = N_("A GCP certificate or licence has expired; no new work until it is renewed: %(names)s.")


class SharesNotWhole(Invalid):
    """The shares of a line add up to 100 percent, each partner has some, and the lead takes part."""

    code = "coalition_shares_not_whole"
    message = N_(
        "The shares of line %(position)s must add up to 100 percent between suppliers; they add up to %(sum)s."
    )


class ValidityTooShort(Invalid):
    """A bid stays valid until after the opening."""

    code = "bid_validity_too_short"
    message = N_("The bid must stay valid until after the opening.")


class CoalitionNotConfirmed(Refusal):
    """Every partner confirms before the bid is submitted."""

    code = "coalition_not_confirmed"
    message = N_("Every coalition partner must confirm before you submit. Waiting for: %(names)s.")


class PartnerDeclined(Refusal):
    """A bid is not submitted in the name of a partner who said no."""

    code = "coalition_partner_declined"
    message = N_("%(names)s declined to take part. Change the shares or name another partner.")


class InSeveralBids(Refusal):
    """An organization takes part in one bid of a request."""

    code = "in_several_bids"
    message = N_("Your organization already takes part in another bid on this request.")
