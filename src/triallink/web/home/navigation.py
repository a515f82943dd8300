"""What the home pages add to the rail."""

from triallink.kernel.refusals import N_
from triallink.web.navigation import Entry, add

add(
    Entry("home", N_("Home"), "home", icon="home", order=1),
    Entry("home", N_("Notices"), "notices:notice-list", icon="bell", order=2),
)
