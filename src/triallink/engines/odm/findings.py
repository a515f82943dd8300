"""What is wrong with an ODM file or was decided about it: the line, the place, and a sentence for the reader."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from triallink.kernel.refusals import N_, Refusal

# What refuses a file.
TOO_LARGE = N_("The file is larger than %(limit_mb)s MB.")
EMPTY = N_("The file is empty.")
DOCTYPE = N_("The file declares a document type; that is refused because it can define entities.")
BAD_ENCODING = N_("The encoding “%(encoding)s” is not accepted.")
BAD_SYNTAX = N_("This is not well-formed XML: %(detail)s.")
NOT_ODM = N_("The root element is “%(name)s”; “ODM” or “MetaDataVersion” is expected.")
# What is told of a file that was read.
MISSING = N_("“%(element)s” has no “%(attribute)s”.")
DANGLING = N_("“%(attribute)s” refers to “%(oid)s”, which is not defined.")
DUPLICATE = N_("The OID “%(oid)s” of “%(element)s” is used twice.")
BAD_VALUE = N_("“%(value)s” is not a value of “%(attribute)s”.")
VERSION_UNCLEAR = N_("The file says it is ODM %(said)s but its namespace is that of %(namespace)s.")
NO_NAMESPACE = N_("The file names no namespace; it is read as ODM %(version)s.")
NOT_VALID = N_("The file is not valid by the schema: %(detail)s.")
BAD_CELL = N_("%(count)s values of “%(item)s” are not of the type %(type)s; the first is “%(value)s”.")
# What is told of a file that was written.
LEFT_OUT = N_("“%(name)s” has no place in ODM %(version)s and was left out of “%(parent)s”.")
VALUE_LEFT_OUT = N_("“%(value)s” is not a value of “%(name)s” in ODM %(version)s and was left out.")
FILLED_IN = N_("“%(name)s” is required in ODM %(version)s and was filled in with “%(value)s”.")
REPEATED = N_("A second “%(name)s” is not allowed in “%(parent)s” and was left out.")
INCOMPLETE = N_("“%(name)s” lacks “%(part)s”, which ODM %(version)s requires, and was left out.")
RENAMED = N_("The OID “%(oid)s” is used for two definitions; one was written as “%(written)s”.")

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One problem.

    line   where in the file, from 1; 0 when the problem is in no line.
    place  the element it is in, such as `ItemDef IT.AGE`.
    """

    message_template: str
    params: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0
    place: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        where = f"{self.line}: " if self.line else ""
        return f"{where}{self.place}: {self.message_template % dict(self.params)}"


class OdmRefused(Refusal):
    """A file that cannot be read as ODM; `findings` say where and why."""

    code = "odm_refused"
    status = 422
    message = N_("This file cannot be read as ODM; the problem is in line %(line)s.")

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(line=self.findings[0].line)

    def __str__(self) -> str:
        return "; ".join(map(str, self.findings))


def refusal(template: str, line: int = 1, **params: Any) -> OdmRefused:
    """Return the refusal of a file for one reason."""
    return OdmRefused((Finding(template, params, line),))
