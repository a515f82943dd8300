"""Addresses of the gallery."""

from django.urls import path

from triallink.web.gallery import pages

app_name = "gallery"
urlpatterns = [path("gallery/", pages.gallery, name="gallery")]
