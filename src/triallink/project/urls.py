"""All addresses: pages at the root, the API under /api/v1."""

from django.urls import include, path

from triallink.api.v1.core import api

urlpatterns = [path("api/v1/", api.urls), path("", include("triallink.web.urls"))]

handler400 = "triallink.web.refused.bad_request"
handler403 = "triallink.web.refused.not_allowed"
handler404 = "triallink.web.refused.not_found"
handler500 = "triallink.web.refused.crashed"
