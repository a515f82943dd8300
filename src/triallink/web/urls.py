"""The pages' addresses, one include per area."""

from django.urls import include, path

from triallink.web import health
from triallink.web.market.search_all import search_all

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("search/", search_all, name="search"),
    path("", include("triallink.web.accounts.urls")),
    path("contracts/", include("triallink.web.contracts.urls")),
    path("hours/", include("triallink.web.capacity.urls")),
    path("money/", include("triallink.web.ledger.urls")),
    path("quality/", include("triallink.web.quality.urls")),
    path("studies/", include("triallink.web.studies.urls")),
    path("", include("triallink.web.delivery.urls")),
    path("", include("triallink.web.market.urls")),
    path("", include("triallink.web.gallery.urls")),
    path("", include("triallink.web.home.urls")),
    path("notices/", include("triallink.web.notices.urls")),
]
