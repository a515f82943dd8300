"""What is refused about requests."""

from triallink.kernel.refusals import N_, Invalid, Refusal


class RequestNotDraft(Refusal):
    """The terms are frozen once the request is published."""

    code = "request_not_draft"
    message = N_("The request is published; its terms can no longer change.")


class StepNotPossible(Refusal):
    """The request's state does not allow this step."""

    code = "request_step_not_possible"
    message = N_("This is not possible while the request is %(state)s.")


class TitleMissing(Invalid):
    """A request needs a title in at least one language."""

    code = "request_title_missing"
    message = N_("Give the request a title.")


class WeightsNotWhole(Invalid):
    """The weights of the criteria add up to 100."""

    code = "request_weights_not_whole"
    message = N_("The weights must be whole percentages that add up to 100; they add up to %(sum)s.")


class LinesMissing(Invalid):
    """A request without lines asks for nothing."""

    code = "request_lines_missing"
    message = N_("Add at least one line before you publish.")


class LineInvalid(Invalid):
    """A line needs a known service, a quantity and dates in order."""

    code = "request_line_invalid"
    message = N_(
        "Line %(position)s: give a service of the catalogue, a quantity above zero and an end that is not before the start."
    )


class DeadlineMissing(Invalid):
    """A published request has a deadline."""

    code = "request_deadline_missing"
    message = N_("Say until when bids are due.")


class DeadlinePast(Invalid):
    """A deadline lies in the future."""

    code = "request_deadline_past"
    message = N_("The deadline must lie in the future.")


class DeadlinesOutOfOrder(Invalid):
    """Questions end before bids are due."""

    code = "request_deadlines_out_of_order"
    message = N_("Questions must end before bids are due.")


class DeadlineNotExtended(Invalid):
    """A deadline moves away only."""

    code = "request_deadline_not_extended"
    message = N_("A published deadline can only be moved to a later time.")


class InvitationsMissing(Invalid):
    """An invited request invites somebody."""

    code = "request_invitations_missing"
    message = N_("Invite at least one supplier, or open the request to all.")


class SuppliersNeedParts(Invalid):
    """Several suppliers are possible only if lines are awarded one by one."""

    code = "request_suppliers_need_parts"
    message = N_("Several suppliers are possible only if lines may be awarded separately.")


class TermsInvalid(Invalid):
    """One of the terms is not a value the market knows."""

    code = "request_terms_invalid"
    message = N_("Please choose one of the offered values.")


class DemoOnly(Refusal):
    """Only a demo installation replays stories."""

    code = "request_demo_only"
    message = N_("Demo requests exist only in a demo installation.")


class ReasonMissing(Invalid):
    """A decision states its reason."""

    code = "reason_missing"
    message = N_("Please give the reason.")


class NotInvitable(Invalid):
    """The organization does not sell on the market, or is the buyer."""

    code = "supplier_not_invitable"
    message = N_("%(name)s cannot be invited: it does not sell services here.")


class NdaMissing(Refusal):
    """The details are open only to those who accepted the confidentiality terms."""

    code = "nda_missing"
    message = N_("Accept the confidentiality terms first.")


class NdaNotAsked(Refusal):
    """The request has no confidentiality terms."""

    code = "nda_not_asked"
    message = N_("This request has no confidentiality terms to accept.")


class QuestionsClosed(Refusal):
    """The time for questions is over."""

    code = "questions_closed"
    message = N_("The time for questions is over.")


class QuestionEmpty(Invalid):
    """A question and an answer have words."""

    code = "question_empty"
    message = N_("Please write something.")


class QuestionAnswered(Refusal):
    """An answer all bidders have read is not changed."""

    code = "question_answered"
    message = N_("This question has been answered; answers are not changed afterwards.")
