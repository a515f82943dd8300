"""Addresses of the contract pages."""

from django.urls import path

from triallink.web.contracts import changing, reading, signing

app_name = "contracts"
urlpatterns = [
    path("", reading.contract_list, name="list"),
    path("draft/<int:award_id>/<int:bid_id>/", changing.draft, name="draft"),
    path("<int:contract_id>/", reading.contract_detail, name="detail"),
    path("<int:contract_id>/terms/", changing.terms, name="terms"),
    path("<int:contract_id>/lines/<int:line_id>/milestones/", changing.milestones, name="milestones"),
    path("<int:contract_id>/offer/", signing.offer, name="offer"),
    path("<int:contract_id>/take-back/", signing.take_back, name="take-back"),
    path("<int:contract_id>/withdraw/", signing.withdraw, name="withdraw"),
    path("<int:contract_id>/sign/", signing.sign, name="sign"),
    path("<int:contract_id>/decline/", signing.decline, name="decline"),
    path("<int:contract_id>/document-<str:language>.pdf", reading.document, name="document"),
    path("<int:contract_id>/verify/", reading.verify, name="verify"),
]
