"""The examples in the guide pages of conformance, dose finding, supply, qualification and enrollment run, and are short."""

import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide"
PAGES = ("conformance.md", "dose-finding.md", "supply.md", "qualification.md", "enrollment.md")


def examples() -> list[tuple[str, str]]:
    """Return (heading, code) of every Python block."""
    found = []
    for page in PAGES:
        for part in re.split(r"(?m)^(?=## )", (GUIDE / page).read_text(encoding="utf-8")):
            if not part.strip():
                continue
            heading = part.splitlines()[0]
            found += [
                (f"{page} {heading}", code) for code in re.findall(r"```python\n(.*?)```", part, re.DOTALL)
            ]
    return found


@pytest.mark.parametrize(("heading", "code"), examples(), ids=lambda value: value.splitlines()[0][:60])
def test_example_runs(heading, code):
    exec(compile(code, heading, "exec"), {})


def test_each_dose_finding_example_has_five_lines():
    lengths = {
        heading: len([line for line in code.splitlines() if line.strip()])
        for heading, code in examples()
        if "dose-finding" in heading
    }
    assert set(lengths.values()) == {5}, lengths
