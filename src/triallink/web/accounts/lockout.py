"""What somebody sees after too many wrong passwords."""

import datetime as dt
from dataclasses import dataclass

from axes.helpers import get_client_ip_address, get_client_username, get_cool_off
from axes.models import AccessAttempt
from django.http import HttpRequest, HttpResponse

from triallink.kernel.clock import system_clock
from triallink.web.answers import render_page


@dataclass(frozen=True)
class LockedOutPage:
    """When the door opens again."""

    until: dt.datetime


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, str] | None
) -> HttpResponse:
    """Say that the account is locked for this address, and until when; the same for unknown accounts."""
    last = (
        AccessAttempt.objects.filter(
            username=get_client_username(request, credentials), ip_address=get_client_ip_address(request)
        )
        .order_by("-attempt_time")
        .first()
    )
    since = last.attempt_time if last else system_clock.now()
    page = LockedOutPage(until=since + (get_cool_off(request) or dt.timedelta()))
    return render_page(request, "accounts/locked_out.html", page, status=429)
