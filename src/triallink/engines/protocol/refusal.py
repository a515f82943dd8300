"""Why a file was refused: findings with a place in the file and a sentence for the reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from triallink.kernel.refusals import N_, Refusal

TOO_LARGE = N_("The file is larger than %(limit_mb)s MB.")
EMPTY = N_("The file is empty.")
BAD_ENCODING = N_("The text is not valid %(encoding)s (byte %(offset)s).")
BAD_SYNTAX = N_("This is not valid JSON: line %(line)s, column %(column)s.")
TOO_DEEP = N_("The content is nested more than %(limit)s levels deep.")
DUPLICATE_KEY = N_("“%(key)s” appears twice in the same object.")
BAD_NUMBER = N_("This number is too large or is not a number.")
BAD_CHARACTER = N_("This text contains a character that cannot be stored.")
TEXT_EXPECTED = N_("Text is expected here.")
NUMBER_EXPECTED = N_("A number is expected here.")
FLAG_EXPECTED = N_("True or false is expected here.")
LIST_EXPECTED = N_("A list is expected here.")
OBJECT_EXPECTED = N_("An object is expected here.")
TOO_MANY = N_("More than %(limit)s entries are listed here.")
MISSING = N_("“%(field)s” is missing.")
DANGLING = N_("This refers to “%(id)s”, which is not in the file.")
DUPLICATE_ID = N_("The id “%(id)s” is used twice.")
CIRCLE = N_("These entries refer to one another in a circle: %(ids)s.")
BAD_DURATION = N_("“%(value)s” is not a duration such as P2W or PT4H.")
UNKNOWN_VALUE = N_("“%(value)s” is not known here and was left out.")
OUT_OF_ORDER = N_("The order given by “previousId” and “nextId” is broken; the order of the file is used.")
NO_REFERENCE = N_("The timeline has no fixed reference; its first entry is used.")
FIRST_ONLY = N_("Only the first of %(count)s entries is read.")

MAXIMUM_FINDINGS = 100


@dataclass(frozen=True)
class Finding:
    """One problem: where, and a message template with its parameters. Warnings do not refuse a file.

    path  JSON path such as `study.versions[0].studyDesigns[0].encounters[3].scheduledAtId`, a column
          name for CSV, or `line:column` for a syntax error.
    """

    path: str
    message_template: str
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "error"

    def __str__(self) -> str:
        return f"{self.path}: {self.message_template % dict(self.params)}"


class ProtocolUnreadable(Refusal):
    """The file is not a protocol we can read; `findings` say where and why."""

    code = "protocol_unreadable"
    status = 422
    message = N_("This file cannot be read as a study protocol; the first problem is at %(location)s.")

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        first = next((finding for finding in findings if finding.severity == "error"), findings[0])
        super().__init__(location=first.path or "1:1")


class Findings:
    """Collects findings while a file is read."""

    def __init__(self) -> None:
        # Keyed by place and message: a part that is read twice is told once.
        self._found: dict[tuple[str, str], Finding] = {}
        self._error_count = 0

    def error(self, path: str, template: str, **params: Any) -> None:
        """Add a problem that refuses the file."""
        if (path, template) not in self._found:
            self._error_count += 1
            if self._error_count <= MAXIMUM_FINDINGS:
                self._found[path, template] = Finding(path, template, params)

    def warning(self, path: str, template: str, **params: Any) -> None:
        """Add a problem the reader should know of but that does not refuse the file."""
        if len(self._found) < 2 * MAXIMUM_FINDINGS:
            self._found.setdefault((path, template), Finding(path, template, params, "warning"))

    def refuse_errors(self) -> None:
        """Raise ProtocolUnreadable if any error was found."""
        if self._error_count:
            raise ProtocolUnreadable(tuple(self._found.values()))

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return the warnings found so far."""
        return tuple(finding for finding in self._found.values() if finding.severity == "warning")


def refuse(path: str, template: str, **params: Any) -> ProtocolUnreadable:
    """Return the refusal for a single problem."""
    return ProtocolUnreadable((Finding(path, template, params),))
