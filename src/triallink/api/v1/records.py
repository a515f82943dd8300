"""Records of studies: issues, deviations, risks, CAPA, decisions, minutes, training and delegation logs."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.days import Day
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.delivery import services
from triallink.domains.delivery.access import record_for
from triallink.domains.delivery.models import RecordComment, StudyRecord
from triallink.domains.delivery.record_kinds import record_kinds
from triallink.domains.delivery.selectors import work

router = Router()
Id = Path(ge=1, lt=2**63)
Ref = Field(ge=1, lt=2**63)
MaybeRef = Field(None, ge=1, lt=2**63)


class RecordKindOut(Schema):
    """A kind of record: its fields, states and steps."""

    code: str
    version: int
    title: dict[str, str]
    cites: str
    fields: list[dict[str, Any]]
    states: list[dict[str, Any]]
    steps: list[dict[str, Any]]


class RecordIn(Schema):
    """A record to open; `values` as the fields of its kind say."""

    study_id: int = Ref
    kind: str = Field(max_length=20)
    title: str = Field(min_length=1, max_length=200)
    values: dict[str, str]
    site_id: int | None = MaybeRef
    owner_id: int | None = MaybeRef
    visit_id: int | None = MaybeRef
    parent_id: int | None = MaybeRef


class RecordChangeIn(Schema):
    """What an open record says from now on."""

    title: str = Field(min_length=1, max_length=200)
    values: dict[str, str]
    owner_id: int | None = MaybeRef


class StepIn(Schema):
    """A step of the record's kind; `secret` where it is signed."""

    step: str = Field(max_length=40)
    secret: str = Field("", max_length=200)
    why: str = Field("", max_length=2000)


class CommentIn(Schema):
    """A word on a record; @[Name] or @address tells that person."""

    text: str = Field(min_length=1, max_length=6000)


class RecordOut(Schema):
    """A record."""

    id: int
    study_id: int
    site_id: int | None
    kind: str
    reference: str
    title: str
    values: dict[str, Any]
    state: str
    grade: str
    owner_id: int | None
    visit_id: int | None
    parent_id: int | None
    due_on: Day | None
    created_at: dt.datetime
    closed_at: dt.datetime | None
    escalated_at: dt.datetime | None


class RecordPage(Schema):
    """Some records and where to go on."""

    items: list[RecordOut]
    next_cursor: str


class CommentOut(Schema):
    """A word on a record and whom it was told to."""

    id: int
    record_id: int
    by_id: int
    at: dt.datetime
    text: str
    mentions: list[int]


class CommentPage(Schema):
    """Some comments and where to go on."""

    items: list[CommentOut]
    next_cursor: str


@router.get("/kinds", auth=scope("delivery:read"), response=list[RecordKindOut])
def list_kinds(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the kinds of records with their fields, states and steps."""
    return [{**kind, "code": code} for code, kind in record_kinds().items()]


@router.get("/", auth=scope("delivery:read"), response=RecordPage)
def list_records(
    request: HttpRequest,
    paging: Query[Paging],
    study_id: int = Query(ge=1, lt=2**63),
    kind: str = Query("", max_length=20),
) -> dict[str, Any]:
    """Return the records of a study, or those of one kind."""
    return page_of(work.records(study_id, to=actor_of(request), kind=kind), paging, lambda row: row)


@router.post("/", auth=scope("delivery:write"), response={201: RecordOut})
def open_record(request: HttpRequest, given: RecordIn) -> Status[StudyRecord]:
    """Open a record; the day by which it is to be closed follows from its grade."""
    return Status(201, services.open_record(by=actor_of(request), **given.dict()))


@router.get("/{record_id}", auth=scope("delivery:read"), response=RecordOut)
def get_record(request: HttpRequest, record_id: int = Id) -> StudyRecord:
    """Return one record."""
    return record_for(record_id, to=actor_of(request))


@router.post("/{record_id}/change", auth=scope("delivery:write"), response=RecordOut)
def change_record(request: HttpRequest, given: RecordChangeIn, record_id: int = Id) -> StudyRecord:
    """Change what an open record says and who owns it."""
    return services.change_record(record_id=record_id, by=actor_of(request), **given.dict())


@router.post("/{record_id}/step", auth=scope("delivery:write"), response=RecordOut)
def take_step(request: HttpRequest, given: StepIn, record_id: int = Id) -> StudyRecord:
    """Move a record by one of its kind's steps."""
    return services.take_step(record_id=record_id, by=actor_of(request), **given.dict())


@router.get("/{record_id}/comments", auth=scope("delivery:read"), response=CommentPage)
def list_comments(request: HttpRequest, paging: Query[Paging], record_id: int = Id) -> dict[str, Any]:
    """Return what was said on a record."""
    return page_of(record_for(record_id, to=actor_of(request)).comments.all(), paging, lambda row: row)


@router.post("/{record_id}/comments", auth=scope("delivery:write"), response={201: CommentOut})
def write_comment(request: HttpRequest, given: CommentIn, record_id: int = Id) -> Status[RecordComment]:
    """Say something on a record."""
    return Status(201, services.write_comment(record_id=record_id, text=given.text, by=actor_of(request)))
