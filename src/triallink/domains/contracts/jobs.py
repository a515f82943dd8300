"""Every ten minutes: what falls due, what counts as accepted, what expires, which ratings may be read, what is owed."""

from procrastinate.contrib.django import app

from triallink.domains.contracts.services.acceptance import watch_milestones
from triallink.domains.contracts.services.endings import expire_contracts
from triallink.domains.contracts.services.payments import collect_by_facts
from triallink.domains.contracts.services.ratings import reveal_due_ratings


@app.periodic(cron="*/10 * * * *", periodic_id="contracts.days")
@app.task(name="triallink.contracts.days", queueing_lock="triallink.contracts.days")
def watch_contracts(timestamp: int) -> None:
    """Do what the passing of time asks of contracts."""
    watch_milestones()
    expire_contracts()
    reveal_due_ratings()
    collect_by_facts()
