"""The engine's counsel on requests, as jobs of the worker."""

from typing import Any

from triallink.domains.marketplace.services.counsel import (
    AWARDING,
    SOURCING,
    work_out_awarding,
    work_out_sourcing,
)
from triallink.foundation.jobs import Progress, job


@job(SOURCING)
def source_request(progress: Progress, *, request_id: int) -> dict[str, Any]:
    """Find coalitions and a named team for a request."""
    return work_out_sourcing(request_id, progress)


@job(AWARDING)
def optimize_award(progress: Progress, *, request_id: int) -> dict[str, Any]:
    """Find the optimal award of a request and its alternatives."""
    return work_out_awarding(request_id, progress)
