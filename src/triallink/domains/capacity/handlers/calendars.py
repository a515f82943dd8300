"""Whoever joins a supplier gets a calendar."""

from triallink.domains.capacity.services.days import horizon, open_days
from triallink.domains.quality.events import ProfessionalAdded
from triallink.engines.hours import monday_of
from triallink.foundation.outbox import hears
from triallink.kernel.clock import system_clock


@hears(ProfessionalAdded)
def open_calendar(event: ProfessionalAdded) -> None:
    """Open the usual weeks of a new professional."""
    today = system_clock.now().date()
    open_days([event.professional_id], monday_of(today), horizon(today))
