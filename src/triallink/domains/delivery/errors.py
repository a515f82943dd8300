"""What delivery refuses."""

from triallink.kernel.refusals import N_, Invalid, Refusal


class PlanExists(Refusal):
    """A study has one plan."""

    code = "plan_exists"
    message = N_("This study has a plan already.")


class NoPlan(Refusal):
    """There is nothing to work on yet."""

    code = "no_plan"
    message = N_("This study has no plan yet.")


class NoSites(Refusal):
    """A plan needs sites."""

    code = "no_sites"
    message = N_("Add at least one site to the study first: the plan is laid out per site.")


class TemplateUnknown(Invalid):
    """No such template."""

    code = "template_unknown"
    message = N_("There is no plan template “%(template)s”.")


class FinishWithoutStart(Invalid):
    """Something finished was begun."""

    code = "finish_without_start"
    message = N_("Say when it began before you say when it was finished.")


class FinishBeforeStart(Invalid):
    """Time runs forward."""

    code = "finish_before_start"
    message = N_("It cannot be finished before it began.")


class DayInFuture(Invalid):
    """What happened, happened by today."""

    code = "day_in_future"
    message = N_("This day lies in the future; only what has happened can be reported.")


class ChecklistOpen(Refusal):
    """A task is finished when its checklist is."""

    code = "checklist_open"
    message = N_("%(count)s points of the checklist are still open.")


class TasksOpen(Refusal):
    """A milestone is reached when its tasks are done."""

    code = "tasks_open"
    message = N_("%(count)s tasks of this milestone are still open.")


class NumberOutOfRange(Invalid):
    """A number outside its limits."""

    code = "number_out_of_range"
    message = N_("Give a number from %(minimum)s to %(maximum)s.")


class LinkMakesCircle(Invalid):
    """Work cannot wait for itself."""

    code = "link_makes_circle"
    message = N_("This dependency would close a circle: each of the two would wait for the other.")


class LinkExists(Invalid):
    """One dependency of a kind between two items is enough."""

    code = "link_exists"
    message = N_("It waits for this one already.")


class MilestonesOnly(Refusal):
    """A payable milestone is reached as a whole."""

    code = "milestones_only"
    message = N_("Only a milestone of the plan can be tied to a payable milestone, not a task.")


class ReasonMissing(Invalid):
    """Some steps need a reason."""

    code = "reason_missing"
    message = N_("Say why.")


class PersonOutside(Invalid):
    """Only people of the organizations in the study take part."""

    code = "person_outside"
    message = N_("This person belongs to no organization of this study.")


class VisitWrongState(Refusal):
    """The visit cannot take this step now."""

    code = "visit_wrong_state"
    message = N_("The visit is in the state “%(state)s”; this step is not possible now.")


class WordUnknown(Invalid):
    """A word outside its closed list."""

    code = "word_unknown"
    message = N_("“%(word)s” is not one of the choices.")


class AnswersMissing(Invalid):
    """Required questions without an answer."""

    code = "answers_missing"
    message = N_("%(count)s required questions have no answer yet.")


class AnswerUnknown(Invalid):
    """An answer the question does not offer."""

    code = "answer_unknown"
    message = N_("The answer to question %(question)s is not one of its choices.")


class SignsOwnReport(Refusal):
    """Four eyes."""

    code = "signs_own_report"
    message = N_("Somebody other than the author signs the report.")


class KindUnknown(Invalid):
    """No such kind of record."""

    code = "record_kind_unknown"
    message = N_("There is no kind of record “%(kind)s”.")


class FieldMissing(Invalid):
    """A required field is empty."""

    code = "field_missing"
    message = N_("This field must not be empty.")


class StepUnknown(Refusal):
    """The record cannot take this step now."""

    code = "record_step_unknown"
    message = N_("This step is not possible in the record's present state.")


class ActionsOpen(Refusal):
    """A record is closed when its actions are."""

    code = "actions_open"
    message = N_("%(count)s actions of this record are still open.")


class CommentEmpty(Invalid):
    """A comment says something."""

    code = "comment_empty"
    message = N_("Write something first.")


class ActionClosed(Refusal):
    """An action is closed once."""

    code = "action_closed"
    message = N_("This action is closed already.")


class TimesheetWrongState(Refusal):
    """The timesheet cannot take this step now."""

    code = "timesheet_wrong_state"
    message = N_("The timesheet is in the state “%(state)s”; this step is not possible now.")


class HoursOutOfRange(Invalid):
    """A day has 24 hours."""

    code = "hours_out_of_range"
    message = N_("Hours of one day lie between 0 and 24 in quarters of an hour.")


class TimesheetEmpty(Refusal):
    """Nothing to submit."""

    code = "timesheet_empty"
    message = N_("There are no hours to submit.")


class ApprovesOwnHours(Refusal):
    """Four eyes."""

    code = "approves_own_hours"
    message = N_("Somebody else approves your hours.")


class CapReached(Refusal):
    """A contract line has so many hours."""

    code = "hours_cap_reached"
    message = N_(
        "With these hours the contract line “%(line)s” would exceed its cap of %(cap)s hours (%(used)s used)."
    )


class CountsDoNotAddUp(Invalid):
    """Screened subjects failed, enrolled, or are in screening; completed ones were enrolled."""

    code = "counts_do_not_add_up"
    message = N_("Screened is at least failed plus enrolled, and completed at most enrolled.")


class CountsFall(Invalid):
    """Totals do not fall."""

    code = "counts_fall"
    message = N_("Totals do not fall: on %(day)s the site had reported %(before)s.")


class FileMissing(Refusal):
    """The document does not exist yet."""

    code = "file_missing"
    status = 404
    message = N_("This document does not exist yet.")
