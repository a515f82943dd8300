"""Every morning: reminders of what runs out, and the end of what has."""

from procrastinate.contrib.django import app

from triallink.domains.quality.services.certificates import end_certificates
from triallink.domains.quality.services.expiry import end_qualifications, remind_of_requalification
from triallink.domains.quality.services.knowledge_tests import lapse_tests
from triallink.domains.quality.services.reminders import expire_credentials, remind_of_credentials
from triallink.kernel.clock import Clock, system_clock


@app.periodic(cron="37 21 * * *", periodic_id="quality.morning")  # 05:37 in Shanghai
@app.task(name="triallink.quality.morning", queueing_lock="triallink.quality.morning")
def every_morning(timestamp: int) -> None:
    """Do the work of the morning."""
    do_the_morning(system_clock)


def do_the_morning(clock: Clock) -> dict[str, int]:
    """End what has run out and remind of what will; return how many of each."""
    return {
        "qualifications_ended": end_qualifications(clock=clock),
        "certificates_ended": end_certificates(clock=clock),
        "credentials_expired": expire_credentials(clock=clock),
        "credential_reminders": remind_of_credentials(clock=clock),
        "tests_lapsed": lapse_tests(clock=clock),
        "requalification_reminders": remind_of_requalification(clock=clock),
    }
