"""Checks over a subject's data: what they read across visits and rows, and what a change makes them run again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.checks import Event, Form, Group, Home, Item, Schema
from triallink.engines.checks.casebook import Casebook, Path, Spot
from triallink.engines.checks.runs import Check, CheckSet, Key

SCHEMA = Schema(
    forms=(
        Form("DM", (Group("DM", (Item("SEX"), Item("BRTHDAT", "date"))),)),
        Form("VS", (Group("VS", (Item("VISDAT", "date"), Item("WEIGHT", "number"))),)),
        Form(
            "AE",
            (
                Group("HEAD", (Item("AEYN"),)),
                Group("AE", (Item("GRADE", "number"), Item("START", "date"), Item("END", "date")), True),
            ),
        ),
    ),
    events=(Event("SCR", ("DM", "VS")), Event("V1", ("VS", "AE")), Event("UNS", ("VS",), is_repeating=True)),
)
ROW = Home("AE", "AE", "V1")
CHECKS = CheckSet(
    SCHEMA,
    [
        Check("birth-before-visit", Home("VS", "VS"), "SCR.DM.BRTHDAT < VISDAT"),
        Check("weight-steady", Home("VS", "VS"), "abs(WEIGHT - previous(WEIGHT)) <= 10"),
        Check("end-after-start", ROW, "END >= START"),
        Check("starts-in-order", ROW, "START >= previous(START)"),
        Check("no-events-said", Home("AE", "HEAD", "V1"), 'not (AEYN = "N" and count(GRADE) > 0)'),
        Check("severe-weighed", ROW, "not (GRADE >= 3 and VS.WEIGHT is missing)"),
        Check("unscheduled-after-screening", Home("VS", "VS", "SCR"), "all(UNS.VS.VISDAT > VISDAT)"),
    ],
)


def at(event: str, form: str, group: str, item: str, *, visit: int = 1, row: int = 1) -> Path:
    """Return a path; only events and rows of tables repeat here."""
    return Path(event, visit, form, 1, group, row, item)


FILLED = {
    at("SCR", "DM", "DM", "BRTHDAT"): "1980",
    at("SCR", "VS", "VS", "VISDAT"): "2024-01-10",
    at("SCR", "VS", "VS", "WEIGHT"): 80.0,
    at("V1", "VS", "VS", "VISDAT"): "2024-02-10",
    at("V1", "VS", "VS", "WEIGHT"): 95.0,
    at("UNS", "VS", "VS", "WEIGHT"): 94.0,
    at("UNS", "VS", "VS", "VISDAT", visit=2): "2024-01-01",
    at("V1", "AE", "HEAD", "AEYN"): "N",
    at("V1", "AE", "AE", "GRADE"): 1.0,
    at("V1", "AE", "AE", "START"): "2024-02-01",
    at("V1", "AE", "AE", "END"): "2024-01-31",
    at("V1", "AE", "AE", "START", row=2): "2024-01-15",
}


def failing(values: dict[Path, object]) -> frozenset[Key]:
    """Return every check and place that fails, computed from nothing."""
    casebook = Casebook(SCHEMA, values)
    return CHECKS.failing(CHECKS.every(casebook), casebook)


def test_checks_read_across_rows_forms_and_visits() -> None:
    assert {
        (key.check, key.spot.event, key.spot.event_repeat, key.spot.group_repeat) for key in failing(FILLED)
    } == {
        ("weight-steady", "V1", 1, 1),
        ("end-after-start", "V1", 1, 1),
        ("starts-in-order", "V1", 1, 2),
        ("no-events-said", "V1", 1, 1),
        ("unscheduled-after-screening", "SCR", 1, 1),
    }


def test_change_runs_again_only_what_reads_it() -> None:
    casebook = Casebook(SCHEMA, FILLED)
    changed = [at("V1", "AE", "AE", "END")]
    assert CHECKS.affected(changed, casebook) == {Key("end-after-start", Spot("V1", 1, "AE", 1, "AE", 1))}


def test_correction_closes_the_query_and_running_again_changes_nothing() -> None:
    open_keys = failing(FILLED)
    corrected = {**FILLED, at("V1", "AE", "AE", "END"): "2024-02-03"}
    casebook = Casebook(SCHEMA, corrected)
    changed = [at("V1", "AE", "AE", "END")]
    outcome = CHECKS.rerun(changed, casebook, open_keys)
    assert {key.check for key in outcome.closed} == {"end-after-start"}
    assert outcome.opened == frozenset()
    again = CHECKS.rerun(changed, casebook, outcome.standing)
    assert (again.opened, again.closed, again.standing) == (frozenset(), frozenset(), outcome.standing)


def test_two_checks_of_one_name_are_refused() -> None:
    check = Check("a", Home("VS", "VS"), "WEIGHT > 1")
    with pytest.raises(ValueError, match="'a'"):
        CheckSet(SCHEMA, [check, check])


_paths = st.sampled_from(
    [
        *FILLED,
        at("UNS", "VS", "VS", "VISDAT"),
        at("UNS", "VS", "VS", "WEIGHT", visit=2),
        at("V1", "AE", "AE", "GRADE", row=2),
        at("V1", "AE", "AE", "START", row=3),
        at("V1", "AE", "AE", "END", row=2),
    ]
)
_values = {
    "number": st.sampled_from([None, 1.0, 3.0, 80.0, 95.0]),
    "date": st.sampled_from([None, "1980", "2024", "2024-01-15", "2024-02-01", "2024-03-01"]),
    "text": st.sampled_from([None, "N", "Y"]),
}
_kinds = {place.item.name: place.item.kind for place in SCHEMA.places}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(_paths.flatmap(lambda path: st.tuples(st.just(path), _values[_kinds[path.item]])), max_size=12)
)
def test_running_again_what_changes_touch_equals_running_everything(
    changes: list[tuple[Path, object]],
) -> None:
    values: dict[Path, object] = dict(FILLED)
    open_keys = failing(values)
    for path, value in changes:
        if value is None:
            values.pop(path, None)
        else:
            values[path] = value
        outcome = CHECKS.rerun([path], Casebook(SCHEMA, dict(values)), open_keys)
        open_keys = outcome.standing | outcome.opened
        assert open_keys == failing(values)
