"""Every few seconds: let what is overdue lapse and close answered clearings. Every night: reach one day further."""

from procrastinate.contrib.django import app

from triallink.domains.capacity.models import ClearingRun
from triallink.domains.capacity.services.clearing import close_run
from triallink.domains.capacity.services.horizon import extend_calendars
from triallink.domains.capacity.services.lapsing import lapse_due
from triallink.domains.capacity.services.schedules import start_due_clearings
from triallink.kernel.actor import SYSTEM


@app.periodic(cron="* * * * * */10", periodic_id="capacity.lapsing")
@app.task(name="triallink.capacity.lapsing", queueing_lock="triallink.capacity.lapsing")
def watch_holds(timestamp: int) -> None:
    """Let overdue holds and questions lapse; close clearings nobody has to answer any more."""
    lapse_due()
    for run_id in ClearingRun.objects.filter(state="proposed").values_list("pk", flat=True):
        close_run(run_id=run_id, by=SYSTEM)


@app.periodic(cron="* * * * *", periodic_id="capacity.schedules")
@app.task(name="triallink.capacity.schedules", queueing_lock="triallink.capacity.schedules")
def obey_schedules(timestamp: int) -> None:
    """Start the clearings whose time has come."""
    start_due_clearings()


# 17:00 UTC is after midnight in China.
@app.periodic(cron="0 17 * * *", periodic_id="capacity.horizon")
@app.task(name="triallink.capacity.horizon", queueing_lock="triallink.capacity.horizon")
def reach_further(timestamp: int) -> None:
    """Open the days that came into the horizon, and put orders away whose window is over."""
    extend_calendars()
