"""From a digital protocol to the skeleton of its data collection: visits with windows, forms, groups and questions."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from statistics import median

from triallink.engines.odm import planned
from triallink.engines.odm.model import (
    Alias,
    Event,
    Group,
    Kept,
    Plan,
    Reference,
    StudyVersion,
    bilingual,
)  # fmt: skip
from triallink.engines.odm.skeleton_items import ItemMaker, Made
from triallink.engines.odm.specializations import CrfLibrary
from triallink.engines.odm.timing import ANCHOR_CONTEXT, VisitTiming, study_timings


@dataclass(frozen=True)
class CollectionPoint:
    """One time point of the schedule: the visit it belongs to and the forms filled in then."""

    label: str
    event_oid: str
    encounter_id: str
    form_oids: tuple[str, ...]
    offset_seconds: int
    study_day: int


@dataclass(frozen=True)
class Coverage:
    """How much of the build came by itself.

    made      events, forms at events, forms, groups, questions and code lists that were made.
    by_hand   the same that a data manager has still to make: for every activity of which something is not known, a
              group and as many questions as the middle automatic form has.
    activities_by_hand   their labels.
    """

    made: int
    by_hand: int
    activities_by_hand: tuple[str, ...]

    @property
    def share(self) -> float:
        """The automatic part of the whole build, from 0 to 1."""
        return self.made / (self.made + self.by_hand) if self.made + self.by_hand else 0.0


@dataclass(frozen=True)
class Skeleton:
    """A study version made from a protocol, its timing, and what is left to do."""

    version: StudyVersion
    anchor_day: int
    timings: tuple[VisitTiming, ...]
    points: tuple[CollectionPoint, ...]
    coverage: Coverage


def build_skeleton(
    study: planned.PlannedStudy,
    *,
    library: CrfLibrary | None = None,
    cdash: StudyVersion | None = None,
    points: Iterable[planned.Point] = (),
) -> Skeleton:
    """Return the skeleton of a study's data collection.

    study    the protocol with resolved timings, as the protocol engine reads it from USDM.
    library  CRF specializations; a concept they know gets its questions from them.
    cdash    a CDASH library (read from its ODM file); words the questions of concepts the library does not know.
    points   the schedule laid out, in order of time; each is given its visit and forms.
    Returns  an event per instance of the main timeline, and a common event per timeline that is entered by itself
             (adverse events, early termination); a form per activity, those of a nested timeline at the visits it is
             entered from; a group per biomedical concept. OIDs come from
             names, so that they stay the same from one version of the protocol to the next.
    Source   CDISC USDM 4.0; how it maps to ODM 2.0 is our own.
    """
    return _Build(study, library or CrfLibrary(), cdash).skeleton(tuple(points))


class _Build:
    def __init__(self, study: planned.PlannedStudy, library: CrfLibrary, cdash: StudyVersion | None) -> None:
        self._study = study
        self._maker = ItemMaker(library, cdash)
        self._oids: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        self._concepts = {concept.id: concept for concept in study.concepts}
        self._activities = {activity.id: activity for activity in study.activities}
        self._lines = {line.id: line for line in study.timelines}
        self._groups: dict[str, Made] = {}
        self._by_hand: list[planned.Activity] = []

    def skeleton(self, points: tuple[planned.Point, ...]) -> Skeleton:
        main = next((line for line in self._study.timelines if line.is_main), None)
        nested = self._nested()
        forms = tuple(self._form(activity) for activity in self._study.activities if not activity.child_ids)
        events, timings = [], []
        for instance in main.instances if main else ():
            if instance.kind == "activity":
                event, timing = self._visit(instance)
                events.append(event)
                timings.append(timing)
        for line in self._study.timelines:
            if line is not main and line.id not in nested:
                events.append(self._common(line))
        made = tuple(self._groups.values())
        anchor_day = main.anchor_day if main else 1
        references = tuple(
            Reference(event.oid, "event", event.kind == "Scheduled", place)
            for place, event in enumerate(events, 1)
        )
        anchor = self._oids.get(("instance", main.reference_id), "") if main else ""
        plan = Plan(
            events=references,
            aliases=(Alias(ANCHOR_CONTEXT, str(anchor_day)),),
            kept=Kept(elements=tuple(study_timings(timings, anchor))),
        )
        version = StudyVersion(
            "MDV." + _slug(self._study.version or "1"),
            f"{self._study.name} {self._study.version}".strip(),
            plan=plan,
            events=tuple(events),
            forms=forms,
            groups=tuple(found.group for found in made),
            items=tuple(item for found in made for item in found.items),
            code_lists=self._maker.code_lists,
        )
        collected = tuple(self._point(point) for point in points)
        return Skeleton(version, anchor_day, tuple(timings), collected, self._coverage(version))

    def _nested(self) -> set[str]:
        """Return the timelines that are entered from another one."""
        nested = {activity.timeline_id for activity in self._study.activities if activity.timeline_id}
        return nested | {
            item.timeline_id for line in self._study.timelines for item in line.instances if item.timeline_id
        }

    def _oid(self, kind: str, key: str, prefix: str, name: str) -> str:
        """Return the OID of something, made from its name once."""
        if (kind, key) not in self._oids:
            stem = oid = f"{prefix}.{_slug(name)}"
            count = 1
            while oid in self._taken:
                count += 1
                oid = f"{stem}.{count}"
            self._taken.add(oid)
            self._oids[kind, key] = oid
        return self._oids[kind, key]

    def _visit(self, instance: planned.Instance) -> tuple[Event, VisitTiming]:
        name = instance.label or instance.name
        oid = self._oid("instance", instance.id, "SE", instance.name or name)
        timing = VisitTiming(
            oid, instance.study_day, instance.earliest_day, instance.latest_day, instance.offset_seconds,
            instance.earliest_seconds, instance.latest_seconds,
        )  # fmt: skip
        encounter = next((item for item in self._study.encounters if item.id == instance.encounter_id), None)
        described = bilingual(encounter.label or encounter.name) if encounter else None
        return Event(oid, name, description=described, forms=self._placed((instance,))), timing

    def _common(self, line: planned.Timeline) -> Event:
        name = line.label or line.name
        oid = self._oid("timeline", line.id, "SE", line.name or name)
        for instance in line.instances:
            self._oids["instance", instance.id] = oid
        return Event(oid, name, "Common", is_repeating=True, forms=self._placed(line.instances))

    def _placed(self, instances: Iterable[planned.Instance]) -> tuple[Reference, ...]:
        activity_ids = (found for instance in instances for found in self._done(instance, frozenset()))
        oids = dict.fromkeys(
            self._oids["activity", found] for found in activity_ids if ("activity", found) in self._oids
        )
        return tuple(Reference(oid, "form", True, place) for place, oid in enumerate(oids, 1))

    def _done(self, instance: planned.Instance, above: frozenset[str]) -> Iterator[str]:
        """Give the activities of an instance, each followed by those of the timeline it enters."""
        for activity_id in instance.activity_ids:
            yield activity_id
            activity = self._activities.get(activity_id)
            if activity is not None:
                yield from self._along(activity.timeline_id, above)
        yield from self._along(instance.timeline_id, above)

    def _along(self, timeline_id: str, above: frozenset[str]) -> Iterator[str]:
        if timeline_id in self._lines and timeline_id not in above:
            for instance in self._lines[timeline_id].instances:
                yield from self._done(instance, above | {timeline_id})

    def _is_repeated(self, activity: planned.Activity) -> bool:
        """Say whether an activity is done several times at a visit: along its own timeline, or that of another."""
        return bool(activity.timeline_id) or any(
            sum(activity.id in instance.activity_ids for instance in self._lines[line_id].instances) > 1
            for line_id in self._nested() & self._lines.keys()
        )

    def _form(self, activity: planned.Activity) -> Group:
        name = activity.label or activity.name
        oid = self._oid("activity", activity.id, "F", activity.name or name)
        concepts = tuple(self._leaves(activity.concept_ids, set()))
        groups = [group for concept in concepts if (group := self._concept_group(concept)) is not None]
        if not groups and (named := self._named_group(activity)) is not None:
            groups.append(named)
        if len(groups) < max(1, len(concepts)):
            self._by_hand.append(activity)
        members = tuple(Reference(group.oid, "group", True, place) for place, group in enumerate(groups, 1))
        repeating = "Dynamic" if self._is_repeated(activity) else "No"
        return Group(oid, name, repeating, "Form", members)

    def _leaves(self, concept_ids: Iterable[str], passed: set[str]) -> Iterator[planned.Concept]:
        for concept_id in concept_ids:
            concept = self._concepts.get(concept_id)
            if concept is None or concept_id in passed:
                continue
            passed.add(concept_id)
            if concept.kind == "category":
                yield from self._leaves(concept.member_ids, passed)
            else:
                yield concept

    def _concept_group(self, concept: planned.Concept) -> Group | None:
        if concept.id not in self._groups:
            made = self._maker.questions(
                concept, self._oid("concept", concept.id, "IG", concept.label or concept.name)
            )
            if made is None:
                return None
            self._groups[concept.id] = made
        return self._groups[concept.id].group

    def _named_group(self, activity: planned.Activity) -> Group | None:
        name = activity.label or activity.name
        made = self._maker.domain_questions(
            name, f"IG.{self._oids['activity', activity.id].removeprefix('F.')}"
        )
        if made is None or not made.items:
            return None
        oid = self._oid("named", activity.id, "IG", made.group.oid.removeprefix("IG."))
        if oid != made.group.oid:
            made = Made(replace(made.group, oid=oid), made.items, made.source)
        self._groups[f"activity {activity.id}"] = made
        return made.group

    def _point(self, point: planned.Point) -> CollectionPoint:
        event_oid = self._oids.get(("instance", point.instance_id), "")
        forms = tuple(
            self._oids["activity", found] for found in point.activity_ids if ("activity", found) in self._oids
        )
        return CollectionPoint(
            point.label, event_oid, point.encounter_id, forms, point.offset_seconds, point.study_day
        )

    def _coverage(self, version: StudyVersion) -> Coverage:
        sizes = {group.oid: len(group.members) for group in version.groups}
        per_form = [
            sum(sizes[member.oid] for member in form.members) for form in version.forms if form.members
        ]
        typical = round(median(per_form)) if per_form else 1
        made = (
            len(version.events) + sum(len(event.forms) for event in version.events) + len(version.forms)
            + len(version.groups) + len(version.items) + len(version.code_lists)
        )  # fmt: skip
        labels = tuple(activity.label or activity.name for activity in self._by_hand)
        return Coverage(made, len(labels) * (1 + typical), labels)


def _slug(text: str) -> str:
    """Return a name as an OID carries it: letters (of any script), digits and underscores."""
    return re.sub(r"\W+", "_", text.strip()).strip("_").upper() or "X"
