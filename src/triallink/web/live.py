"""Live pages: server-sent events over LISTEN/NOTIFY.

GET /live/?topic=request:12&topic=person:7 streams `event: <message>` whenever the database publishes to one
of the topics. Who may follow a topic is decided once, when the stream opens, by the rule its owner registered.
"""

import asyncio
import contextlib
from collections import defaultdict
from urllib.parse import parse_qs

import psycopg
from a2wsgi.asgi_typing import HTTPScope, Receive, Send
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, parse_cookie

from triallink.domains.accounts.access import actor_for
from triallink.foundation.database import conninfo
from triallink.foundation.live import FAREWELL, LIVE_CHANNEL, may_follow

HEARTBEAT_SECONDS = 20
# Ends a stream. A stopping server waits for its requests, and a stream is one without end; the browser comes back
# a second later if the platform is still there.
CLOSE = ""
MAX_TOPICS = 8


class Exchange:
    """One database listener per process, fanned out to the open streams."""

    def __init__(self) -> None:
        self.queues: dict[str, set[asyncio.Queue[str]]] = defaultdict(set)
        self.task: asyncio.Task[None] | None = None

    def join(self, topics: list[str]) -> asyncio.Queue[str]:
        """Open a queue that receives what is published to these topics."""
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._listen())
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=256)
        for topic in topics:
            self.queues[topic].add(queue)
        return queue

    def leave(self, topics: list[str], queue: asyncio.Queue[str]) -> None:
        """Close a queue."""
        for topic in topics:
            self.queues[topic].discard(queue)
            if not self.queues[topic]:
                del self.queues[topic]

    async def _listen(self) -> None:
        while True:
            # A lost database connection must not end the streams: listen again, and tell every page to look.
            with contextlib.suppress(psycopg.OperationalError):
                async with await psycopg.AsyncConnection.connect(conninfo(), autocommit=True) as connection:
                    await connection.execute(f"LISTEN {LIVE_CHANNEL}")
                    self._tell_all("again")
                    async for notification in connection.notifies():
                        if notification.payload == FAREWELL:
                            self._close_all()
                            continue
                        topic, _, message = notification.payload.partition("\n")
                        self._tell(topic, message)
            await asyncio.sleep(1)

    def _tell(self, topic: str, message: str) -> None:
        for queue in self.queues.get(topic, ()):
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(f"event: {message}\ndata: {topic}\n\n")

    def _close_all(self) -> None:
        for queue in set().union(*self.queues.values()):
            while queue.full():
                queue.get_nowait()
            queue.put_nowait(CLOSE)

    def _tell_all(self, message: str) -> None:
        for topic in list(self.queues):
            self._tell(topic, message)


_exchange = Exchange()


async def live(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer one stream until the browser leaves."""
    headers = {bytes(key).lower(): bytes(value).decode("latin-1") for key, value in scope["headers"]}
    topics = parse_qs(scope.get("query_string", b"").decode()).get("topic", [])[:MAX_TOPICS]
    is_allowed = await sync_to_async(_is_allowed, thread_sensitive=False)(headers.get(b"cookie", ""), topics)
    if not is_allowed:
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        return
    # Joined before the answer begins: what is published from the first byte on is heard.
    queue = _exchange.join(topics)
    left = asyncio.ensure_future(_left(receive))
    try:
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream"),
                    (b"cache-control", b"no-store"),
                    (b"x-accel-buffering", b"no"),
                ],
            }
        )
        # A page that reconnects may have missed news: it is told to look once.
        await send(
            {
                "type": "http.response.body",
                "body": b"retry: 1000\nevent: again\ndata: \n\n",
                "more_body": True,
            }
        )
        while not left.done():
            news = asyncio.ensure_future(queue.get())
            # Whichever comes first: news, the browser leaving, or time for a sign of life.
            await asyncio.wait({news, left}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if left.done():
                news.cancel()
                break
            text = news.result() if news.done() else ": still here\n\n"
            news.cancel()
            if text == CLOSE:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                break
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
    finally:
        left.cancel()
        _exchange.leave(topics, queue)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _is_allowed(cookie: str, topics: list[str]) -> bool:
    key = parse_cookie(cookie).get(settings.SESSION_COOKIE_NAME)
    if not key or not topics:
        return False
    request = HttpRequest()
    request.session = SessionStore(key)
    person = get_user(request)
    if not person.is_authenticated:
        return False
    actor = actor_for(person, organization_id=request.session.get("organization_id"))
    return all(may_follow(actor, topic) for topic in topics)
