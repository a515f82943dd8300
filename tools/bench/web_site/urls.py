"""The project's addresses and the minimal page."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

MINIMAL = engines["jinja2"].from_string(
    '{% extends "base.html" %}{% block content %}<h1>{{ page.words }}</h1>{% endblock %}'
)


@dataclass(frozen=True)
class MinimalPage:
    """One line of words."""

    words: str


def minimal(request: HttpRequest) -> HttpResponse:
    """Show a line of words to whoever is signed in: the layout, and no query of its own."""
    return HttpResponse(MINIMAL.render({"page": MinimalPage("Nothing to see here")}, request))


def bare(request: HttpRequest) -> HttpResponse:
    """Answer without a template."""
    return HttpResponse("ok")


urlpatterns = [
    path("bench/minimal/", minimal),
    path("bench/bare/", bare),
    path("", include("triallink.project.urls")),
]
