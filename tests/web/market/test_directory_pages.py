"""The directory's pages: what they show, in both languages, and that they never grow slow with the rows."""

import csv
import io
import shutil

import pytest
from django.utils import translation

from triallink.domains.marketplace.models import SavedSearch
from triallink.domains.quality.models import Professional
from triallink.foundation import search
from triallink.web.market.naming import city_of

LISTS = ["/market/suppliers/", "/market/talent/", "/market/sites/"]


@pytest.mark.parametrize("path", LISTS)
def test_lists_show_cards_facets_and_map_in_both_languages(directory, ada, browse, path):
    for language, word in (("en", "Therapeutic area"), ("zh-hans", "治疗领域")):
        client = browse(ada, language)
        assert word in client.get(path).content.decode()
        assert 'data-map="china"' in client.get(path, {"view": "map"}).content.decode()


def test_htmx_gets_the_list_alone(directory, ada, browse):
    answer = (
        browse(ada).get("/market/suppliers/?q=bluestone", headers={"HX-Request": "true"}).content.decode()
    )
    assert "Bluestone SMO" in answer
    assert "<html" not in answer


def test_words_that_no_supplier_has_together_are_answered_with_some(directory, ada, browse):
    text = browse(ada).get("/market/suppliers/?q=bluestone+cardiovascular").content.decode()
    assert "Nothing has all these words" in text
    assert "Bluestone SMO" in text


def test_a_missing_index_is_a_sentence_not_a_crash(directory, ada, browse, settings):
    shutil.rmtree(settings.SEARCH_DIR)
    answer = browse(ada).get("/market/talent/")
    assert answer.status_code == 200
    assert "being prepared" in answer.content.decode()
    search.flush()
    assert "being prepared" not in browse(ada).get("/market/talent/").content.decode()


def test_facets_take_and_give_back_their_filter(directory, ada, browse):
    text = browse(ada).get("/market/talent/?role=CRC&city=Shanghai").content.decode()
    assert "/market/talent/?city=Shanghai&amp;role=CRC&amp;role=CRA" in text
    assert 'href="/market/talent/?city=Shanghai"' in text


def test_export_holds_all_matches_and_no_hidden_name(directory, ada, browse):
    answer = browse(ada).get("/market/talent/?export=csv&role=CRC")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert rows[1][0].startswith("CRC-")
    assert "Lin" not in answer.content.decode()


def test_staff_profile_hides_the_name_outside_and_shows_it_inside(directory, ada, fei, browse):
    path = f"/market/talent/{directory.nurse.pk}/"
    outside, inside = (browse(who).get(path).content.decode() for who in (ada, fei))
    assert "Lin Mei" not in outside
    assert "Nursing licence" not in outside  # expired
    assert "Lin Mei" in inside
    assert "Nursing licence" in inside


def test_unlisted_profiles_are_not_there_for_others(directory, ada, fei, chen, browse):
    Professional.objects.filter(pk=directory.nurse.pk).update(is_listed=False)
    fei.organization.supplier_profile.is_listed = False
    fei.organization.supplier_profile.save()
    for path in (f"/market/talent/{directory.nurse.pk}/", f"/market/suppliers/{fei.organization.pk}/"):
        assert browse(ada).get(path).status_code == 404
        assert browse(fei).get(path).status_code == 200
    assert browse(ada).get(f"/market/sites/{chen.organization.pk}/").status_code == 200
    assert browse(ada).get(f"/market/sites/{fei.organization.pk}/").status_code == 404


def test_up_to_five_are_compared_and_the_basket_is_one_persons(directory, ada, ben, fei, gao, browse):
    client = browse(ada)
    for supplier in (fei, ben):
        answer = client.post(
            "/market/compare/toggle/",
            {"item": f"supplier:{supplier.organization.pk}"},
            headers={"HX-Request": "true"},
        )
    assert "Bluestone SMO" in answer.content.decode()
    text = client.get("/market/compare/supplier/").content.decode()
    assert "Study coordinator hours / hour" in text
    assert text.count('class="is-best"') >= 1
    assert "Nothing to compare yet" in browse(ben).get("/market/compare/supplier/").content.decode()
    client.post("/market/compare/toggle/", {"clear": "supplier"})
    assert "Nothing to compare yet" in client.get("/market/compare/supplier/").content.decode()


@pytest.mark.parametrize("item", ["supplier:0", "supplier:x", "planet:1", "", "talent:99999999999999999999"])
def test_what_is_not_in_the_directory_cannot_be_compared(directory, ada, browse, item):
    assert browse(ada).post("/market/compare/toggle/", {"item": item}).status_code == 404


def test_a_search_is_saved_opened_and_deleted_by_its_person_only(directory, ada, eve, browse):
    client = browse(ada)
    client.post(
        "/market/searches/save/",
        {"kind": "talent", "parameters": "role=CRA", "name": "Monitors", "is_alerting": "1"},
    )
    saved = SavedSearch.objects.get()
    assert "Monitors" in client.get("/market/searches/").content.decode()
    assert client.get(f"/market/searches/{saved.pk}/").headers["Location"] == "/market/talent/?role=CRA"
    for path in (f"/market/searches/{saved.pk}/", f"/market/searches/{saved.pk}/delete/"):
        answer = browse(eve).post(path) if "delete" in path else browse(eve).get(path)
        assert answer.status_code == 404
    client.post(f"/market/searches/{saved.pk}/delete/")
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_catalogue_and_prices_are_there_for_every_member(directory, ada, browse, language):
    client = browse(ada, language)
    for path in ("/market/catalogue/", "/market/catalogue/CRC_HOURS/", "/market/prices/?service=CRC_HOURS"):
        assert client.get(path).status_code == 200
    assert client.get("/market/catalogue/ASTROLOGY/").status_code == 404
    assert client.get("/market/prices/?service=CRC_HOURS&export=csv").status_code == 200


@pytest.mark.parametrize("path", LISTS)
def test_pages_ask_the_database_the_same_few_times_however_many_match(
    directory, ada, fei, browse, path, django_assert_max_num_queries
):
    client = browse(ada)
    client.get(path)
    Professional.objects.bulk_create(
        Professional(organization=fei.organization, name=f"P{n}", role="CRC", level="junior")
        for n in range(50)
    )
    search.rebuild("directory")
    with django_assert_max_num_queries(
        6
    ):  # session, person, memberships, notices: none of them the directory's
        client.get(path)


def test_a_municipality_is_named_once_in_each_language():
    row = {"city": "Shanghai", "city_zh": "", "province": "Shanghai"}
    with translation.override("en"):
        assert city_of(row) == "Shanghai"
    with translation.override("zh-hans"):
        assert city_of(row) == "上海"
