"""The first page: what a stranger and a member find."""

import datetime as dt

import pytest

from triallink.domains.accounts.models import Person
from triallink.web import next_actions
from triallink.web.next_actions import Figure, NextAction, Start

SOON = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def registry(monkeypatch):
    """Empty the registries for one test."""
    for name in ("_waiting", "_counting", "_public", "_starts"):
        monkeypatch.setattr(next_actions, name, [])
    return next_actions


@pytest.fixture
def sign_in(client):
    def of(member):
        client.force_login(member.person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return of


def test_a_stranger_learns_what_this_is_in_the_browsers_language(client, registry, db):
    registry.counts_for_strangers(lambda actor: [Figure("Suppliers", "1,234")])
    page = client.get("/", headers={"accept-language": "en"}).content.decode()
    assert "Clinical research in one place" in page
    assert "1,234" in page
    assert 'lang="zh-Hans"' in client.get("/", headers={"accept-language": "zh-CN"}).content.decode()


def test_a_member_finds_the_most_urgent_first(sign_in, ada, registry):
    registry.waits_for(lambda actor: [NextAction("No hurry", "Whenever.", "/gallery/")])
    registry.waits_for(
        lambda actor: [NextAction("Confirm the bid", "It closes soon.", "/gallery/", due=SOON)]
    )
    page = sign_in(ada).get("/").content.decode()
    assert page.index("Confirm the bid") < page.index("No hurry")


def test_a_place_to_begin_is_for_its_kinds_and_roles(registry, ada, ben):
    registry.offer(
        Start("For sponsors", "", "home", kinds=("sponsor",)),
        Start("For business leads", "", "home", roles=("business_lead",)),
        Start("Nowhere", "", "nowhere:at-all"),
    )
    assert [start.title for start, _ in registry.starts_for(ada.actor)] == ["For sponsors"]
    assert [start.title for start, _ in registry.starts_for(ben.actor)] == ["For business leads"]


def test_somebody_without_an_organization_is_told_what_to_do(client, db, registry):
    loner = Person.objects.create_user("solo@example.org", "correct horse battery", name="Solo")
    client.force_login(loner, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "You act for no organization yet" in client.get("/").content.decode()


def test_switching_to_an_organization_of_somebody_else_changes_nothing(sign_in, ada, ben):
    client = sign_in(ada)
    client.post("/organization-switch/", {"organization_id": ben.organization.pk})
    assert ada.organization.name_en in client.get("/").content.decode()
    assert client.post("/organization-switch/", {"organization_id": "x"}).status_code == 302


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", ""])
def test_the_language_switch_never_leads_to_another_server(client, db, back):
    answer = client.post("/language/", {"language": "zh-hans", "next": back})
    assert answer.headers["Location"] == "/"


def test_an_unknown_language_falls_back(client, db):
    client.post("/language/", {"language": "xx", "next": "/gallery/"})
    assert 'lang="en"' in client.get("/").content.decode()


def test_the_frame_takes_few_queries(sign_in, ada, registry, django_assert_max_num_queries):
    client = sign_in(ada)
    with django_assert_max_num_queries(6):
        client.get("/")


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize(("width", "is_dark"), [(1280, False), (390, True)])
def test_the_landing_page_in_a_browser(visit, locale, width, is_dark):
    visitor = visit(None, locale, width, is_dark).open("/")
    visitor.page.get_by_role("heading", level=1).wait_for()
    assert not visitor.overflows
    visitor.shot("landing-dark" if is_dark else "landing")
