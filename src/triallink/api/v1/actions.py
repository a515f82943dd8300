"""Action items: what somebody is to do by a day, from a visit or a record."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.days import Day
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.delivery import services
from triallink.domains.delivery.models import ActionItem
from triallink.domains.studies.access import study_for

router = Router()


class ActionIn(Schema):
    """Something to be done, from a visit or a record."""

    study_id: int = Field(ge=1, lt=2**63)
    text: str = Field(min_length=1, max_length=400)
    due_on: Day
    owner_id: int | None = Field(None, ge=1, lt=2**63)
    visit_id: int | None = Field(None, ge=1, lt=2**63)
    record_id: int | None = Field(None, ge=1, lt=2**63)


class ActionOut(Schema):
    """An action and whether it is done."""

    id: int
    study_id: int
    site_id: int | None
    visit_id: int | None
    record_id: int | None
    text: str
    owner_id: int | None
    due_on: Day
    closed_at: dt.datetime | None
    closing_note: str


class ActionPage(Schema):
    """Some actions and where to go on."""

    items: list[ActionOut]
    next_cursor: str


class ActionDoneIn(Schema):
    """What was done."""

    note: str = Field("", max_length=400)


@router.get("/", auth=scope("delivery:read"), response=ActionPage)
def list_actions(
    request: HttpRequest,
    paging: Query[Paging],
    study_id: int = Query(ge=1, lt=2**63),
    is_open: bool | None = None,
) -> dict[str, Any]:
    """Return the actions of a study: all, the open ones, or those done."""
    rows = study_for(study_id, to=actor_of(request)).action_items.all()
    if is_open is not None:
        rows = rows.filter(closed_at__isnull=is_open)
    return page_of(rows, paging, lambda row: row)


@router.post("/", auth=scope("delivery:write"), response={201: ActionOut})
def add_action(request: HttpRequest, given: ActionIn) -> Status[ActionItem]:
    """Ask somebody to do something by a day."""
    return Status(201, services.add_action(by=actor_of(request), **given.dict()))


@router.post("/{action_id}/close", auth=scope("delivery:write"), response=ActionOut)
def close_action(
    request: HttpRequest, given: ActionDoneIn, action_id: int = Path(ge=1, lt=2**63)
) -> ActionItem:
    """Say that an action is done."""
    return services.close_action(action_id=action_id, note=given.note, by=actor_of(request))
