"""The directory: what is found, by whom, in which words, and what is never shown."""

import pytest

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.directory.searching import DirectorySearch
from triallink.domains.marketplace.selectors.directory import all_matches, search_directory
from triallink.domains.marketplace.services.listings import change_listing_price
from triallink.domains.quality.models import Professional, SupplierProfile
from triallink.domains.quality.services.talent import add_credential, update_professional
from triallink.foundation import search
from triallink.foundation.outbox import dispatch_waiting
from triallink.kernel.actor import NOBODY
from triallink.kernel.refusals import NotAllowed


def look(kind, viewer, **asked):
    lists = {key: value if isinstance(value, list) else [value] for key, value in asked.items()}
    return search_directory(DirectorySearch.of(kind, lists), viewer=viewer.actor)


def names(result):
    return {row["name_en"] or row["code"] for row in result.rows}


def test_suppliers_are_found_by_service_area_and_role_with_their_numbers(directory, ada):
    everybody = look("supplier", ada)
    assert everybody.total == 3
    assert everybody.counts["service"] == {"CRC_HOURS": 2, "PATIENT_RECRUITMENT": 1, "MONITORING_ONSITE": 1}
    assert names(look("supplier", ada, service="CRC_HOURS")) == {"Bluestone SMO", "Harbor CRO"}
    assert names(look("supplier", ada, service=["CRC_HOURS", "PATIENT_RECRUITMENT"])) == {"Bluestone SMO"}
    assert names(look("supplier", ada, area="cardiology")) == {"Harbor CRO"}
    assert names(look("supplier", ada, mark="qualified")) == {"Bluestone SMO"}
    assert names(look("supplier", ada, rating="4.5")) == {"Bluestone SMO"}
    assert names(look("supplier", ada, type="freelancer")) == {"Gao Yun"}


@pytest.mark.parametrize("text", ["bluestone", "青石", "受试者招募", "recruiting subjects", "青石 CRC"])
def test_suppliers_are_found_by_words_of_either_language(directory, ada, text):
    assert names(look("supplier", ada, q=text)) == {"Bluestone SMO"}


def test_a_city_has_the_chinese_name_its_neighbours_give_it(directory, ada, fei):
    Organization.objects.filter(pk=fei.organization.pk).update(city="Shanghai", city_zh="")
    search.rebuild("directory")
    (found,) = look("supplier", ada, q="bluestone 上海").rows
    assert (found["city"], found["city_zh"]) == ("Shanghai", "上海")


def test_sites_are_found_by_department(directory, ada):
    for text in ("thoracic", "胸外科", "riverside", "江畔"):
        assert names(look("site", ada, q=text)) == {"Riverside Hospital"}
    assert look("site", ada, grade="2A").total == 0


def test_prices_are_compared_only_within_one_service(directory, ada):
    dear_first = look("supplier", ada, service="CRC_HOURS", sort="price")
    assert [row["name_en"] for row in dear_first.rows] == ["Bluestone SMO", "Harbor CRO"]
    assert names(look("supplier", ada, service="CRC_HOURS", price="200-")) == {"Harbor CRO"}
    assert look("supplier", ada, price="200-", sort="price").total == 3


def test_a_price_band_counts_what_its_filter_finds(directory, ada):
    prices = look("talent", ada).prices
    assert prices["100-200"] == look("talent", ada, price="100-200").total == 1


def test_staff_are_found_by_what_they_can_but_never_by_name(directory, ada):
    found = look("talent", ada, role="CRC", hours="20", credential="gcp")
    row = found.rows[0]
    assert found.total == 1
    assert row["name_en"] == row["name_zh"] == ""
    assert row["code"].startswith("CRC-")
    assert row["credentials"] == ["gcp"]  # the nursing licence has expired
    for text in ("Lin", "林梅", "forty"):
        assert look("talent", ada, q=text).total == 0


def test_named_staff_and_freelancers_are_found_by_name(directory, ada):
    assert names(look("talent", ada, q="Sun Hao")) == {"Sun Hao"}
    assert names(look("talent", ada, q="高云")) == {"Gao Yun"}


def test_an_employer_sees_its_own_staff_by_name(directory, fei, ben):
    assert "Lin Mei" in names(look("talent", fei))
    assert "Lin Mei" not in names(look("talent", ben))


def test_city_counts_and_map_agree_and_ignore_the_city_chosen(directory, ada):
    found = look("talent", ada, city="Beijing")
    assert found.total == 1
    assert found.counts["city"] == {"Shanghai": 2, "Beijing": 1}
    assert [(place.city_zh, count) for place, count in found.places] == [("上海", 2), ("北京", 1)]


def test_changes_are_found_once_the_worker_has_heard_them(directory, ada, fei):
    listing = fei.organization.listings.get(service__code="CRC_HOURS")
    change_listing_price(listing_id=listing.pk, price_minor=30_000, by=fei.actor)
    add_credential(professional_id=directory.nurse.pk, kind="crc_cert", by=fei.actor)
    dispatch_waiting()
    search.flush()
    assert names(look("supplier", ada, service="CRC_HOURS", price="300-300")) == {"Bluestone SMO"}
    assert look("talent", ada, credential="crc_cert").total == 1
    update_professional(professional_id=directory.nurse.pk, is_listed=False, by=fei.actor)
    dispatch_waiting()
    search.flush()
    assert look("talent", ada, role="CRC").total == 0


def test_unlisted_suppliers_disappear(directory, ada, fei):
    SupplierProfile.objects.filter(organization=fei.organization).update(is_listed=False)
    search.rebuild("directory")
    assert "Bluestone SMO" not in names(look("supplier", ada))


def test_strangers_see_nothing(directory):
    with pytest.raises(NotAllowed):
        search_directory(DirectorySearch("supplier"), viewer=NOBODY)
    with pytest.raises(NotAllowed):
        all_matches(DirectorySearch("supplier"), viewer=NOBODY)


@pytest.mark.parametrize(
    "asked",
    [
        {"page": "0"},
        {"page": "99999999999999999999"},
        {"page": "-1"},
        {"sort": "salary"},
        {"price": "x-y"},
        {"hours": "many"},
        {"q": "\x00"},
        {"role": ["", "NOBODY"]},
    ],
)
def test_an_address_nobody_should_write_is_read_as_far_as_it_makes_sense(directory, ada, asked):
    assert look("talent", ada, **asked).total in (0, 3)


def test_a_search_costs_the_same_few_queries_however_many_match(
    directory, ada, fei, django_assert_max_num_queries
):
    Professional.objects.bulk_create(
        Professional(organization=fei.organization, name=f"P{n}", role="CRC", level="junior")
        for n in range(60)
    )
    search.rebuild("directory")
    with django_assert_max_num_queries(0):
        look("talent", ada)
    with django_assert_max_num_queries(1):
        look("talent", fei)
