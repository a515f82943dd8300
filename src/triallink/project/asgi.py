"""One port: live streams are answered asynchronously, every page by Django on a pool of threads.

A stream holds no thread, so thousands of open pages cost a few kilobytes each, while the pages keep
the synchronous ORM, which measured faster (DESIGN §5).
"""

import os
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from a2wsgi.asgi_typing import ASGIApp, Receive, Scope, Send

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "triallink.project.settings")

from triallink.project.wsgi import application as pages
from triallink.web.live import live
from triallink.web.startup import prepare

THREADS = int(os.environ.get("TRIALLINK_THREADS", "16"))

prepare()
_pages: ASGIApp = WSGIMiddleware(cast(Any, pages), workers=THREADS)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Send /live/ to the streams and everything else to the pages."""
    if scope["type"] == "http" and scope["path"].startswith("/live/"):
        await live(scope, receive, send)
    elif scope["type"] == "http":
        await _pages(scope, _as_coroutine(receive), send)


def _as_coroutine(receive: Receive) -> Receive:
    """Return `receive` as a coroutine function: granian's returns a future, which a2wsgi cannot hand to a thread."""

    async def received() -> Any:
        return await receive()

    return received
