"""A study's plan: laid out, frozen as a baseline, moved to the forecast; its items, dependencies and checklists."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.days import Day
from triallink.api.v1.delivery import PlanItemOut
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.delivery import services
from triallink.domains.delivery.access import item_for, plan_for
from triallink.domains.delivery.models import PlanItem, PlanLink, StudyPlan
from triallink.kernel.refusals import NotFound

router = Router()
Id = Path(ge=1, lt=2**63)
Ref = Field(ge=1, lt=2**63)
StudyId = Query(ge=1, lt=2**63)


class PlanIn(Schema):
    """What to lay a plan out from; the template of the study's type by default."""

    study_id: int = Ref
    template: str = Field("", max_length=40)
    begins_on: Day | None = None
    milestones: list[str] = Field(default_factory=list, max_length=60)


class PlanOut(Schema):
    """A study's plan."""

    id: int
    study_id: int
    template: str
    template_version: int
    begins_on: Day
    status_on: Day
    baseline_number: int
    baseline_at: dt.datetime | None
    baseline_reason: str


class PlanReasonIn(Schema):
    """Which study's plan, and why."""

    study_id: int = Ref
    reason: str = Field("", max_length=2000)


class ItemChangeIn(Schema):
    """How long a task takes, who does it, and the day before which it cannot begin."""

    duration_days: int = Field(ge=0, lt=10_000)
    hours: Decimal = Field(ge=0, le=10_000, decimal_places=1, max_digits=6)
    assignee_id: int | None = Field(None, ge=1, lt=2**63)
    not_before_on: Day | None = None
    why: str = Field("", max_length=300)


class TickIn(Schema):
    """Which point of the checklist, counted from 0."""

    number: int = Field(ge=0, lt=1000)
    is_done: bool = True


class PayableTieIn(Schema):
    """The payable milestone this milestone serves; null unties it."""

    contract_milestone_id: int | None = Field(None, ge=1, lt=2**63)


class SubjectIn(Schema):
    """An enrolled subject whose visits are to be laid out."""

    study_id: int = Ref
    site_id: int = Ref
    subject_number: str = Field(min_length=1, max_length=40)
    enrolled_on: Day


class LinkIn(Schema):
    """What an item waits for; lag_days are worked days of its calendar, negative for a lead."""

    item_id: int = Ref
    predecessor_id: int = Ref
    kind: str = Field("FS", max_length=2)
    lag_days: int = Field(0, gt=-(2**31), lt=2**31)


class LinkOut(Schema):
    """One dependency."""

    id: int
    predecessor_id: int
    successor_id: int
    kind: str
    lag_days: int


class LinkPage(Schema):
    """Some dependencies and where to go on."""

    items: list[LinkOut]
    next_cursor: str


@router.get("/", auth=scope("delivery:read"), response=PlanOut)
def get_plan(request: HttpRequest, study_id: int = StudyId) -> StudyPlan:
    """Return the plan of a study; its items are at /delivery/items."""
    plan = plan_for(study_id, to=actor_of(request))
    if plan is None:
        raise NotFound
    return plan


@router.post("/", auth=scope("delivery:write"), response={201: PlanOut})
def generate_plan(request: HttpRequest, given: PlanIn) -> Status[StudyPlan]:
    """Lay out the plan of a study from its protocol and a template."""
    return Status(201, services.generate_plan(by=actor_of(request), **given.dict()))


@router.post("/baseline", auth=scope("delivery:write"), response=PlanOut)
def set_baseline(request: HttpRequest, given: PlanReasonIn) -> StudyPlan:
    """Freeze the plan's dates as the next baseline."""
    return services.set_baseline(by=actor_of(request), **given.dict())


@router.post("/adopt", auth=scope("delivery:write"), response=PlanOut)
def adopt_forecast(request: HttpRequest, given: PlanReasonIn) -> StudyPlan:
    """Make the forecast the plan; the baseline stays."""
    return services.adopt_forecast(by=actor_of(request), **given.dict())


@router.post("/subjects", auth=scope("delivery:write"), response={201: list[PlanItemOut]})
def plan_subject(request: HttpRequest, given: SubjectIn) -> Status[list[PlanItem]]:
    """Lay out the visits of an enrolled subject from the protocol."""
    return Status(201, services.plan_subject(by=actor_of(request), **given.dict()))


@router.post("/items/{item_id}/change", auth=scope("delivery:write"), response=PlanItemOut)
def change_item(request: HttpRequest, given: ItemChangeIn, item_id: int = Id) -> PlanItem:
    """Change a task's length, hours, person or earliest day; the forecast follows."""
    services.change_item(item_id=item_id, by=actor_of(request), **given.dict())
    return item_for(item_id, to=actor_of(request))


@router.post("/items/{item_id}/tick", auth=scope("delivery:write"), response=PlanItemOut)
def tick_checklist(request: HttpRequest, given: TickIn, item_id: int = Id) -> PlanItem:
    """Tick a point of a task's checklist, or take the tick away."""
    return services.tick_checklist(item_id=item_id, by=actor_of(request), **given.dict())


@router.post("/items/{item_id}/payable", auth=scope("delivery:write"), response=PlanItemOut)
def tie_milestone(request: HttpRequest, given: PayableTieIn, item_id: int = Id) -> PlanItem:
    """Tie a milestone to the payable milestone of a contract it serves."""
    return services.tie_milestone(item_id=item_id, by=actor_of(request), **given.dict())


@router.get("/links", auth=scope("delivery:read"), response=LinkPage)
def list_links(request: HttpRequest, paging: Query[Paging], study_id: int = StudyId) -> dict[str, Any]:
    """Return the dependencies of a study's plan."""
    plan = plan_for(study_id, to=actor_of(request))
    return page_of(PlanLink.objects.filter(plan=plan), paging, lambda row: row)


@router.post("/links", auth=scope("delivery:write"), response={201: LinkOut})
def add_link(request: HttpRequest, given: LinkIn) -> Status[PlanLink]:
    """Let an item wait for another; the forecast follows."""
    return Status(201, services.add_link(by=actor_of(request), **given.dict()))


@router.delete("/links/{link_id}", auth=scope("delivery:write"), response={204: None})
def remove_link(request: HttpRequest, link_id: int = Id) -> Status[None]:
    """Let an item no longer wait for another."""
    services.remove_link(link_id=link_id, by=actor_of(request))
    return Status(204, None)
