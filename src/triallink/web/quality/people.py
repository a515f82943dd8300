"""One professional on the way to a certificate: credentials, experience, referees, tests, level."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.quality.access import credential_for, professional_for
from triallink.domains.quality.certification_words import LACKS, PERMISSIONS
from triallink.domains.quality.models import (
    REFEREE_STATES,
    TEST_STATES,
    TESTED_ROLES,
    Certificate,
    Credential,
    Experience,
    KnowledgeTest,
    Professional,
    Referee,
)
from triallink.domains.quality.selectors import credentials_of, facts_of, own_record, present_certificate
from triallink.domains.quality.services import credentials as service
from triallink.domains.quality.services import referees as referee_service
from triallink.domains.quality.services.certificates import grant_certificate
from triallink.domains.quality.services.knowledge_tests import may_begin_at
from triallink.domains.quality.services.talent import add_credential
from triallink.domains.quality.standing import blocked_by
from triallink.engines.qualification import (
    KNOWLEDGE_RULES,
    LEVEL_RULES,
    PERMITTED,
    KnowledgeRules,
    ProfessionalFacts,
    level_lacks,
    level_of,
)
from triallink.engines.qualification.levels import ORDER
from triallink.foundation.audit import timeline
from triallink.foundation.files import read_file, read_limited
from triallink.foundation.models import AuditLine
from triallink.foundation.sentences import reads_chinese, sentence_of
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotFound, Refusal
from triallink.kernel.vocabulary import (
    CREDENTIAL_KINDS,
    LEVELS,
    PHASES,
    PROFESSIONAL_ROLES,
    THERAPEUTIC_AREAS,
)
from triallink.web.answers import render_page
from triallink.web.delivery.frame import today
from triallink.web.quality.applications import is_desk
from triallink.web.quality.frame import actor_of, tried
from triallink.web.quality.people_forms import (
    DocumentForm,
    ExperienceForm,
    JudgeForm,
    LevelForm,
    OwnCredentialForm,
    RefereeForm,
    WhyForm,
)
from triallink.web.wording import word

MAX_FILE_MB = 20
SOON = dt.timedelta(days=60)


@dataclass(frozen=True)
class PeopleWords:
    """The closed lists a professional's page speaks in."""

    kinds: dict[str, str]
    levels: dict[str, str]
    roles: dict[str, str]
    areas: dict[str, str]
    phases: dict[str, str]
    referees: dict[str, str]
    tests: dict[str, str]


WORDS = PeopleWords(
    CREDENTIAL_KINDS, LEVELS, PROFESSIONAL_ROLES, THERAPEUTIC_AREAS, PHASES, REFEREE_STATES, TEST_STATES
)


@dataclass(frozen=True)
class LevelLine:
    """One level: what it may do, and what is missing for it."""

    code: str
    label: str
    may: list[str]
    lacks: list[str]
    months: int
    studies: int
    test_share: float
    references: int


@dataclass(frozen=True)
class PersonPage:
    """One professional."""

    professional: Professional
    name: str
    role: str
    certificate: Certificate | None
    reached: str
    levels: list[LevelLine]
    facts: ProfessionalFacts
    blocked: list[str]
    credentials: list[Credential]
    experience: list[Experience]
    referees: list[Referee]
    tests: list[KnowledgeTest]
    running: KnowledgeTest | None
    next_at: dt.datetime | None
    is_tested_role: bool
    is_self: bool
    is_keeper: bool
    is_desk: bool
    rules: KnowledgeRules
    today: dt.date
    soon: dt.date
    timeline: list[AuditLine]
    credential_form: OwnCredentialForm
    experience_form: ExperienceForm
    referee_form: RefereeForm
    level_form: LevelForm
    message: str
    words: PeopleWords = WORDS
    most_letters: int = referee_service.MOST_LETTERS


@dataclass(frozen=True)
class NoRecordPage:
    """A member without a professional record."""

    may_add: bool


def own_certification(request: HttpRequest) -> HttpResponse:
    """Lead to the own record; say how to begin one."""
    actor = actor_of(request)
    found = own_record(to=actor)
    if found is None:
        return render_page(
            request, "quality/no_record.html", NoRecordPage(actor.has("business_lead", "resource_manager"))
        )
    return HttpResponseRedirect(reverse("quality:person-detail", args=[found.pk]))


def person_detail(
    request: HttpRequest,
    professional_id: int,
    *,
    credential_form: OwnCredentialForm | None = None,
    experience_form: ExperienceForm | None = None,
    referee_form: RefereeForm | None = None,
    level_form: LevelForm | None = None,
    message: str = "",
) -> HttpResponse:
    """Show one professional to themself, the employer and the operator."""
    actor = actor_of(request)
    one = professional_for(professional_id, to=actor)
    facts = facts_of(one, today())
    tests = list(one.tests.order_by("-started_at"))
    is_own = one.organization_id == actor.organization_id
    page = PersonPage(
        professional=one,
        name=name_in_words(one),
        role=word(PROFESSIONAL_ROLES, one.role),
        certificate=present_certificate(one.pk),
        reached=level_of(facts),
        levels=[_level(code, facts) for code in ORDER],
        facts=facts,
        blocked=[word(CREDENTIAL_KINDS, kind) for kind in blocked_by([one.pk], today()).get(one.pk, [])],
        credentials=_credentials_of(one, actor),
        experience=list(one.experience.order_by("-pk")),
        referees=list(one.referees.order_by("pk")),
        tests=[test for test in tests if test.state != "running"],
        running=next((test for test in tests if test.state == "running"), None),
        next_at=may_begin_at(one.pk),
        is_tested_role=one.role in TESTED_ROLES,
        is_self=is_own
        and (
            one.person_id == actor.person_id
            or (one.person_id is None and actor.organization_kind == "freelancer")
        ),
        is_keeper=is_own and actor.has(*service.KEEPERS),
        is_desk=is_desk(actor),
        rules=KNOWLEDGE_RULES,
        today=today(),
        soon=today() + SOON,
        timeline=timeline("professional", one.pk, 30),
        credential_form=credential_form or OwnCredentialForm(),
        experience_form=experience_form or ExperienceForm(initial={"role": one.role}),
        referee_form=referee_form or RefereeForm(),
        level_form=level_form or LevelForm(initial={"level": level_of(facts) or "junior"}),
        message=message,
    )
    is_refused = message or credential_form or experience_form or referee_form or level_form
    return render_page(request, "quality/person.html", page, status=422 if is_refused else 200)


@require_POST
def credential_add(request: HttpRequest, professional_id: int) -> HttpResponse:
    """Add a credential, with its document if there is one."""
    actor = actor_of(request)
    professional_for(professional_id, to=actor)
    form = OwnCredentialForm(request.POST, request.FILES)

    def add() -> None:
        given = dict(form.cleaned_data)
        upload = given.pop("file")
        added = add_credential(professional_id=professional_id, by=actor, **given)
        if upload:
            _attach(added.pk, upload, actor)

    if tried(form, add):
        messages.success(request, _("The credential is added."))
        return back_to(professional_id)
    return person_detail(request, professional_id, credential_form=form)


@require_POST
def document_add(request: HttpRequest, credential_id: int) -> HttpResponse:
    """Put the document behind a credential."""
    actor = actor_of(request)
    credential = credential_for(credential_id, to=actor)
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        _attach(credential_id, form.cleaned_data["file"], actor)
        messages.success(request, _("The document is added; the operator looks at it."))
    return back_to(credential.professional_id)


def document_file(request: HttpRequest, credential_id: int) -> HttpResponse:
    """Send the document of a credential."""
    credential = credential_for(credential_id, to=actor_of(request))
    if credential.file is None:
        raise NotFound
    response = HttpResponse(read_file(credential.file), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, credential.file.name)
    return response


@require_POST
def credential_verify(request: HttpRequest, credential_id: int) -> HttpResponse:
    """Say that a credential is genuine."""
    credential = credential_for(credential_id, to=actor_of(request))
    return _said(
        request,
        credential.professional_id,
        lambda: service.verify_credential(credential_id=credential_id, by=actor_of(request)),
    )


@require_POST
def credential_refuse(request: HttpRequest, credential_id: int) -> HttpResponse:
    """Say why a credential cannot be verified."""
    credential = credential_for(credential_id, to=actor_of(request))
    form = WhyForm(request.POST)
    form.is_valid()
    return _said(
        request,
        credential.professional_id,
        lambda: service.refuse_credential(
            credential_id=credential_id, why=form.cleaned_data.get("why", ""), by=actor_of(request)
        ),
    )


@require_POST
def experience_add(request: HttpRequest, professional_id: int) -> HttpResponse:
    """Add experience."""
    actor = actor_of(request)
    professional_for(professional_id, to=actor)
    form = ExperienceForm(request.POST)
    if tried(
        form,
        lambda: service.add_experience(professional_id=professional_id, by=actor, **form.cleaned_data),
    ):
        return back_to(professional_id)
    return person_detail(request, professional_id, experience_form=form)


@require_POST
def experience_judge(request: HttpRequest, experience_id: int) -> HttpResponse:
    """Verify a line of experience, or refuse it."""
    row = Experience.objects.filter(pk=experience_id).first()
    return _judge(request, row, lambda is_confirmed, words: service.judge_experience(
        experience_id=experience_id, is_confirmed=is_confirmed, why=words, by=actor_of(request)
    ))  # fmt: skip


@require_POST
def referee_add(request: HttpRequest, professional_id: int) -> HttpResponse:
    """Name a referee."""
    actor = actor_of(request)
    professional_for(professional_id, to=actor)
    form = RefereeForm(request.POST)
    if tried(
        form,
        lambda: referee_service.name_referee(professional_id=professional_id, by=actor, **form.cleaned_data),
    ):
        messages.success(request, _("The referee gets a letter with a link to answer."))
        return back_to(professional_id)
    return person_detail(request, professional_id, referee_form=form)


@require_POST
def referee_ask(request: HttpRequest, referee_id: int) -> HttpResponse:
    """Write to a referee again."""
    row = Referee.objects.filter(pk=referee_id).first()
    if row is None:
        raise NotFound
    professional_for(row.professional_id, to=actor_of(request))
    return _said(
        request,
        row.professional_id,
        lambda: referee_service.ask_referee_again(referee_id=referee_id, by=actor_of(request)),
    )


@require_POST
def referee_answer(request: HttpRequest, referee_id: int) -> HttpResponse:
    """Write down what a referee said."""
    row = Referee.objects.filter(pk=referee_id).first()
    return _judge(request, row, lambda is_confirmed, words: referee_service.answer_for_referee(
        referee_id=referee_id, is_confirmed=is_confirmed, answer=words, by=actor_of(request)
    ))  # fmt: skip


@require_POST
def certify(request: HttpRequest, professional_id: int) -> HttpResponse:
    """Certify a level."""
    professional_for(professional_id, to=actor_of(request))
    form = LevelForm(request.POST)
    if tried(
        form,
        lambda: grant_certificate(professional_id=professional_id, by=actor_of(request), **form.cleaned_data),
    ):
        messages.success(request, _("The certificate is granted."))
        return back_to(professional_id)
    return person_detail(request, professional_id, level_form=form)


def back_to(professional_id: int) -> HttpResponse:
    """Lead back to a professional's page."""
    return HttpResponseRedirect(reverse("quality:person-detail", args=[professional_id]))


def name_in_words(one: Professional) -> str:
    """Return a professional's name in the reader's language."""
    return one.name_in("zh" if reads_chinese() else "en") or one.name_zh


def _level(code: str, facts: ProfessionalFacts) -> LevelLine:
    rule = LEVEL_RULES[code]
    return LevelLine(
        code=code,
        label=word(LEVELS, code),
        may=[word(PERMISSIONS, one) for one in PERMITTED[code]],
        lacks=[word(LACKS, one) for one in level_lacks(code, facts)],
        months=rule.months,
        studies=rule.studies,
        test_share=rule.test_share,
        references=rule.references,
    )


def _credentials_of(one: Professional, actor: Actor) -> list[Credential]:
    if one.organization_id == actor.organization_id:
        return credentials_of(one.pk, to=actor)
    return list(one.credentials.select_related("file").order_by("kind", "expires_on", "pk"))


def _attach(credential_id: int, upload: Any, actor: Actor) -> None:
    service.attach_document(
        credential_id=credential_id,
        content=read_limited(upload, MAX_FILE_MB),
        file_name=upload.name,
        media_type=upload.content_type or "application/octet-stream",
        by=actor,
    )


def _judge(
    request: HttpRequest, row: Experience | Referee | None, judge: Callable[[bool, str], object]
) -> HttpResponse:
    if row is None:
        raise NotFound
    professional_for(row.professional_id, to=actor_of(request))
    form: forms.Form = JudgeForm(request.POST)
    if not form.is_valid():
        return person_detail(request, row.professional_id, message=_("Please check what you entered."))
    given = form.cleaned_data
    return _said(request, row.professional_id, lambda: judge(given["is_confirmed"], given["words"]))


def _said(request: HttpRequest, professional_id: int, say: Callable[[], object]) -> HttpResponse:
    try:
        say()
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return person_detail(request, professional_id, message=sentence_of(refusal))
    return back_to(professional_id)
