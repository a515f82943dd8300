"""What contracts refuse."""

from triallink.kernel.refusals import N_, Invalid, Refusal


class AwardNotReady(Refusal):
    """The award is in standstill, under objection or annulled."""

    code = "award_not_ready"
    message = N_("A contract can be drafted once the standstill period has ended without an open objection.")


class ContractExists(Refusal):
    """There is a live contract for the award."""

    code = "contract_exists"
    message = N_("There is already a contract for this award.")


class WrongState(Refusal):
    """The contract cannot take this step now."""

    code = "contract_wrong_state"
    message = N_("The contract is in the state “%(state)s”; this step is not possible now.")


class AlreadySigned(Refusal):
    """The party has signed this content."""

    code = "already_signed"
    message = N_("%(organization)s has already signed.")


class SomebodySigned(Refusal):
    """Signed content is not changed."""

    code = "somebody_signed"
    message = N_("Somebody has already signed; decline the contract and draft a new one instead.")


class SharesDoNotAddUp(Invalid):
    """The milestones of a line must be worth the line."""

    code = "shares_do_not_add_up"
    message = N_("The shares of “%(line)s” add up to %(total)s %%, not to 100 %%.")


class TermsOutOfRange(Invalid):
    """A period outside its limits."""

    code = "terms_out_of_range"
    message = N_("Give a number of days from %(minimum)s to %(maximum)s.")
