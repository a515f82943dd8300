"""The frame around every page, in a real browser."""

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("width", [1280, 390])
def test_home_fits_the_window(visit, ada, locale, width):
    page = visit(ada, locale, width).open("/")
    page.page.get_by_role("heading", level=1).wait_for()
    assert not page.overflows


def test_a_member_changes_the_language_and_it_stays(visit, ada):
    visitor = visit(ada, "en").open("/")
    with visitor.page.expect_navigation():
        visitor.page.get_by_title("简体中文").click()
    assert visitor.page.locator("html").get_attribute("lang") == "zh-Hans"
    assert visit_again_language(visitor) == "zh-Hans"


def visit_again_language(visitor):
    visitor.open("/")
    return visitor.page.locator("html").get_attribute("lang")


def test_a_stranger_changes_the_language_and_it_stays(visit):
    visitor = visit(None, "zh").open("/")
    with visitor.page.expect_navigation():
        visitor.page.get_by_title("English").click()
    assert visit_again_language(visitor) == "en"


def test_dark_follows_the_machine_and_the_switch_is_remembered(visit, ada):
    visitor = visit(ada, is_dark=True).open("/")
    root = visitor.page.locator("html")
    assert root.get_attribute("data-bs-theme") == "dark"
    visitor.page.get_by_title("Light or dark").click()
    visitor.open("/")
    assert root.get_attribute("data-bs-theme") == "light"


def test_on_a_phone_the_rail_opens_over_the_page(visit, ada):
    visitor = visit(ada, width=390).open("/")
    rail = visitor.page.locator("#rail")
    assert not rail.is_visible()
    visitor.page.get_by_role("button", name="Open the navigation").click()
    rail.wait_for(state="visible")


def test_the_first_tab_stop_skips_to_the_content(visit, ada):
    visitor = visit(ada).open("/")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.textContent") == "Skip to the content"
