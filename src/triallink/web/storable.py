"""The one edge where text that cannot be kept is refused: address, query, form, JSON body and cookies."""

import json
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDict

from triallink.kernel.text import UnstorableText, is_storable, unstorable_place
from triallink.web.refused import answer_refusal

GetResponse = Callable[[HttpRequest], HttpResponse]
# Only a body with such an escape can hold what cannot be kept, and only such a body is read twice.
SUSPICIOUS = re.compile(rb"\\u(0000|[dD][89a-fA-F])")


class StorableTextMiddleware:
    """Answers 422 to a request that brings text no table can hold; drops a cookie that does."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        for name, value in list(request.COOKIES.items()):
            if not is_storable(name + value):
                del request.COOKIES[name]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Look at everything that the view may read as text."""
        place = _place(request)
        return None if place is None else answer_refusal(request, UnstorableText(place=place))


def _place(request: HttpRequest) -> str | None:
    if not is_storable(request.path):
        return "URL"
    place = unstorable_place(_values(request.GET), "")
    if place is None and request.method not in ("GET", "HEAD"):
        if not request.path.startswith(settings.API_PREFIX):
            return unstorable_place(_values(request.POST), "")
        if request.content_type != "multipart/form-data" and SUSPICIOUS.search(request.body):
            return unstorable_place(_json(request.body), "")
    return place


def _values(given: MultiValueDict[str, Any]) -> dict[str, Any]:
    return {name: values[0] if len(values) == 1 else values for name, values in given.lists()}


def _json(body: bytes) -> Any:
    """Return what the body says; a body that cannot be read is the view's to refuse."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
