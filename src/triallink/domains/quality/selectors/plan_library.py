"""What the process library gives a study's plan: milestones, the checklists of tasks, the SOPs behind them."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from triallink.domains.quality.models import TemplateVersion
from triallink.domains.quality.selectors.library import in_force


@dataclass(frozen=True)
class PlanLibrary:
    """The versions in force that a plan is laid out from; an organization's own go before the platform's.

    milestones  by the plan milestone they describe; extra: by their own code, to be chosen on top of a plan template.
    checklists  by (plan milestone, task).
    sops        by code.
    """

    milestones: dict[str, TemplateVersion]
    extra: dict[str, TemplateVersion]
    checklists: dict[tuple[str, str], TemplateVersion]
    sops: dict[str, TemplateVersion]


def plan_library(organization_id: int | None, on: dt.date, phase: str = "") -> PlanLibrary:
    """Return what is in force on a day for studies of a phase; "" and "na" are no phase in particular."""
    rows = (
        TemplateVersion.objects.filter(in_force(on), template__kind__in=("milestone", "checklist", "sop"))
        .filter(Q(template__organization__isnull=True) | Q(template__organization_id=organization_id or 0))
        .select_related("template")
        .order_by("number")
    )
    found = PlanLibrary({}, {}, {}, {})
    # The platform's first, so that the own ones take their place; of one template the latest version.
    for row in sorted(rows, key=lambda one: one.template.organization_id is not None):
        template, content = row.template, row.content
        if phase not in ("", "na") and template.phases and phase not in template.phases:
            continue
        if template.kind == "sop":
            found.sops[template.code] = row
        elif template.kind == "milestone" and "plan_milestone" in content:
            found.milestones[content["plan_milestone"]] = row
        elif template.kind == "milestone" and "task" in content:
            found.extra[template.code] = row
        elif "plan_task" in content:
            milestone, _, task = str(content["plan_task"]).partition(":")
            found.checklists[milestone, task] = row
    return found


def with_library(data: dict[str, Any], library: PlanLibrary, chosen: Collection[str] = ()) -> dict[str, Any]:
    """Return a plan template whose milestones and tasks are the library's where it has one; pure.

    chosen  codes of further milestones of the library to lay out beside the template's own.
    """
    milestones = [_milestone(one, library) for one in data["milestones"]]
    known = {one["code"] for one in milestones}
    places = {row.template.code: code for code, row in library.milestones.items() if code in known}
    for code in chosen:
        row = library.extra[code]
        before = [
            {"milestone": place}
            for place in dict.fromkeys(_before(row, library, places, set(chosen)))
            if place != code
        ]
        milestones.append(_extra(code, row, before, library))
    for code in chosen:
        for follower in milestones:
            if follower["code"] in library.extra[code].content.get("before", ()):
                follower["after"] = [*follower["after"], {"milestone": code}]
    return {**data, "milestones": milestones}


def _milestone(data: dict[str, Any], library: PlanLibrary) -> dict[str, Any]:
    row = library.milestones.get(data["code"])
    said = {"name": row.title, "cites": row.cites, **_origin(row, library)} if row else {}
    return {**data, **said, "tasks": [_task(data["code"], task, library) for task in data["tasks"]]}


def _task(milestone: str, task: dict[str, Any], library: PlanLibrary) -> dict[str, Any]:
    row = library.checklists.get((milestone, task["code"]))
    if row is None:
        return task
    return {**task, "checklist": row.content["lines"], "cites": row.cites, **_origin(row, library)}


def _extra(
    code: str, row: TemplateVersion, after: list[dict[str, str]], library: PlanLibrary
) -> dict[str, Any]:
    """Return a library milestone as a plan template states one: a single task that asks for all of its lines."""
    origin, work = _origin(row, library), row.content["task"]
    task = {
        "code": "do", "name": row.title, "role": work["role"], "days": work["days"], "hours": work["hours"],
        "checklist": row.content["lines"], "after": [], "cites": row.cites, **origin,
    }  # fmt: skip
    return {
        "code": code, "level": row.content["level"], "name": row.title, "cites": row.cites, "after": after,
        "tasks": [task], **origin,
    }  # fmt: skip


def _before(
    row: TemplateVersion, library: PlanLibrary, places: dict[str, str], chosen: Collection[str]
) -> Iterator[str]:
    """Return the codes a further milestone waits for, through those that are not laid out."""
    for code in row.content["after"]:
        if code in places:
            yield places[code]
        elif code in chosen:
            yield code
        elif code in library.extra:
            yield from _before(library.extra[code], library, places, chosen)


def _origin(row: TemplateVersion, library: PlanLibrary) -> dict[str, Any]:
    sop = library.sops.get(row.content.get("sop", ""))
    return {"version_id": row.pk, "sop_id": sop.pk if sop else None}
