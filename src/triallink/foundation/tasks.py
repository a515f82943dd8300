"""The tasks procrastinate runs; it imports this module by name."""

from procrastinate.contrib.django import app

from triallink.foundation.jobs import run_job


@app.task(name="triallink.run_job")
def run_job_task(job_id: int) -> None:
    """Run one job."""
    run_job(job_id)
