"""Addresses of the notices."""

from django.urls import path

from triallink.web.notices import pages

app_name = "notices"
urlpatterns = [
    path("", pages.notice_list, name="notice-list"),
    path("badge/", pages.badge, name="badge"),
    path("read/", pages.read_all, name="read-all"),
    path("preferences/", pages.preferences, name="preferences"),
    path("<int:notice_id>/", pages.notice_open, name="notice-open"),
]
