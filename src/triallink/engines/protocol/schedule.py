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
    Raises  ValueError if there is no such timeline.
    Source  ICH M11, section 1.3 (schedule of activities); CDISC USDM 4.0, ScheduleTimeline.
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
