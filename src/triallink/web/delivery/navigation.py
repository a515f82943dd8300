"""Where MY-PMCP stands on the rails."""

from triallink.kernel.refusals import N_
from triallink.web.navigation import Entry, StudyEntry, add

add(
    Entry("delivery", N_("MY-PMCP cockpit"), "delivery:cockpit", icon="dashboard", order=10),
    Entry("delivery", N_("My day"), "delivery:my-day", icon="sun", order=20),
    Entry("delivery", N_("Calendar"), "delivery:calendar", icon="calendar", order=30),
    Entry("delivery", N_("Timesheets"), "delivery:hours", icon="clock-hour-4", order=40),
    Entry("delivery", N_("Workload"), "delivery:workload", icon="users-group", order=50),
    StudyEntry(N_("Status"), "delivery:status", icon="dashboard", order=58),
    StudyEntry(N_("Plan"), "delivery:plan", icon="timeline", order=60),
    StudyEntry(N_("Monitoring visits"), "delivery:visits", icon="stethoscope", order=62),
    StudyEntry(N_("Enrollment"), "delivery:enrollment", icon="users", order=64),
    StudyEntry(N_("Records"), "delivery:records", icon="clipboard-list", order=66),
)
