"""A person at a browser, finding things on the page by the words of its language."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connections
from django.utils.translation import gettext, override
from playwright.sync_api import Locator, Page, expect
from tests.browser import LANGUAGES, Visitor


def apart(deed: Callable[[], object]) -> None:
    """Do something in a thread of its own: a browser test holds playwright's event loop, and sealing runs another."""

    def done() -> None:
        try:
            deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(done).result()


class Walk:
    """One person's window."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page = visitor, visitor.page

    def open(self, path: str) -> Page:
        """Go to an address."""
        self.visitor.open(path)
        return self.page

    def shot(self, name: str) -> None:
        """Keep a screenshot."""
        self.visitor.shot(f"journey-{name}")

    def say(self, msgid: str, **values: object) -> str:
        """Return words in the language of the visit."""
        with override(LANGUAGES[self.visitor.locale]):
            words = gettext(msgid)
        return words % values if values else words

    def press(self, msgid: str, **values: object) -> None:
        """Press the button, or follow the link, with these words."""
        name = re.compile(rf"^\s*{re.escape(self.say(msgid, **values))}\s*$")
        main = self.page.locator("main")
        main.get_by_role("button", name=name).or_(main.get_by_role("link", name=name)).first.click()

    def press_marked(self, mark: str) -> None:
        """Press what carries a data-testid."""
        self.page.get_by_test_id(mark).first.click()

    def confirm(self) -> None:
        """Say yes to the question the page asks before a deed."""
        dialog = self.page.locator("#confirm")
        dialog.get_by_role("button", name=self.say("Yes, go on")).click()

    def field(self, msgid: str, row: str = "") -> Locator:
        """Return the field of a label; `row` follows the words where a table repeats them."""
        words = re.escape(self.say(msgid)) + (f" {row}$" if row else r"\s*\*?$")
        return self.page.get_by_label(re.compile(rf"^\s*{words}")).first

    def choose(self, msgid: str) -> None:
        """Choose the radio button or tick the box with these words."""
        self.page.get_by_label(re.compile(re.escape(self.say(msgid)))).first.check()

    def reads(self, msgid: str, **values: object) -> None:
        """Expect the words on the page."""
        expect(self.page.get_by_text(self.say(msgid, **values)).first).to_be_visible()

    def arrives(self, address: str) -> int:
        """Wait for an address, a pattern with one number in it, and return the number."""
        pattern = re.compile(address)
        self.page.wait_for_url(pattern)
        found = pattern.search(self.page.url)
        assert found is not None
        return int(found[1])
