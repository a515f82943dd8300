"""Where the market stands on the rail."""

from triallink.kernel.refusals import N_
from triallink.web.market.requests import navigation as requests
from triallink.web.navigation import Entry, add, of_kind

__all__ = ["requests"]

sells = of_kind("cro", "smo", "freelancer")

add(
    Entry("market", N_("Suppliers"), "market:supplier-list", icon="building-skyscraper", order=20),
    Entry("market", N_("Talent"), "market:talent-list", icon="users", order=21),
    Entry("market", N_("Sites"), "market:site-list", icon="building-hospital", order=22),
    Entry("market", N_("Service catalogue"), "market:catalogue", icon="list-details", order=23),
    Entry("market", N_("Price index"), "market:prices", icon="chart-line", order=24),
    Entry("market", N_("Saved searches"), "market:search-list", icon="bookmark", order=25),
    Entry("trade", N_("Work that fits you"), "market:work", icon="target-arrow", order=25, rule=sells),
    Entry("trade", N_("My services"), "market:own-listings", icon="tags", order=60, rule=sells),
    Entry("trade", N_("My people"), "market:own-talent", icon="user-cog", order=61, rule=sells),
    Entry(
        "trade",
        N_("My profile"),
        "market:own-profile",
        icon="id-badge",
        order=62,
        rule=of_kind("cro", "smo", "freelancer", "site"),
    ),
)
