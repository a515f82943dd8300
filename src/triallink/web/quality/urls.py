"""Addresses of the quality pages."""

from django.urls import path

from triallink.web.quality import applications, audits, findings, own, stops

app_name = "quality"
urlpatterns = [
    path("qualification/", own.own_qualification, name="own"),
    path("qualification/begin/", own.begin, name="application-begin"),
    path("applications/", applications.application_list, name="application-list"),
    path("applications/<int:application_id>/", applications.application_detail, name="application-detail"),
    path("applications/<int:application_id>/scope/", applications.scope, name="application-scope"),
    path("applications/<int:application_id>/answers/", applications.answers, name="application-answers"),
    path("applications/<int:application_id>/evidence/", applications.evidence_add, name="evidence-add"),
    path("applications/<int:application_id>/submit/", applications.submit, name="application-submit"),
    path("applications/<int:application_id>/withdraw/", applications.withdraw, name="application-withdraw"),
    path("applications/<int:application_id>/take-up/", applications.take_up, name="application-take-up"),
    path("applications/<int:application_id>/return/", applications.give_back, name="application-return"),
    path("applications/<int:application_id>/decide/", applications.decide, name="application-decide"),
    path("applications/<int:application_id>/audit/", audits.audit_new, name="audit-new"),
    path("evidence/<int:evidence_id>/", applications.evidence_file, name="evidence-file"),
    path("evidence/<int:evidence_id>/remove/", applications.evidence_remove, name="evidence-remove"),
    path("audits/", audits.audit_list, name="audit-list"),
    path("audits/<int:audit_id>/", audits.audit_detail, name="audit-detail"),
    path("audits/<int:audit_id>/report/", audits.audit_report, name="audit-report"),
    path("audits/<int:audit_id>/cancel/", audits.audit_cancel, name="audit-cancel"),
    path("findings/", findings.finding_list, name="finding-list"),
    path("findings/<int:finding_id>/", findings.finding_detail, name="finding-detail"),
    path("findings/<int:finding_id>/propose/", findings.capa_propose, name="capa-propose"),
    path("findings/<int:finding_id>/answer/", findings.capa_answer, name="capa-answer"),
    path("findings/<int:finding_id>/done/", findings.capa_done, name="capa-done"),
    path("findings/<int:finding_id>/check/", findings.capa_check, name="capa-check"),
    path("suspensions/", stops.suspension_list, name="suspension-list"),
    path("suspensions/new/", stops.suspension_new, name="suspension-new"),
    path("suspensions/<int:organization_id>/lift/", stops.suspension_lift, name="suspension-lift"),
    path("calendar/", stops.calendar, name="calendar"),
]
