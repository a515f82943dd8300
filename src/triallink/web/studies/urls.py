"""Addresses of the study pages."""

from django.urls import path

from triallink.web.studies import demand, entry, overview, protocol, sites

app_name = "studies"
urlpatterns = [
    path("", overview.study_list, name="list"),
    path("new/", entry.new_study, name="new"),
    path("import/", entry.import_study, name="import"),
    path("<int:study_id>/", overview.study_detail, name="detail"),
    path("<int:study_id>/edit/", entry.edit_study, name="edit"),
    path("<int:study_id>/protocol/", protocol.protocol, name="protocol"),
    path("<int:study_id>/protocol/<int:number>/", protocol.protocol, name="protocol-version"),
    path("<int:study_id>/protocol/add/", protocol.add_version, name="protocol-add"),
    path("<int:study_id>/protocol/<int:old>/<int:new>/", protocol.differences, name="protocol-diff"),
    path("<int:study_id>/schedule/", protocol.schedule, name="schedule"),
    path("<int:study_id>/sites/", sites.site_list, name="sites"),
    path("<int:study_id>/sites/add/", sites.add_site, name="site-add"),
    path("<int:study_id>/sites/<int:site_id>/", sites.edit_site, name="site-edit"),
    path("<int:study_id>/sites/<int:site_id>/remove/", sites.remove_site, name="site-remove"),
    path("<int:study_id>/demand/", demand.demand, name="demand"),
    path("<int:study_id>/demand/propose/", demand.propose, name="demand-propose"),
    path("<int:study_id>/demand/<int:number>/", demand.demand, name="demand-version"),
]
