"""Whether this process can answer."""

from django.db import connection
from django.http import HttpRequest, HttpResponse

from triallink.web.doors import open_to_strangers


@open_to_strangers
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer "ok" when the database answers too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
