"""The first page: for a stranger what this is, for a member what is next."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from triallink.web.answers import render_page
from triallink.web.doors import open_to_strangers


@dataclass(frozen=True)
class HomePage:
    """What the home page shows."""

    is_signed_in: bool


@open_to_strangers
def home(request: HttpRequest) -> HttpResponse:
    """Show the first page."""
    return render_page(request, "home/home.html", HomePage(is_signed_in=request.user.is_authenticated))
