"""Where hours stand on the rail."""

from triallink.domains.capacity.access import BUYER_KINDS, SELLER_KINDS
from triallink.kernel.refusals import N_
from triallink.web.navigation import Entry, add, of_kind

add(
    Entry(
        "market",
        N_("Hours"),
        "capacity:overview",
        icon="clock-hour-4",
        order=23,
        rule=of_kind(*dict.fromkeys((*BUYER_KINDS, *SELLER_KINDS, "operator"))),
    )
)
