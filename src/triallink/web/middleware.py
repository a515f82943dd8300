"""Who is asking, in which language, and what happens when the answer is no."""

import zoneinfo
from collections.abc import Callable

import pghistory
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from triallink.domains.accounts.access import actor_for
from triallink.kernel.actor import NOBODY, Actor
from triallink.kernel.refusals import Refusal
from triallink.web.refused import answer_refusal

GetResponse = Callable[[HttpRequest], HttpResponse]
ORGANIZATION_KEY = "organization_id"


class ActorMiddleware:
    """Sets request.actor, the language and the time zone from the person, the session and the browser."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = getattr(request, "user", None)
        if person is not None and person.is_authenticated:
            source = f"web {request.META.get('REMOTE_ADDR', '')}"
            chosen = request.session.get(ORGANIZATION_KEY)
            request.actor = actor_for(person, organization_id=chosen, source=source)  # type: ignore[attr-defined]
            language, zone = person.language, person.time_zone
        else:
            request.actor = NOBODY  # type: ignore[attr-defined]
            language, zone = translation.get_language_from_request(request), "Asia/Shanghai"
        with translation.override(language), timezone.override(zoneinfo.ZoneInfo(zone)):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
            if request.method in ("GET", "HEAD"):
                response = self.get_response(request)
            else:
                actor: Actor = request.actor  # type: ignore[attr-defined]
                with pghistory.context(person=actor.person_id, organization=actor.organization_id):
                    response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class RefusalMiddleware:
    """Answers a Refusal that a view let through: a page, a fragment or a problem document."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Turn a Refusal into an answer; anything else is a defect and crashes."""
        if not isinstance(error, Refusal):
            return None
        return answer_refusal(request, error)
