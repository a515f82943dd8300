"""The question bank of the knowledge test: versioned data, read once. The right option stands first in the file."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from triallink.domains.quality.certification_words import TOPICS

FOLDER = Path(__file__).parent / "knowledge_data"
RIGHT = 0
OPTIONS = 4
Question = dict[str, Any]


@lru_cache(maxsize=4)
def bank(version: int) -> dict[str, Question]:
    """Return the questions of one version of the bank by code; KeyError if there is none."""
    found = _banks()[version]
    return {question["code"]: question for question in found}


def latest_bank() -> int:
    """Return the newest version of the bank."""
    return max(_banks())


def questions_for(role: str, version: int) -> list[Question]:
    """Return the questions one role is asked, in the order of their codes."""
    return [q for _, q in sorted(bank(version).items()) if role in q["roles"]]


def faults_of_bank(version: int) -> list[str]:
    """Return what is wrong with a bank, one sentence each; empty for a sound one."""
    found = []
    codes = [question["code"] for question in _banks()[version]]
    found += [f"code {code!r} is used twice" for code in sorted({c for c in codes if codes.count(c) > 1})]
    for question in _banks()[version]:
        code = question["code"]
        texts = [question["text"], *question["options"]]
        if not all(text.get("en") and text.get("zh") for text in texts):
            found.append(f"{code}: not in both languages")
        if len({option["en"] for option in question["options"]}) != OPTIONS:
            found.append(f"{code}: must have {OPTIONS} different options")
        if question["topic"] not in TOPICS:
            found.append(f"{code}: no topic {question['topic']!r}")
        if not question["cites"]:
            found.append(f"{code}: cites nothing")
    return found


@lru_cache(maxsize=1)
def _banks() -> dict[int, list[Question]]:
    files = (json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json")))
    return {one["version"]: one["questions"] for one in files}
