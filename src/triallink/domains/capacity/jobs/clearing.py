"""The clearing as a job of the worker."""

from typing import Any

from triallink.domains.capacity.services.clearing import KIND, run_clearing
from triallink.foundation.jobs import Progress, job


@job(KIND)
def clear_market(progress: Progress, *, run_id: int) -> dict[str, Any]:
    """Clear the open orders of one run."""
    return run_clearing(run_id, progress.step)
