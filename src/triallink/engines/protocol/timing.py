"""Placing every scheduled instance of a timeline on one scale: seconds from its reference instance."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .schedule_model import DAY_SECONDS, ScheduledInstance, Timeline, Timing, study_day


@dataclass(frozen=True)
class TimingCircle(ValueError):
    """Timings of a timeline refer to one another in a circle, so no time follows from them."""

    timing_ids: tuple[str, ...]

    def __str__(self) -> str:
        return f"timings refer to one another in a circle: {', '.join(self.timing_ids)}"


def resolve_timings(timeline: Timeline) -> Timeline:
    """Return the timeline with offset, window and study day on each instance that has a timing.

    timeline  timings and instances as the source states them; offsets in seconds.
    Returns   a new timeline. The reference is the first instance with a fixed timing, else the entry.
              An instance without a timing, or whose chain ends at one, keeps None.
              Windows widen the offset: earliest = offset - lower, latest = offset + upper.
    Raises    TimingCircle (a ValueError) if timings refer to one another in a circle.
    Source    CDISC USDM 4.0, classes Timing and ScheduledInstance. Start-to-start and end-to-start count
              alike because scheduled instances have no length of their own.
    """
    first_timing = {timing.instance_id: timing for timing in reversed(timeline.timings)}
    reference = _reference_id(timeline, first_timing)
    fixed = first_timing.get(reference)
    anchor_day = _anchor_day(fixed if fixed and fixed.kind == "fixed" else None)
    offsets = _offsets(first_timing, reference)
    placed = tuple(
        _placed(instance, first_timing.get(instance.id), offsets.get(instance.id), anchor_day)
        for instance in timeline.instances
    )
    return replace(timeline, reference_id=reference, anchor_day=anchor_day, instances=placed)


def _reference_id(timeline: Timeline, first_timing: Mapping[str, Timing]) -> str:
    for instance in timeline.instances:
        timing = first_timing.get(instance.id)
        if timing and timing.kind == "fixed":
            return instance.id
    return timeline.entry_id


def _anchor_day(fixed: Timing | None) -> int:
    """P1D is day 1 and P0D is day 0; a value within a day (PT0M) leaves the usual day 1."""
    if fixed is None or fixed.value_seconds is None or "T" in fixed.value.upper():
        return 1
    return max(0, fixed.value_seconds // DAY_SECONDS)


def _offsets(first_timing: Mapping[str, Timing], reference: str) -> dict[str, int | None]:
    offsets: dict[str, int | None] = {reference: 0}
    nominal = first_timing.get(reference)
    base = nominal.value_seconds or 0 if nominal and nominal.kind == "fixed" else 0
    for start in first_timing:
        chain: list[Timing] = []
        passed: set[str] = set()
        current = start
        while current not in offsets:
            timing = first_timing.get(current)
            if timing is None or timing.value_seconds is None:
                offsets[current] = None
            elif timing.kind == "fixed":
                # A second fixed reference is placed by its nominal day beside the first one.
                offsets[current] = timing.value_seconds - base
            else:
                if current in passed:
                    raise TimingCircle(tuple(item.id for item in chain))
                passed.add(current)
                chain.append(timing)
                current = timing.relative_to_id
        for timing in reversed(chain):
            origin = offsets[timing.relative_to_id]
            distance = timing.value_seconds or 0
            if origin is not None:
                offsets[timing.instance_id] = (
                    origin - distance if timing.kind == "before" else origin + distance
                )
            else:
                offsets[timing.instance_id] = None
    return offsets


def _placed(
    instance: ScheduledInstance, timing: Timing | None, offset: int | None, anchor_day: int
) -> ScheduledInstance:
    if offset is None:
        return instance
    earliest = offset - (timing.lower_seconds or 0 if timing else 0)
    latest = offset + (timing.upper_seconds or 0 if timing else 0)
    return replace(
        instance,
        offset_seconds=offset,
        earliest_seconds=earliest,
        latest_seconds=latest,
        study_day=study_day(offset, anchor_day),
        earliest_day=study_day(earliest, anchor_day),
        latest_day=study_day(latest, anchor_day),
    )
