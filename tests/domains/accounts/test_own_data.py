"""The copy of one's own data leaves nothing out, whichever tables there will be."""

import json
from decimal import Decimal

import pytest
from django.utils import timezone
from tests.conftest import Member
from tests.domains.marketplace.market_scene import Market
from tests.web.accounts.conftest import give_phone

from triallink.domains.accounts.models import Person
from triallink.domains.accounts.services import create_token, export_own_data
from triallink.domains.accounts.services.own_data import tables_naming_people, tables_told
from triallink.domains.marketplace.models import SavedSearch
from triallink.domains.marketplace.services.bid_content import ShareOffer, StaffOffer
from triallink.domains.marketplace.services.coalitions import confirm_coalition
from triallink.domains.quality.models import Credential, Professional
from triallink.domains.studies.services import create_study
from triallink.foundation.notices import notify
from triallink.foundation.own_data import all_held

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
    assert set(copy) == {*all_held(), "named_in"}
    assert copy["person"]["email"] == "ada@example.org"
    assert [row["name"] for row in copy["api_tokens"]] == ["script"]
    assert [row["template"] for row in copy["notices"]] == ["Hello Ada"]
    assert {row["type"] for row in copy["second_steps"]} == {"totp", "recovery_codes"}
    assert "StudyCreated" in {row["action"] for row in copy["actions"]}
    assert study.pk
    text = json.dumps(copy, default=str)
    password = Person.objects.get(pk=ada.person.pk).password
    assert not any(each in text for each in (phone.secret, secret, password, "ben@example.org"))


@pytest.fixture
def bidding(ada: Member, ben: Member, fei: Member, gao: Member, settings) -> Market:
    """Ada buys; Fei leads a coalition with Ben in which Fei's own work is offered."""
    settings.DEMO = True
    return Market(ada, ben, fei, gao)


def test_what_a_sealed_bid_says_of_a_person_is_told_to_them_and_stays_sealed_from_others(bidding: Market):
    fei = bidding.fei
    coordinator = Professional.objects.create(
        organization=fei.organization, person=fei.person, name="Fei", role="CRC", level="senior", city="Wuhan"
    )
    request = bidding.published()
    bid = bidding.drafted(
        request,
        fei,
        100_00,
        staffing=(StaffOffer(bidding.lines_of(request)[0].pk, coordinator.pk, Decimal(40)),),
        shares=tuple(
            ShareOffer(line.pk, member.organization.pk, 50)
            for line in bidding.lines_of(request)
            for member in (fei, bidding.ben)
        ),
    )
    confirm_coalition(bid_id=bid.pk, by=bidding.ben.actor, clock=bidding.clock)
    own = export_own_data(by=fei.actor)
    assert [row["hours"] for row in own["offered_in_bids"]] == [Decimal(40)]
    partner = export_own_data(by=bidding.ben.actor)
    assert {"table": "marketplace.CoalitionMember", "as": "confirmed_by"}.items() <= next(
        place for place in partner["named_in"] if place["table"] == "marketplace.CoalitionMember"
    ).items()
    assert partner["offered_in_bids"] == []
    buyer = export_own_data(by=bidding.ada.actor)
    assert "marketplace.CoalitionMember" not in {place["table"] for place in buyer["named_in"]}


def test_what_higher_domains_hold_of_a_person_is_told_row_by_row(gao: Member, fei: Member):
    record = Professional.objects.create(
        organization=gao.organization, person=gao.person, name="Gao", role="CRA", level="senior", city="Beijing",
        about_en="Ten years of oncology",
    )  # fmt: skip
    Credential.objects.create(professional=record, kind="gcp", number="G-17")
    now = timezone.now()
    SavedSearch.objects.create(person=gao.person, name="Wuhan", kind="site", created_at=now, checked_at=now)
    copy = export_own_data(by=gao.actor)
    assert [row["about_en"] for row in copy["professional_records"]] == ["Ten years of oncology"]
    assert [row["number"] for row in copy["credentials"]] == ["G-17"]
    assert [row["name"] for row in copy["saved_searches"]] == ["Wuhan"]
    told = {"quality.Professional", "marketplace.SavedSearch"}
    assert not told & {place["table"] for place in copy["named_in"]}
    assert export_own_data(by=fei.actor)["professional_records"] == []
