"""The directory as a person uses it: type, narrow, put aside, compare, look at the map."""

import re

import pytest
from playwright.sync_api import expect


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "width"), [("en", 1280), ("zh", 390)])
def test_a_buyer_searches_narrows_compares_and_looks_at_the_map(visit, ada, directory, locale, width):
    buyer = visit(ada, locale, width).open("/market/suppliers/")
    page, cards = buyer.page, buyer.page.locator(".market-card")
    expect(cards).to_have_count(3)
    page.locator("#list-q").fill("cardiovascular" if locale == "en" else "心血管")
    expect(cards).to_have_count(1)
    expect(page).to_have_url(re.compile("q="))
    buyer.open("/market/suppliers/?service=CRC_HOURS")
    for card in range(2):
        cards.nth(card).locator("[data-compare]").click()
        page.locator("[data-compared]").nth(card).wait_for()
    expect(page.locator("[data-compare][aria-pressed=true]")).to_have_count(2)
    assert not buyer.overflows
    buyer.shot("directory-compare-bar", full=False)
    page.locator("#compare-bar a.btn-primary").click()
    page.locator("table.matrix").wait_for()
    assert page.locator("table.matrix thead th").count() == 2
    buyer.shot("directory-side-by-side")
    buyer.open("/market/talent/?view=map")
    page.locator("#directory-map canvas").wait_for()
    assert not buyer.overflows
    buyer.open("/market/prices/?service=CRC_HOURS")
    page.wait_for_url(re.compile("prices"))
    assert not buyer.overflows
