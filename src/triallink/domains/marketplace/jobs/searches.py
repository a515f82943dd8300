"""Every night: tell people what is new for their saved searches."""

from procrastinate.contrib.django import app

from triallink.domains.marketplace.services.searches import tell_new_matches
from triallink.kernel.actor import SYSTEM


# 22:30 UTC is early morning in China: the notices wait when the working day begins.
@app.periodic(cron="30 22 * * *", periodic_id="marketplace.saved_searches")
@app.task(name="triallink.marketplace.saved_searches", queueing_lock="triallink.marketplace.saved_searches")
def tell_saved_searches(timestamp: int) -> None:
    """Compare every alerting search with the directory and tell what is new."""
    tell_new_matches(by=SYSTEM)
