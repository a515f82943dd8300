"""Where the organization and one's own account stand on the rail."""

from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_
from triallink.web.navigation import Entry, add


def acts_for_one(actor: Actor) -> bool:
    """Let only people who act for an organization see the entry."""
    return actor.organization_id is not None


add(
    Entry(
        "organization",
        N_("Organization"),
        "accounts:organization",
        icon="building",
        order=10,
        rule=acts_for_one,
    ),
    Entry("organization", N_("Members"), "accounts:members", icon="users", order=20, rule=acts_for_one),
    Entry("organization", N_("API tokens"), "accounts:tokens", icon="key", order=80),
)
