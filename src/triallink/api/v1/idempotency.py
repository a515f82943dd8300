"""Idempotency-Key: a create sent twice with one key is done once and answered twice."""

import hashlib
from collections.abc import Callable

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from triallink.foundation.models import IdempotentReply
from triallink.foundation.sentences import sentence_of
from triallink.kernel.clock import system_clock
from triallink.kernel.refusals import N_, Invalid

GetResponse = Callable[[HttpRequest], HttpResponse]
MAX_KEY_LENGTH = 128


class KeyReused(Invalid):
    """The key was sent before with another request."""

    code = "idempotency_key_reused"
    message = N_("This Idempotency-Key was already used for a different request.")


class KeyUnreadable(Invalid):
    """The key is not 1 to 128 printable characters."""

    code = "idempotency_key_unreadable"
    message = N_("An Idempotency-Key is 1 to 128 printable ASCII characters.")


class IdempotencyMiddleware:
    """Remembers the first answer per caller and key, and repeats it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        if key is None or request.method != "POST" or not request.path.startswith(settings.API_PREFIX):
            return self.get_response(request)
        if not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
            return _refused(KeyUnreadable())
        caller = _caller(request)
        content = hashlib.sha256(f"{request.get_full_path()}\n".encode() + request.body).hexdigest()
        # The transaction-long lock makes a second request with the same key wait for the first answer.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_lock_number(caller, key)])
            known = IdempotentReply.objects.filter(caller=caller, key=key).first()
            if known is not None:
                return _again(known) if known.request_hash == content else _refused(KeyReused())
            response = self.get_response(request)
            if response.status_code < 500 and response.status_code != 401:
                IdempotentReply.objects.create(
                    caller=caller,
                    key=key,
                    request_hash=content,
                    status=response.status_code,
                    media_type=response.headers["Content-Type"],
                    body=response.content.decode(),
                    at=system_clock.now(),
                )
            return response


def _caller(request: HttpRequest) -> str:
    who = request.headers.get("Authorization") or request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return hashlib.sha256(who.encode()).hexdigest()


def _lock_number(caller: str, key: str) -> int:
    digest = hashlib.sha256(f"{caller}\n{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _again(known: IdempotentReply) -> HttpResponse:
    response = HttpResponse(known.body, status=known.status, content_type=known.media_type)
    response["Idempotency-Replayed"] = "true"
    return response


def _refused(refusal: Invalid) -> HttpResponse:
    body = {
        "type": f"urn:triallink:{refusal.code}",
        "title": "Unprocessable Entity",
        "status": refusal.status,
    }
    return JsonResponse(
        {**body, "code": refusal.code, "detail": sentence_of(refusal)},
        status=refusal.status,
        content_type="application/problem+json",
    )
