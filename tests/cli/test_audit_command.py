"""`triallink audit verify`: what was altered behind the triggers is found, told and makes the command fail."""

import json

import pytest
from click.testing import CliRunner
from django.db import connection

from triallink.cli.audit import command
from triallink.domains.studies.services import create_study

pytestmark = pytest.mark.django_db
FORGERY = "UPDATE foundation_auditline SET actor_label = 'Nobody' WHERE action = 'StudyCreated'"


def verify(*arguments: str):
    return CliRunner().invoke(command, ["verify", *arguments])


@pytest.fixture
def study(ada):
    """A study whose making is in the trail."""
    return create_study(code="NL-1", title_en="A study", by=ada.actor)


def forge() -> None:
    """Change a line as somebody with the owner's rights over the database could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE foundation_auditline DISABLE TRIGGER USER")
        cursor.execute(FORGERY)
        assert cursor.rowcount == 1
        cursor.execute("ALTER TABLE foundation_auditline ENABLE TRIGGER USER")


def test_whole_chains_are_counted(study):
    answer = verify("--scope", f"study:{study.pk}")
    assert answer.exit_code == 0
    assert "1 chains" in answer.output
    assert "0 broken" in answer.output


def test_a_changed_line_is_named_and_the_command_fails(study):
    forge()
    answer = verify()
    assert answer.exit_code == 1
    assert f"study:{study.pk}: broken at line 1: the content was altered" in answer.output
    reports = json.loads(verify("--json").output)
    assert [report["scope"] for report in reports if report["broken_at"]] == [f"study:{study.pk}"]
