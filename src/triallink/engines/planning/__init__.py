"""Plan a study's work: activity networks on work calendars, critical path, forecast on every actual, enrollment band."""

from triallink.engines.planning.calendars import NO_DAY, WorkCalendars, every_day, work_calendars
from triallink.engines.planning.critical import critical_path
from triallink.engines.planning.enrollment import EnrollmentBand, enrollment_band
from triallink.engines.planning.forecasting import Forecaster
from triallink.engines.planning.network import LINK_KINDS, Link, Network, network, network_of
from triallink.engines.planning.scheduling import Activities, Progress, Schedule, schedule

__all__ = [
    "LINK_KINDS",
    "NO_DAY",
    "Activities",
    "EnrollmentBand",
    "Forecaster",
    "Link",
    "Network",
    "Progress",
    "Schedule",
    "WorkCalendars",
    "critical_path",
    "enrollment_band",
    "every_day",
    "network",
    "network_of",
    "schedule",
    "work_calendars",
]
