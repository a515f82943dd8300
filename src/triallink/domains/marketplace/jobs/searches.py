"""Tell people what is new for their saved searches."""

from typing import Any

from triallink.domains.marketplace.services.searches import tell_new_matches
from triallink.foundation.jobs import Progress, job
from triallink.kernel.actor import SYSTEM


@job("marketplace.tell_new_matches")
def tell_new_matches_job(progress: Progress) -> dict[str, Any]:
    """Tell people what is new for their saved searches."""
    return {"searches": tell_new_matches(by=SYSTEM)}
