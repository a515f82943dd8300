"""What is refused about evaluations and awards."""

from triallink.kernel.refusals import N_, Invalid, Refusal


class NotEvaluator(Refusal):
    """Only appointed evaluators judge bids."""

    code = "not_evaluator"
    message = N_("You are not an evaluator of this request.")


class DeclarationMissing(Refusal):
    """An evaluator first declares whether there is a conflict of interest."""

    code = "declaration_missing"
    message = N_("Declare first whether you have a conflict of interest.")


class AlreadyDeclared(Refusal):
    """A declaration is made once."""

    code = "already_declared"
    message = N_("You have already declared.")


class EvaluatorNotMember(Invalid):
    """Evaluators belong to the buyer and hold the role."""

    code = "evaluator_not_member"
    message = N_("Evaluators must be evaluators or project leads of your organization.")


class ScoreInvalid(Invalid):
    """A score is between 0 and 100, for a bid of the request and a criterion that is judged."""

    code = "score_invalid"
    message = N_("Scores lie between 0 and 100; the price is scored by its formula only.")


class ScoresMissing(Refusal):
    """Everybody without a conflict has scored before a consensus."""

    code = "scores_missing"
    message = N_("Still to declare or to score: %(names)s.")


class DifferenceNeedsReason(Invalid):
    """A consensus that leaves the mean says why."""

    code = "difference_needs_reason"
    message = N_("Say why the agreed score differs from the evaluators' mean.")


class AwardIncomplete(Invalid):
    """Every line goes to somebody unless lines are awarded separately."""

    code = "award_incomplete"
    message = N_("Award every line to one bid: lines are not awarded separately in this request.")


class AwardLineUnknown(Invalid):
    """A line is awarded to a submitted bid that offers it, once."""

    code = "award_line_unknown"
    message = N_("A line can only be awarded once, and to a bid that offers it.")


class TooManySuppliers(Invalid):
    """The award names at most the announced number of suppliers."""

    code = "too_many_suppliers"
    message = N_("At most %(limit)s supplier(s) can be awarded.")


class LetterMissing(Invalid):
    """Every losing bidder is told why."""

    code = "letter_missing"
    message = N_("Every bidder who does not win must be told why. Missing: %(names)s.")


class BidExpired(Invalid):
    """An expired bid is not awarded."""

    code = "bid_expired"
    message = N_("The bid of %(name)s is no longer valid.")


class StandstillOver(Refusal):
    """Objections are filed during the standstill."""

    code = "standstill_over"
    message = N_("The time for objections is over.")


class StandstillRunning(Refusal):
    """No contract before the standstill has ended."""

    code = "standstill_running"
    message = N_("The standstill has not ended.")


class ObjectionNotYours(Refusal):
    """Only a bidder who did not win objects, once."""

    code = "objection_not_possible"
    message = N_("Only a bidder who did not win can object, and only once.")


class ObjectionDecided(Refusal):
    """An objection is decided once."""

    code = "objection_decided"
    message = N_("This objection has been decided.")
