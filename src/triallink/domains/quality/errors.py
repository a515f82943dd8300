"""What quality refuses."""

from triallink.kernel.refusals import N_, Invalid, Refusal


class CodeUnknown(Invalid):
    """A code outside its closed list."""

    code = "code_unknown"
    message = N_("%(value)s is not one of the choices.")


class ProfileNotForThisKind(Refusal):
    """A sponsor has no supplier profile, and only a hospital has a site profile."""

    code = "profile_not_for_this_kind"
    status = 403
    message = N_("Your kind of organization has no such profile.")


class NameMissing(Invalid):
    """A professional without a name."""

    code = "name_missing"
    message = N_("Please give a name in at least one language.")


class NumberOutOfRange(Invalid):
    """A number outside what can be true."""

    code = "number_out_of_range"
    message = N_("Give a number from %(low)s to %(high)s.")


class TooManyDepartments(Invalid):
    """More departments than a hospital can have."""

    code = "too_many_departments"
    message = N_("List at most %(most)s departments.")


class CredentialDatesReversed(Invalid):
    """A credential that ends before it begins."""

    code = "credential_dates_reversed"
    message = N_("A credential cannot expire before it is issued.")


class NotAnApplicant(Refusal):
    """A sponsor or a platform operator is not qualified as a supplier; a freelancer is certified instead."""

    code = "not_an_applicant"
    status = 403
    message = N_("Your kind of organization does not apply for qualification.")


class ApplicationOpen(Refusal):
    """An organization has one application in hand at a time."""

    code = "application_open"
    message = N_("You have an open application already. Finish or withdraw it first.")


class ApplicationStepNotPossible(Refusal):
    """The application stands elsewhere; somebody may have been faster."""

    code = "application_step_not_possible"
    message = N_("This is not possible now: the application is “%(state)s”.")


class QuestionnaireNotForThisKind(Invalid):
    """A hospital does not answer the questions for an SMO."""

    code = "questionnaire_not_for_this_kind"
    message = N_("This questionnaire is not for your kind of organization.")


class ScopeMissing(Invalid):
    """An application that asks for nothing."""

    code = "scope_missing"
    message = N_("Choose at least one service.")


class ScopeTooWide(Invalid):
    """A decision may narrow the scope asked for, never widen it."""

    code = "scope_too_wide"
    message = N_("The scope goes beyond what was applied for.")


class AnswerNotUsable(Invalid):
    """An answer does not fit its question."""

    code = "answer_not_usable"
    message = N_("This answer does not fit the question %(question)s.")


class AnswersMissing(Invalid):
    """Required questions without an answer."""

    code = "answers_missing"
    message = N_("These questions still need an answer: %(questions)s.")


class EvidenceMissing(Invalid):
    """An answer asks for a document that is not there or has expired."""

    code = "evidence_missing"
    message = N_("These answers need a document that is still valid: %(questions)s.")


class EvidenceExpired(Invalid):
    """A document that has run out proves nothing."""

    code = "evidence_expired"
    message = N_("This document has expired.")


class WordsMissing(Invalid):
    """A step that must be explained was not."""

    code = "words_missing"
    message = N_("Please write a sentence here.")


class AuditPending(Refusal):
    """A planned audit has not been reported."""

    code = "audit_pending"
    message = N_("Report or cancel the planned audit first.")


class FindingsOpen(Refusal):
    """Findings stand against an approval."""

    code = "findings_open"
    message = N_("These findings stand against an approval: %(numbers)s.")


class TermTooLong(Invalid):
    """An approval for longer than the findings allow."""

    code = "term_too_long"
    message = N_("After this audit an approval holds for at most %(months)s months.")


class AuditStepNotPossible(Refusal):
    """The audit or finding stands elsewhere."""

    code = "audit_step_not_possible"
    message = N_("This is not possible now: somebody was faster, or the step before is missing.")


class DayPast(Invalid):
    """A plan for a day that has gone."""

    code = "day_past"
    message = N_("Choose a day that is still to come.")


class DayAhead(Invalid):
    """Something that was done cannot lie in the future."""

    code = "day_ahead"
    message = N_("This day has not come yet.")


class AlreadySuspended(Refusal):
    """A supplier is suspended once at a time."""

    code = "already_suspended"
    message = N_("This supplier is suspended already.")


class NotSuspended(Refusal):
    """There is no suspension to lift."""

    code = "not_suspended"
    message = N_("This supplier is not suspended.")


class SupplierStopped(Refusal):
    """No new business with a suspended supplier."""

    code = "supplier_suspended"
    message = N_("%(name)s is suspended from the market: no new business until the suspension is lifted.")


class CredentialRunOut(Refusal):
    """No new work for whoever holds a licence that has expired."""

    code = "credential_run_out"
    message = N_(
        "%(name)s holds a GCP certificate or licence that has expired: no new work until it is renewed."
    )


class CredentialStepNotPossible(Refusal):
    """Somebody has looked at this already."""

    code = "credential_step_not_possible"
    message = N_("This was answered already.")


class RefereeOwnSide(Invalid):
    """Nobody vouches for themself, nor for a colleague of their own organization."""

    code = "referee_own_side"
    message = N_("A referee comes from outside: this address belongs to the own organization.")


class RefereeLinkOver(Refusal):
    """The link of the letter has expired, was used, or a later letter took its place."""

    code = "referee_link_over"
    status = 410
    message = N_("This link has expired or was already used.")


class LettersUsedUp(Refusal):
    """A referee is not written to without end."""

    code = "referee_letters_used_up"
    message = N_("This referee was asked %(count)s times already.")


class FileMissing(Invalid):
    """A credential is verified from its document."""

    code = "file_missing"
    message = N_("There is no document to verify. Ask for it.")


class NotTested(Refusal):
    """The knowledge test is for CRAs and CRCs."""

    code = "not_tested"
    message = N_("The knowledge test is for CRAs and CRCs.")


class NotThisPerson(Refusal):
    """Nobody takes a test for somebody else."""

    code = "not_this_person"
    status = 403
    message = N_("Only the person themself may take the test.")


class AttemptRunning(Refusal):
    """One attempt at a time."""

    code = "test_running"
    message = N_("A test is running already.")


class AttemptOver(Refusal):
    """The attempt has ended."""

    code = "test_over"
    message = N_("This test has ended.")


class AttemptTooEarly(Refusal):
    """The retake rule asks to wait."""

    code = "test_too_early"
    message = N_("You may try again from %(at)s.")


class LevelNotReached(Refusal):
    """What is verified does not reach the level."""

    code = "level_not_reached"
    message = N_("What is verified does not reach this level yet: %(lacks)s.")


class TemplateFaulty(Invalid):
    """A template that cannot be used as it stands."""

    code = "template_faulty"
    message = N_("Every line needs both languages: English | 中文. Line %(line)s has not.")


class TemplateCodeTaken(Refusal):
    """The code is used already."""

    code = "template_code_taken"
    message = N_("There is a template with this code already.")


class NoDraft(Refusal):
    """Only a draft is changed or approved."""

    code = "no_draft"
    message = N_("There is no draft of this template. Begin a new version first.")


class NotYourTemplate(Refusal):
    """Only the owner changes a template; others copy it."""

    code = "not_your_template"
    status = 403
    message = N_("This template is not yours to change. Copy it into your own library.")
