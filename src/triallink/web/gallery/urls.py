"""Addresses of the gallery."""

from django.urls import path

from triallink.web.gallery import pages

app_name = "gallery"
urlpatterns = [
    path("gallery/", pages.gallery, name="gallery"),
    path("gallery/figures.pdf", pages.figures_document, name="figures-document"),
    path("gallery/figures/<slug:kind>.json", pages.figure_specification, name="figure-specification"),
]
