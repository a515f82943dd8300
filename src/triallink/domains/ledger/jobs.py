"""What the worker does for money by the clock: the bank's errands, and the night's reconciliation."""

import datetime as dt

from procrastinate.contrib.django import app

from triallink.domains.ledger.services.orders import deliver_sandbox_messages, send_waiting_orders
from triallink.domains.ledger.services.reconciliation import import_statement, reconcile
from triallink.kernel.actor import SYSTEM
from triallink.kernel.clock import system_clock


@app.periodic(cron="* * * * * */15", periodic_id="ledger.bank")
@app.task(name="triallink.ledger.bank", queueing_lock="triallink.ledger.bank")
def run_bank_errands(timestamp: int) -> None:
    """Send orders that wait, and let the sandbox bank answer."""
    send_waiting_orders()
    deliver_sandbox_messages()


# 17:30 UTC is after midnight in China: the bank's day is complete.
@app.periodic(cron="30 17 * * *", periodic_id="ledger.reconciliation")
@app.task(name="triallink.ledger.reconciliation", queueing_lock="triallink.ledger.reconciliation")
def reconcile_yesterday(timestamp: int) -> None:
    """Fetch yesterday's statement and compare it with the book."""
    day = system_clock.now().date() - dt.timedelta(days=1)
    import_statement(day=day, by=SYSTEM)
    reconcile(until=day, by=SYSTEM)
