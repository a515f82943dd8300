"""The wizard keeps what its rows do not show, speaks both languages, and asks only what the procedure needs."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from triallink.domains.marketplace.models import Request
from triallink.domains.marketplace.services.catalogue import sync_catalogue
from triallink.domains.marketplace.services.requests import set_lines
from triallink.domains.studies import services as studies

PROTOCOL = Path("tests/vectors/protocol/usdm_small.json")
COLUMNS = (
    "line",
    "service",
    "quantity",
    "description",
    "province",
    "city",
    "start_on",
    "end_on",
    "hours",
    "ceiling",
    "site",
)


@pytest.fixture
def from_demand(market, browse) -> Request:
    """A draft of Ada's that took over the demand of a study."""
    sync_catalogue()
    study = studies.import_study(content=PROTOCOL.read_bytes(), file_name="p.json", by=market.ada.actor)
    studies.add_site(study_id=study.pk, number="CN-01", city="Shanghai", by=market.ada.actor)
    studies.propose_demand(study_id=study.pk, by=market.ada.actor)
    browse(market.ada).post(
        f"/market/requests/new/?study={study.pk}", {"title_en": "Conduct", "with_demand": "1"}
    )
    return Request.objects.get(study=study)


def typed(request: Request, **changed: str) -> dict[str, list[str]]:
    """Return the form of the stored lines, as the page shows them to an English reader, the first one changed."""
    rows = [
        {
            "line": str(line.pk), "service": str(line.service_id), "quantity": f"{line.quantity}",
            "description": line.description, "province": line.province, "city": line.city,
            "site": str(line.site_id or ""),
        }
        for line in request.lines.all()
    ]  # fmt: skip
    rows[0] |= changed
    return {name: [row.get(name, "") for row in rows] for name in COLUMNS}


def test_a_line_taken_over_from_demand_is_read_in_the_readers_language(market, browse, from_demand):
    path = f"/market/requests/{from_demand.pk}/draft/lines/"
    line = next(line for line in from_demand.lines.all() if line.service.code == "MONITORING_ONSITE")
    english = browse(market.ada).get(path).content.decode()
    assert f'value="{line.description}"' in english
    chinese = browse(market.ada, "zh-hans").get(path).content.decode()
    assert f'value="{line.description}"' not in chinese
    rows = typed(from_demand)
    rows["description"] = [""] * len(rows["line"])
    for n, one in enumerate(from_demand.lines.all()):
        rows["description"][n] = _chinese(one.description)
    browse(market.ada, "zh-hans").post(path, rows)
    again = from_demand.lines.get(position=line.position)
    assert again.description == line.description, "saving in Chinese does not take English from the others"


def test_saving_keeps_site_chinese_city_and_credentials_while_the_place_stands(market, browse, from_demand):
    site = from_demand.study.sites.get(number="CN-01")
    service = market.service()
    line = replace(
        market.lines()[0],
        service_id=service.pk,
        city_zh="上海",
        site_id=site.pk,
        required_credentials=("gcp",),
    )
    set_lines(request_id=from_demand.pk, lines=[line], by=market.ada.actor)
    path, ada = f"/market/requests/{from_demand.pk}/draft/lines/", browse(market.ada)
    assert ada.post(path, typed(from_demand, quantity="12")).status_code == 302
    kept = from_demand.lines.get()
    assert (kept.quantity, kept.city_zh, kept.site_id) == (12, "上海", site.pk)
    assert kept.required_credentials == ["gcp"]
    ada.post(path, typed(from_demand, city="Beijing", province="Beijing"))
    moved = from_demand.lines.get()
    assert (moved.city_zh, moved.site_id) == ("", None), "another city is another place"
    assert moved.required_credentials == ["gcp"]


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "width"), [("en", 1280), ("zh", 390)])
def test_rows_come_and_go_by_keyboard_and_only_the_procedures_fields_show(
    visit, ada, transactional_db, market_draft, locale, width
):
    buyer = visit(ada, locale, width).open(f"/market/requests/{market_draft.pk}/draft/lines/")
    page, rows = buyer.page, buyer.page.locator("[data-rows] > [data-row]")
    expect(rows).to_have_count(3)
    page.get_by_test_id("line-add").press("Enter")
    expect(rows).to_have_count(4)
    expect(rows.nth(3).locator("select")).to_be_focused()
    rows.nth(0).locator("[data-row-remove]").press("Enter")
    expect(rows).to_have_count(3)
    expect(rows.nth(0).locator("[data-row-number]")).to_have_text("1")
    assert not buyer.overflows
    buyer.open(f"/market/requests/{market_draft.pk}/draft/procedure/")
    terms = page.get_by_test_id("auction-terms")
    page.locator("[name=procedure][value=sealed]").check()
    expect(terms).to_be_hidden()
    page.locator("[name=procedure][value=auction]").check()
    expect(terms).to_be_visible()
    page.locator("[name=procedure][value=direct]").check()
    expect(page.locator(".is-competitive")).to_be_hidden()
    assert not buyer.overflows


@pytest.fixture
def market_draft(market, transactional_db) -> Request:
    """A draft of two lines."""
    return market.draft()


def _chinese(text: str) -> str:
    from django.utils import translation

    from triallink.foundation.sentences import line_words

    with translation.override("zh-hans"):
        return line_words(text)


def test_a_site_chosen_for_a_line_says_where_the_work_is(market, browse, from_demand):
    site = from_demand.study.sites.get(number="CN-01")
    path = f"/market/requests/{from_demand.pk}/draft/lines/"
    page = browse(market.ada).get(path).content.decode()
    assert f'<option value="{site.pk}"' in page
    browse(market.ada).post(path, typed(from_demand, site=str(site.pk)))
    line = from_demand.lines.first()
    assert (line.site_id, line.city) == (site.pk, "Shanghai")
    browse(market.ada).post(path, typed(from_demand, site=""))
    assert from_demand.lines.first().site_id is None
