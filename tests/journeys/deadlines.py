"""Story time: a journey cannot wait for days to pass, so what is to come is brought near in the database.

The product refuses this, as it must: a published deadline may only move away. The tests own their database and
lift that one guard for one transaction; the calls, closings and openings that follow run under every guard,
by the database's own clock.
"""

import datetime as dt

from django.db import connection, transaction

from triallink.domains.marketplace.models import Auction, Award
from triallink.kernel.clock import system_clock

WELL_INSIDE = dt.timedelta(seconds=1)


def begin_round(request_id: int, number: int) -> None:
    """Let round `number` of the request's auction have begun a second ago."""
    auction = Auction.objects.get(request_id=request_id)
    _bring_near(request_id, auction.window(number)[0])


def end_auction(request_id: int) -> None:
    """Let the last round have ended a second ago."""
    _bring_near(request_id, Auction.objects.get(request_id=request_id).ends_at)


def end_standstill(request_id: int) -> None:
    """Let the days in which bidders may object have passed."""
    Award.objects.filter(request_id=request_id).update(standstill_ends_at=system_clock.now() - WELL_INSIDE)


@transaction.atomic
def _bring_near(request_id: int, instant: dt.datetime) -> None:
    by = instant - system_clock.now() + WELL_INSIDE
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE marketplace_request DISABLE TRIGGER request_guard")
        cursor.execute(
            "UPDATE marketplace_request SET bids_due_at = bids_due_at - %s, closes_at = closes_at - %s,"
            " question_deadline_at = question_deadline_at - %s WHERE id = %s",
            [by, by, by, request_id],
        )
        cursor.execute(
            "UPDATE marketplace_auction SET starts_at = starts_at - %s WHERE request_id = %s",
            [by, request_id],
        )
        cursor.execute("ALTER TABLE marketplace_request ENABLE TRIGGER request_guard")
