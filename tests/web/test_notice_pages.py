"""The notices page, the bell and the e-mail preferences."""

import pytest
from tests.browser import session_of

from triallink.foundation.notices import notify, preferences_of, unread_count


def tell(member, words="Request R-1 was published.", url="/gallery/"):
    notify([member.person.pk], kind="request_published", template=words, url=url)


@pytest.fixture
def as_ada(client, ada):
    client.force_login(ada.person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_opening_a_notice_marks_it_read_and_goes_where_it_points(as_ada, ada):
    tell(ada)
    page = as_ada.get("/notices/").content.decode()
    assert "Request R-1 was published." in page
    address = page.split('href="/notices/')[-1]
    number = next(part for part in page.split('"') if part.startswith("/notices/") and part[9:-1].isdecimal())
    assert address
    assert as_ada.get(number).headers["Location"] == "/gallery/"
    assert unread_count(to=ada.actor) == 0


def test_a_notice_never_leads_to_another_server(as_ada, ada):
    tell(ada, url="//evil.example/")
    page = as_ada.get("/notices/").content.decode()
    number = next(part for part in page.split('"') if part.startswith("/notices/") and part[9:-1].isdecimal())
    assert as_ada.get(number).headers["Location"] == "/notices/"


def test_another_persons_notice_is_not_there(as_ada, ben):
    tell(ben)
    assert as_ada.get("/notices/1/").status_code == 404
    assert "R-1" not in as_ada.get("/notices/").content.decode()


def test_all_are_marked_read_by_post_only(as_ada, ada):
    tell(ada)
    assert as_ada.get("/notices/read/").status_code == 405
    as_ada.post("/notices/read/")
    assert unread_count(to=ada.actor) == 0


def test_preferences_are_kept(as_ada, ada):
    tell(ada)
    as_ada.post("/notices/preferences/", {"kind:request_published": "never", "kind:*": "now"})
    assert preferences_of(to=ada.actor) == {"*": "now", "request_published": "never"}


def test_the_list_takes_few_queries_however_many_notices(as_ada, ada, django_assert_max_num_queries):
    for i in range(30):
        tell(ada, f"Notice {i}")
    with django_assert_max_num_queries(10):
        as_ada.get("/notices/")


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["en", "zh"])
def test_the_bell_rings_in_an_open_page(visit, ada, locale):
    visitor = visit(ada, locale)
    with visitor.page.expect_response(lambda response: "/live/" in response.url):
        visitor.open("/")
    bell = visitor.page.locator("#notice-badge")
    assert bell.inner_text().strip() == ""
    tell(ada)
    visitor.page.locator("#notice-badge .badge-count").wait_for()
    assert bell.inner_text().startswith("1")
    visitor.open("/notices/").shot("notices")
    assert not visitor.overflows


def test_a_session_made_for_a_test_signs_in(client, ada):
    client.cookies["sessionid"] = session_of(ada.person)
    assert client.get("/notices/").status_code == 200
