"""What one subject does on each day of the main timeline: the unit of a site's workload."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .schedule_model import ScheduledInstance

if TYPE_CHECKING:
    from .model import Encounter, Protocol


@dataclass(frozen=True)
class PlannedVisit:
    """One visit of a subject. `activities` are the labels of what is done.

    is_screening  true before the day of the timeline's reference (usually the first dose).
    """

    label: str
    study_day: int | None = None
    is_remote: bool = False
    is_screening: bool = False
    activities: tuple[str, ...] = ()


def planned_visits(protocol: "Protocol") -> tuple[PlannedVisit, ...]:
    """Return the visits a subject makes by the main timeline, in order of time.

    Instances on one study day are one visit (named after the encounter they share); an instance without
    a day stands alone; instances where nothing is done are left out. It is remote if every part of it is.
    Source  CDISC USDM 4.0, classes ScheduledActivityInstance and Encounter; the grouping by day is our own.
    """
    timeline = protocol.main_timeline
    if timeline is None:
        return ()
    by_day: dict[object, list[ScheduledInstance]] = {}
    for instance in timeline.instances:
        if instance.kind == "activity" and instance.activity_ids:
            key = instance.id if instance.study_day is None else instance.study_day
            by_day.setdefault(key, []).append(instance)
    encounters = {encounter.id: encounter for encounter in protocol.encounters}
    labels = {activity.id: activity.label or activity.name for activity in protocol.activities}
    visits = [_visit(instances, timeline.anchor_day, encounters, labels) for instances in by_day.values()]
    return tuple(sorted(visits, key=lambda visit: (visit.study_day is None, visit.study_day or 0)))


def _visit(
    instances: list[ScheduledInstance],
    anchor_day: int,
    encounters: Mapping[str, "Encounter"],
    labels: Mapping[str, str],
) -> PlannedVisit:
    met = [encounters[item.encounter_id] for item in instances if item.encounter_id in encounters]
    first = instances[0]
    is_one_encounter = len(instances) > 1 and len({encounter.id for encounter in met}) == 1
    own_label = first.label or first.name
    activity_ids = dict.fromkeys(activity_id for item in instances for activity_id in item.activity_ids)
    return PlannedVisit(
        label=(met[0].label or met[0].name or own_label) if is_one_encounter else own_label,
        study_day=first.study_day,
        is_remote=len(met) == len(instances) and all(encounter.is_remote for encounter in met),
        is_screening=first.study_day is not None and first.study_day < anchor_day,
        activities=tuple(labels[activity_id] for activity_id in activity_ids if activity_id in labels),
    )
