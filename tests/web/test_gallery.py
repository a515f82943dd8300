"""The gallery shows every macro and works in the browser."""

import re

import pytest
from django.conf import settings
from django.template import engines

TEMPLATE = settings.PACKAGE / "web/templates/gallery/gallery.html"


KINDS = ("survival", "forest", "waterfall", "swimmer", "spaghetti", "box", "funnel", "profile")


def macros():
    return engines["jinja2"].env.globals["ui"].all()


def test_every_macro_is_shown():
    shown = set(re.findall(r"ui\.(\w+)\(", TEMPLATE.read_text()))
    # These are parts of others that are shown.
    within = {"chips", "pager", "nothing"}
    assert set(macros()) - shown - within == set()


def test_every_macro_called_anywhere_exists_with_these_arguments():
    known = macros()
    for path in (settings.PACKAGE / "web/templates").rglob("*.html"):
        for name in re.findall(r"\bui\.(\w+)\(", path.read_text()):
            assert name in known, f"{path.name} calls ui.{name}"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "?q=birch", "?kind=smo&sort=-staff", "?page=2", "?q=nothing+like+it"])
def test_the_gallery_answers_a_page_and_a_fragment(client, path):
    assert "<html" in client.get(f"/gallery/{path}").content.decode()
    fragment = client.get(f"/gallery/{path}", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "list-bar" in fragment


@pytest.mark.django_db
def test_a_form_keeps_what_was_typed_and_says_what_is_wrong_beside_the_field(client):
    text = client.post("/gallery/", {"name": "Typed <b>", "email": "not-an-address"}).content.decode()
    assert 'value="Typed &lt;b&gt;"' in text
    assert re.search(r'name="email"[^>]*aria-invalid="true"[^>]*aria-describedby="id_email_error"', text)
    assert 'id="id_email_error"' in text


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_figures_are_one_document_in_the_readers_language(client, language):
    answer = client.get("/gallery/figures.pdf", headers={"Accept-Language": language})
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert int(re.search(rb"/Type/Pages/Count (\d+)", answer.content)[1]) >= len(KINDS)


@pytest.mark.django_db
def test_each_figure_is_given_as_vega_lite(client):
    for kind in KINDS:
        specification = client.get(f"/gallery/figures/{kind}.json").json()
        assert specification["vconcat"]
    assert client.get("/gallery/figures/pie.json").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_list_exports(client, kind):
    assert client.get(f"/gallery/?export={kind}").headers["Content-Disposition"].endswith(f'.{kind}"')


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize(("width", "is_dark"), [(1280, False), (390, True)])
def test_the_gallery_in_a_browser(visit, locale, width, is_dark):
    visitor = visit(None, locale, width, is_dark).open("/gallery/")
    visitor.page.locator("#gallery-map canvas").first.wait_for()
    visitor.page.locator("#gallery-chart canvas").first.wait_for()
    for kind in KINDS:
        visitor.page.locator(f"#figure-{kind} canvas").first.wait_for()
    assert visitor.page.locator("#figures .chart-table table").count() == len(KINDS)
    assert not visitor.overflows
    visitor.shot("gallery")


@pytest.mark.browser
def test_the_list_searches_while_typing_and_keeps_the_address(visit):
    visitor = visit().open("/gallery/")
    visitor.page.locator("#list-q").fill("birch")
    visitor.page.wait_for_url("**/gallery/?q=birch")
    table = visitor.page.locator("#list tbody tr")
    table.first.wait_for()
    assert table.count() == 1
    visitor.page.locator(".chip").first.click()
    visitor.page.wait_for_url("**/gallery/")


@pytest.mark.browser
def test_a_question_is_asked_before_a_deed(visit):
    visitor = visit().open("/gallery/")
    visitor.page.get_by_role("button", name="Publish", exact=True).click()
    visitor.page.get_by_text("Publish this request?").wait_for()
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="Yes, go on").click()
