"""All addresses: pages at the root, the API under /api/v1."""

from django.urls import include, path

urlpatterns = [path("", include("triallink.web.urls"))]
