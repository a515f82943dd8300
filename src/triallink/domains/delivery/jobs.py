"""Every morning: escalate what stayed open too long, renew forecasts, write the status reports of the day."""

import datetime as dt

from django.db import transaction
from procrastinate.contrib.django import app

from triallink.domains.delivery.models import StatusReport, StudyPlan
from triallink.domains.delivery.services.generation import renew_forecast
from triallink.domains.delivery.services.records import escalate_overdue
from triallink.domains.delivery.services.reports import due_subscriptions, make_status_report
from triallink.foundation.notices import notify
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import N_

UNFINISHED = ("planned", "startup", "recruiting", "follow_up")


@app.periodic(cron="7 22 * * *", periodic_id="delivery.morning")  # 06:07 in Shanghai
@app.task(name="triallink.delivery.morning", queueing_lock="triallink.delivery.morning")
def every_morning(timestamp: int) -> None:
    """Do the work of the morning."""
    do_the_morning(system_clock)


def do_the_morning(clock: Clock) -> None:
    """Escalate records, let every forecast begin today, send the status reports of this weekday; once each."""
    escalate_overdue(clock=clock)
    today = clock.now().date()
    for plan_id in StudyPlan.objects.filter(study__state__in=UNFINISHED).values_list("pk", flat=True):
        with transaction.atomic():
            renew_forecast(StudyPlan.objects.select_for_update().get(pk=plan_id), today)
    _send_reports(today, clock)


def _send_reports(today: dt.date, clock: Clock) -> None:
    for subscription, actor, language in due_subscriptions(today):
        same = StatusReport.objects.filter(
            study_id=subscription.study_id, on=today, language=language, organization_id=actor.organization_id
        )
        report = same.first() or make_status_report(
            study_id=subscription.study_id, language=language, by=actor, clock=clock
        )
        notify(
            [subscription.person_id],
            kind="status_report",
            template=N_("The status report of %(study)s is ready."),
            url=f"/studies/{subscription.study_id}/pmcp/status/{report.pk}/",
            clock=clock,
            study=subscription.study.code,
        )
