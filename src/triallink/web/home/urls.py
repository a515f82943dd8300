"""Addresses of the home pages."""

from django.urls import path

from triallink.web.home import pages

urlpatterns = [path("", pages.home, name="home")]
