"""Records of every kind: opened, changed, moved step by step, discussed; and the actions that follow from them."""

import datetime as dt
import re
from typing import Any

from django.db import transaction
from django.db.models import Max

from triallink.domains.delivery.access import (
    WORKERS,
    people_of_study,
    person_of_study,
    record_to_change,
    visit_for,
)
from triallink.domains.delivery.errors import (
    ActionClosed,
    ActionsOpen,
    CommentEmpty,
    FieldMissing,
    StepUnknown,
)
from triallink.domains.delivery.events import (
    ActionAdded,
    ActionDone,
    CommentWritten,
    RecordChanged,
    RecordEscalated,
    RecordMoved,
    RecordOpened,
)
from triallink.domains.delivery.models import ActionItem, RecordComment, StudyRecord
from triallink.domains.delivery.record_kinds import (
    checked_values,
    due_on,
    grade_of,
    record_kind,
    state_of,
    step_of,
)
from triallink.domains.studies.access import study_for, visible_studies
from triallink.domains.studies.models import Study
from triallink.foundation.record import record
from triallink.foundation.signatures import content_hash, sign
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

MAX_TITLE, MAX_ACTION = 200, 400
MENTION = re.compile(r"@\[([^\]]{1,120})\]|@([\w.+-]+@[\w.-]+\w)")


@transaction.atomic
def open_record(
    *,
    study_id: int,
    kind: str,
    title: str,
    values: dict[str, Any],
    site_id: int | None = None,
    owner_id: int | None = None,
    visit_id: int | None = None,
    parent_id: int | None = None,
    by: Actor,
    clock: Clock = system_clock,
) -> StudyRecord:
    """Open a record of a kind; its day to be closed follows from its grade.

    Refuses: NotFound, NotAllowed, KindUnknown, FieldMissing, WordUnknown, PersonOutside.
    Emits: RecordOpened.
    """
    study = study_for(study_id, to=by)
    by.require(*WORKERS)
    data = record_kind(kind)
    kept = checked_values(data, values)
    if not title.strip():
        raise FieldMissing(field="title")
    site = study.sites.filter(pk=site_id).first() if site_id else None
    if site_id and site is None:
        raise NotFound
    if visit_id is not None and visit_for(visit_id, to=by).study_id != study_id:
        raise NotFound
    if parent_id is not None and not study.records.filter(pk=parent_id).exists():
        raise NotFound
    owner = person_of_study(study, owner_id)
    # Numbers of one study are given one after another.
    Study.objects.select_for_update().get(pk=study_id)
    last = study.records.filter(kind=kind).aggregate(last=Max("number"))["last"] or 0
    grade = grade_of(data, kept)
    found = StudyRecord.objects.create(
        study=study,
        site=site,
        kind=kind,
        kind_version=data["version"],
        number=last + 1,
        title=title.strip()[:MAX_TITLE],
        values=kept,
        state=data["states"][0]["code"],
        grade=grade,
        owner=owner,
        due_on=due_on(data, grade, clock.now().date()),
        visit_id=visit_id,
        parent_id=parent_id,
        organization_id=by.organization_id,
        created_at=clock.now(),
        created_by_id=by.person_id,
    )
    record(
        RecordOpened(study_id=study_id, record_id=found.pk, kind=kind),
        by=by,
        about=("study_record", found.pk),
        study_id=study_id,
        change={"opened": [None, found.reference]},
        clock=clock,
    )
    return found


@transaction.atomic
def change_record(
    *,
    record_id: int,
    title: str,
    values: dict[str, Any],
    owner_id: int | None,
    by: Actor,
    clock: Clock = system_clock,
) -> StudyRecord:
    """Change what an open record says and who owns it.

    Refuses: NotFound, NotAllowed, StepUnknown (closed), FieldMissing, WordUnknown, PersonOutside.
    Emits: RecordChanged.
    """
    found = record_to_change(record_id, by=by)
    data = record_kind(found.kind)
    if found.closed_at is not None:
        raise StepUnknown
    if not title.strip():
        raise FieldMissing(field="title")
    kept = checked_values(data, values)
    change = {
        name: [found.values.get(name), kept.get(name)]
        for name in {*found.values, *kept}
        if found.values.get(name) != kept.get(name)
    }
    found.values, found.title = kept, title.strip()[:MAX_TITLE]
    grade = grade_of(data, kept)
    if grade != found.grade:
        found.grade = grade
        found.due_on = due_on(data, grade, found.created_at.date())
    found.owner = person_of_study(found.study, owner_id)
    found.save(update_fields=["values", "title", "grade", "due_on", "owner"])
    record(
        RecordChanged(study_id=found.study_id, record_id=found.pk),
        by=by,
        about=("study_record", found.pk),
        study_id=found.study_id,
        change=change,
        clock=clock,
    )
    return found


@transaction.atomic
def take_step(
    *, record_id: int, step: str, secret: str = "", why: str = "", by: Actor, clock: Clock = system_clock
) -> StudyRecord:
    """Move a record by one of its kind's steps; a step that is signed binds the signature to what it says.

    Refuses: NotFound, NotAllowed, StepUnknown, FieldMissing, ActionsOpen, NotReauthenticated.
    Emits: RecordMoved.
    """
    found = record_to_change(record_id, by=by)
    data = record_kind(found.kind)
    taken = step_of(data, found.state, step)
    if taken["roles"]:
        by.require(*taken["roles"])
    for field in taken["needs"]:
        if not found.values.get(field):
            raise FieldMissing(field=field)
    if taken["needs_actions_closed"]:
        still = found.action_items.filter(closed_at=None).count()
        if still:
            raise ActionsOpen(count=still)
    digest = ""
    if taken["is_signed"]:
        digest = content_hash(record_content(found))
        sign(
            about=("study_record", found.pk),
            content_sha256=digest,
            meaning="approval",
            secret=secret,
            by=by,
            clock=clock,
        )
    before, found.state = found.state, taken["to"]
    found.closed_at = clock.now() if state_of(data, found.state)["is_closed"] else None
    found.save(update_fields=["state", "closed_at"])
    record(
        RecordMoved(study_id=found.study_id, record_id=found.pk, kind=found.kind, state=found.state),
        by=by,
        about=("study_record", found.pk),
        study_id=found.study_id,
        why=why,
        change={"state": [before, found.state]} | ({"signed": [None, digest]} if digest else {}),
        clock=clock,
    )
    return found


@transaction.atomic
def write_comment(*, record_id: int, text: str, by: Actor, clock: Clock = system_clock) -> RecordComment:
    """Say something on a record; people named as @[Name] or @address are told.

    Refuses: NotFound, NotAllowed, CommentEmpty.
    Emits: CommentWritten.
    """
    found = record_to_change(record_id, by=by)
    if not text.strip():
        raise CommentEmpty(field="text")
    names = {(a or b).lower() for a, b in MENTION.findall(text)}
    people = people_of_study(found.study) if names else []
    comment = RecordComment.objects.create(
        record=found,
        by_id=by.own_person_id,
        at=clock.now(),
        text=text.strip(),
        mentions=[p.pk for p in people if p.name.lower() in names or p.email in names],
    )
    record(
        CommentWritten(study_id=found.study_id, record_id=found.pk, comment_id=comment.pk),
        by=by,
        about=("study_record", found.pk),
        study_id=found.study_id,
        clock=clock,
    )
    return comment


@transaction.atomic
def add_action(
    *,
    study_id: int,
    text: str,
    due_on: dt.date,
    owner_id: int | None = None,
    visit_id: int | None = None,
    record_id: int | None = None,
    by: Actor,
    clock: Clock = system_clock,
) -> ActionItem:
    """Ask somebody to do something by a day, from a visit or a record.

    Refuses: NotFound, NotAllowed, FieldMissing, PersonOutside.
    Emits: ActionAdded.
    """
    study = study_for(study_id, to=by)
    by.require(*WORKERS)
    if not text.strip():
        raise FieldMissing(field="text")
    visit = visit_for(visit_id, to=by) if visit_id is not None else None
    about = record_to_change(record_id, by=by) if record_id is not None else None
    if any(one is not None and one.study_id != study_id for one in (visit, about)):
        raise NotFound
    action = ActionItem.objects.create(
        study=study,
        site=visit.site if visit else about.site if about else None,
        visit=visit,
        record=about,
        text=text.strip()[:MAX_ACTION],
        owner=person_of_study(study, owner_id),
        due_on=due_on,
        created_at=clock.now(),
    )
    record(
        ActionAdded(study_id=study_id, action_id=action.pk),
        by=by,
        about=("visit", visit.pk) if visit else ("study_record", about.pk) if about else ("study", study_id),
        study_id=study_id,
        change={"action": [None, action.text]},
        clock=clock,
    )
    return action


@transaction.atomic
def close_action(*, action_id: int, note: str, by: Actor, clock: Clock = system_clock) -> ActionItem:
    """Say that an action is done.

    Refuses: NotFound, NotAllowed, ActionClosed.
    Emits: ActionDone.
    """
    action = (
        ActionItem.objects.select_for_update().filter(pk=action_id, study__in=visible_studies(to=by)).first()
    )
    if action is None:
        raise NotFound
    by.require(*WORKERS)
    if action.closed_at is not None:
        raise ActionClosed
    action.closed_at, action.closed_by_id = clock.now(), by.person_id
    action.closing_note = note.strip()[:MAX_ACTION]
    action.save(update_fields=["closed_at", "closed_by", "closing_note"])
    record(
        ActionDone(study_id=action.study_id, action_id=action.pk),
        by=by,
        about=("visit", action.visit_id) if action.visit_id else ("study_record", action.record_id or 0),
        study_id=action.study_id,
        change={"action done": [action.text, action.closing_note]},
        clock=clock,
    )
    return action


@transaction.atomic
def escalate_overdue(*, by: Actor = SYSTEM, clock: Clock = system_clock) -> list[StudyRecord]:
    """Escalate every record that stayed open too long after its day; once each.

    Refuses: nothing.
    Emits: RecordEscalated for each.
    """
    today = clock.now().date()
    rows = StudyRecord.objects.select_for_update().filter(closed_at=None, escalated_at=None, due_on__lt=today)
    late = [
        row
        for row in rows.order_by("pk")
        if row.due_on and (today - row.due_on).days >= record_kind(row.kind)["escalate_after_days"]
    ]
    for row in late:
        row.escalated_at = clock.now()
        row.save(update_fields=["escalated_at"])
        record(
            RecordEscalated(study_id=row.study_id, record_id=row.pk),
            by=by,
            about=("study_record", row.pk),
            study_id=row.study_id,
            change={"escalated": [None, row.reference]},
            clock=clock,
        )
    return late


def record_content(found: StudyRecord) -> dict[str, Any]:
    """Return what a signature on a record is bound to."""
    return {
        "reference": found.reference,
        "kind": [found.kind, found.kind_version],
        "study": found.study_id,
        "site": found.site_id,
        "title": found.title,
        "values": found.values,
        "state": found.state,
    }
