"""The copy of one's own data leaves nothing out, whichever tables there will be."""

import json

from tests.conftest import Member
from tests.web.accounts.conftest import give_phone

from triallink.domains.accounts.models import Person
from triallink.domains.accounts.services import create_token, export_own_data
from triallink.domains.accounts.services.own_data import HELD, tables_naming_people, tables_told
from triallink.domains.studies.services import create_study
from triallink.foundation.notices import notify

# Whose rows name people only as they name an organization's work: told by table, role and number.
WORK = {
    "studies",
    "quality",
    "marketplace",
    "capacity",
    "ledger",
    "contracts",
    "delivery",
    "etmf",
    "edc",
    "rtsm",
}
# Only the admin's shell and tools write here, never for a person.
EMPTY = {"pghistory.MiddlewareEvents"}


def test_every_table_that_names_people_is_told_row_by_row_unless_it_is_an_organizations_work():
    forgotten = {
        model._meta.label
        for model in set(tables_naming_people()) - tables_told()
        if model._meta.app_label not in WORK and model._meta.label not in EMPTY
    }
    assert forgotten == set()


def test_tables_that_name_people_are_found_by_key_and_by_number():
    found = {model._meta.label: columns for model, columns in tables_naming_people().items()}
    assert found["accounts.Membership"] == ["person_id"]
    assert found["foundation.Signature"] == ["signer_id"]
    assert found["foundation.StoredFile"] == ["created_by_id"]
    assert found["axes.AccessLog"] == ["username"]
    assert len(found) > 30


def test_a_person_gets_their_own_rows_where_they_are_named_and_no_secret(ada: Member, ben: Member):
    phone = give_phone(ada.person)
    _, secret = create_token(name="script", scopes=["me:read"], by=ada.actor)
    for who in (ada, ben):
        notify([who.person.pk], kind="hello", template=f"Hello {who.person.name}", url="/")
    study = create_study(code="NL-1", title_en="A study", by=ada.actor)
    copy = export_own_data(by=ada.actor)
    assert set(copy) == {*HELD, "named_in"}
    assert copy["person"]["email"] == "ada@example.org"
    assert [row["name"] for row in copy["api_tokens"]] == ["script"]
    assert [row["template"] for row in copy["notices"]] == ["Hello Ada"]
    assert {row["type"] for row in copy["second_steps"]} == {"totp", "recovery_codes"}
    assert "StudyCreated" in {row["action"] for row in copy["actions"]}
    assert study.pk
    text = json.dumps(copy, default=str)
    password = Person.objects.get(pk=ada.person.pk).password
    assert not any(each in text for each in (phone.secret, secret, password, "ben@example.org"))
