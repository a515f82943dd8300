"""Questionnaires for suppliers as versioned data; the interpreter is the engine's."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from triallink.kernel.refusals import N_

FOLDER = Path(__file__).parent / "questionnaires_data"
QUESTIONNAIRES = {
    "cro": N_("Contract research organization"),
    "smo": N_("Site management organization"),
    "lab": N_("Laboratory"),
    "site": N_("Trial site"),
}
# Kind of organization -> the questionnaires it may answer.
FOR_KINDS = {"cro": ("cro", "lab"), "smo": ("smo",), "site": ("site", "lab")}


@lru_cache(maxsize=1)
def all_versions() -> dict[tuple[str, int], dict[str, Any]]:
    """Return every questionnaire by code and version."""
    found = (json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json")))
    return {(one["code"], one["version"]): one for one in found}


def questionnaire(code: str, version: int) -> dict[str, Any]:
    """Return one version of a questionnaire; KeyError if there is none."""
    return all_versions()[code, version]


def latest_version(code: str) -> int:
    """Return the newest version of a questionnaire; KeyError if there is none of this code."""
    versions = [version for known, version in all_versions() if known == code]
    if not versions:
        raise KeyError(code)
    return max(versions)
