"""Timelines as values: scheduled instances, their timings, and the resolved day and window."""

from dataclasses import dataclass

DAY_SECONDS = 86_400


def study_day(offset_seconds: int, anchor_day: int = 1) -> int:
    """Return the study day of an offset from the reference instance.

    offset_seconds  seconds from the reference (day `anchor_day`); negative before it.
    anchor_day      the day number of the reference itself. At 1 or more there is no day 0: the day
                    before day 1 is day -1 (the SDTM convention). At 0 the days are counted 0, 1, 2 …
    Returns         whole day; parts of a day belong to the day nearer the reference, so a sample
                    taken 15 minutes before the first dose is still on day 1.
    Source          SDTM Implementation Guide 3.4, section 4.4.4 (study day variables).
    """
    whole_days = abs(offset_seconds) // DAY_SECONDS
    day = anchor_day + (whole_days if offset_seconds >= 0 else -whole_days)
    return day - 1 if anchor_day >= 1 and day <= 0 else day


@dataclass(frozen=True)
class Timing:
    """When one scheduled instance happens relative to another.

    kind            fixed (the reference itself), before or after.
    value_seconds   distance to the instance `relative_to_id`; for kind fixed the nominal day (P1D = day 1).
    lower_seconds, upper_seconds   how much earlier or later is allowed; None when no window is stated.
    relation        start_to_start, end_to_start, start_to_end or end_to_end.
    """

    id: str
    kind: str
    instance_id: str
    relative_to_id: str = ""
    value: str = ""
    value_seconds: int | None = None
    relation: str = "start_to_start"
    lower_seconds: int | None = None
    upper_seconds: int | None = None
    name: str = ""
    label: str = ""
    value_label: str = ""
    window_label: str = ""


@dataclass(frozen=True)
class Branch:
    """Where a decision leads when its condition holds ("day < 30")."""

    condition: str
    target_id: str


@dataclass(frozen=True)
class ScheduledInstance:
    """A point of a timeline with its resolved time.

    kind                activity or decision.
    offset_seconds      seconds from the timeline's reference instance; None when the source gives no timing.
    earliest_seconds, latest_seconds   the window on the same scale; both equal the offset without a window.
    study_day, earliest_day, latest_day   the same as days, by the timeline's day convention.
    """

    id: str
    name: str
    kind: str = "activity"
    label: str = ""
    description: str = ""
    encounter_id: str = ""
    epoch_id: str = ""
    activity_ids: tuple[str, ...] = ()
    timeline_id: str = ""
    next_id: str = ""
    is_exit: bool = False
    branches: tuple[Branch, ...] = ()
    offset_seconds: int | None = None
    earliest_seconds: int | None = None
    latest_seconds: int | None = None
    study_day: int | None = None
    earliest_day: int | None = None
    latest_day: int | None = None

    @property
    def has_window(self) -> bool:
        """True if the source allows the visit to be early or late."""
        return self.earliest_seconds != self.latest_seconds


@dataclass(frozen=True)
class Timeline:
    """A sequence of scheduled instances. `anchor_day` is the study day of its reference instance."""

    id: str
    name: str
    label: str = ""
    description: str = ""
    is_main: bool = False
    entry_condition: str = ""
    entry_id: str = ""
    reference_id: str = ""
    anchor_day: int = 1
    stated_duration_seconds: int | None = None
    timings: tuple[Timing, ...] = ()
    instances: tuple[ScheduledInstance, ...] = ()

    @property
    def duration_days(self) -> int | None:
        """Return the stated duration, else the days from the first to the last timed instance."""
        seconds = self.stated_duration_seconds
        if seconds is None:
            offsets = [item.offset_seconds for item in self.instances if item.offset_seconds is not None]
            if not offsets:
                return None
            seconds = max(offsets) - min(offsets)
        return -(-seconds // DAY_SECONDS)

    def instance(self, instance_id: str) -> ScheduledInstance | None:
        """Return the instance of that id."""
        return next((item for item in self.instances if item.id == instance_id), None)

    def timing_of(self, instance_id: str) -> Timing | None:
        """Return the first timing that places an instance."""
        return next((timing for timing in self.timings if timing.instance_id == instance_id), None)
