"""What a qualification check is: what it shows, who published the expected value, and its outcome.

Engines list their checks; `triallink qualify` runs them on the installed copy and writes the report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check, in words and figures that go into the report unchanged."""

    passed: bool
    observed: str
    expected: str


@dataclass(frozen=True, slots=True)
class Check:
    """One requirement with its evidence: run it and compare with the source within the tolerance.

    requirement  a sentence a reviewer can judge without reading code.
    source       the publication, standard or reference program (with version) of the expected value.
    tolerance    "exact", or the permitted difference and the reason for it.
    run          performs the check; it raises nothing for a mere difference, it reports it.
    """

    requirement: str
    source: str
    tolerance: str
    run: Callable[[], CheckResult]
