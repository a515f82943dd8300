"""What is refused about auctions."""

from triallink.kernel.refusals import N_, Refusal


class NoSeat(Refusal):
    """Only bidders with a submitted bid take part."""

    code = "auction_no_seat"
    message = N_("Your organization has no place in this auction.")
