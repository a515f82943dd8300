"""The search port on its real index: words in both languages, filters, counts, sorting, generations and damage."""

import itertools
import shutil

import pytest

from triallink.foundation import search
from triallink.foundation.search import Band, Document, Filter, Query, Range, Schema
from triallink.foundation.search.port import Damaged
from triallink.foundation.search.tantivy_index import TantivyIndex
from triallink.foundation.search.words import asked_words, stored_words

SCHEMA = Schema(texts={"name": 3.0, "body": 1.0}, codes=("role", "city"), numbers=("price", "rating"))


def document(key, name="", body="", role=(), city=(), price=None, rating=None):
    return Document(
        key=key,
        texts={"name": name, "body": body},
        codes={"role": role, "city": city},
        numbers={"price": price, "rating": rating},
        shown={"name": name},
    )


PEOPLE = [
    document(
        "1",
        "Harbor CRO 海港临床研究",
        "Monitoring visits 监查访视 oncology 肿瘤",
        ["CRA", "PM"],
        ["SHA"],
        300,
        4.6,
    ),
    document(
        "2", "Bluestone SMO 青石临床服务", "study coordinators 临床研究协调员", ["CRC"], ["SHA"], 100, 4.0
    ),
    document("3", "Gao Yun 高云", "data manager 数据管理员 cardiovascular 心血管", ["DM"], ["BJS"], 200),
    document(
        "4", "北京协和医院 Union Hospital", "oncology department 肿瘤科, CRAs welcome", ["CRC", "DM"], ["BJS"]
    ),
]


@pytest.fixture
def index(tmp_path):
    made = TantivyIndex("people", SCHEMA, tmp_path)
    made.rebuild(PEOPLE)
    return made


def keys(found):
    return {hit.key for hit in found.hits}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"1", "2", "3", "4"}),
        ("MONITORED visit", {"1"}),  # stems
        ("oncol", {"1", "4"}),  # the last word may be unfinished
        ("monitori", {"1"}),  # even where the stem is shorter than what was typed
        ("肿瘤", {"1", "4"}),
        ("肿瘤科", {"4"}),
        ("协和", {"4"}),  # inside a longer name
        ("青石", {"2"}),  # a made-up name no dictionary has
        ("协调员", {"2"}),
        ("临床", {"1", "2"}),
        ("高", {"3"}),  # one character: words that begin with it
        ("北京 oncology", {"4"}),  # a mixed query
        ("oncology肿瘤监查", {"1"}),
        ("CRA oncology", {"4"}),  # a plural acronym
        ("data of the manager", {"3"}),  # silent words are not insisted on
        ("ＣＲＯ", {"1"}),  # full width
        ("zebra", set()),
        ("!!!", {"1", "2", "3", "4"}),
    ],
)
def test_words_find_documents_in_both_languages(index, text, expected):
    found = index.find(Query(text=text))
    assert keys(found) == expected
    assert found.total == len(expected)
    assert not found.is_partial


def test_words_no_document_has_together_find_documents_with_some_and_say_so(index):
    found = index.find(Query(text="bluestone cardiovascular"))
    assert keys(found) == {"2", "3"}
    assert found.is_partial


def test_a_word_in_the_name_weighs_more_than_in_the_body(tmp_path):
    index = TantivyIndex("weights", SCHEMA, tmp_path)
    index.rebuild([document("body", "Other", "harbor lane"), document("name", "Harbor", "other lane")])
    assert [hit.key for hit in index.find(Query(text="harbor")).hits] == ["name", "body"]


def test_filters_join_with_and_between_fields_and_any_or_all_within_one(index):
    assert keys(index.find(Query(filters=(Filter("role", ("CRA", "DM")),)))) == {"1", "3", "4"}
    assert keys(index.find(Query(filters=(Filter("role", ("CRC", "DM"), match_all=True),)))) == {"4"}
    both = (Filter("role", ("CRC",)), Filter("city", ("SHA",)))
    assert keys(index.find(Query(filters=both))) == {"2"}


def test_ranges_keep_their_limits_and_drop_documents_without_the_number(index):
    assert keys(index.find(Query(ranges=(Range("price", 100, 200),)))) == {"2", "3"}
    assert keys(index.find(Query(ranges=(Range("rating", low=4.5),)))) == {"1"}
    assert keys(index.find(Query(ranges=(Range("price", high=150),)))) == {"2"}


def test_codes_are_counted_as_if_their_own_filter_were_not_set(index):
    found = index.find(Query(filters=(Filter("city", ("SHA",)),), counts=("city", "role")))
    assert found.counts["city"] == {"SHA": 2, "BJS": 2}
    assert found.counts["role"] == {"CRA": 1, "PM": 1, "CRC": 1}


def test_an_all_filter_is_counted_with_itself(index):
    found = index.find(Query(filters=(Filter("role", ("CRC",), match_all=True),), counts=("role",)))
    assert found.counts["role"] == {"CRC": 2, "DM": 1}


def test_overlapping_bands_are_counted(index):
    bands = {"rating": (Band("4+", 4.0), Band("4.5+", 4.5)), "price": (Band("to 200", None, 200.5),)}
    found = index.find(Query(bands=bands, ranges=(Range("rating", low=4.5),)))
    assert found.bands == {"rating": {"4+": 2, "4.5+": 1}, "price": {"to 200": 0}}


@pytest.mark.parametrize(("is_descending", "order"), [(False, "231"), (True, "132")])
def test_sorting_puts_documents_without_the_number_last(index, is_descending, order):
    found = index.find(Query(sort="price", is_descending=is_descending))
    assert "".join(hit.key for hit in found.hits) == order + "4"


def test_pages_do_not_overlap(index):
    pages = [index.find(Query(sort="price", offset=offset, limit=2)) for offset in (0, 2)]
    assert [len(page.hits) for page in pages] == [2, 2]
    assert keys(pages[0]).isdisjoint(keys(pages[1]))
    assert {page.total for page in pages} == {4}


def test_put_replaces_by_key_drops_the_gone_and_readers_see_it(index, tmp_path):
    reader = TantivyIndex("people", SCHEMA, tmp_path)
    assert keys(reader.find(Query(text="harbor"))) == {"1"}
    index.put([document("1", "Seaside CRO")], gone=["2"])
    assert keys(reader.find(Query(text="harbor"))) == set()
    assert keys(reader.find(Query(text="seaside"))) == {"1"}
    assert reader.find(Query()).total == 3


def test_a_reader_sees_every_one_of_many_quick_commits(index):
    for price in range(20):
        index.put([document("1", "Harbor", price=price)])
        assert index.find(Query(ranges=(Range("price", price, price),))).total == 1


def test_rebuild_keeps_the_old_generation_until_the_new_one_is_whole(index):
    def broken():
        yield PEOPLE[0]
        raise RuntimeError("the machine stopped")

    with pytest.raises(RuntimeError):
        index.rebuild(broken())
    assert index.find(Query()).total == 4
    index.rebuild(PEOPLE[:1])
    assert index.find(Query()).total == 1


def test_missing_and_damaged_indexes_are_told_apart_from_empty_ones(tmp_path):
    index = TantivyIndex("people", SCHEMA, tmp_path)
    with pytest.raises(Damaged):
        index.find(Query())
    index.rebuild([])
    assert index.find(Query(counts=("city",))).total == 0
    for meta in tmp_path.glob("people-*/meta.json"):
        meta.write_text("{")
    with pytest.raises(Damaged):
        TantivyIndex("people", SCHEMA, tmp_path).find(Query())
    with pytest.raises(Damaged):
        index.put([PEOPLE[0]])


def test_an_index_of_another_shape_is_not_read(index, tmp_path):
    wider = Schema(texts={"name": 1.0}, codes=("role", "city", "phase"))
    with pytest.raises(Damaged, match="another shape"):
        TantivyIndex("people", wider, tmp_path).find(Query())


def test_unknown_chinese_names_are_stored_in_pairs_besides_words():
    assert {"海港", "港临", "临床"} <= set(stored_words("海港临床").split())


def test_asked_words_keep_silent_words_only_when_there_is_nothing_else():
    assert [word.text for word in asked_words("CRA in 上海的")] == ["cra", "上海"]
    assert [word.text for word in asked_words("的")] == ["的"]


# The collection: what is touched, flushed, rebuilt

ROWS = {"1": PEOPLE[0], "2": PEOPLE[1]}
_names = itertools.count()


@pytest.fixture
def collection(db):
    rows = dict(ROWS)

    def documents(wanted):
        return iter([rows[key] for key in (rows if wanted is None else wanted) if key in rows])

    name = f"people_{next(_names)}"
    search.collect(name, SCHEMA, documents)
    yield name, rows
    search.collections._collections.pop(name)


def test_touched_documents_are_read_again_and_the_gone_dropped(collection):
    name, rows = collection
    search.rebuild(name)
    rows["1"] = document("1", "Seaside CRO")
    del rows["2"]
    search.touch(name, ["1", "2", "1"])
    assert search.flush() == 2
    assert keys(search.find(name, Query())) == {"1"}
    assert search.flush() == 0


def test_search_on_a_missing_index_says_so_and_the_worker_builds_it(collection, settings):
    name, _ = collection
    for _ in range(2):
        with pytest.raises(search.SearchAway):
            search.find(name, Query())
    assert search.flush() == 2
    assert search.find(name, Query()).total == 2


def test_a_folder_deleted_under_the_worker_is_built_again(collection, settings):
    name, _ = collection
    search.rebuild(name)
    shutil.rmtree(settings.SEARCH_DIR)
    search.touch(name, ["1"])
    search.flush()
    assert search.find(name, Query()).total == 2


def test_ensure_builds_only_what_is_missing(collection):
    name, _ = collection
    assert name in search.ensure()
    assert name not in search.ensure()
