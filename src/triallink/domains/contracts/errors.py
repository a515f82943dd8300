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


class MilestoneWrongState(Refusal):
    """The milestone cannot take this step now."""

    code = "milestone_wrong_state"
    message = N_("The milestone is in the state “%(state)s”; this step is not possible now.")


class EvidenceMissing(Refusal):
    """A milestone with required facts is accepted only with them."""

    code = "evidence_missing"
    message = N_("Required evidence is missing: %(missing)s. Give a reason to accept without it.")


class NothingToOverride(Invalid):
    """A reason to accept without evidence, while all of it is there."""

    code = "nothing_to_override"
    message = N_("All required evidence is there; no reason is needed.")


class ReasonMissing(Invalid):
    """Somebody has to know why."""

    code = "reason_missing"
    message = N_("Say why.")


class FactKindUnknown(Invalid):
    """No tool proves this kind of fact."""

    code = "fact_kind_unknown"
    message = N_("No tool of this installation proves “%(kind)s”.")


class FactParameterUnknown(Invalid):
    """A requirement narrows by something its kind does not know."""

    code = "fact_parameter_unknown"
    message = N_("“%(kind)s” cannot be narrowed by “%(parameter)s”.")


class RequirementOutOfRange(Invalid):
    """How many facts are required."""

    code = "requirement_out_of_range"
    message = N_("Require from 1 to %(maximum)s facts.")


class DeliverableMissing(Refusal):
    """A milestone that requires deliverables is submitted with them."""

    code = "deliverable_missing"
    message = N_("Upload the deliverables first: %(found)s of %(needed)s are there.")


class FileEmpty(Invalid):
    """An upload without content."""

    code = "file_empty"
    message = N_("The file is empty.")


class NameMissing(Invalid):
    """A deliverable has a name."""

    code = "name_missing"
    message = N_("Give it a name.")


class ReviewerUnknown(Invalid):
    """The reviewer belongs to the buyer."""

    code = "reviewer_unknown"
    message = N_("Choose somebody of the buyer's organization.")


class PaymentRulesInvalid(Invalid):
    """Rules that cannot be read or contradict one another."""

    code = "payment_rules_invalid"
    message = N_("These payment rules do not work: %(why)s")


class ChangeUnknown(Invalid):
    """A step of a change order that cannot be taken."""

    code = "change_unknown"
    message = N_("This change cannot be made: %(what)s")


class BelowWhatIsReached(Invalid):
    """What is accepted or handed in keeps its price."""

    code = "below_what_is_reached"
    message = N_("The line would be worth less than what is already reached, or has no open milestone left.")


class ChangeOrderOpen(Refusal):
    """One change at a time."""

    code = "change_order_open"
    message = N_("A change order is waiting for signatures; conclude or withdraw it first.")


class ChangeOrderWrongState(Refusal):
    """The change order cannot take this step now."""

    code = "change_order_wrong_state"
    message = N_("The change order is in the state “%(state)s”; this step is not possible now.")


class TerminationWrongState(Refusal):
    """The proposal to end the contract was answered."""

    code = "termination_wrong_state"
    message = N_("The proposal to end the contract is in the state “%(state)s”.")


class ValuationInvalid(Invalid):
    """Work in progress is worth from nothing to the whole milestone."""

    code = "valuation_invalid"
    message = N_("Give each open milestone from 0 to 100 percent.")


class MilestonesOpen(Refusal):
    """A contract is completed with its milestones."""

    code = "milestones_open"
    message = N_("%(count)s milestones are still open; accept them, or take them out by a change order.")


class DisputeStillOpen(Refusal):
    """A contract is not ended over a dispute."""

    code = "dispute_still_open"
    message = N_("A dispute about this contract is open.")


class FundsMissing(Refusal):
    """A contract is ended with everything paid."""

    code = "funds_missing"
    message = N_("The escrow lacks %(amount)s to pay what is owed; fund it first.")


class DisputeWrongState(Refusal):
    """The dispute cannot take this step now."""

    code = "dispute_wrong_state"
    message = N_("The dispute is in the state “%(state)s”; this step is not possible now.")


class AmountTooHigh(Invalid):
    """More than the contract is worth."""

    code = "amount_too_high"
    message = N_("Not more than %(limit)s.")


class RatingNotDue(Refusal):
    """Ratings follow the end of the contract, for some days."""

    code = "rating_not_due"
    message = N_("The sides rate each other within %(days)s days after the contract has ended.")


class AlreadyRated(Refusal):
    """One word per side."""

    code = "already_rated"
    message = N_("Your organization has rated this contract.")


class RatingOwnSide(Refusal):
    """Nobody rates itself through a second organization."""

    code = "rating_own_side"
    message = N_("The two organizations share people or a registration; they cannot rate each other.")
