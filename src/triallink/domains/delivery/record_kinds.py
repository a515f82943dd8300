"""Kinds of records as data (fields, states, steps), and the one interpreter for all of them."""

import datetime as dt
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from triallink.domains.delivery.errors import FieldMissing, KindUnknown, StepUnknown, WordUnknown

FOLDER = Path(__file__).parent / "record_kinds_data"
MAX_TEXT = 6000
ORDER = ("issue", "deviation", "risk", "capa", "decision", "minutes", "training", "delegation")
Kind = dict[str, Any]


@lru_cache(maxsize=1)
def record_kinds() -> dict[str, Kind]:
    """Return every kind by code, in the order they are offered."""
    return {code: json.loads((FOLDER / f"{code}.json").read_text("utf-8")) for code in ORDER}


def record_kind(code: str) -> Kind:
    """Return a kind.

    Refuses: KindUnknown.
    """
    if code not in record_kinds():
        raise KindUnknown(field="kind", kind=code)
    return record_kinds()[code]


def state_of(kind: Kind, code: str) -> dict[str, Any]:
    """Return a state of a kind; KeyError for one it has not."""
    return {state["code"]: state for state in kind["states"]}[code]


def step_of(kind: Kind, state: str, code: str) -> dict[str, Any]:
    """Return a step that can be taken from a state.

    Refuses: StepUnknown.
    """
    for step in kind["steps"]:
        if step["code"] == code and state in step["from"]:
            found: dict[str, Any] = step
            return found
    raise StepUnknown


def steps_from(kind: Kind, state: str) -> list[dict[str, Any]]:
    """Return the steps that can be taken from a state."""
    return [step for step in kind["steps"] if state in step["from"]]


def checked_values(kind: Kind, values: dict[str, Any]) -> dict[str, str]:
    """Return what a record of the kind holds, every value as text that fits its field.

    Refuses: FieldMissing, WordUnknown.
    """
    kept: dict[str, str] = {}
    for field in kind["fields"]:
        raw = values.get(field["code"])
        value = "" if raw is None else str(raw).strip()[:MAX_TEXT]
        if not value:
            if field["is_required"]:
                raise FieldMissing(field=field["code"])
            continue
        if not fits(field, value):
            raise WordUnknown(field=field["code"], word=value[:60])
        kept[field["code"]] = value
    return kept


def fits(field: dict[str, Any], value: str) -> bool:
    """Return whether a value fits a field: one of its choices, a date, a number, or any text."""
    if field["kind"] == "choice":
        return value in field["choices"]
    if field["kind"] == "number":
        return value.isascii() and value.isdigit() and len(value) < 7
    if field["kind"] == "date":
        try:
            dt.date.fromisoformat(value)
        except ValueError:
            return False
    return True


def grade_of(kind: Kind, values: dict[str, str]) -> str:
    """Return the value of the kind's grading field, "" if it has none."""
    return values.get(kind["grade"], "") if kind["grade"] else ""


def due_on(kind: Kind, grade: str, opened_on: dt.date) -> dt.date | None:
    """Return by when a record of a grade is to be closed, None if the kind sets no day."""
    days = kind["due_days"].get(grade)
    return opened_on + dt.timedelta(days=days) if days is not None else None
