"""Every ten seconds: close what is due and end standstills. Pages do the same when they are looked at."""

from procrastinate.contrib.django import app

from triallink.domains.marketplace.services.closing import close_due_requests, end_due_standstills


@app.periodic(cron="* * * * * */10", periodic_id="marketplace.deadlines")
@app.task(name="triallink.marketplace.deadlines", queueing_lock="triallink.marketplace.deadlines")
def watch_deadlines(timestamp: int) -> None:
    """Close due requests and end due standstills."""
    close_due_requests()
    end_due_standstills()
