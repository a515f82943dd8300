"""The tasks procrastinate runs; it imports this module by name."""

from procrastinate import JobContext
from procrastinate.contrib.django import app

from triallink.foundation.jobs import LOST_AFTER_SECONDS, run_job


@app.task(name="triallink.run_job", pass_context=True)
def run_job_task(context: JobContext, job_id: int) -> None:
    """Run one job."""
    run_job(job_id, attempt=context.job.attempts + 1)


@app.periodic(cron="* * * * * */30", periodic_id="foundation.lost_jobs")
@app.task(name="triallink.take_up_lost_jobs", queueing_lock="triallink.take_up_lost_jobs", pass_context=True)
async def take_up_lost_jobs(context: JobContext, timestamp: int) -> None:
    """Give the jobs of a killed worker to whoever works now."""
    jobs = context.app.job_manager
    for lost in await jobs.get_stalled_jobs(
        task_name="triallink.run_job", seconds_since_heartbeat=LOST_AFTER_SECONDS
    ):
        await jobs.retry_job(lost)
