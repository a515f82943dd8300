"""Addresses of the market: directories, what a supplier offers, requests."""

from django.urls import path

from triallink.web.market import (
    catalogue,
    compare,
    departments,
    directory,
    fit,
    own,
    prices,
    profiles,
    searches,
    talent,
)
from triallink.web.market.requests.urls import patterns as request_patterns

app_name = "market"
urlpatterns = [
    path("market/suppliers/", directory.supplier_list, name="supplier-list"),
    path("market/suppliers/<int:organization_id>/", profiles.supplier_detail, name="supplier-detail"),
    path("market/talent/", directory.talent_list, name="talent-list"),
    path("market/talent/<int:professional_id>/", profiles.talent_detail, name="talent-detail"),
    path("market/sites/", directory.site_list, name="site-list"),
    path("market/sites/<int:organization_id>/", profiles.site_detail, name="site-detail"),
    path("market/compare/toggle/", compare.compare_toggle, name="compare-toggle"),
    path("market/compare/<str:kind>/", compare.compare, name="compare"),
    path("market/catalogue/", catalogue.catalogue_list, name="catalogue"),
    path("market/catalogue/<str:code>/", catalogue.service_detail, name="service-detail"),
    path("market/prices/", prices.prices, name="prices"),
    path("market/searches/", searches.search_list, name="search-list"),
    path("market/searches/save/", searches.search_save, name="search-save"),
    path("market/searches/<int:search_id>/", searches.search_open, name="search-open"),
    path("market/searches/<int:search_id>/delete/", searches.search_delete, name="search-delete"),
    path("market/fit/<int:request_id>/", fit.fit_page, name="fit"),
    path("market/fit/<int:request_id>/block/", fit.fit_block, name="fit-block"),
    path("market/fit/<int:request_id>/invite/", fit.fit_invite, name="fit-invite"),
    path("my/work/", fit.work, name="work"),
    path("my/profile/", own.profile, name="own-profile"),
    path("my/profile/departments/", departments.departments, name="own-departments"),
    path("my/services/", own.listing_list, name="own-listings"),
    path("my/services/new/", own.listing_new, name="listing-new"),
    path("my/services/<int:listing_id>/price/", own.listing_price, name="listing-price"),
    path("my/services/<int:listing_id>/withdraw/", own.listing_withdraw, name="listing-withdraw"),
    path("my/people/", talent.people_list, name="own-talent"),
    path("my/people/new/", talent.professional_new, name="professional-new"),
    path("my/people/<int:professional_id>/", talent.professional_edit, name="professional-edit"),
    path("my/people/<int:professional_id>/retire/", talent.professional_retire, name="professional-retire"),
    path("my/people/<int:professional_id>/credentials/", talent.credential_add, name="credential-add"),
    path("my/credentials/<int:credential_id>/remove/", talent.credential_remove, name="credential-remove"),
    *request_patterns,
]
