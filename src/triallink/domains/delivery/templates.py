"""Plan templates: milestones, tasks, checklists and links as data, and the one interpreter that lays them out."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "templates_data"
WORKED_DAYS_PER_MONTH = 21
LEVEL_ORDER = ("study", "country", "site")


@dataclass(frozen=True)
class Place:
    """A site as the interpreter sees it."""

    site_id: int
    number: str
    country: str


@dataclass(frozen=True)
class Setting:
    """What a template is laid out for: where, and how long enrollment and follow-up take, in months."""

    places: Sequence[Place]
    countries: Sequence[str]
    home: str
    enrollment_months: float
    follow_up_months: float


@dataclass(frozen=True)
class LaidItem:
    """One milestone or task of the plan to be."""

    key: str
    level: str
    kind: str
    code: str
    name: dict[str, str]
    position: int
    parent_key: str = ""
    country: str = ""
    site_id: int | None = None
    role: str = ""
    duration_days: int = 0
    hours: float = 0
    calendar: str = ""
    checklist: list[dict[str, str]] = field(default_factory=list)
    cites: str = ""
    version_id: int | None = None
    sop_id: int | None = None


@dataclass(frozen=True)
class LaidLink:
    """One dependency of the plan to be."""

    predecessor: str
    successor: str
    kind: str = "FS"
    lag_days: int = 0


@dataclass(frozen=True)
class Layout:
    """Everything a template gives for a setting."""

    items: list[LaidItem]
    links: list[LaidLink]


@lru_cache(maxsize=16)
def template(code: str) -> dict[str, Any]:
    """Return a template's data; KeyError if there is none of this code."""
    return templates()[code]


@lru_cache(maxsize=1)
def templates() -> dict[str, dict[str, Any]]:
    """Return every template by code."""
    found = (json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json")))
    return {one["code"]: one for one in found}


def template_for(study_type: str) -> str:
    """Return the code of the template that fits a type of study."""
    return study_type if study_type in templates() else "interventional"


def lay_out(data: dict[str, Any], setting: Setting) -> Layout:
    """Return the items and links of a template in a setting, milestones in the template's order.

    A milestone of the level "site" appears once per site, of "country" once per country. A link to a
    milestone of a finer level means all of them ("which": "first": that of the first site); one to a coarser
    level means the own country's, or the study's.
    """
    known = {milestone["code"]: milestone for milestone in data["milestones"]}
    items: list[LaidItem] = []
    links: list[LaidLink] = []
    for milestone in data["milestones"]:
        for spot in _spots(milestone, setting):
            own, inner = _lay_milestone(milestone, spot, setting, len(items))
            items += own
            links += inner
            entries = _entries(milestone)
            for rule in milestone["after"]:
                for before in _before(rule, known, spot, setting):
                    links += [
                        LaidLink(before, f"{spot.prefix}:{milestone['code']}:{task}",
                                 rule.get("kind", "FS"), rule.get("lag_days", 0))
                        for task in entries
                    ]  # fmt: skip
    return Layout(items, links)


@dataclass(frozen=True)
class _Spot:
    """Where one copy of a milestone stands."""

    prefix: str
    country: str
    site_id: int | None = None


def _spots(milestone: dict[str, Any], setting: Setting) -> Iterator[_Spot]:
    only = milestone.get("only_in")
    if milestone["level"] == "study":
        yield _Spot("study", setting.home)
    elif milestone["level"] == "country":
        yield from (
            _Spot(f"country:{country}", country)
            for country in setting.countries
            if not only or country in only
        )
    else:
        yield from (
            _Spot(f"site:{place.site_id}", place.country, place.site_id)
            for place in setting.places
            if not only or place.country in only
        )


def _lay_milestone(
    milestone: dict[str, Any], spot: _Spot, setting: Setting, position: int
) -> tuple[list[LaidItem], list[LaidLink]]:
    key = f"{spot.prefix}:{milestone['code']}"
    level = milestone["level"]
    whole = LaidItem(
        key=key,
        level=level,
        kind="milestone",
        code=milestone["code"],
        name=milestone["name"],
        position=position,
        country=spot.country if level != "study" else "",
        site_id=spot.site_id,
        calendar=spot.country,
        cites=milestone["cites"],
        version_id=milestone.get("version_id"),
        sop_id=milestone.get("sop_id"),
    )
    items = [whole]
    links = []
    for number, task in enumerate(milestone["tasks"], start=1):
        items.append(
            replace(
                whole,
                key=f"{key}:{task['code']}",
                kind="task",
                code=task["code"],
                name=task["name"],
                position=position + number,
                parent_key=key,
                role=task["role"],
                duration_days=days_of(task["days"], setting),
                hours=task["hours"],
                checklist=[dict(line) for line in task["checklist"]],
                cites=task.get("cites") or milestone["cites"],
                version_id=task.get("version_id"),
                sop_id=task.get("sop_id"),
            )
        )
        links += [LaidLink(f"{key}:{before}", f"{key}:{task['code']}") for before in task["after"]]
    links += [LaidLink(f"{key}:{task}", key) for task in _exits(milestone)]
    return items, links


def days_of(days: int | dict[str, Any], setting: Setting) -> int:
    """Return a duration in worked days: a number, or a share of the study's enrollment or follow-up."""
    if isinstance(days, int):
        return days
    months = {"enrollment": setting.enrollment_months, "follow_up": setting.follow_up_months}[days["of"]]
    return max(1, round(months * WORKED_DAYS_PER_MONTH * days.get("share", 1)))


def _entries(milestone: dict[str, Any]) -> list[str]:
    return [task["code"] for task in milestone["tasks"] if not task["after"]]


def _exits(milestone: dict[str, Any]) -> list[str]:
    waited_for = {before for task in milestone["tasks"] for before in task["after"]}
    return [task["code"] for task in milestone["tasks"] if task["code"] not in waited_for]


def _before(
    rule: dict[str, Any], known: dict[str, dict[str, Any]], spot: _Spot, setting: Setting
) -> Iterable[str]:
    """Return the keys of the milestones a rule waits for, seen from one copy."""
    other = known[rule["milestone"]]
    places = [place for place in setting.places if _is_seen(place, spot)]
    if other["level"] == "site" and spot.site_id is None:
        chosen = places[:1] if rule.get("which") == "first" else places
        return [
            f"site:{place.site_id}:{other['code']}"
            for place in chosen
            if not other.get("only_in") or place.country in other["only_in"]
        ]
    if other["level"] == "country":
        countries = setting.countries if spot.prefix == "study" else [spot.country]
        return [
            f"country:{country}:{other['code']}"
            for country in countries
            if not other.get("only_in") or country in other["only_in"]
        ]
    prefix = spot.prefix if other["level"] == "site" else "study"
    return [f"{prefix}:{other['code']}"]


def _is_seen(place: Place, spot: _Spot) -> bool:
    """Tell a site that belongs under a copy: all under the study's, a country's own under the country's."""
    return spot.prefix == "study" or place.country == spot.country


def months_between(first: dt.date, last: dt.date) -> float:
    """Return the months from one day to another."""
    return (last - first).days / 30.4375
