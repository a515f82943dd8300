"""What is wrong with a dataset or a file of one: where, a sentence, and whether it stops the work."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from triallink.kernel.refusals import N_, Refusal

MANY = 100

NAME_TOO_LONG = N_("The name is longer than %(limit)s characters.")
NAME_CHARACTERS = N_(
    "A name in this format is letters, digits and underscores and starts with a letter or underscore."
)
NAME_IN_CAPITALS = N_("The name is written in capital letters.")
NAME_TWICE = N_("The name “%(name)s” is used twice.")
LABEL_TOO_LONG = N_("The label takes %(bytes)s bytes; at most %(limit)s are kept.")
VALUE_TOO_LONG = N_("The value takes %(bytes)s bytes; at most %(limit)s can be stored.")
BLANKS_LOST = N_("Blanks at the end of a value are not kept.")
NOT_ENCODABLE = N_("“%(found)s” cannot be written in %(encoding)s.")
LENGTH_TOO_SHORT = N_("The value takes %(bytes)s bytes but the variable is declared with %(limit)s.")
NUMBER_RANGE = N_("The number %(found)s is outside what this format can hold.")
BAD_FORMAT = N_("The format “%(found)s” cannot be written; a width goes up to %(limit)s.")
NUMBER_DIGITS = N_("The number %(found)s has more digits than a number in this format keeps.")
NOT_A_DATE = N_("“%(found)s” is not a complete date and cannot be stored as a number.")
TOO_MANY_VARIABLES = N_("The format holds at most %(limit)s variables; there are %(count)s.")
NO_VARIABLES = N_("There are no variables.")
TRANSLITERATED = N_("“%(found)s” was written as “%(written)s”.")
NOT_THIS_FORMAT = N_("This is not a file of this format: %(detail)s is expected at byte %(offset)s.")
TRUNCATED = N_("The file ends at byte %(offset)s in the middle of %(detail)s.")
BAD_SYNTAX = N_("This is not valid JSON: line %(line)s, column %(column)s.")
TOO_LARGE = N_("The file is larger than %(limit_mb)s MB.")
FIELD_MISSING = N_("“%(field)s” is missing.")
FIELD_TYPE = N_("“%(field)s” must be %(expected)s.")
UNKNOWN_FIELD = N_("“%(field)s” is not part of the standard; it is kept.")
BAD_INSTANT = N_("“%(found)s” is not a date and time such as 2024-05-17T08:30:00.")
BAD_VERSION = N_("The version “%(found)s” is not 1.1.")
ROW_COUNT = N_("The file says %(said)s records but has %(found)s.")
ROW_LENGTH = N_("The row has %(found)s values; there are %(expected)s variables.")
CELL_TYPE = N_("%(found)s is not of the type %(expected)s.")
CELL_LENGTH = N_("The value has %(found)s characters; the variable is declared with %(limit)s.")
BAD_XML = N_("This is not well-formed XML: line %(line)s, column %(column)s.")
HAS_DOCTYPE = N_("The file declares a document type; such files are not read.")
NOT_DEFINE = N_("This is not Define-XML: %(found)s stands where the definitions of a study are expected.")
PART_LACKS = N_("%(part)s lacks “%(field)s”.")
VALUE_OUTSIDE = N_("“%(found)s” is not a value the standard has for “%(field)s” of %(part)s.")
OID_TWICE = N_("The identifier “%(oid)s” is defined twice.")
NO_SUCH_OID = N_("There is no %(kind)s with the identifier “%(oid)s”.")
NOT_AN_ANNOTATION = N_(
    "The annotation “%(found)s” of “%(item)s” cannot be read; its answers are not in the datasets."
)
NOT_MAPPED = N_("“%(item)s” has no annotation and is not in the datasets.")
MAPPED_TWICE = N_("The answer to “%(item)s” may go to several variables; it has to be decided which.")
NOT_A_CODE = N_("“%(found)s” is not in the code list of “%(item)s”; it is written as it is.")
NOT_CONVERTED = N_("%(unit)s cannot be converted to %(wanted)s; there is no standard result.")

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One problem: the dataset, the variable and the row (from 1) it is in, as far as it has such a place."""

    message_template: str
    params: Mapping[str, Any] = field(default_factory=dict)
    dataset: str = ""
    variable: str = ""
    row: int | None = None
    severity: Severity = "error"

    def __str__(self) -> str:
        row = "" if self.row is None else f"[{self.row}]"
        place = ".".join(part for part in (self.dataset, self.variable) if part) + row
        return f"{place}: {self.message_template % dict(self.params)}"


class DatasetRefused(Refusal):
    """A dataset that cannot be written as asked, or a file that cannot be read; `findings` say where and why."""

    code = "dataset_refused"
    status = 422
    message = N_("This dataset cannot be used: %(count)s problems, the first at %(location)s.")

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        first = self.findings[0]
        super().__init__(count=len(self.findings), location=str(first).partition(": ")[0] or "–")

    def __str__(self) -> str:
        return "; ".join(map(str, self.findings[:5]))


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that stop the work."""
    return [finding for finding in findings if finding.severity == "error"]
