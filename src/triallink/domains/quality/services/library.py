"""The process library: read from files, copied, drafted, approved with a day."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from triallink.domains.quality.access import require_library_keeper, template_for
from triallink.domains.quality.errors import (
    DayPast,
    NoDraft,
    TemplateCodeTaken,
    TemplateFaulty,
    WordsMissing,
)
from triallink.domains.quality.events import TemplateApproved, TemplateDrafted
from triallink.domains.quality.library import FiledTemplate, filed_templates, is_bilingual
from triallink.domains.quality.models import (
    TEMPLATE_KINDS,
    TEMPLATE_STAGES,
    ProcessTemplate,
    TemplateVersion,
)
from triallink.domains.quality.services.checks import known
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.vocabulary import PHASES, SERVICE_CATEGORIES

Pair = dict[str, str]


@transaction.atomic
def sync_library(*, clock: Clock = system_clock) -> int:
    """Bring the platform's library up to the files, approved from their day; return how many versions were added.

    A template that is not there is added. One that nobody has changed follows its file in a new version; what people
    changed stays. The files are part of the release, so no audit line tells of them.
    """
    rows = ProcessTemplate.objects.filter(organization__isnull=True).prefetch_related("versions")
    there = {(row.kind, row.code): row for row in rows}
    fresh = [one for one in filed_templates() if (one.kind, one.code) not in there]
    made = ProcessTemplate.objects.bulk_create(
        ProcessTemplate(
            kind=one.kind,
            code=one.code,
            stage=one.stage,
            services=one.services,
            phases=one.phases,
            created_at=clock.now(),
        )
        for one in fresh
    )
    versions = [_filed(row, one, 1, clock) for row, one in zip(made, fresh, strict=True)]
    for one in filed_templates():
        row = there.get((one.kind, one.code))
        last = max(row.versions.all(), key=lambda version: version.number) if row else None
        if row and last and last.created_by_id is None and not _says(last, one):
            versions.append(_filed(row, one, last.number + 1, clock))
    TemplateVersion.objects.bulk_create(versions)
    return len(versions)


def _filed(row: ProcessTemplate, one: FiledTemplate, number: int, clock: Clock) -> TemplateVersion:
    return TemplateVersion(
        template=row,
        number=number,
        state="approved",
        title=one.title,
        cites=one.cites,
        content=one.content,
        effective_on=one.effective_on,
        created_at=clock.now(),
        approved_at=clock.now(),
    )


def _says(version: TemplateVersion, one: FiledTemplate) -> bool:
    return (version.title, version.cites, version.content) == (one.title, one.cites, one.content)


@transaction.atomic
def create_template(
    *,
    kind: str,
    code: str,
    stage: str,
    title: Pair,
    cites: str,
    content: dict[str, Any],
    services: list[str] | None = None,
    phases: list[str] | None = None,
    by: Actor,
    clock: Clock = system_clock,
) -> TemplateVersion:
    """Add a template to the own library (the operator's is everybody's) with a first draft.

    Refuses: NotAllowed, CodeUnknown, WordsMissing, TemplateFaulty, TemplateCodeTaken.
    Emits: TemplateDrafted.
    """
    owner_id = require_library_keeper(by)
    known([kind], TEMPLATE_KINDS, "kind")
    known([stage], TEMPLATE_STAGES, "stage")
    if not code.strip():
        raise WordsMissing(field="code")
    _check(title, cites, content)
    try:
        with transaction.atomic():
            template = ProcessTemplate.objects.create(
                organization_id=owner_id,
                kind=kind,
                code=code.strip()[:24],
                stage=stage,
                services=known(services or [], SERVICE_CATEGORIES, "services"),
                phases=known(phases or [], PHASES, "phases"),
                created_at=clock.now(),
            )
    except IntegrityError as error:
        raise TemplateCodeTaken(field="code") from error
    version = _draft(template, 1, title, cites, content, by, clock)
    record(
        TemplateDrafted(template_id=template.pk, number=1),
        by=by,
        about=("process_template", template.pk),
        change={"version": [None, 1]},
        clock=clock,
    )
    return version


@transaction.atomic
def copy_template(*, template_id: int, by: Actor, clock: Clock = system_clock) -> TemplateVersion:
    """Copy a template that is in force into the own library, as a draft.

    Refuses: NotAllowed, NotFound, TemplateCodeTaken.
    Emits: TemplateDrafted.
    """
    owner_id = require_library_keeper(by)
    source = template_for(template_id, to=by)
    last = source.versions.exclude(state="draft").order_by("-number").first() or source.versions.get()
    own = Q(organization__isnull=True) if owner_id is None else Q(organization_id=owner_id)
    if ProcessTemplate.objects.filter(own, kind=source.kind, code=source.code).exists():
        raise TemplateCodeTaken
    template = ProcessTemplate.objects.create(
        organization_id=owner_id,
        kind=source.kind,
        code=source.code,
        stage=source.stage,
        services=source.services,
        phases=source.phases,
        created_at=clock.now(),
    )
    version = _draft(template, 1, last.title, last.cites, last.content, by, clock)
    record(
        TemplateDrafted(template_id=template.pk, number=1),
        by=by,
        about=("process_template", template.pk),
        change={"copied_from": [None, f"{source.code} {last.number}"]},
        clock=clock,
    )
    return version


@transaction.atomic
def draft_version(
    *,
    template_id: int,
    title: Pair,
    cites: str,
    content: dict[str, Any],
    change_note: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> TemplateVersion:
    """Write the draft of the next version; the version in force stays until the draft is approved and its day comes.

    Refuses: NotAllowed, NotFound, NotYourTemplate, WordsMissing, TemplateFaulty.
    Emits: TemplateDrafted.
    """
    template = _own_locked(template_id, by)
    _check(title, cites, content)
    draft = template.versions.filter(state="draft").first()
    if draft is None:
        last = template.versions.aggregate(last=Max("number"))["last"] or 0
        draft = _draft(template, last + 1, title, cites, content, by, clock, change_note)
    else:
        draft.title, draft.cites, draft.content = title, cites.strip(), content
        draft.change_note, draft.created_by_id = change_note.strip(), by.person_id
        draft.save(update_fields=["title", "cites", "content", "change_note", "created_by"])
    record(
        TemplateDrafted(template_id=template.pk, number=draft.number),
        by=by,
        about=("process_template", template.pk),
        why=change_note.strip(),
        change={"version": [None, draft.number]},
        clock=clock,
    )
    return draft


@transaction.atomic
def approve_version(
    *, template_id: int, effective_on: dt.date, by: Actor, clock: Clock = system_clock
) -> TemplateVersion:
    """Approve the draft; from its day on it is in force and the one before is no longer offered.

    Refuses: NotAllowed, NotFound, NotYourTemplate, NoDraft, DayPast.
    Emits: TemplateApproved.
    """
    template = _own_locked(template_id, by)
    draft = template.versions.filter(state="draft").first()
    if draft is None:
        raise NoDraft
    if effective_on < clock.now().date():
        raise DayPast(field="effective_on")
    draft.state, draft.effective_on = "approved", effective_on
    draft.approved_at, draft.approved_by_id = clock.now(), by.person_id
    draft.save(update_fields=["state", "effective_on", "approved_at", "approved_by"])
    record(
        TemplateApproved(template_id=template.pk, number=draft.number),
        by=by,
        about=("process_template", template.pk),
        change={"version": [draft.number - 1, draft.number], "effective_on": [None, effective_on]},
        clock=clock,
    )
    return draft


def _own_locked(template_id: int, by: Actor) -> ProcessTemplate:
    template = template_for(template_id, to=by)
    require_library_keeper(by, template)
    return ProcessTemplate.objects.select_for_update(of=("self",)).get(pk=template.pk)


def _draft(
    template: ProcessTemplate,
    number: int,
    title: Pair,
    cites: str,
    content: dict[str, Any],
    by: Actor,
    clock: Clock,
    change_note: str = "",
) -> TemplateVersion:
    return TemplateVersion.objects.create(
        template=template,
        number=number,
        title=title,
        cites=cites.strip(),
        content=content,
        change_note=change_note.strip(),
        created_at=clock.now(),
        created_by_id=by.person_id,
    )


def _check(title: Pair, cites: str, content: dict[str, Any]) -> None:
    if not is_bilingual(title):
        raise WordsMissing(field="title_en" if not title.get("en", "").strip() else "title_zh")
    if not cites.strip():
        raise WordsMissing(field="cites")
    if not content.get("lines"):
        raise WordsMissing(field="lines")
    for number, line in enumerate(content["lines"], start=1):
        if not is_bilingual(line):
            raise TemplateFaulty(field="lines", line=number)
