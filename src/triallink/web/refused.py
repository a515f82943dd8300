"""Pages for what is not there, not allowed, or broken: a page, a toast for htmx, a problem document for the API."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines

from triallink.foundation.sentences import sentence_of
from triallink.kernel.refusals import N_, NotAllowed, NotFound, Refusal
from triallink.web.answers import refusal_page


class FormExpired(Refusal):
    """The form's token is missing or old: another window signed in or out, or cookies are off."""

    code = "form_expired"
    status = 403
    message = N_("This form has expired. Open the page again and send it once more.")


class BadRequest(Refusal):
    """The request cannot be read."""

    code = "bad_request"
    status = 400
    message = N_("This request cannot be read.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return answer_refusal(request, NotFound())


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer what Django itself forbids."""
    return answer_refusal(request, NotAllowed())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that cannot be read."""
    return answer_refusal(request, BadRequest())


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a valid token."""
    return answer_refusal(request, FormExpired())


def crashed(request: HttpRequest) -> HttpResponse:
    """Answer a defect; nothing here may ask the database, which may be what is broken."""
    if request.path.startswith(settings.API_PREFIX):
        return JsonResponse({"code": "crashed", "status": 500}, status=500)
    return HttpResponse(engines["jinja2"].get_template("crashed.html").render({}), status=500)


def answer_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer a refusal that came up outside a view: a problem document (RFC 9457) or a page."""
    if request.path.startswith(settings.API_PREFIX):
        problem = {
            "type": f"urn:triallink:{refusal.code}",
            "title": HTTPStatus(refusal.status).phrase,
            "status": refusal.status,
            "code": refusal.code,
            "detail": sentence_of(refusal),
        }
        return JsonResponse(problem, status=refusal.status, content_type="application/problem+json")
    return refusal_page(request, refusal)
