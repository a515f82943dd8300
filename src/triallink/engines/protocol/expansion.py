"""Every time point of a timeline laid out: nested timelines entered, loops run, in order of time."""

import operator
import re
from dataclasses import dataclass

from .model import Protocol
from .schedule_model import DAY_SECONDS, ScheduledInstance, Timeline, study_day

CONVENTIONS = ("usdm", "expander")
MAXIMUM_POINTS = 10_000
_MAXIMUM_NESTING = 10
_DAY_CONDITION = re.compile(r"\bdays?\s*(<=|>=|<|>|=)\s*(-?\d{1,6})\b", re.IGNORECASE)
_OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}


@dataclass(frozen=True)
class TimePoint:
    """One occurrence of a scheduled instance.

    offset_seconds  seconds from the main reference (convention usdm) or the expander's tick.
    study_day       the day by the timeline's convention; by the expander's, whole days of the tick.
    nesting         0 on the timeline itself, 1 on a timeline entered from it, and so on.
    """

    timeline_id: str
    instance_id: str
    label: str
    encounter_id: str
    activity_ids: tuple[str, ...]
    offset_seconds: int
    study_day: int
    nesting: int = 0


@dataclass(frozen=True)
class Expansion:
    """Time points in order of time; `is_complete` is false when the limit cut them off."""

    points: tuple[TimePoint, ...]
    is_complete: bool


def expand(
    protocol: Protocol,
    timeline_id: str = "",
    *,
    convention: str = "usdm",
    maximum_points: int = MAXIMUM_POINTS,
) -> Expansion:
    """Return every time point of a timeline, including those of the timelines entered from it.

    protocol        as read; instances must carry their resolved offsets (`resolve_timings`).
    timeline_id     the timeline to lay out; "" is the main one.
    convention      "usdm": an instance happens at its offset from the reference of its own timeline, and a
                    nested timeline's reference is the time point it is entered from. After a decision leads
                    back, later offsets shift by the time already passed.
                    "expander": the ticks of the published USDM expander. A fixed reference stands at its own
                    nominal value (P1D = 86,400 s) while the rest of the timeline is measured from 0, and on a
                    nested timeline every offset is added to the time point before it.
    maximum_points  where an endless loop is cut.
    Returns         points sorted by time; those at one time keep the order in which they are reached.
                    Instances without timing take the time of the point before them.
                    Decisions are followed when they read "day < 30" (also <=, >, >=, =); other conditions
                    take the default way.
    Raises          ValueError if the convention or the timeline is unknown.
    Source          CDISC USDM 4.0; ticks checked against the expander of data4knowledge/usdm4 (84 points).
    """
    if convention not in CONVENTIONS:
        raise ValueError(f"unknown convention {convention!r}, expected one of {CONVENTIONS}")
    timeline = protocol.timeline(timeline_id) if timeline_id else protocol.main_timeline
    if timeline is None:
        raise ValueError(f"no timeline {timeline_id!r} in protocol {protocol.name!r}")
    walk = _Walk(protocol, timeline, convention == "expander", maximum_points)
    walk.follow(timeline, 0, 0)
    points = tuple(sorted(walk.points, key=lambda point: point.offset_seconds))
    return Expansion(points, walk.is_complete)


class _Walk:
    """One walk through a timeline; holds where it stands."""

    def __init__(self, protocol: Protocol, main: Timeline, adds_up: bool, maximum_points: int) -> None:
        self._instances = {
            timeline.id: {instance.id: instance for instance in timeline.instances}
            for timeline in protocol.timelines
        }
        self._timelines = {timeline.id: timeline for timeline in protocol.timelines}
        self._nested = {activity.id: activity.timeline_id for activity in protocol.activities}
        self._anchor_day = main.anchor_day
        self._adds_up = adds_up
        self._maximum_points = maximum_points
        self._now = 0
        # Steps that make no point (decisions, empty timelines) are work too.
        self._steps_left = 20 * maximum_points
        self.points: list[TimePoint] = []
        self.is_complete = True

    def follow(self, timeline: Timeline, base: int, nesting: int) -> None:
        """Walk a timeline entered at `base`, seconds from the main reference."""
        instances = self._instances[timeline.id]
        visited: set[str] = set()
        shift = 0
        self._steps_left -= 1
        self.is_complete = self.is_complete and self._steps_left >= 0
        current = instances.get(timeline.entry_id)
        while current is not None and self.is_complete:
            self._steps_left -= 1
            if self._steps_left < 0 or nesting > _MAXIMUM_NESTING:
                self.is_complete = False
                return
            if current.id in visited and current.offset_seconds is not None:
                # A decision led back: time has passed, so everything from here on happens later.
                shift = max(shift, self._now - base - current.offset_seconds)
            visited.add(current.id)
            if current.kind != "decision":
                self._reach(timeline, current, base + shift, nesting)
            current = instances.get(self._way_on(current))

    def _reach(self, timeline: Timeline, instance: ScheduledInstance, base: int, nesting: int) -> None:
        if len(self.points) >= self._maximum_points:
            self.is_complete = False
            return
        self._now = self._tick(timeline, instance, nesting) if self._adds_up else self._time(instance, base)
        here = self._now
        self.points.append(
            TimePoint(
                timeline.id,
                instance.id,
                instance.label or instance.name,
                instance.encounter_id,
                instance.activity_ids,
                here,
                self._day(here),
                nesting,
            )
        )
        inner = [instance.timeline_id, *(self._nested.get(item, "") for item in instance.activity_ids)]
        for timeline_id in filter(None, inner):
            if timeline_id in self._timelines and self.is_complete:
                self.follow(self._timelines[timeline_id], here, nesting + 1)
                # What runs beside the visit (a diary at home) does not delay the visit that follows.
                self._now = here

    def _time(self, instance: ScheduledInstance, base: int) -> int:
        return self._now if instance.offset_seconds is None else base + instance.offset_seconds

    def _tick(self, timeline: Timeline, instance: ScheduledInstance, nesting: int) -> int:
        before = self._now if nesting else 0
        timing = timeline.timing_of(instance.id)
        if timing is not None and timing.kind == "fixed":
            return before + (timing.value_seconds or 0)
        return before + (instance.offset_seconds or 0)

    def _day(self, seconds: int) -> int:
        return seconds // DAY_SECONDS if self._adds_up else study_day(seconds, self._anchor_day)

    def _way_on(self, instance: ScheduledInstance) -> str:
        for branch in instance.branches:
            match = _DAY_CONDITION.search(branch.condition)
            if match and _OPERATORS[match[1]](self._day(self._now), int(match[2])):
                return branch.target_id
        return instance.next_id
