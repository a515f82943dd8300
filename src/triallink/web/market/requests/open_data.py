"""Open data: requests and awards as OCDS 1.1, for anybody, without signing in."""

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from triallink.domains.marketplace.selectors.ocds import PAGE_SIZE, published_requests, release_package
from triallink.kernel.clock import system_clock
from triallink.kernel.refusals import NotFound
from triallink.web.doors import open_to_strangers


@open_to_strangers
def ocds_releases(http: HttpRequest) -> HttpResponse:
    """Answer with one page of releases; `links` leads to the pages before and after."""
    asked = http.GET.get("page", "1")
    page = int(asked) if asked.isascii() and asked.isdecimal() and 0 < len(asked) < 7 else 1
    page = max(1, page)
    rows = published_requests()[(page - 1) * PAGE_SIZE : page * PAGE_SIZE + 1]
    found = list(rows)
    base = http.build_absolute_uri(reverse("market:ocds-releases"))
    links = {}
    if len(found) > PAGE_SIZE:
        links["next"] = f"{base}?page={page + 1}"
    if page > 1:
        links["prev"] = f"{base}?page={page - 1}"
    uri = f"{base}?page={page}"
    return _json(release_package(found[:PAGE_SIZE], uri=uri, at=system_clock.now(), links=links))


@open_to_strangers
def ocds_request(http: HttpRequest, reference: str) -> HttpResponse:
    """Answer with the releases of one request."""
    found = published_requests().filter(reference=reference).first()
    if found is None:
        raise NotFound
    uri = http.build_absolute_uri(http.path)
    return _json(release_package([found], uri=uri, at=system_clock.now()))


def _json(package: dict[str, Any]) -> HttpResponse:
    response = HttpResponse(orjson.dumps(package), content_type="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = "public, max-age=60"
    return response
