"""Reading the design of a USDM study: arms, epochs, encounters, activities, timelines."""

from . import refusal
from .durations import duration_seconds
from .model import (
    Activity,
    Arm,
    BiomedicalConcept,
    Cell,
    ConceptProperty,
    Element,
    Encounter,
    Epoch,
    Procedure,
    ScheduleCondition,
)  # fmt: skip
from .node import Node
from .schedule_model import Branch, ScheduledInstance, Timeline, Timing
from .terms import timing_kind_of
from .timing import TimingCircle, resolve_timings
from .usdm_source import UsdmSource, code_in, code_under, in_order, term, terms

MAXIMUM_GROUPS = 20


def learn_design_ids(source: UsdmSource) -> None:
    """Note every id of the design that something else may refer to."""
    design = source.design
    for kind in ("arms", "epochs", "elements", "encounters", "activities", "scheduleTimelines"):
        source.learn(kind, list(design.nodes(kind)))
    for kind in ("biomedicalConcepts", "bcCategories", "bcSurrogates", "studyInterventions"):
        source.learn(kind, list(source.lists(kind)))
    timelines = list(design.nodes("scheduleTimelines"))
    source.learn("timings", [timing for timeline in timelines for timing in timeline.nodes("timings")])


def read_arms(source: UsdmSource) -> tuple[Arm, ...]:
    """Return the arms in file order, with the interventions their cells use."""
    used: dict[str, list[str]] = {}
    elements = {element.id: element for element in read_elements(source)}
    for cell in read_cells(source):
        for element_id in cell.element_ids:
            used.setdefault(cell.arm_id, []).extend(elements[element_id].intervention_ids)
    return tuple(
        Arm(
            id=node.text("id"),
            name=node.text("name"),
            label=node.text("label"),
            description=source.prose(node, "description"),
            kind=term(node, "type"),
            intervention_ids=tuple(dict.fromkeys(used.get(node.text("id"), ()))),
        )
        for node in source.design.nodes("arms")
    )


def read_epochs(source: UsdmSource) -> tuple[Epoch, ...]:
    """Return the epochs in their own order."""
    return tuple(
        Epoch(
            node.text("id"),
            node.text("name"),
            node.text("label"),
            source.prose(node, "description"),
            term(node, "type"),
        )
        for node in in_order(source, list(source.design.nodes("epochs")))
    )


def read_elements(source: UsdmSource) -> tuple[Element, ...]:
    """Return the elements in file order."""
    return tuple(
        Element(
            id=node.text("id"),
            name=node.text("name"),
            label=node.text("label"),
            description=source.prose(node, "description"),
            intervention_ids=source.references(node, "studyInterventions", "studyInterventionIds"),
        )
        for node in source.design.nodes("elements")
    )


def read_cells(source: UsdmSource) -> tuple[Cell, ...]:
    """Return the cells of the design (arm by epoch)."""
    return tuple(
        Cell(
            source.reference(node, "arms", "armId"),
            source.reference(node, "epochs", "epochId"),
            source.references(node, "elements", "elementIds"),
        )
        for node in source.design.nodes("studyCells")
    )


def read_encounters(source: UsdmSource) -> tuple[Encounter, ...]:
    """Return the encounters in their own order."""
    return tuple(
        Encounter(
            id=node.text("id"),
            name=node.text("name"),
            label=node.text("label"),
            description=source.prose(node, "description"),
            kind=term(node, "type"),
            settings=terms(node, "environmentalSettings"),
            contact_modes=terms(node, "contactModes"),
            scheduled_at_id=source.reference(node, "timings", "scheduledAtId", "scheduledAtTimingId"),
            start_rule=_rule(source, node, "transitionStartRule"),
            end_rule=_rule(source, node, "transitionEndRule"),
        )
        for node in in_order(source, list(source.design.nodes("encounters")))
    )


def _rule(source: UsdmSource, node: Node, key: str) -> str:
    rule = node.node(key)
    return source.prose(rule, "text", "description") if rule else ""


def read_activities(source: UsdmSource) -> tuple[Activity, ...]:
    """Return the activities in their own order, each knowing its group."""
    nodes = in_order(source, list(source.design.nodes("activities")))
    parents = {child: node.text("id") for node in nodes for child in node.texts("childIds")}
    _check_groups(source, parents)
    return tuple(
        Activity(
            id=node.text("id"),
            name=node.text("name"),
            label=node.text("label"),
            description=source.prose(node, "description"),
            parent_id=parents.get(node.text("id"), ""),
            child_ids=source.references(node, "activities", "childIds"),
            procedures=tuple(
                Procedure(
                    item.text("id"),
                    item.text("name"),
                    item.text("label"),
                    item.text("procedureType"),
                    code_in(item.node("code")),
                )
                for item in node.nodes("definedProcedures")
            ),
            concept_ids=(
                *source.references(node, "biomedicalConcepts", "biomedicalConceptIds"),
                *source.references(node, "bcSurrogates", "bcSurrogateIds"),
                *source.references(node, "bcCategories", "bcCategoryIds"),
            ),
            timeline_id=source.reference(node, "scheduleTimelines", "timelineId"),
        )
        for node in nodes
    )


def _check_groups(source: UsdmSource, parents: dict[str, str]) -> None:
    """Groups may hold groups, but not themselves, and not without end."""
    path = source.design.at("activities")
    for start in parents:
        chain, current = [start], parents[start]
        while current and current not in chain and len(chain) <= MAXIMUM_GROUPS:
            chain.append(current)
            current = parents.get(current, "")
        if current in chain:
            source.findings.error(path, refusal.CIRCLE, ids=", ".join(chain[:10]))
            return
        if len(chain) > MAXIMUM_GROUPS:
            source.findings.error(path, refusal.TOO_DEEP, limit=MAXIMUM_GROUPS)
            return


def read_concepts(source: UsdmSource) -> tuple[BiomedicalConcept, ...]:
    """Return biomedical concepts, surrogates and categories."""
    concepts = [
        BiomedicalConcept(
            id=node.text("id"),
            name=node.text("name"),
            label=node.text("label"),
            reference=node.text("reference"),
            code=code_in(node.node("code")),
            synonyms=node.texts("synonyms"),
            properties=tuple(_property(item) for item in node.nodes("properties", "bcProperties")),
        )
        for node in source.lists("biomedicalConcepts")
    ]
    concepts += [
        BiomedicalConcept(
            node.text("id"), node.text("name"), "surrogate", node.text("label"), node.text("reference")
        )
        for node in source.lists("bcSurrogates")
    ]
    concepts += [
        BiomedicalConcept(
            id=node.text("id"),
            name=node.text("name"),
            kind="category",
            label=node.text("label"),
            code=code_in(node.node("code")),
            member_ids=source.references(node, "biomedicalConcepts", "memberIds"),
        )
        for node in source.lists("bcCategories")
    ]
    return tuple(concepts)


def _property(node: Node) -> ConceptProperty:
    responses = (code_in(item.node("code")) for item in node.nodes("responseCodes"))
    is_enabled = node.flag("isEnabled")
    return ConceptProperty(
        id=node.text("id"),
        name=node.text("name"),
        label=node.text("label"),
        datatype=node.text("datatype"),
        is_required=bool(node.flag("isRequired")),
        is_enabled=True if is_enabled is None else is_enabled,
        code=code_in(node.node("code")),
        responses=tuple(code for code in responses if code),
    )


def read_schedule_conditions(source: UsdmSource) -> tuple[ScheduleCondition, ...]:
    """Return the conditions on the schedule; what they apply to may be of several kinds, so it is not checked."""
    return tuple(
        ScheduleCondition(
            node.text("id"),
            source.prose(node, "text"),
            node.text("label", "name"),
            node.texts("appliesToIds"),
            node.texts("contextIds"),
        )
        for node in source.lists("conditions")
    )


def read_timelines(source: UsdmSource) -> tuple[Timeline, ...]:
    """Return every timeline with its instances placed in time."""
    nodes = list(source.design.nodes("scheduleTimelines"))
    for node in nodes:
        source.learn(f"instances of {node.text('id')}", list(node.nodes("instances")))
        source.learn(f"exits of {node.text('id')}", list(node.nodes("exits", "scheduleTimelineExits")))
    timelines = []
    for node in nodes:
        timeline = _timeline(source, node)
        try:
            timelines.append(resolve_timings(timeline))
        except TimingCircle as circle:
            ids = ", ".join(circle.timing_ids[:10])
            source.findings.error(node.at("timings"), refusal.CIRCLE, ids=ids)
    _check_nesting(source, timelines)
    return tuple(timelines)


def _timeline(source: UsdmSource, node: Node) -> Timeline:
    own = f"instances of {node.text('id')}"
    timings = tuple(_timing(source, item, own) for item in node.nodes("timings", "scheduleTimelineTimings"))
    if timings and not any(timing.kind == "fixed" for timing in timings):
        source.findings.warning(node.path, refusal.NO_REFERENCE)
    return Timeline(
        id=node.text("id"),
        name=node.text("name"),
        label=node.text("label"),
        description=source.prose(node, "description"),
        is_main=bool(node.flag("mainTimeline")),
        entry_condition=source.prose(node, "entryCondition"),
        entry_id=source.reference(node, own, "entryId", "scheduleTimelineEntryId"),
        stated_duration_seconds=_stated_duration(source, node),
        timings=timings,
        instances=tuple(_instance(source, item, node.text("id")) for item in node.nodes("instances")),
    )


def _stated_duration(source: UsdmSource, node: Node) -> int | None:
    duration = node.node("plannedDuration")
    if duration is None:
        return None
    length = duration.node("quantity")
    unit_days = {"day": 1, "week": 7, "month": 30, "year": 365}
    if length is not None:
        unit = term(length, "unit").lower().rstrip("s")
        bound = length.node("maxValue") or length.node("minValue")
        value = (bound or length).number("value")
        unit = term(bound, "unit").lower().rstrip("s") if bound else unit
        return round(value * unit_days[unit] * 86_400) if value is not None and unit in unit_days else None
    return None


def _timing(source: UsdmSource, node: Node, own: str) -> Timing:
    kind_code = code_under(node, "type")
    kind = timing_kind_of(kind_code.code, kind_code.text)
    if not kind:
        source.findings.warning(node.at("type"), refusal.UNKNOWN_VALUE, value=kind_code.text[:60])
    relation = term(node, "relativeToFrom").lower().replace(" ", "_")
    known = ("start_to_start", "end_to_start", "start_to_end", "end_to_end")
    return Timing(
        id=node.text("id"),
        kind=kind or "after",
        instance_id=source.reference(node, own, "relativeFromScheduledInstanceId"),
        relative_to_id=source.reference(node, own, "relativeToScheduledInstanceId"),
        value=node.text("value"),
        value_seconds=_seconds(source, node, "value") if kind else None,
        relation=relation if relation in known else "start_to_start",
        lower_seconds=_window(source, node, "windowLower"),
        upper_seconds=_window(source, node, "windowUpper"),
        name=node.text("name"),
        label=node.text("label"),
        value_label=node.text("valueLabel"),
        window_label=node.text("windowLabel", "window"),
    )


def _seconds(source: UsdmSource, node: Node, key: str) -> int | None:
    text = node.text(key)
    if not text:
        return None
    try:
        return duration_seconds(text)
    except ValueError:
        source.findings.error(node.at(key), refusal.BAD_DURATION, value=text[:60])
        return None


def _window(source: UsdmSource, node: Node, key: str) -> int | None:
    """A window bound is a distance; some tools write the lower one with a minus."""
    seconds = _seconds(source, node, key)
    return None if seconds is None else abs(seconds)


def _instance(source: UsdmSource, node: Node, timeline_id: str) -> ScheduledInstance:
    own = f"instances of {timeline_id}"
    kind = "decision" if node.text("instanceType") == "ScheduledDecisionInstance" else "activity"
    exit_id = source.reference(node, f"exits of {timeline_id}", "timelineExitId", "scheduleTimelineExitId")
    branches = tuple(
        Branch(source.prose(item, "condition"), source.reference(item, own, "conditionTargetId"))
        for item in node.nodes("conditionAssignments")
    )
    return ScheduledInstance(
        id=node.text("id"),
        name=node.text("name"),
        kind=kind,
        label=node.text("label"),
        description=source.prose(node, "description"),
        encounter_id=source.reference(node, "encounters", "encounterId"),
        epoch_id=source.reference(node, "epochs", "epochId"),
        activity_ids=source.references(node, "activities", "activityIds"),
        timeline_id=source.reference(node, "scheduleTimelines", "timelineId"),
        next_id=source.reference(node, own, "defaultConditionId"),
        is_exit=bool(exit_id),
        branches=branches,
    )


def _check_nesting(source: UsdmSource, timelines: list[Timeline]) -> None:
    """A timeline that contains itself through its activities would never end."""
    activities = {activity.id: activity for activity in read_activities(source)} if timelines else {}
    contains: dict[str, set[str]] = {}
    for timeline in timelines:
        inner = {instance.timeline_id for instance in timeline.instances}
        inner |= {
            activities[activity_id].timeline_id
            for instance in timeline.instances
            for activity_id in instance.activity_ids
            if activity_id in activities
        }
        contains[timeline.id] = inner - {""}
    circle = _circle(contains)
    if circle:
        source.findings.error(source.design.at("scheduleTimelines"), refusal.CIRCLE, ids=circle[:60])


def _circle(contains: dict[str, set[str]]) -> str:
    """Return an id that contains itself by way of others, or ""."""
    waits_for = {key: len(inner & contains.keys()) for key, inner in contains.items()}
    held_by: dict[str, list[str]] = {}
    for key, inner in contains.items():
        for item in inner & contains.keys():
            held_by.setdefault(item, []).append(key)
    free = [key for key, count in waits_for.items() if count == 0]
    while free:
        for key in held_by.get(free.pop(), ()):
            waits_for[key] -= 1
            if waits_for[key] == 0:
                free.append(key)
    return next((key for key, count in waits_for.items() if count), "")
