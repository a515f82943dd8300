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
