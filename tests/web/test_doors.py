"""Doors: what a stranger gets."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from triallink.web.doors import DoorMiddleware, open_to_strangers


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
