"""The API itself: who may call, how a "no" is said (RFC 9457), and which routers are mounted."""

import importlib
import pkgutil
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.security import APIKeyCookie, HttpBearer

import triallink.api.v1
from triallink.domains.accounts.access import actor_for_token
from triallink.foundation.sentences import sentence_of
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotAllowed, Refusal

PROBLEM = "application/problem+json"
NOT_ROUTERS = {"core", "days", "idempotency", "paging", "request_shapes"}


class TokenDoor(HttpBearer):
    """Lets in the bearer of a token that has the operation's scope."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """Return the token's actor; refuse one without the scope, and answer 401 to an unknown one."""
        found = actor_for_token(token, source=f"api {request.META.get('REMOTE_ADDR', '')}")
        if found is None:
            return None
        actor, scopes = found
        if self.scope not in scopes:
            raise NotAllowed
        request.actor = actor  # type: ignore[attr-defined]
        return actor


class SessionDoor(APIKeyCookie):
    """Lets in who is signed in; a change also needs the CSRF token."""

    param_name = "sessionid"

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        """Return the signed-in actor."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        return actor if actor.person_id is not None else None


def scope(name: str) -> list[Any]:
    """Return the `auth=` of an operation that needs this scope, such as "requests:write"."""
    return [TokenDoor(name), SessionDoor()]


def actor_of(request: HttpRequest) -> Actor:
    """Return who calls."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def problem(request: HttpRequest, status: int, code: str, detail: str, **more: Any) -> HttpResponse:
    """Answer with a problem document (RFC 9457)."""
    body = {"type": f"urn:triallink:{code}", "title": HTTPStatus(status).phrase, "status": status}
    response = api.create_response(request, {**body, "code": code, "detail": detail, **more}, status=status)
    response["Content-Type"] = PROBLEM
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


class TrialLinkAPI(NinjaAPI):
    """NinjaAPI whose document also tells the problems every operation may answer with."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """Return the OpenAPI document with the problem answers added."""
        document = super().get_openapi_schema(**kwargs)
        document["components"].setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        for operations in document["paths"].values():
            for method, operation in operations.items():
                for status in PROBLEM_STATUSES if operation.get("security") else ("404", "422"):
                    operation["responses"].setdefault(status, PROBLEM_RESPONSE)
                if method == "post":
                    operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        return document


PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "field": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
PROBLEM_STATUSES = ("400", "401", "403", "404", "409", "413", "422")
PROBLEM_RESPONSE = {
    "description": "The request was refused",
    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
    "description": "Sending the same key again repeats the first answer instead of the work.",
}

api = TrialLinkAPI(
    title="Trial.Link",
    version="1",
    description="Trade, do and verify clinical research.",
    urls_namespace="api",
    docs_url=None,
)


@api.exception_handler(Refusal)
def refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    """Say a business "no"."""
    more = {"field": error.field} if error.field else {}
    return problem(request, error.status, error.code, sentence_of(error), **more)


@api.exception_handler(AuthenticationError)
def unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Say that nobody is signed in."""
    return problem(request, 401, "not_signed_in", "Sign in, or send a token as Authorization: Bearer.")


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Say which part of the input does not fit."""
    errors = [{"at": ".".join(map(str, e["loc"])), "detail": e["msg"]} for e in error.errors]
    return problem(request, 422, "invalid", "The request does not fit its description.", errors=errors)


@api.exception_handler(HttpError)
def broken(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Say that the request cannot be read."""
    return problem(request, error.status_code, "unreadable", str(error))


def mount_routers() -> None:
    """Mount the router of every module beside this one."""
    for module in pkgutil.iter_modules(triallink.api.v1.__path__):
        if module.name not in NOT_ROUTERS:
            found = importlib.import_module(f"triallink.api.v1.{module.name}")
            api.add_router(f"/{module.name.replace('_', '-')}", found.router, tags=[module.name])


mount_routers()
