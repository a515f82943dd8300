"""One list mechanism: what every list of the platform does alike."""

import csv
import datetime as dt
import io
from dataclasses import dataclass

import pytest
from django.db.models import Count
from django.test import RequestFactory
from django.utils import translation
from openpyxl import load_workbook

from triallink.domains.accounts.models import Membership, Organization
from triallink.kernel.money import Money
from triallink.web.listing import Column, Facet, ListSpec, export

ORGANIZATIONS = ListSpec(
    name="organizations",
    columns=(
        Column("name_en", "Name", sort=("name_en",)),
        Column("headcount", "Staff", sort=("headcount", "name_en"), is_number=True),
        Column("city", "City"),
    ),
    search=("name_en", "name_zh"),
    facets=(
        Facet("kind", "Kind", "kind", names={"cro": "CRO", "smo": "SMO"}),
        Facet("city", "City", "city"),
    ),
    default_sort="name_en",
    page_size=2,
)


def ask(path=""):
    return RequestFactory().get(f"/organizations/{path}")


def read(path="", rows=None, spec=ORGANIZATIONS):
    return spec.read(ask(path), Organization.objects.all() if rows is None else rows)


@pytest.fixture
def organizations(db):
    for name, name_zh, kind, city, headcount in [
        ("Alpha CRO", "甲临床", "cro", "Shanghai", 120),
        ("Beta SMO", "乙服务", "smo", "Wuhan", None),
        ("Gamma SMO", "丙服务", "smo", "Shanghai", 40),
    ]:
        Organization.objects.create(name_en=name, name_zh=name_zh, kind=kind, city=city, headcount=headcount)


def names(listing):
    return [row.name_en for row in listing.rows]


@pytest.mark.usefixtures("organizations")
class TestRows:
    def test_pages_cut_the_list_and_say_where_one_is(self):
        second = read("?page=2")
        assert names(second) == ["Gamma SMO"]
        assert (second.first, second.last, second.total, second.pages) == (3, 3, 3, 2)

    @pytest.mark.parametrize("page", ["0", "-3", "x", "99999999999999", "²"])
    def test_a_page_that_is_not_there_shows_the_nearest(self, page):
        assert read(f"?page={page}").page in (1, 2)

    def test_search_needs_every_word_in_either_language(self):
        assert names(read("?q=smo+gam")) == ["Gamma SMO"]
        assert names(read("?q=乙")) == ["Beta SMO"]
        assert read("?q=%00").total == 3

    def test_order_turns_and_rows_without_a_value_come_last_either_way(self):
        assert names(read("?sort=headcount")) == ["Gamma SMO", "Alpha CRO"]
        assert names(read("?sort=-headcount")) == ["Alpha CRO", "Gamma SMO"]

    def test_an_unknown_or_unsortable_order_falls_back(self):
        assert names(read("?sort=password"))[0] == "Alpha CRO"
        assert names(read("?sort=city"))[0] == "Alpha CRO"

    def test_facets_narrow_and_count_beside_the_other_facets(self):
        listing = read("?kind=smo")
        kinds = {option.value: option.count for option in listing.facets[0].options}
        cities = {option.value: option.count for option in listing.facets[1].options}
        assert names(listing) == ["Beta SMO", "Gamma SMO"]
        assert kinds == {"cro": 1, "smo": 2}
        assert cities == {"Shanghai": 1, "Wuhan": 1}

    def test_two_values_of_a_facet_widen_and_two_facets_narrow(self):
        assert read("?kind=smo&kind=cro").total == 3
        assert names(read("?kind=smo&city=Shanghai")) == ["Gamma SMO"]

    def test_a_choice_links_to_itself_taken_away(self):
        chosen = read("?kind=smo&page=2").facets[0].options[0]
        assert chosen.is_chosen
        assert chosen.url == "/organizations/"
        assert [chip.url for chip in read("?q=a&kind=smo").chips] == [
            "/organizations/?kind=smo",
            "/organizations/?q=a",
        ]

    def test_the_number_of_queries_does_not_grow_with_rows(self, django_assert_num_queries):
        with django_assert_num_queries(4):
            read()

    def test_a_number_facet_ignores_what_is_no_number(self):
        spec = ListSpec("o", ORGANIZATIONS.columns, "name_en", facets=(Facet("n", "N", "headcount"),))
        assert read("?n=40", spec=spec).total == 1
        assert read("?n=forty", spec=spec).total == 0

    def test_a_list_in_memory_answers_like_the_database(self):
        rows = list(Organization.objects.order_by("-name_en"))
        for path in ("", "?q=smo", "?kind=smo", "?sort=-headcount", "?kind=smo&city=Wuhan", "?page=2"):
            of_database, of_memory = read(path), read(path, rows)
            assert names(of_database) == names(of_memory)
            assert of_database.facets == of_memory.facets

    def test_rows_are_shaped_all_at_once(self):
        listing = ORGANIZATIONS.read(
            ask(), Organization.objects.all(), shape=lambda rows: [row.pk for row in rows]
        )
        assert all(isinstance(row, int) for row in listing.rows)


def test_array_facet_counts_each_value(ada, ben):
    spec = ListSpec(
        "members",
        (Column("id", "Id", sort=("id",)),),
        "id",
        facets=(Facet("role", "Role", "roles", is_array=True),),
    )
    listing = spec.read(ask("?role=evaluator"), Membership.objects.all())
    counts = {option.value: option.count for option in listing.facets[0].options}
    assert listing.total == 1
    assert counts["administrator"] == 2
    assert counts["evaluator"] == 1


def test_facet_and_sort_on_an_annotation(ada, dora, eve):
    rows = Organization.objects.annotate(member_count=Count("memberships"))
    spec = ListSpec(
        "organizations",
        (Column("members", "Members", sort=("member_count",), value=lambda row: row.member_count),),
        "-members",
        facets=(Facet("members", "Members", "member_count"),),
    )
    assert [row.member_count for row in spec.read(ask(), rows).rows] == [2, 1]
    assert spec.read(ask("?members=2"), rows).total == 1


@dataclass(frozen=True)
class Quote:
    supplier: str
    price: Money
    at: dt.datetime
    label: dict


QUOTES = ListSpec(
    name="quotes",
    columns=(
        Column("supplier", "Supplier", sort=("supplier",)),
        Column("price", "Price"),
        Column("at", "At"),
        Column("label", "Label"),
    ),
    default_sort="supplier",
    search=("supplier",),
)
AT = dt.datetime(2026, 3, 1, 8, 30, tzinfo=dt.UTC)
ROWS = [
    Quote('=HYPERLINK("http://x")', Money(12345, "CNY"), AT, {"en": "Visit", "zh": "访视"}),
    Quote("@sum", Money(-500, "JPY"), AT, {"en": "Hour", "zh": "小时"}),
    Quote("Zeta\x0b 医院", Money(1, "USD"), AT, {"en": "Site", "zh": "中心"}),
]


def test_csv_holds_the_whole_narrowed_list_and_no_formula():
    answer = export(ask("?export=csv"), QUOTES, ROWS)
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0] == ["Supplier", "Price", "At", "Label"]
    assert [line[0] for line in lines[1:]] == ['\'=HYPERLINK("http://x")', "'@sum", "Zeta\x0b 医院"]
    assert lines[1][1:] == ["123.45 CNY", "2026-03-01T08:30:00+00:00", "Visit"]
    assert 'filename="quotes-' in answer.headers["Content-Disposition"]


def test_xlsx_keeps_numbers_as_numbers_and_text_as_text():
    with translation.override("zh-hans"):
        answer = export(ask("?export=xlsx&q=h"), QUOTES, ROWS)
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(min_row=2))
    assert len(rows) == 1
    name, price, at, label = rows[0]
    assert (name.data_type, name.value) == ("s", '=HYPERLINK("http://x")')
    assert (price.value, price.number_format) == (123.45, '#,##0.00 "CNY"')
    assert at.value == AT.replace(tzinfo=None)
    assert label.value == "访视"
