"""A real browser on a real server: the fixtures of journeys.

    @pytest.mark.browser
    @pytest.mark.parametrize("locale", ["en", "zh"])
    def test_a_sponsor_publishes_a_request(visit, live_site, ada, ben, locale):
        sponsor = visit(ada, locale)                     # signed in, no form in between
        sponsor.open("/requests/new/")
        sponsor.page.get_by_role("button", name=...).click()
        live_site.settle()                               # tell waiting events to their handlers, as the worker does
        visit(ben, locale).open("/work/").shot("ben-sees-the-request")

One server and one browser serve all tests of a session (of a worker under xdist); each visitor is a browser
context of its own, closed after the test. A script error, a server error or a thing the content security
policy blocked fails the test. Screenshots go to artefacts/screens/. `ada` and the others must come from the same test.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from playwright.sync_api import Browser, Page, sync_playwright
from tools.launcher.serving import web_command

from tests.ports import free_port
from triallink.domains.accounts.models import Person
from triallink.foundation import search
from triallink.foundation.outbox import dispatch_waiting

ROOT = Path(__file__).resolve().parent.parent
SCREENS = ROOT / "artefacts/screens"
LANGUAGES = {"en": "en", "zh": "zh-hans"}
START_SECONDS = 30
LETTERS_END = b"-" * 79 + b"\n"  # between the letters of one file, by Django's file back end


@dataclass(frozen=True)
class LiveSite:
    """The running server."""

    url: str

    def settle(self) -> int:
        """Tell every waiting event to its handlers and search what changed, as the worker would.

        Return how many events were told.
        """
        told = 0
        while finished := dispatch_waiting():
            told += finished
        search.flush()
        return told

    def letters(self, to: str) -> list[EmailMessage]:
        """Return the letters the server has sent to an address, oldest first."""
        files = sorted(Path(settings.EMAIL_FILE_PATH).glob("*.log"))
        texts = [text for file in files for text in file.read_bytes().split(LETTERS_END) if text.strip()]
        letters = [message_from_bytes(text.lstrip(), policy=default) for text in texts]
        return [letter for letter in letters if letter["To"] == to]


@dataclass
class Visitor:
    """Somebody at a browser. `page` is playwright's own Page."""

    page: Page
    site: LiveSite
    locale: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> "Visitor":
        """Go to an address of the site."""
        self.page.goto(self.site.url + path)
        return self

    def shot(self, name: str, *, full: bool = True) -> Path:
        """Keep a screenshot as artefacts/screens/NAME-LOCALE-WIDTH.png."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        width = (self.page.viewport_size or {"width": 0})["width"]
        path = SCREENS / f"{name}-{self.locale}-{width}.png"
        self.page.screenshot(path=path, full_page=full)
        return path

    @property
    def overflows(self) -> bool:
        """Return whether the page is wider than the window, which no page may be."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"))


@pytest.fixture
def locale() -> str:
    """Return the language of the visit: "en" unless a test parametrizes it with "en" and "zh"."""
    return "en"


@pytest.fixture(scope="session")
def _server(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """Start granian on a free port against the test database."""
    port = free_port()
    with django_db_blocker.unblock():
        environment = process_environment()
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            web_command(sys.executable, port=port),
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for(port, server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                # An open stream may keep granian waiting; the test session does not.
                server.kill()
                server.wait()


@pytest.fixture(scope="session")
def _browser() -> Iterator[Browser]:
    """Start chromium once."""
    # Playwright keeps an event loop in this thread; the ORM of the tests is not called from inside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def live_site(transactional_db: None, _server: str) -> LiveSite:
    """Give the running server and an empty database; what a test writes, the server sees at once."""
    return LiveSite(_server)


@pytest.fixture
def visit(live_site: LiveSite, _browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Give visit(who=None, locale="en", width=1280, is_dark=False): open a browser window for somebody.

    who  one of the cast, a Person, or None for a stranger. Signing in takes no form: the session is made.
    """
    visitors: list[Visitor] = []

    def arrive(who: Any = None, locale: str = "en", width: int = 1280, is_dark: bool = False) -> Visitor:
        context = _browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if is_dark else "light",
            locale="zh-CN" if locale == "zh" else "en-GB",
        )
        cookies = {settings.LANGUAGE_COOKIE_NAME: LANGUAGES[locale]}
        if who is not None:
            person = getattr(who, "person", who)
            Person.objects.filter(pk=person.pk).update(language=LANGUAGES[locale])
            cookies[settings.SESSION_COOKIE_NAME] = session_of(person)
        context.add_cookies(
            [{"name": name, "value": value, "url": live_site.url} for name, value in cookies.items()]
        )
        context.set_default_timeout(10_000)
        visitor = Visitor(context.new_page(), live_site, locale)
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        visitor.page.on("response", lambda response: _look(visitor, response))
        visitor.page.on("console", lambda message: _hear(visitor, message))
        visitors.append(visitor)
        return visitor

    yield arrive
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    for visitor in visitors:
        visitor.page.context.close()
    assert complaints == []


@pytest.fixture
def browser_page(visit: Callable[..., Visitor], locale: str) -> Page:
    """Give a plain playwright page of a stranger, in the test's locale."""
    return visit(None, locale).page


def session_of(person: Person) -> str:
    """Return the key of a new session in which the person is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    assert session.session_key is not None
    return session.session_key


def process_environment() -> dict[str, str]:
    """Return the environment of a process of the application on the test's database and folder."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
        "DATABASE_URL": _database_url(),
        "TRIALLINK_TEST_DATA_DIR": str(settings.DATA_DIR),
        "TRIALLINK_TEST_MAIL": "filebased",
        "TRIALLINK_THREADS": "8",
    }


def _look(visitor: Visitor, response: Any) -> None:
    # A missing style sheet breaks no assertion about words: it must be told here.
    if response.status >= 500 or (response.status >= 400 and "/static/" in response.url):
        visitor.complaints.append(f"{response.status} {response.request.method} {response.url}")


def _hear(visitor: Visitor, message: Any) -> None:
    if message.type == "error" and "Content Security Policy" in message.text:
        visitor.complaints.append(message.text)


def _database_url() -> str:
    values = connection.settings_dict
    user = quote(str(values["USER"]), safe="")
    password = f":{quote(str(values['PASSWORD']), safe='')}" if values["PASSWORD"] else ""
    query = f"host={quote(str(values['HOST']), safe='/')}&port={values['PORT']}"
    return f"postgresql://{user}{password}@/{quote(str(values['NAME']), safe='')}?{query}"


def _wait_for(port: int, server: "subprocess.Popen[bytes]", log: Any) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
            return
        except OSError:
            time.sleep(0.05)
    log.seek(0)
    raise RuntimeError(f"the server did not start:\n{log.read().decode()}")


def chromium() -> str:
    """Return the machine's chromium: TRIALLINK_CHROMIUM, or the first found on PATH."""
    named = os.environ.get("TRIALLINK_CHROMIUM")
    found = named or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
    )
    if not found:
        raise RuntimeError("no chromium found; install one or name it in TRIALLINK_CHROMIUM")
    return found
