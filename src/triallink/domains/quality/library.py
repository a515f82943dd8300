"""The process library as files: one loader, and what makes a template sound."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from triallink.domains.quality.models import TEMPLATE_KINDS, TEMPLATE_STAGES
from triallink.kernel.vocabulary import PHASES, PROFESSIONAL_ROLES, SERVICE_CATEGORIES

FOLDER = Path(__file__).parent / "library_data"
LEVELS = ("study", "country", "site")
Pair = dict[str, str]


@dataclass(frozen=True)
class FiledTemplate:
    """A template as its file states it; `content` holds "lines" and, by kind, "purpose", "evidence", "level", …."""

    kind: str
    code: str
    stage: str
    services: list[str]
    phases: list[str]
    cites: str
    title: Pair
    content: dict[str, Any]
    effective_on: dt.date


@lru_cache(maxsize=1)
def filed_templates() -> tuple[FiledTemplate, ...]:
    """Return every template of the library's files; ValueError names the first that is not sound."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        file = json.loads(path.read_text("utf-8"))
        day = dt.date.fromisoformat(file["effective_on"])
        found += [FiledTemplate(kind=file["kind"], effective_on=day, **one) for one in file["templates"]]
    codes = {one.code for one in found if one.kind == "milestone"}
    sops = {one.code for one in found if one.kind == "sop"}
    for one in found:
        if faults := faults_of(one, codes, sops):
            raise ValueError(f"{one.kind} {one.code}: {'; '.join(faults)}")
    return tuple(found)


def faults_of(one: FiledTemplate, milestone_codes: set[str], sop_codes: set[str]) -> list[str]:
    """Return what is wrong with a template, one clause each; empty for a sound one."""
    found = []
    if one.kind not in TEMPLATE_KINDS or one.stage not in TEMPLATE_STAGES:
        found.append(f"unknown kind or stage: {one.kind}, {one.stage}")
    if unknown := set(one.services) - set(SERVICE_CATEGORIES) | set(one.phases) - set(PHASES):
        found.append(f"unknown codes {sorted(unknown)}")
    if not one.cites:
        found.append("cites no section")
    pairs = [
        one.title,
        *one.content["lines"],
        *(one.content[key] for key in ("purpose", "evidence") if key in one.content),
    ]
    found += [f"not in both languages: {pair!r}" for pair in pairs if not is_bilingual(pair)]
    if not one.content["lines"]:
        found.append("no lines")
    if one.kind != "sop" and one.content.get("sop") not in sop_codes:
        found.append(f"unknown SOP {one.content.get('sop')!r}")
    if one.kind == "milestone":
        if one.content["level"] not in LEVELS:
            found.append(f"unknown level {one.content['level']!r}")
        if unknown := set(one.content["after"]) - milestone_codes:
            found.append(f"waits for unknown milestones {sorted(unknown)}")
        if ("plan_milestone" in one.content) == ("task" in one.content):
            found.append(
                "describes a milestone of the plan templates, or states its own task: one of the two"
            )
        if (task := one.content.get("task")) and task["role"] not in PROFESSIONAL_ROLES:
            found.append(f"unknown role {task['role']!r}")
    return found


def is_bilingual(pair: Mapping[str, str]) -> bool:
    """Return whether a text is there in both languages."""
    return bool(pair.get("en", "").strip() and pair.get("zh", "").strip())
