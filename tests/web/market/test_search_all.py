"""One search for everything one may see, and nothing else."""

import re

import pytest
from playwright.sync_api import expect

from triallink.domains.studies.services import create_study


@pytest.fixture
def found(directory, market, browse):
    """A published request, a draft and a study of Ada's beside the directory."""
    market.published(title={"en": "Monitoring of heart failure sites", "zh": "心力衰竭监查"})
    market.draft(title={"en": "Secret heart plan", "zh": "保密计划"})
    create_study(code="HEART-1", title_en="Heart failure", title_zh="心力衰竭研究", by=market.ada.actor)

    def ask(member, text, language="en"):
        return browse(member, language).get("/search/", {"q": text}).content.decode()

    return ask


def test_everybody_finds_what_they_may_see(found, market, eve):
    assert "Secret heart plan" in (own := found(market.ada, "heart"))
    assert "Monitoring of heart failure sites" in own
    assert "HEART-1" in own
    others = found(market.ben, "heart")
    assert "Monitoring of heart failure sites" in others
    assert "Secret heart plan" not in others
    assert "HEART-1" not in others


def test_both_languages_find_the_same(found, market):
    chinese = found(market.ada, "心力衰竭", "zh-hans")
    assert "心力衰竭监查" in chinese
    assert "心力衰竭研究" in chinese
    assert found(market.ada, market.fei.organization.name_zh).count('data-testid="found"') >= 1


def test_results_stand_in_groups_and_every_word_must_be_there(found, market):
    assert found(market.ada, "heart").count('data-testid="found"') >= 2
    assert 'data-testid="found"' not in found(market.ada, "heart zzzz qqqq")
    assert 'data-testid="found"' not in found(market.ada, "")
    assert found(market.ada, '"><script>\x00').count("<script>") == 0


def test_the_search_takes_few_queries(found, market, browse, django_assert_max_num_queries):
    for n in range(8):
        market.published(title={"en": f"Heart {n}", "zh": ""})
    client = browse(market.ada)
    client.get("/search/?q=heart")
    with django_assert_max_num_queries(14):
        client.get("/search/?q=heart")


@pytest.mark.browser
def test_a_slash_leads_to_the_field_and_enter_to_the_results(visit, ada):
    buyer = visit(ada, "en", 1280).open("/")
    buyer.page.keyboard.press("/")
    expect(buyer.page.locator("#top-search")).to_be_focused()
    buyer.page.keyboard.type("Northlight")
    buyer.page.keyboard.press("Enter")
    expect(buyer.page).to_have_url(re.compile(r"/search/\?q=Northlight"))
