"""When visits are: study days and windows as values, and as the timing constraints of ODM 2.0."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from triallink.engines.odm.element import Element, element
from triallink.engines.odm.model import StudyVersion

ANCHOR_CONTEXT = "triallink.anchor-day"
DAY = 86_400
_DURATION = re.compile(r"(-)?P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)", re.ASCII)


@dataclass(frozen=True)
class VisitTiming:
    """When a visit is: study days by the convention of `anchor_day` (1: the day before day 1 is day -1).

    offset_seconds, earliest_seconds, latest_seconds   from the reference of the timeline; None without timing.
    """

    event_oid: str
    study_day: int | None = None
    earliest_day: int | None = None
    latest_day: int | None = None
    offset_seconds: int | None = None
    earliest_seconds: int | None = None
    latest_seconds: int | None = None


def visit_timings(version: StudyVersion) -> tuple[VisitTiming, ...]:
    """Return when the visits of a version are, from its relative timing constraints.

    Returns  the reference visit first (the one most constraints refer to), then the others in the order they are
             stated in. The day of the reference is stated by an alias of the plan, 1 if not; at 1 or more there is no
             day 0. Constraints between two other visits, and durations in months or years, are left out: no day
             follows from them.
    Source   CDISC ODM 2.0, RelativeTimingConstraint; study days as in the SDTM Implementation Guide 3.4, 4.4.4.
    """
    if version.plan is None:
        return ()
    stated = [
        found
        for timings in version.plan.kept.named("StudyTimings")
        for found in timings.walk()
        if found.name == "RelativeTimingConstraint"
    ]
    ends = [oid for found in stated for oid in (found.get("PredecessorOID"), found.get("SuccessorOID"))]
    if not ends:
        return ()
    anchor = max(dict.fromkeys(ends), key=ends.count)
    anchor_day = next(
        (
            int(alias.name)
            for alias in version.plan.aliases
            if alias.context == ANCHOR_CONTEXT and alias.name.isdecimal()
        ),
        1,
    )
    placed = [_placed(found, anchor, anchor_day) for found in stated]
    reference = VisitTiming(anchor, anchor_day, anchor_day, anchor_day, 0, 0, 0)
    return (reference, *(timing for timing in placed if timing is not None))


def _placed(found: Element, anchor: str, anchor_day: int) -> VisitTiming | None:
    is_before = found.get("SuccessorOID") == anchor
    if anchor not in (found.get("PredecessorOID"), found.get("SuccessorOID")):
        return None
    distance = _seconds(found.get("TimepointRelativeTarget"))
    before = _seconds(found.get("TimepointPreWindow") or "P0D")
    after = _seconds(found.get("TimepointPostWindow") or "P0D")
    if distance is None or before is None or after is None:
        return None
    offset = -distance if is_before else distance
    early, late = (after, before) if is_before else (before, after)
    earliest, latest = offset - early, offset + late
    return VisitTiming(
        found.get("PredecessorOID" if is_before else "SuccessorOID"),
        _day(offset, anchor_day),
        _day(earliest, anchor_day),
        _day(latest, anchor_day),
        offset,
        earliest,
        latest,
    )


def _day(seconds: int, anchor_day: int) -> int:
    whole = abs(seconds) // DAY
    day = anchor_day + (whole if seconds >= 0 else -whole)
    return day - 1 if anchor_day >= 1 and day <= 0 else day


def _seconds(text: str) -> int | None:
    """Return a duration of weeks, days and times; None if it has months or years, which have no fixed length."""
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()[1:]):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    total = weeks * 7 * DAY + days * DAY + hours * 3600 + minutes * 60 + seconds
    return -total if found[1] else total


def study_timings(timings: Sequence[VisitTiming], anchor: str) -> Iterator[Element]:
    """Return the timing as ODM 2.0 states it: each visit relative to the reference visit.

    timings  in any order; a visit without timing is left out.
    anchor   OID of the reference visit; without it nothing is stated.
    """
    constraints = [_constraint(timing, anchor) for timing in timings if timing.event_oid != anchor]
    said = [constraint for constraint in constraints if constraint is not None]
    if anchor and said:
        timing = element(
            "StudyTiming", {"OID": "TIMING", "Name": "Visits relative to the reference visit"}, said
        )
        yield element("StudyTimings", {}, [timing])


def _constraint(timing: VisitTiming, anchor: str) -> Element | None:
    if timing.offset_seconds is None or timing.earliest_seconds is None or timing.latest_seconds is None:
        return None
    early, late = (
        timing.offset_seconds - timing.earliest_seconds,
        timing.latest_seconds - timing.offset_seconds,
    )
    # A duration is not negative: a visit before the reference precedes it, and what is early for it is late for that.
    is_before = timing.offset_seconds < 0
    return element(
        "RelativeTimingConstraint",
        {
            "OID": f"TIM.{timing.event_oid}",
            "Name": f"{timing.event_oid} day {timing.study_day}",
            "PredecessorOID": timing.event_oid if is_before else anchor,
            "SuccessorOID": anchor if is_before else timing.event_oid,
            "TimepointRelativeTarget": _duration(abs(timing.offset_seconds)),
            "TimepointPreWindow": _duration(late if is_before else early),
            "TimepointPostWindow": _duration(early if is_before else late),
        },
    )


def _duration(seconds: int) -> str:
    days, rest = divmod(seconds, DAY)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    time = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if count)
    return f"P{days}D" + (f"T{time}" if time else "")
