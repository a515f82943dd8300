"""Applications for qualification: begun, answered, handed in, looked at, returned, decided."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from triallink.domains.quality.access import (
    locked_application,
    own_open_application,
    require_applicant,
    require_operator,
)
from triallink.domains.quality.errors import (
    AnswerNotUsable,
    AnswersMissing,
    ApplicationOpen,
    ApplicationStepNotPossible,
    CredentialDatesReversed,
    EvidenceExpired,
    EvidenceMissing,
    NotAnApplicant,
    QuestionnaireNotForThisKind,
    WordsMissing,
)
from triallink.domains.quality.events import (
    ApplicationBegun,
    ApplicationChanged,
    ApplicationReturned,
    ApplicationSubmitted,
    ApplicationTakenUp,
    ApplicationWithdrawn,
)
from triallink.domains.quality.models import (
    APPLICATION_STATES,
    APPLICATION_TRANSITIONS,
    ApplicationEvidence,
    QualificationApplication,
)
from triallink.domains.quality.questionnaires import FOR_KINDS, latest_version, questionnaire
from triallink.domains.quality.scopes import checked_scope, require_scope
from triallink.engines import questions as engine
from triallink.foundation.files import store_file
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.events import Event
from triallink.kernel.refusals import NotFound

MAX_FILE_MB = 20


@transaction.atomic
def begin_application(
    *, questionnaire: str, by: Actor, clock: Clock = system_clock
) -> QualificationApplication:
    """Begin an application with the newest questionnaire of a kind; it takes over the last scope and answers.

    Refuses: NotAllowed, NotAnApplicant, QuestionnaireNotForThisKind, ApplicationOpen.
    Emits: ApplicationBegun.
    """
    require_applicant(by)
    if by.organization_kind not in FOR_KINDS:
        raise NotAnApplicant
    if questionnaire not in FOR_KINDS[by.organization_kind]:
        raise QuestionnaireNotForThisKind(field="questionnaire")
    before = (
        QualificationApplication.objects.filter(
            organization_id=by.own_organization_id, questionnaire=questionnaire
        )
        .order_by("-pk")
        .first()
    )
    try:
        with transaction.atomic():
            application = QualificationApplication.objects.create(
                organization_id=by.own_organization_id,
                questionnaire=questionnaire,
                questionnaire_version=latest_version(questionnaire),
                scope=before.scope if before else [],
                answers=before.answers if before else {},
                created_at=clock.now(),
                created_by_id=by.person_id,
            )
    except IntegrityError as error:
        raise ApplicationOpen from error
    _record(ApplicationBegun, application, by, clock, change={"state": [None, "draft"]})
    return application


@transaction.atomic
def answer_application(
    *,
    application_id: int,
    scope: Iterable[Mapping[str, Sequence[str]]] | None = None,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
    by: Actor,
    clock: Clock = system_clock,
) -> QualificationApplication:
    """Save the scope and answers as far as they go; what is None stays as it was.

    Refuses: NotFound, NotAllowed, ApplicationStepNotPossible, CodeUnknown, AnswerNotUsable.
    Emits: ApplicationChanged, if anything did.
    """
    application = own_open_application(application_id, by=by)
    change: dict[str, Any] = {}
    if scope is not None and (asked := checked_scope(scope)) != application.scope:
        change["scope"] = [application.scope, asked]
        application.scope = asked
    if answers is not None:
        form = questionnaire(application.questionnaire, application.questionnaire_version)
        try:
            kept = engine.checked_answers(form, answers)
        except engine.AnswerUnfit as unfit:
            raise AnswerNotUsable(field=f"value_{unfit.question}", question=unfit.question) from unfit
        if kept != application.answers:
            known = application.answers
            changed = sorted(code for code in kept | known if kept.get(code) != known.get(code))
            change["answers"] = [None, changed]
            application.answers = kept
    if change:
        application.save(update_fields=[*change])
        _record(ApplicationChanged, application, by, clock, change=change)
    return application


@transaction.atomic
def add_evidence(
    *,
    application_id: int,
    content: bytes,
    file_name: str,
    media_type: str = "application/octet-stream",
    title: str = "",
    question: str = "",
    issued_on: dt.date | None = None,
    expires_on: dt.date | None = None,
    by: Actor,
    clock: Clock = system_clock,
) -> ApplicationEvidence:
    """Put a document behind an answer, or beside the whole application.

    Refuses: NotFound, NotAllowed, ApplicationStepNotPossible, AnswerNotUsable (no such question),
        CredentialDatesReversed, EvidenceExpired.
    Emits: ApplicationChanged.
    """
    application = own_open_application(application_id, by=by)
    form = questionnaire(application.questionnaire, application.questionnaire_version)
    if question and question not in {one["code"] for one in engine.questions_of(form)}:
        raise AnswerNotUsable(field="question", question=question)
    if issued_on and expires_on and expires_on < issued_on:
        raise CredentialDatesReversed(field="expires_on")
    if expires_on and expires_on < clock.now().date():
        raise EvidenceExpired(field="expires_on")
    file = store_file(content, name=file_name, media_type=media_type, by=by, clock=clock)
    evidence = ApplicationEvidence.objects.create(
        application=application,
        question=question,
        title=(title.strip() or file_name)[:160],
        file=file,
        issued_on=issued_on,
        expires_on=expires_on,
        added_at=clock.now(),
    )
    _record(ApplicationChanged, application, by, clock, change={"evidence": [None, evidence.title]})
    return evidence


@transaction.atomic
def remove_evidence(*, evidence_id: int, by: Actor, clock: Clock = system_clock) -> int:
    """Take a document off an application that is still being written, and return the application's id.

    Refuses: NotFound, NotAllowed, ApplicationStepNotPossible.
    Emits: ApplicationChanged.
    """
    evidence = ApplicationEvidence.objects.filter(pk=evidence_id).first()
    if evidence is None:
        raise NotFound
    application = own_open_application(evidence.application_id, by=by)
    evidence.delete()
    _record(ApplicationChanged, application, by, clock, change={"evidence": [evidence.title, None]})
    return application.pk


@transaction.atomic
def submit_application(
    *, application_id: int, by: Actor, clock: Clock = system_clock
) -> QualificationApplication:
    """Hand an application in; from now on only the operator moves it.

    Refuses: NotFound, NotAllowed, ApplicationStepNotPossible, ScopeMissing, AnswersMissing, EvidenceMissing.
    Emits: ApplicationSubmitted.
    """
    application = own_open_application(application_id, by=by)
    require_scope(application.scope)
    form = questionnaire(application.questionnaire, application.questionnaire_version)
    if missing := engine.unanswered(form, application.answers):
        raise AnswersMissing(questions=", ".join(missing))
    if bare := unproved(application, clock.now().date()):
        raise EvidenceMissing(questions=", ".join(bare))
    _step(application, "submitted")
    application.submitted_at = clock.now()
    application.save(update_fields=["state", "submitted_at"])
    _record(ApplicationSubmitted, application, by, clock, change={"state": [None, "submitted"]})
    return application


@transaction.atomic
def withdraw_application(
    *, application_id: int, by: Actor, clock: Clock = system_clock
) -> QualificationApplication:
    """Take an undecided application back.

    Refuses: NotFound, NotAllowed, ApplicationStepNotPossible.
    Emits: ApplicationWithdrawn.
    """
    require_applicant(by)
    application = locked_application(application_id, to=by)
    if application.organization_id != by.organization_id:
        raise NotFound
    before = application.state
    _step(application, "withdrawn")
    application.save(update_fields=["state"])
    _record(ApplicationWithdrawn, application, by, clock, change={"state": [before, "withdrawn"]})
    return application


@transaction.atomic
def take_up_application(
    *, application_id: int, by: Actor, clock: Clock = system_clock
) -> QualificationApplication:
    """Begin the operator's review of a submitted application; the actor becomes its reviewer.

    Refuses: NotFound, NotAllowed, ApplicationStepNotPossible.
    Emits: ApplicationTakenUp.
    """
    require_operator(by)
    application = locked_application(application_id, to=by)
    _step(application, "in_review")
    application.reviewer_id = by.person_id
    application.save(update_fields=["state", "reviewer"])
    _record(ApplicationTakenUp, application, by, clock, change={"state": ["submitted", "in_review"]})
    return application


@transaction.atomic
def return_application(
    *, application_id: int, reason: str, by: Actor, clock: Clock = system_clock
) -> QualificationApplication:
    """Ask the supplier to complete its application.

    Refuses: NotFound, NotAllowed, ApplicationStepNotPossible, WordsMissing.
    Emits: ApplicationReturned.
    """
    require_operator(by)
    application = locked_application(application_id, to=by)
    if not reason.strip():
        raise WordsMissing(field="reason")
    before = application.state
    _step(application, "returned")
    application.returned_reason = reason.strip()
    application.save(update_fields=["state", "returned_reason"])
    _record(ApplicationReturned, application, by, clock, why=reason, change={"state": [before, "returned"]})
    return application


def unproved(application: QualificationApplication, today: dt.date) -> list[str]:
    """Return the questions answered with "yes" that ask for a document and have none that is valid on a day."""
    form = questionnaire(application.questionnaire, application.questionnaire_version)
    proved = {
        evidence.question
        for evidence in application.evidence.all()
        if evidence.expires_on is None or evidence.expires_on >= today
    }
    return [
        question["code"]
        for question in engine.questions_of(form)
        if question.get("needs_document")
        and application.answers.get(question["code"], {}).get("value") == "yes"
        and question["code"] not in proved
    ]


def _step(application: QualificationApplication, state: str) -> None:
    if (application.state, state) not in APPLICATION_TRANSITIONS:
        raise ApplicationStepNotPossible(state=APPLICATION_STATES[application.state])
    application.state = state


def _record(
    event: type[Event],
    application: QualificationApplication,
    by: Actor,
    clock: Clock,
    *,
    why: str = "",
    change: dict[str, Any] | None = None,
) -> None:
    record(
        event(application_id=application.pk, organization_id=application.organization_id),  # type: ignore[call-arg]
        by=by,
        about=("qualification_application", application.pk),
        organization_id=application.organization_id,
        why=why,
        change=change,
        clock=clock,
    )
