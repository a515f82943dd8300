"""Every address and every API operation, taken from the URL map: strangers and other organizations get nothing."""

import json
import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import get_converters
from tests.conftest import Member
from tests.domains.contracts.conftest import Deal, deal, market  # noqa: F401 - a scene with an id of everything

from triallink.web.doors import is_open

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def addresses(
    patterns: list[URLPattern | URLResolver] | None = None, prefix: str = "", names: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    """Yield name, path template and pattern of every address outside the API."""
    for item in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            if not path.startswith("api/"):
                namespace = f"{names}{item.namespace}:" if item.namespace else names
                yield from addresses(item.url_patterns, path, namespace)
        else:
            yield names + (item.name or path), path, item


def filled(path: str, number: int) -> str:
    """Return a path with every place filled in."""
    path = re.sub(r"<int:[^>]+>", str(number), path)
    path = re.sub(r"<(\w+):[^>]+>", lambda found: sample(found.group(1)), path)
    path = re.sub(r"<[^:>]+>", "x", path)
    path = re.sub(r"\(\?P<[^>]+>[^)]*\)+", "x", path)
    return "/" + path.strip("^$").replace("\\Z", "").lstrip("/")


def sample(converter: str) -> str:
    """Return something a path converter accepts: the first word of a closed list, else a letter."""
    words = getattr(get_converters()[converter], "regex", "").strip("()").split("|")
    return words[0] if words[0].replace("-", "").isalnum() else "x"


EVERY = sorted(addresses(), key=lambda item: item[1])


def test_the_map_is_not_empty():
    assert len(EVERY) > 40


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_sent_to_the_door_by_every_page(method: str):
    client = Client()
    let_in = []
    for name, path, pattern in EVERY:
        if is_open(pattern.callback):
            continue
        answer = getattr(client, method)(filled(path, 1))
        if not (answer.status_code in (302, 401) and "sign-in" in answer.get("Location", "sign-in")):
            let_in.append((name, path, answer.status_code))
    assert let_in == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_organizations_member_finds_nothing_behind_an_id(
    deal: Deal,
    eve: Member,
    method: str,
):
    """Ids of this scene exist (request, award, bid, contract …); Eve was not invited and belongs to none."""
    contract = deal.offered()
    numbers = {1, contract.pk, deal.award.pk, deal.bid.pk, deal.award.request_id}
    client = Client()
    client.force_login(eve.person, backend=BACKEND)
    let_in = []
    for name, path, pattern in EVERY:
        if "<int:" not in path or is_open(pattern.callback) or is_public(name):
            continue
        for number in numbers:
            answer = getattr(client, method)(filled(path, number))
            if answer.status_code not in (302, 403, 404, 405, 422) or leads_in(answer):
                let_in.append((name, path, number, answer.status_code))
    assert let_in == []


def is_public(name: str) -> bool:
    """Tell directory profiles, published requests and the process library, which every member may read."""
    return bool(
        re.search(
            r"profile|supplier|talent|site-detail|catalogue|service|compare|request-(detail|show)|template-(detail|version|copy)",
            name,
        )
    )


def leads_in(answer) -> bool:
    """Tell a redirect that follows a change from one that turns away."""
    return (
        answer.status_code == 302 and "sign-in" not in answer["Location"] and answer["Location"] not in ("/",)
    )


def operations() -> list[tuple[str, str]]:
    """Return method and path of every API operation."""
    from triallink.api.v1.core import api

    document = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    return [(method, path) for path, item in document["paths"].items() for method in item]


@pytest.mark.django_db
def test_a_stranger_is_refused_by_every_operation_of_the_api():
    from triallink.api.v1.core import api

    document = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    let_in = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if not operation.get("security"):
                continue
            answer = getattr(Client(), method)(re.sub(r"\{[^}]+\}", "1", path))
            if answer.status_code != 401 or answer["Content-Type"] != "application/problem+json":
                let_in.append((method, path, answer.status_code))
    assert let_in == []
    assert len(operations()) > 8


# The market, and the platform's process library, are there for every member; own templates: tests/domains/quality.
PUBLIC_API = ("/api/v1/market/", "/api/v1/quality/templates/")


def test_another_organizations_member_finds_nothing_behind_an_id_of_the_api(deal: Deal, eve: Member):
    contract = deal.offered()
    client = Client()
    client.force_login(eve.person, backend=BACKEND)
    let_in = []
    for method, path in operations():
        if "{" not in path or method != "get" or path.startswith(PUBLIC_API):
            continue
        for number in (1, contract.pk, deal.award.pk, deal.bid.pk):
            answer = client.get(re.sub(r"\{[^}]+\}", str(number), path))
            if answer.status_code not in (403, 404, 422):
                let_in.append((path, number, answer.status_code))
    assert let_in == []
