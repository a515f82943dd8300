"""Where requests stand on the rail."""

from triallink.kernel.refusals import N_
from triallink.web.navigation import Entry, add, of_kind

buys = of_kind("sponsor", "cro", "site")
sells = of_kind("cro", "smo", "freelancer", "site")
runs = of_kind("operator")

add(
    Entry("trade", N_("Requests"), "market:request-list", icon="shopping-cart", order=10, rule=buys),
    Entry("trade", N_("Work to bid on"), "market:request-open", icon="gavel", order=20, rule=sells),
    Entry("trade", N_("Requests"), "market:request-open", icon="shopping-cart", order=20, rule=runs),
)
