"""What a reader chooses for every page: the language, and the organization acted for."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from triallink.domains.accounts.selectors import person_of
from triallink.domains.accounts.services import update_profile
from triallink.web.doors import open_to_strangers
from triallink.web.middleware import ORGANIZATION_KEY

YEAR_SECONDS = 365 * 24 * 60 * 60


@open_to_strangers
@require_POST
def language_choose(request: HttpRequest) -> HttpResponse:
    """Show every page in another language from now on."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        language = settings.LANGUAGE_CODE
    if request.user.is_authenticated:
        actor = request.actor  # type: ignore[attr-defined]
        person = person_of(actor)
        update_profile(name=person.name, language=language, time_zone=person.time_zone, by=actor)
    response = HttpResponseRedirect(_back(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=YEAR_SECONDS,
        samesite="Lax",
        secure=settings.IS_HTTPS,
    )
    return response


@require_POST
def organization_switch(request: HttpRequest) -> HttpResponse:
    """Act for another of one's organizations; one somebody does not belong to changes nothing."""
    chosen = request.POST.get("organization_id", "")
    if chosen.isdecimal():
        request.session[ORGANIZATION_KEY] = int(chosen)
    return HttpResponseRedirect("/")


def _back(request: HttpRequest) -> str:
    """Return the page to go back to, on this server only."""
    back = request.POST.get("next", "/")
    return back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "/"
