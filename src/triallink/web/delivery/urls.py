"""Addresses of MY-PMCP: a study's own under /studies/, a person's and the cockpit under /pmcp/."""

from django.urls import path

from triallink.web.delivery import item, plan

app_name = "delivery"
IN_STUDY = "studies/<int:study_id>/pmcp/"
urlpatterns = [
    path(f"{IN_STUDY}plan/", plan.plan_list, name="plan"),
    path(f"{IN_STUDY}plan/generate/", plan.generate, name="plan-generate"),
    path(f"{IN_STUDY}plan/board/", plan.board, name="plan-board"),
    path(f"{IN_STUDY}plan/gantt/", plan.gantt_page, name="plan-gantt"),
    path(f"{IN_STUDY}plan/baseline/", plan.baseline, name="plan-baseline"),
    path(f"{IN_STUDY}plan/adopt/", plan.adopt, name="plan-adopt"),
    path("pmcp/items/<int:item_id>/", item.item_page, name="item"),
    path("pmcp/items/<int:item_id>/report/", item.report, name="item-report"),
    path("pmcp/items/<int:item_id>/change/", item.change, name="item-change"),
    path("pmcp/items/<int:item_id>/tick/", item.tick, name="item-tick"),
]
