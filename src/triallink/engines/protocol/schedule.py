"""The schedule of activities: what is done at which visit, as a grid and as a list of planned visits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .model import Activity, Protocol
from .schedule_model import ScheduledInstance


@dataclass(frozen=True)
class ScheduleColumn:
    """One scheduled instance: the visit it belongs to, its epoch, day and window."""

    instance_id: str
    label: str
    encounter_id: str = ""
    encounter_label: str = ""
    epoch_id: str = ""
    epoch_label: str = ""
    study_day: int | None = None
    earliest_day: int | None = None
    latest_day: int | None = None
    is_remote: bool = False


@dataclass(frozen=True)
class ScheduleRow:
    """One activity; `marks` has one entry per column. A group is marked where any of its children is."""

    activity_id: str
    label: str
    depth: int
    is_group: bool
    marks: tuple[bool, ...]


@dataclass(frozen=True)
class Schedule:
    """Activities by visits of one timeline."""

    timeline_id: str
    label: str
    columns: tuple[ScheduleColumn, ...]
    rows: tuple[ScheduleRow, ...]


def schedule_of_activities(protocol: Protocol, timeline_id: str = "") -> Schedule:
    """Return the grid of activities by scheduled instances of a timeline, "" for the main one.

    Rows are the activities the timeline uses and the groups above them, in protocol order.
    Raises ValueError if there is no such timeline.
    """
    timeline = protocol.timeline(timeline_id) if timeline_id else protocol.main_timeline
    if timeline is None:
        raise ValueError(f"no timeline {timeline_id!r} in protocol {protocol.name!r}")
    shown = [instance for instance in timeline.instances if instance.kind == "activity"]
    activities = {activity.id: activity for activity in protocol.activities}
    used = [_with_groups(instance.activity_ids, activities) for instance in shown]
    rows = []
    for activity in protocol.activities:
        marks = tuple(activity.id in ids for ids in used)
        if any(marks):
            depth = len(_groups_above(activity.id, activities))
            label = activity.label or activity.name
            rows.append(ScheduleRow(activity.id, label, depth, bool(activity.child_ids), marks))
    columns = tuple(_columns(protocol, shown))
    return Schedule(timeline.id, timeline.label or timeline.name, columns, tuple(rows))


def _columns(protocol: Protocol, instances: Iterable[ScheduledInstance]) -> Iterable[ScheduleColumn]:
    encounters = {encounter.id: encounter for encounter in protocol.encounters}
    epochs = {epoch.id: epoch.label or epoch.name for epoch in protocol.epochs}
    for instance in instances:
        encounter = encounters.get(instance.encounter_id)
        yield ScheduleColumn(
            instance_id=instance.id,
            label=instance.label or instance.name,
            encounter_id=instance.encounter_id,
            encounter_label=(encounter.label or encounter.name) if encounter else "",
            epoch_id=instance.epoch_id,
            epoch_label=epochs.get(instance.epoch_id, ""),
            study_day=instance.study_day,
            earliest_day=instance.earliest_day,
            latest_day=instance.latest_day,
            is_remote=bool(encounter and encounter.is_remote),
        )


def _groups_above(activity_id: str, activities: Mapping[str, Activity]) -> list[str]:
    above: list[str] = []
    current = activities[activity_id].parent_id
    while current in activities and current not in above:
        above.append(current)
        current = activities[current].parent_id
    return above


def _with_groups(activity_ids: Iterable[str], activities: Mapping[str, Activity]) -> set[str]:
    known = [activity_id for activity_id in activity_ids if activity_id in activities]
    return {*known, *(group for activity_id in known for group in _groups_above(activity_id, activities))}


@dataclass(frozen=True)
class PlannedVisit:
    """What one subject does on one day of the main timeline: the unit of a site's workload."""

    label: str
    study_day: int | None = None
    is_remote: bool = False
    activities: tuple[str, ...] = ()


def planned_visits(protocol: Protocol) -> tuple[PlannedVisit, ...]:
    """Return the visits a subject makes by the main timeline, in order of time.

    Instances on one study day are one visit (its label is the encounter's); an instance without a day
    stands alone; instances where nothing is done are left out. It is remote if every part of it is.
    """
    timeline = protocol.main_timeline
    if timeline is None:
        return ()
    by_day: dict[object, list[ScheduledInstance]] = {}
    for instance in timeline.instances:
        if instance.kind == "activity" and instance.activity_ids:
            key = instance.id if instance.study_day is None else instance.study_day
            by_day.setdefault(key, []).append(instance)
    visits = [_visit(protocol, instances) for instances in by_day.values()]
    return tuple(sorted(visits, key=lambda visit: (visit.study_day is None, visit.study_day or 0)))


def _visit(protocol: Protocol, instances: list[ScheduledInstance]) -> PlannedVisit:
    columns = list(_columns(protocol, instances))
    labels = {activity.id: activity.label or activity.name for activity in protocol.activities}
    activity_ids = dict.fromkeys(
        activity_id for instance in instances for activity_id in instance.activity_ids
    )
    same_encounter = len({column.encounter_label for column in columns}) == 1
    first = columns[0]
    return PlannedVisit(
        label=(first.encounter_label if same_encounter and len(columns) > 1 else first.label) or first.label,
        study_day=first.study_day,
        is_remote=all(column.is_remote for column in columns),
        activities=tuple(labels[activity_id] for activity_id in activity_ids if activity_id in labels),
    )
