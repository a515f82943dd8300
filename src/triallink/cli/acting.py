"""Who a command acts as: a person's e-mail address, and the organization when there are several."""

import functools
from collections.abc import Callable
from typing import Any

import click

from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.models import Person
from triallink.kernel.refusals import N_, Refusal


class PersonUnknown(Refusal):
    """No such person."""

    code = "person_unknown"
    status = 404
    message = N_("Nobody is known by the address %(email)s.")


def acting_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --as and --organization to a command and hand it the actor as `by`."""

    @click.option("--as", "email", required=True, envvar="TRIALLINK_AS", help="E-mail address of who acts.")
    @click.option("--organization", type=int, help="Id of the organization to act for.")
    @functools.wraps(function)
    def with_actor(*args: Any, email: str, organization: int | None, **kwargs: Any) -> Any:
        person = Person.objects.filter(email=email.strip().lower(), is_active=True).first()
        if person is None:
            raise PersonUnknown(email=email)
        return function(*args, by=actor_for(person, organization_id=organization, source="cli"), **kwargs)

    return with_actor
