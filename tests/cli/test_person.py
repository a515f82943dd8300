"""Making accounts at the server."""

import pytest
from click.testing import CliRunner

from triallink.cli import operator, person
from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.errors import EmailTaken, OperatorExists
from triallink.domains.accounts.models import Person

SECRET = {"TRIALLINK_NEW_PASSWORD": "correct horse battery"}


def run(command, *arguments: str):
    return CliRunner().invoke(command, arguments, env=SECRET)


def test_a_person_is_made_with_an_organization(db: None):
    told = run(
        person.command, "create", "--email", "Ivy@Example.org", "--name", "Ivy", "--organization", "Ivy CRO",
        "--kind", "cro",
    )  # fmt: skip
    assert told.exit_code == 0
    ivy = Person.objects.get(email="ivy@example.org")
    assert actor_for(ivy).organization_kind == "cro"
    again = run(person.command, "create", "--email", "ivy@example.org", "--name", "Ivy")
    assert isinstance(again.exception, EmailTaken)


def test_a_platform_gets_one_operator(db: None):
    assert run(operator.command, "create", "--email", "hua@example.org", "--name", "Hua").exit_code == 0
    assert actor_for(Person.objects.get(email="hua@example.org")).is_operator
    second = run(operator.command, "create", "--email", "eve@example.org", "--name", "Eve")
    assert isinstance(second.exception, OperatorExists)
    assert not Person.objects.filter(email="eve@example.org").exists()


@pytest.mark.django_db
def test_who_was_made_at_the_server_signs_in_without_a_code(client):
    run(person.command, "create", "--email", "ivy@example.org", "--name", "Ivy")
    client.post("/sign-in/", {"login": "ivy@example.org", "password": "correct horse battery"})
    assert "_auth_user_id" in client.session
