"""Doors: every page asks who you are, unless it says that strangers may come in."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

GetResponse = Callable[[HttpRequest], HttpResponse]
View = TypeVar("View", bound=Callable[..., Any])


def open_to_strangers(view: View) -> View:
    """Mark a view that may be seen without signing in."""
    view.is_open_to_strangers = True  # type: ignore[attr-defined]
    return view


def is_open(view: Callable[..., Any]) -> bool:
    """Return whether a view may be seen without signing in."""
    return getattr(view, "is_open_to_strangers", False)


class DoorMiddleware:
    """Sends a stranger to the sign-in page: a redirect for a page, 401 for an htmx fragment.

    The API is not behind this door: it asks for a token itself and answers with problem documents.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Let through members, the API and views open to strangers."""
        if request.user.is_authenticated or is_open(view) or request.path.startswith(settings.API_PREFIX):
            return None
        if request.headers.get("HX-Request"):
            # htmx would put a followed redirect into the fragment's place; this header moves the whole page.
            return HttpResponse(status=401, headers={"HX-Redirect": settings.LOGIN_URL})
        back = request.get_full_path() if request.method == "GET" else "/"
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': back})}")


# Scripts and styles come from this server only, and no page carries one inline: an injected one stays dead.
# Style *attributes* are allowed (widths of bars); they can load nothing because of the other lines.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "frame-ancestors 'self'",
        "form-action 'self'",
        "base-uri 'self'",
        "object-src 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeadersMiddleware:
    """Says to the browser what a page of ours may do; a view that needs another policy sets its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response
