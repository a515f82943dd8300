"""Where contracts stand on the rail."""

from triallink.kernel.refusals import N_
from triallink.web.navigation import Entry, add

add(Entry("trade", N_("Contracts"), "contracts:list", icon="file-certificate", order=60))
