"""Which item a name means, seen from the place a check stands at."""

from dataclasses import dataclass

from triallink.engines.checks import problems
from triallink.engines.checks.core import Reference
from triallink.engines.checks.problems import ExpressionRefused, Problem, nearest
from triallink.engines.checks.schema import Event, Home, Place, Schema
from triallink.engines.checks.syntax import Name


@dataclass(frozen=True)
class Found:
    """An item and how it is seen from the check: as one value, or as a series of repeats."""

    place: Place
    event: str
    is_series: bool
    is_repeat_of_home: bool

    def reference(self, mode: str) -> Reference:
        """Return what the program reads."""
        place = self.place
        return Reference(
            self.event,
            place.form.name,
            place.group.name,
            place.item.name,
            place.item.kind,
            mode,  # type: ignore[arg-type]
        )


def find(name: Name, schema: Schema, home: Home) -> Found:
    """Return the item a name means.

    The nearest wins: the same group, then the same form, then the same event, then the only one in the study.
    Raises  ExpressionRefused if there is none, or several equally near.
    """
    *before, item = name.parts
    event = schema.event_by_name.get(before[0]) if before else None
    places = _candidates(item, tuple(before), schema)
    if not places and event is not None:
        places = _candidates(item, tuple(before[1:]), schema)
        places = tuple(place for place in places if place.form.name in event.forms)
        if places:
            return _seen(name, _nearest(name, places, schema, home, event.name), event.name, schema, home)
    if not places:
        raise _unknown(name, schema)
    place = _nearest(name, places, schema, home, home.event)
    return _seen(name, place, _event_of(name, place, schema, home), schema, home)


def _candidates(item: str, before: tuple[str, ...], schema: Schema) -> tuple[Place, ...]:
    everywhere = schema.places_by_item.get(item, ())
    match before:
        case ():
            return everywhere
        case (container,):
            return tuple(place for place in everywhere if container in (place.form.name, place.group.name))
        case (form, group):
            return tuple(p for p in everywhere if (form, group) == (p.form.name, p.group.name))
    return ()


def _nearest(name: Name, places: tuple[Place, ...], schema: Schema, home: Home, event: str) -> Place:
    forms_here = schema.event_by_name[event].forms if event in schema.event_by_name else ()

    def distance(place: Place) -> int:
        if place.form.name == home.form:
            return 0 if place.group.name == home.group else 1
        return 2 if place.form.name in forms_here else 3

    closest = min(map(distance, places))
    found = [place for place in places if distance(place) == closest]
    if len(found) > 1:
        choices = [f"{place.form.name}.{place.group.name}.{place.item.name}" for place in found]
        params = {"found": ".".join(name.parts), "choices": ", ".join(choices[:5])}
        raise ExpressionRefused([Problem(name.span, problems.AMBIGUOUS_ITEM, params, choices[0])])
    return found[0]


def _event_of(name: Name, place: Place, schema: Schema, home: Home) -> str:
    if not schema.events or place.form.name == home.form:
        return ""
    here = schema.event_by_name.get(home.event)
    at = schema.events_with(place.form.name)
    if here is not None and here in at:
        return ""
    if len(at) == 1:
        return at[0].name
    if here is None and at:
        return ""
    suggestion = f"{at[0].name}.{'.'.join(name.parts)}" if at else ""
    raise ExpressionRefused(
        [Problem(name.span, problems.EVENT_NEEDED, {"found": ".".join(name.parts)}, suggestion)]
    )


def _seen(name: Name, place: Place, event_name: str, schema: Schema, home: Home) -> Found:
    at_home_event = event_name in ("", home.event)
    event: Event | None = schema.event_by_name.get(event_name or home.event)
    same_form = at_home_event and place.form.name == home.form
    same_group = same_form and place.group.name == home.group
    is_series = (
        (event is not None and event.is_repeating and not at_home_event)
        or (place.form.is_repeating and not same_form)
        or (place.group.is_repeating and not same_group)
    )
    is_repeat = same_group and place.group.is_repeating
    is_repeat = (
        is_repeat or (same_form and place.form.is_repeating) or (at_home_event and bool(schema.events))
    )
    return Found(place, "" if at_home_event else event_name, is_series, is_repeat and not is_series)


def _unknown(name: Name, schema: Schema) -> ExpressionRefused:
    *before, item = name.parts
    known = set(schema.places_by_item)
    guess = nearest(item, known) if item not in known else item
    if item in known:
        guess = f"{schema.places_by_item[item][0].form.name}.{item}"
    elif guess and before:
        guess = ".".join((*before, guess))
    params = {"found": ".".join(name.parts)}
    return ExpressionRefused([Problem(name.span, problems.UNKNOWN_ITEM, params, guess)])
