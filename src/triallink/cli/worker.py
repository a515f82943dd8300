"""`triallink worker`: tell events to their handlers and do the long work."""

import contextlib
import logging
import signal
import threading
from smtplib import SMTPException
from typing import cast

import click
import psycopg
from django.db import OperationalError, close_old_connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from triallink.foundation import search
from triallink.foundation.database import conninfo
from triallink.foundation.jobs import LOST_AFTER_SECONDS
from triallink.foundation.live import FAREWELL, LIVE_CHANNEL
from triallink.foundation.mailing import send_waiting
from triallink.foundation.outbox import OUTBOX_CHANNEL, dispatch_waiting

POLL_SECONDS = 5.0
MAIL_SECONDS = 60.0
log = logging.getLogger(__name__)


@click.command()
def command() -> None:
    """Run until stopped: the outbox dispatcher and the job worker."""
    stop = threading.Event()
    search.warm()
    dispatcher = threading.Thread(target=_dispatch_until, args=(stop,), name="outbox")
    dispatcher.start()
    postman = threading.Thread(target=_mail_until, args=(stop,), name="mail")
    postman.start()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    try:
        with app.replace_connector(cast(DjangoConnector, app.connector).get_worker_connector()) as worker_app:
            worker_app.run_worker(
                concurrency=2,
                listen_notify=True,
                install_signal_handlers=True,
                stalled_worker_timeout=LOST_AFTER_SECONDS,
            )
    finally:
        stop.set()
        _say_farewell()
        dispatcher.join(timeout=30)
        postman.join(timeout=30)


def _dispatch_until(stop: threading.Event) -> None:
    """Dispatch and keep search up to date when the database rings, and every few seconds in case it was missed."""
    while not stop.is_set():
        try:
            search.ensure()
            with _listener() as connection:
                while not stop.is_set():
                    while dispatch_waiting() or search.flush():
                        pass
                    close_old_connections()
                    next(connection.notifies(timeout=POLL_SECONDS, stop_after=1), None)
        except psycopg.OperationalError as error:
            log.warning("the database is away: %s", error)
            stop.wait(1)


def _mail_until(stop: threading.Event) -> None:
    """Send the letters that are due, every minute; a mail server that is away is tried again."""
    while not stop.wait(MAIL_SECONDS):
        try:
            send_waiting()
        except (OSError, SMTPException, OperationalError) as error:
            log.warning("letters wait: %s", error)
        close_old_connections()


def _say_farewell() -> None:
    """Wake the dispatcher, which waits for news, and let the open pages go, for which a stopping server waits."""
    with (
        contextlib.suppress(psycopg.OperationalError),
        psycopg.connect(conninfo(), autocommit=True) as connection,
    ):
        for channel, message in ((OUTBOX_CHANNEL, ""), (LIVE_CHANNEL, FAREWELL)):
            connection.execute("SELECT pg_notify(%s, %s)", [channel, message])


def _listener() -> psycopg.Connection[tuple[object, ...]]:
    connection = psycopg.connect(conninfo(), autocommit=True)
    connection.execute(f"LISTEN {OUTBOX_CHANNEL}")
    return connection
