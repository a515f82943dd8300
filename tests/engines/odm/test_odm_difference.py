"""What an amendment does to collected data, which way conditions work, and whether a version fits together."""

from dataclasses import replace

import pytest
from tests.engines.odm.documents import ODM_132

from triallink.engines.odm import (
    Change,
    Check,
    Code,
    CollectedCounts,
    Expression,
    Header,
    Item,
    Kept,
    Reference,
    Rule,
    StudyVersion,
    Text,
    bilingual,
    check_version,
    difference,
    polarity_report,
    read_odm,
)  # fmt: skip

BASE = read_odm(ODM_132).file.studies[0].versions[0]
COUNTS = CollectedCounts(
    items={"IT.SEX": 40, "IT.WEIGHT": 30, "IT.AETERM": 5},
    codes={"IT.SEX": {"M": 25, "F": 15}},
    lengths={"IT.AETERM": {10: 3, 150: 2}},
    forms={"F.DM": 40},
    groups={"IG.DM": 40, "IG.AE": 5},
    events={"SE.V1": 40, "SE.AE": 3},
)


def with_item(oid: str, **changes: object) -> StudyVersion:
    """Return the base with one item changed."""
    items = (replace(item, **changes) if item.oid == oid else item for item in BASE.items)  # type: ignore[arg-type]
    return replace(BASE, items=tuple(items))


def without_code(value: str) -> StudyVersion:
    """Return the base without one answer of the code list of sexes."""
    lists = (
        replace(found, codes=tuple(code for code in found.codes if code.value != value))
        for found in BASE.code_lists
    )
    return replace(BASE, code_lists=tuple(lists))


def only(after: StudyVersion, counts: CollectedCounts | None = COUNTS) -> Change:
    """Return the one change."""
    (change,) = difference(BASE, after, counts)
    return change


def test_a_version_does_not_differ_from_itself() -> None:
    assert difference(BASE, BASE) == ()


@pytest.mark.parametrize(
    ("after", "part", "effect", "affected"),
    [
        (with_item("IT.SEX", name="Gender"), "name", "harmless", 0),
        (with_item("IT.SEX", question=bilingual("Gender?")), "question", "needs_review", 40),
        (with_item("IT.WEIGHT", data_type="text"), "data_type", "harmless", 0),
        (with_item("IT.WEIGHT", data_type="integer"), "data_type", "destructive", 30),
        (with_item("IT.BMI", data_type="integer"), "data_type", "harmless", 0),
        (with_item("IT.AETERM", length=300), "length", "harmless", 0),
        (with_item("IT.AETERM", length=100), "length", "destructive", 2),
        (with_item("IT.AETERM", length=160), "length", "harmless", 0),
        (with_item("IT.WEIGHT", significant_digits=0), "significant_digits", "destructive", 30),
        (with_item("IT.WEIGHT", checks=()), "checks", "harmless", 0),
        (with_item("IT.WEIGHT", checks=(Check("LT", "Soft", ("20",)),)), "checks", "needs_review", 30),
        (with_item("IT.WEIGHT", unit_oids=()), "unit_oids", "destructive", 30),
        (with_item("IT.SEX", code_list_oid=""), "code_list_oid", "harmless", 0),
        (with_item("IT.SEX", code_list_oid="CL.YN"), "code_list_oid", "destructive", 40),
        (without_code("M"), "removed", "destructive", 25),
        (replace(BASE, items=(*BASE.items, Item("IT.NEW", "New"))), "added", "harmless", 0),
        (replace(BASE, items=BASE.items[1:]), "removed", "destructive", 40),
        (replace(BASE, name="Version 2"), "name", "harmless", 0),
        (replace(BASE, methods=()), "removed", "harmless", 0),
    ],
)  # fmt: skip
def test_the_effect_of_a_change(after: StudyVersion, part: str, effect: str, affected: int) -> None:
    change = only(after)
    assert (change.part, change.effect, change.affected) == (part, effect, affected)


def test_what_nobody_collected_can_be_taken_away_without_harm() -> None:
    assert only(without_code("M"), CollectedCounts(items={"IT.WEIGHT": 3})).effect == "harmless"
    assert only(without_code("M"), None).effect == "destructive"


def test_a_question_that_becomes_mandatory_concerns_the_rows_there_are() -> None:
    def expected(is_mandatory: bool) -> StudyVersion:
        group = BASE.group_by_oid["IG.DM"]
        members = (replace(found, is_mandatory=is_mandatory) for found in group.members)
        changed = replace(group, members=tuple(members))
        return replace(BASE, groups=(changed, *BASE.groups[1:]))

    changes = difference(BASE, expected(True), COUNTS)
    assert {(change.oid, change.effect, change.affected) for change in changes} == {
        ("IG.DM/IT.PREG", "needs_review", 0), ("IG.DM/IT.WEIGHT", "needs_review", 30),
        ("IG.DM/IT.BMI", "needs_review", 0),
    }  # fmt: skip
    assert {change.effect for change in difference(BASE, expected(False), COUNTS)} == {"harmless"}


def test_repeats_that_stop_lose_rows() -> None:
    groups = (replace(group, repeating="No") for group in BASE.groups)
    change = only(replace(BASE, groups=tuple(groups)))
    assert (change.oid, change.part, change.effect, change.affected) == (
        "IG.AE",
        "repeating",
        "destructive",
        5,
    )


def test_another_meaning_of_an_answer_is_to_be_looked_at() -> None:
    lists = tuple(
        replace(found, codes=tuple(replace(code, decode=bilingual("Man", "男性")) if code.value == "M" else code
                                   for code in found.codes))
        for found in BASE.code_lists
    )  # fmt: skip
    change = only(replace(BASE, code_lists=lists))
    assert (change.oid, change.effect, change.affected) == ("CL.SEX/M", "needs_review", 25)


def condition(code: str, context: str = "", *, show: str = "") -> StudyVersion:
    """Return a version with one condition."""
    kept = Kept((("{http://www.viedoc.net/ns/v4}HideShow", show),)) if show else Kept()
    return StudyVersion(
        "M", "M", conditions=(Rule("C", "C", expressions=(Expression(code, context),), kept=kept),)
    )


@pytest.mark.parametrize(
    ("version", "source", "polarity", "reason"),
    [
        (condition("SEX = 1"), "", "omit_if_true", "odm_default"),
        (condition("a", show="show"), "VIEDOC", "collect_if_true", "vendor_attribute"),
        (condition("a", show="hide"), "VIEDOC", "omit_if_true", "vendor_attribute"),
        (condition("a == 1", "OpenEDC"), "", "collect_if_true", "vendor_stores_opposite"),
        (condition("a == 1"), "OpenEDC", "collect_if_true", "vendor_stores_opposite"),
        (condition("!(a == 1)", "OpenEDC"), "", "omit_if_true", "vendor_negates_on_export"),
        (condition("!(a == 1) or (b)", "OpenEDC"), "", "collect_if_true", "vendor_stores_opposite"),
    ],
)  # fmt: skip
def test_which_way_a_condition_works(version: StudyVersion, source: str, polarity: str, reason: str) -> None:
    (use,) = polarity_report(version, Header("F", source_system=source))
    assert (use.polarity, use.reason) == (polarity, reason)


def test_the_report_says_what_a_condition_is_used_by() -> None:
    (use,) = polarity_report(BASE)
    assert (use.condition_oid, use.used_by, use.expressions) == (
        "CO.MALE",
        (("item", "IT.PREG"),),
        ('SEX = "M"',),
    )


def test_a_version_that_does_not_fit_together_is_told() -> None:
    assert check_version(BASE) == ()
    broken = replace(BASE, items=(*BASE.items[1:], BASE.items[2]), code_lists=())
    group = replace(
        broken.groups[0], members=(*broken.groups[0].members, Reference("IT.X", "item", method_oid="MT.X"))
    )
    told = " ".join(map(str, check_version(replace(broken, groups=(group, *broken.groups[1:])))))
    assert all(word in told for word in ("IT.SEX", "IT.WEIGHT", "CL.YN", "IT.X", "MT.X", "used twice"))


def test_texts_are_found_in_a_language() -> None:
    text = bilingual("Age", "年龄")
    assert (str(text), text.in_language("zh"), text.in_language("de"), str(Text())) == (
        "Age",
        "年龄",
        "Age",
        "",
    )
    assert Code("1").decode is None
