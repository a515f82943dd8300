"""Who may sell and who may work, on plain values."""

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triallink.engines.qualification import (
    KNOWLEDGE_RULES,
    Drawn,
    FindingFact,
    Held,
    ProfessionalFacts,
    ScopeBlock,
    by_topic,
    covers,
    decision_blockers,
    draw_questions,
    expired_kinds,
    level_lacks,
    level_of,
    next_attempt_at,
    reminder_due,
    requalify_months,
    score_test,
)

TODAY = dt.date(2026, 5, 1)
NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
TOPICS = {"consent": [f"C{n}" for n in range(9)], "safety": [f"S{n}" for n in range(9)], "data": ["D1", "D2"]}
OPTIONS = {code: 4 for codes in TOPICS.values() for code in codes}


def test_blocks_of_a_scope_do_not_mix():
    scope = [
        ScopeBlock(frozenset(["monitoring"]), frozenset(["oncology"]), frozenset(["Shanghai"])),
        ScopeBlock(frozenset(["data"])),
    ]
    assert covers(scope, "monitoring", "oncology", "Shanghai")
    assert covers(scope, "monitoring")
    assert covers(scope, "data", "cardiology", "Tibet")
    assert not covers(scope, "monitoring", "cardiology", "Shanghai")
    assert not covers(scope, "monitoring", "oncology", "Beijing")
    assert not covers([], "data")


def test_only_open_critical_and_unanswered_major_findings_stand_against_an_approval():
    findings = [
        FindingFact(1, "minor", False, False),
        FindingFact(2, "major", False, False),
        FindingFact(3, "critical", True, False),
        FindingFact(4, "major", True, False),
        FindingFact(5, "critical", True, True),
    ]
    assert [one.number for one in decision_blockers(findings)] == [3, 2]
    with pytest.raises(ValueError, match="'grave'"):
        decision_blockers([FindingFact(1, "grave", False, False)])


@pytest.mark.parametrize(
    ("grades", "months"), [([], 36), (["minor"], 36), (["minor", "major"], 24), (["critical"], 12)]
)
def test_the_gravest_finding_sets_the_term(grades: list[str], months: int):
    assert requalify_months([FindingFact(n, grade, True, True) for n, grade in enumerate(grades)]) == months


@given(seed=st.integers(min_value=0, max_value=2**62), count=st.integers(min_value=1, max_value=20))
def test_a_draw_is_repeatable_without_repeats_and_spread_over_the_topics(seed: int, count: int):
    drawn = draw_questions(TOPICS, OPTIONS, seed, count)
    assert drawn == draw_questions(TOPICS, OPTIONS, seed, count)
    codes = [one.code for one in drawn]
    assert len(set(codes)) == count
    assert all(sorted(one.order) == [0, 1, 2, 3] for one in drawn)
    per_topic = Counter(topic for topic, pool in TOPICS.items() for code in codes if code in pool)
    large = [per_topic[topic] for topic in ("consent", "safety")]
    assert max(large) - min(large) <= 1


def test_different_seeds_draw_differently_and_too_few_questions_are_refused():
    draws = {tuple(one.code for one in draw_questions(TOPICS, OPTIONS, seed, 10)) for seed in range(20)}
    assert len(draws) == 20
    with pytest.raises(ValueError, match="21 questions asked for, 20"):
        draw_questions(TOPICS, OPTIONS, 1, 21)


def test_a_question_is_right_or_not_answered():
    right = {"A": 2, "B": 0, "C": 1}
    assert score_test(right, {"A": 2, "B": 1, "Z": 0}) == (1, {"A": True, "B": False, "C": False})


def test_each_failure_makes_the_wait_longer():
    assert next_attempt_at([]) is None
    days = [dt.timedelta(days=n) for n in KNOWLEDGE_RULES.waits_days]
    failed = [NOON, NOON + dt.timedelta(days=2), NOON + dt.timedelta(days=9), NOON + dt.timedelta(days=60)]
    assert next_attempt_at(failed[:1]) == NOON + days[0]
    assert next_attempt_at(failed[:2]) == failed[1] + days[1]
    assert next_attempt_at(failed[:3]) == failed[2] + days[2]
    assert next_attempt_at(failed[::-1]) == failed[3] + days[2]


def test_levels_ask_for_more_and_more():
    expert = ProfessionalFacts(has_valid_gcp=True, months=90, studies=12, test_share=0.95, references=2)
    assert level_of(expert) == "expert"
    senior = ProfessionalFacts(has_valid_gcp=True, months=90, studies=12, test_share=0.86, references=2)
    assert level_of(senior) == "senior"
    assert level_lacks("expert", senior) == ["test"]
    assert level_of(ProfessionalFacts(True, 0, 0, 0.8, 0)) == "junior"
    assert level_of(ProfessionalFacts(False, 90, 12, 0.95, 2)) == ""
    assert level_lacks("junior", ProfessionalFacts(False, 0, 0, None, 0)) == ["gcp", "test"]
    with pytest.raises(ValueError, match="'guru'"):
        level_lacks("guru", expert)


def test_a_kind_has_run_out_only_when_every_copy_has():
    day = dt.timedelta(days=1)
    held = [
        Held("gcp", TODAY - day),
        Held("gcp", TODAY),
        Held("nursing", TODAY - day),
        Held("degree"),
        Held("medical", TODAY - day),
        Held("medical"),
    ]
    assert expired_kinds(held, TODAY) == ["nursing"]
    assert expired_kinds(held, TODAY + day) == ["gcp", "nursing"]


@pytest.mark.parametrize(
    ("left", "sent", "due"),
    [
        (61, (), None),
        (60, (), 60),
        (45, (60,), None),
        (30, (60,), 30),
        (7, (60, 30), 7),
        (5, (), 7),
        (5, (7,), None),
        (0, (60, 30), 7),
        (-1, (), None),
    ],
)
def test_only_the_nearest_reminder_is_due(left: int, sent: tuple[int, ...], due: int | None):
    assert reminder_due(TODAY + dt.timedelta(days=left), TODAY, sent) == due


def test_topics_hold_their_codes_in_order():
    assert by_topic([("b", "2"), ("a", "9"), ("b", "1")]) == {"a": ["9"], "b": ["1", "2"]}
    assert Drawn("A", (1, 0)).order == (1, 0)
