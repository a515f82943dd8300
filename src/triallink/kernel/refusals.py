"""A refusal is normal business: somebody asked for something the rules do not allow.

It carries a stable code for machines, a status for the web, and a sentence for the person
who reads it. The sentence is an English template; the edge (page, API, command line)
translates the template and then fills in the parameters.
"""

from typing import Any, ClassVar


def N_(template: str) -> str:
    """Mark a template for translation without translating it yet."""
    return template


class Refusal(Exception):
    """Base of every business "no"; subclass it, never raise it bare."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This is not possible now.")

    def __init__(self, *, field: str = "", **params: Any) -> None:
        self.field = field
        self.params = params
        super().__init__(self.message % params)


class NotFound(Refusal):
    """Not existing and not allowed look the same from outside."""

    code = "not_found"
    status = 404
    message = N_("There is nothing here for you.")


class NotAllowed(Refusal):
    """The viewer sees the object but may not do this to it."""

    code = "not_allowed"
    status = 403
    message = N_("Your role does not allow this.")


class Invalid(Refusal):
    """One field of the input is not acceptable; `field` says which."""

    code = "invalid"
    status = 422
    message = N_("Please check this field.")
