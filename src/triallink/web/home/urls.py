"""Addresses of the home pages."""

from django.urls import path

from triallink.web.home import choices, pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("language/", choices.language_choose, name="language-choose"),
    path("organization-switch/", choices.organization_switch, name="organization-switch"),
]
