"""What a plan's items are tied to: one another by dependencies, and the payable milestones of contracts."""

from django.db import transaction

from triallink.domains.contracts.access import milestone_for
from triallink.domains.delivery.access import PLANNERS, item_for, plan_to_change
from triallink.domains.delivery.errors import (
    LinkExists,
    LinkMakesCircle,
    MilestonesOnly,
    NumberOutOfRange,
    WordUnknown,
)
from triallink.domains.delivery.events import MilestoneTied, PlanChanged
from triallink.domains.delivery.models import PlanItem, PlanLink, StudyPlan
from triallink.domains.delivery.models.plan import LINK_KINDS
from triallink.domains.delivery.services.generation import renew_forecast
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

MOST_LAG_DAYS = 500


@transaction.atomic
def add_link(
    *,
    item_id: int,
    predecessor_id: int,
    kind: str = "FS",
    lag_days: int = 0,
    by: Actor,
    clock: Clock = system_clock,
) -> PlanLink:
    """Let an item wait for another of its plan; the forecast follows.

    kind      FS, SS, FF or SF, as in LINK_KINDS.
    lag_days  worked days between the two, in the waiting item's calendar; negative overlaps them.
    Refuses: NotFound, NotAllowed, WordUnknown, NumberOutOfRange, LinkExists, LinkMakesCircle.
    Emits: PlanChanged.
    """
    plan = plan_to_change(item_for(item_id, to=by).plan.study_id, by=by)
    if kind not in LINK_KINDS:
        raise WordUnknown(field="kind", word=kind)
    if not -MOST_LAG_DAYS <= lag_days <= MOST_LAG_DAYS:
        raise NumberOutOfRange(field="lag_days", minimum=-MOST_LAG_DAYS, maximum=MOST_LAG_DAYS)
    before = PlanItem.objects.filter(plan=plan, pk=predecessor_id).first()
    if before is None:
        raise NotFound
    if PlanLink.objects.filter(predecessor=before, successor_id=item_id, kind=kind).exists():
        raise LinkExists(field="predecessor_id")
    if _waits_for(plan, before.pk, item_id):
        raise LinkMakesCircle(field="predecessor_id")
    link = PlanLink.objects.create(
        plan=plan, predecessor=before, successor_id=item_id, kind=kind, lag_days=lag_days
    )
    renew_forecast(plan, clock.now().date())
    _note(plan, item_id, [None, f"{before.key} {kind} {lag_days}"], by, clock)
    return link


@transaction.atomic
def remove_link(*, link_id: int, by: Actor, clock: Clock = system_clock) -> None:
    """Let an item no longer wait for another; the forecast follows.

    Refuses: NotFound, NotAllowed.
    Emits: PlanChanged.
    """
    link = PlanLink.objects.select_related("predecessor").filter(pk=link_id).first()
    if link is None:
        raise NotFound
    plan = plan_to_change(item_for(link.successor_id, to=by).plan.study_id, by=by)
    said = f"{link.predecessor.key} {link.kind} {link.lag_days}"
    link.delete()
    renew_forecast(plan, clock.now().date())
    _note(plan, link.successor_id, [said, None], by, clock)


@transaction.atomic
def tie_milestone(
    *, item_id: int, contract_milestone_id: int | None, by: Actor, clock: Clock = system_clock
) -> PlanItem:
    """Tie a milestone of the plan to the payable milestone of a contract it serves; None unties it.

    Refuses: NotFound (the item, or a milestone of no contract of this study), NotAllowed, MilestonesOnly.
    Emits: MilestoneTied.
    """
    plan = plan_to_change(item_for(item_id, to=by).plan.study_id, by=by, roles=PLANNERS)
    item = PlanItem.objects.select_for_update().get(pk=item_id)
    if item.kind != "milestone":
        raise MilestonesOnly
    if contract_milestone_id is not None:
        payable = milestone_for(contract_milestone_id, to=by)
        if payable.contract.study_id != plan.study_id:
            raise NotFound
    before, item.contract_milestone_id = item.contract_milestone_id, contract_milestone_id
    item.save(update_fields=["contract_milestone"])
    record(
        MilestoneTied(study_id=plan.study_id, item_id=item.pk, contract_milestone_id=contract_milestone_id),
        by=by,
        about=("plan_item", item.pk),
        study_id=plan.study_id,
        change={"contract milestone": [before, contract_milestone_id]},
        clock=clock,
    )
    return item


def _waits_for(plan: StudyPlan, item_id: int, other_id: int) -> bool:
    """Return whether an item waits for another, directly or through others; every item waits for itself."""
    before: dict[int, list[int]] = {}
    for predecessor, successor in PlanLink.objects.filter(plan=plan).values_list(
        "predecessor_id", "successor_id"
    ):
        before.setdefault(successor, []).append(predecessor)
    seen, waiting = {item_id}, [item_id]
    while waiting:
        for one in before.get(waiting.pop(), ()):
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return other_id in seen


def _note(plan: StudyPlan, item_id: int, change: list[str | None], by: Actor, clock: Clock) -> None:
    record(
        PlanChanged(study_id=plan.study_id, plan_id=plan.pk),
        by=by,
        about=("plan_item", item_id),
        study_id=plan.study_id,
        change={"waits for": change},
        clock=clock,
    )
