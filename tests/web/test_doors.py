"""Doors: what a stranger gets."""

import re

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, get_resolver

from triallink.web.doors import DoorMiddleware, is_open, open_to_strangers
from triallink.web.refused import crashed


class Stranger:
    is_authenticated = False


class Member:
    is_authenticated = True


def closed(request):
    return HttpResponse("inside")


@open_to_strangers
def opened(request):
    return HttpResponse("anybody")


def ask(view, user, path="/studies/?q=a", **headers):
    request = RequestFactory().get(path, **headers)
    request.user = user
    return DoorMiddleware(lambda _: HttpResponse()).process_view(request, view, (), {})


def test_stranger_is_sent_to_sign_in_and_comes_back():
    answer = ask(closed, Stranger())
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in/?next=%2Fstudies%2F%3Fq%3Da"


def test_stranger_asking_for_a_fragment_gets_401_and_the_whole_page_moves():
    answer = ask(closed, Stranger(), HTTP_HX_REQUEST="true")
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in/"


def test_open_view_member_and_api_pass():
    assert ask(opened, Stranger()) is None
    assert ask(closed, Member()) is None
    assert ask(closed, Stranger(), path="/api/v1/studies") is None


@pytest.mark.django_db
def test_every_answer_carries_a_policy_without_inline_script(client):
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy


def stand_in(regex):
    """Return some text that a path converter takes."""
    candidates = ["1", "a", "00000000-0000-0000-0000-000000000000", *re.split(r"[()|]", regex)]
    return next(text for text in candidates if re.fullmatch(regex, text))


def closed_addresses():
    """Return an address of every page that is not open, taken from the URL map."""

    def walk(patterns, before):
        for one in patterns:
            route = str(one.pattern)
            for name, converter in one.pattern.converters.items():
                route = re.sub(rf"<(?:\w+:)?{name}>", stand_in(converter.regex), route)
            if isinstance(one, URLPattern):
                if not is_open(one.callback):
                    yield before + route
            else:
                yield from walk(one.url_patterns, before + route)

    found = sorted(set(walk(get_resolver().url_patterns, "/")))
    return [address for address in found if not address.startswith(settings.API_PREFIX)]


@pytest.mark.django_db
@pytest.mark.parametrize("address", closed_addresses())
def test_every_page_that_is_not_open_sends_a_stranger_to_the_door(client, address):
    for answer in (client.get(address), client.post(address)):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(settings.LOGIN_URL)
    assert client.get(address, headers={"HX-Request": "true"}).status_code == 401


@pytest.mark.django_db
def test_an_address_that_leads_nowhere_is_refused_in_words(client):
    answer = client.get("/nothing/here/", headers={"accept-language": "zh-CN"})
    assert answer.status_code == 404
    assert "<html" in answer.content.decode()
    fragment = client.get("/nothing/here/", headers={"HX-Request": "true"})
    assert fragment.headers["HX-Retarget"] == "#toasts"
    problem = client.get("/api/nothing-here")
    assert problem.status_code == 404
    assert problem.json()["code"] == "not_found"


@pytest.mark.django_db
def test_a_form_without_its_token_says_what_to_do():
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/language/", {"language": "en"})
    assert answer.status_code == 403
    assert "This form has expired. Open the page again" in answer.content.decode()


@pytest.mark.django_db
def test_a_defect_shows_a_page_that_needs_no_database(django_assert_num_queries):
    request = RequestFactory().get("/")
    with django_assert_num_queries(0):
        answer = crashed(request)
    assert answer.status_code == 500
    assert "Something broke" in answer.content.decode()
