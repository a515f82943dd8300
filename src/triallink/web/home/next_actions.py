"""What the home page offers before any area has something to say."""

from django.utils.translation import gettext as _

from triallink.domains.accounts.selectors import member_counts
from triallink.kernel.actor import Actor
from triallink.web.jinja import number
from triallink.web.next_actions import Figure, counts_for_strangers


@counts_for_strangers
def organizations_and_people(actor: Actor) -> list[Figure]:
    """Count who is here."""
    organizations, people = member_counts()
    return [
        Figure(_("Organizations"), number(organizations), icon="building-community"),
        Figure(_("People"), number(people), icon="users"),
    ]
