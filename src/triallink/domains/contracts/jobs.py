"""Every ten minutes: mark milestones that fell due, and deem accepted what the buyer did not answer in time."""

from procrastinate.contrib.django import app

from triallink.domains.contracts.services.acceptance import watch_milestones


@app.periodic(cron="*/10 * * * *", periodic_id="contracts.milestones")
@app.task(name="triallink.contracts.milestones", queueing_lock="triallink.contracts.milestones")
def watch_contract_milestones(timestamp: int) -> None:
    """Mark what is due and deem accepted what is overdue for an answer."""
    watch_milestones()
