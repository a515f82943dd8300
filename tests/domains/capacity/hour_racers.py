"""What racing and killed processes do; each sets Django up in a fresh interpreter on the test's database."""

import datetime as dt
import os


def ready(database: str) -> None:
    """Make Django ready on the test's database."""
    import django
    from django.conf import settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    settings.DATABASES["default"]["NAME"] = database
    django.setup()


def actor_of(person_id: int):
    """Return a person as an actor."""
    from triallink.domains.accounts.access import actor_for
    from triallink.domains.accounts.models import Person

    return actor_for(Person.objects.get(pk=person_id), source="race")


def book_once(person_id: int, offer_id: int, start_on: str, end_on: str, hours: int) -> str:
    """Hold and book hours of an offer; say how it went."""
    from triallink.domains.capacity.services.bookings import BookingTerms, book_held, hold_hours
    from triallink.kernel.refusals import Refusal

    by = actor_of(person_id)
    terms = BookingTerms(
        offer_id=offer_id,
        hours_per_week=hours,
        start_on=dt.date.fromisoformat(start_on),
        end_on=dt.date.fromisoformat(end_on),
        city="Shanghai",
    )
    try:
        booking = hold_hours(terms=terms, by=by)
        return book_held(booking_id=booking.pk, by=by).reference
    except Refusal as refusal:
        return refusal.code


def work_around(
    racer: int, database: str, barrier, answers, calls: list[tuple[int, int, str, str, int]]
) -> None:
    """Wait until every racer is ready, then book one after the other."""
    ready(database)
    barrier.wait(timeout=240)
    answers.put((racer, [book_once(*call) for call in calls]))


def book_until_killed(database: str, person_id: int, offer_id: int, weeks: list[str], said: str) -> None:
    """Book an hour a week over and over; write the reference of each acknowledged booking to a file at once."""
    ready(database)
    with open(said, "a", encoding="utf-8") as out:
        while True:
            for week in weeks:
                end_on = (dt.date.fromisoformat(week) + dt.timedelta(days=4)).isoformat()
                answer = book_once(person_id, offer_id, week, end_on, 1)
                out.write(answer + "\n")
                out.flush()
                os.fsync(out.fileno())


def clear_market(database: str, job_id: int) -> None:
    """Run a clearing as the worker would, until it is done or killed."""
    ready(database)
    from triallink.foundation.jobs import run_job

    run_job(job_id)


def call_off_at_once(database: str, barrier, answers, booking_ids: list[int]) -> None:
    """Wait until every racer is ready, then call the hours of these bookings off; say which call-off each became."""
    ready(database)
    from triallink.domains.contracts.services import call_off_hours

    barrier.wait(timeout=240)
    answers.put({one: call_off_hours(booking_id=one, minutes=1200).pk for one in booking_ids})
