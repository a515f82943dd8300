"""Where MY-PMCP stands on the rails."""

from triallink.kernel.refusals import N_
from triallink.web.navigation import StudyEntry, add

add(
    StudyEntry(N_("Plan"), "delivery:plan", icon="timeline", order=60),
)
