"""What the ledger refuses."""

from triallink.kernel.refusals import N_, Invalid, Refusal


class InsufficientFunds(Refusal):
    """The account would fall below zero."""

    code = "insufficient_funds"
    message = N_("Only %(available)s is available there; %(asked)s was asked for.")


class NotBalanced(Refusal):
    """Debits and credits of a posting differ."""

    code = "posting_not_balanced"
    status = 422
    message = N_("The entries in %(currency)s add up to %(difference)s, not to zero.")


class KeyReused(Refusal):
    """The key has booked something else."""

    code = "ledger_key_reused"
    message = N_("The key “%(key)s” has already booked something else.")


class AmountNotPositive(Invalid):
    """Money moves in positive amounts."""

    code = "amount_not_positive"
    message = N_("Give an amount above zero.")


class WrongCurrency(Invalid):
    """The escrow is kept in another currency."""

    code = "wrong_currency"
    message = N_("This escrow is kept in %(currency)s.")


class ChargesTooHigh(Invalid):
    """Fee and tax exceed what is released."""

    code = "charges_too_high"
    message = N_("Fee and tax are more than the amount released.")


class PeriodClosed(Refusal):
    """The month takes no postings any more."""

    code = "period_closed"
    message = N_("The month %(period)s is closed.")


class PeriodNotClosed(Refusal):
    """Only a closed month can be reopened."""

    code = "period_not_closed"
    message = N_("The month %(period)s is open.")


class PeriodNotOver(Refusal):
    """A month is closed after its last day."""

    code = "period_not_over"
    message = N_("The month %(period)s is not over yet.")


class AlreadyReversed(Refusal):
    """A posting is reversed once."""

    code = "already_reversed"
    message = N_("This posting has already been reversed.")


class SignatureWrong(Refusal):
    """The message does not come from the bank."""

    code = "rail_signature_wrong"
    status = 403
    message = N_("The signature of the message is not right.")


class MessageUnreadable(Refusal):
    """The body is not a message of the bank."""

    code = "rail_message_unreadable"
    status = 422
    message = N_("This is not a message of the bank.")


class BankAccountMissing(Invalid):
    """A payout needs to know where to."""

    code = "bank_account_missing"
    message = N_("Give the bank account to pay to.")


class FindingResolved(Refusal):
    """A difference is resolved once."""

    code = "finding_resolved"
    message = N_("This difference has already been resolved.")


class ResolutionDoesNotFit(Invalid):
    """Not every way out fits every difference."""

    code = "resolution_does_not_fit"
    message = N_("This way of resolving it does not fit this difference.")


class CreditTooHigh(Invalid):
    """Credit notes exceed the invoice."""

    code = "credit_too_high"
    message = N_("At most %(open)s of this invoice is not credited yet.")
