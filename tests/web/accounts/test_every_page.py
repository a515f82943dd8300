"""Every page of accounts shows itself in both languages, and none to a stranger that is not for strangers."""

import pytest
from django.test import Client
from tests.conftest import Member

from triallink.domains.accounts.models import Membership, Person
from triallink.web.accounts.urls import own

OPEN = [
    "/sign-in/",
    "/sign-up/",
    "/sign-in/closed/",
    "/password/forgotten/",
    "/password/forgotten/sent/",
    "/password/new/1-abc/",
    "/password/set/done/",
    "/sign-in/openid/not/cancelled/",
    "/sign-in/openid/not/possible/",
]
CLOSED = [
    "/start/",
    "/account/",
    "/account/again/",
    "/account/password/",
    "/account/security/",
    "/account/security/openid/",
    "/account/tokens/",
    "/account/close/",
    "/organization/",
    "/organization/edit/",
    "/organization/history/",
    "/organization/members/",
    "/organization/members/invite/",
]
WORDS = {"en": "Sign out", "zh-hans": "退出登录"}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("path", OPEN)
def test_a_page_for_strangers_shows_itself(client: Client, db: None, path: str, language: str):
    answer = client.get(path, headers={"accept-language": language})
    assert answer.status_code == (401 if path.endswith("/not/possible/") else 200)
    assert f'<html lang="{"zh-Hans" if language == "zh-hans" else "en"}">' in answer.content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("path", CLOSED)
def test_a_members_page_shows_itself(client: Client, ada: Member, path: str, language: str):
    Person.objects.filter(pk=ada.person.pk).update(language=language)
    client.force_login(ada.person)
    answer = client.get(path)
    assert answer.status_code == 200
    assert WORDS[language] in answer.content.decode()


@pytest.mark.parametrize("path", CLOSED)
def test_a_stranger_is_sent_to_sign_in(client: Client, db: None, path: str):
    assert client.get(path).headers["Location"].startswith("/sign-in/?next=")


def test_what_only_changes_something_takes_a_post(client: Client, ada: Member):
    client.force_login(ada.person)
    numbers = {"membership_id": 1, "token_id": 1, "invitation_id": 1}
    deeds = [str(one.pattern) for one in own if str(one.pattern).endswith(("/end/", "/revoke/", "/leave/"))]
    assert len(deeds) == 4
    for deed in [*deeds, "account/export/", "sign-out/", "demo-sign-in/", "invitations/<token>/accept/"]:
        path = "/" + deed.replace("<token>", "x")
        for name, number in numbers.items():
            path = path.replace(f"<int:{name}>", str(number))
        assert client.get(path).status_code == 405, path


@pytest.mark.parametrize(
    "path", ["/organization/edit/", "/organization/history/", "/organization/members/invite/"]
)
def test_an_administrators_page_is_refused_to_a_member(client: Client, ada: Member, dora: Member, path: str):
    client.force_login(dora.person)
    assert client.get(path).status_code == 403
    assert client.get("/organization/members/").status_code == 200


def test_another_organizations_member_is_not_found(client: Client, eve: Member, dora: Member):
    client.force_login(eve.person)
    theirs = Membership.objects.get(person=dora.person)
    assert client.get(f"/organization/members/{theirs.pk}/").status_code == 404
    assert client.post(f"/organization/members/{theirs.pk}/end/").status_code == 404
    assert client.post(f"/account/memberships/{theirs.pk}/leave/").status_code == 404


@pytest.mark.parametrize("path", ["/organization/members/", "/organization/history/"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_lists_come_as_files(client: Client, ada: Member, path: str, kind: str):
    client.force_login(ada.person)
    answer = client.get(f"{path}?export={kind}")
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_members_list_asks_no_more_of_the_database_for_more_members(
    client: Client, ada: Member, django_assert_max_num_queries
):
    for number in range(30):
        person = Person.objects.create_user(f"p{number}@example.org", name=f"P{number}")
        Membership.objects.create(person=person, organization=ada.organization, roles=["member"])
    client.force_login(ada.person)
    with django_assert_max_num_queries(18):
        client.get("/organization/members/")
