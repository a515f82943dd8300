"""What a plan owes: the rules one by one, then what must hold of any plan and any facts."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.payment import (
    FixedRule,
    Occurrence,
    Paid,
    Plan,
    QualityRule,
    Scenario,
    Step,
    TargetRule,
    Tier,
    UnitRule,
    highest,
    plan_as_data,
    plan_of,
    settle,
    simulate,
)

BEGIN = dt.date(2026, 1, 1)


def facts(count: int, fact: str = "visit", begin: dt.date = BEGIN) -> list[Occurrence]:
    return [Occurrence(begin + dt.timedelta(days=n), f"{fact}{n}", fact) for n in range(count)]


def owed(plan: Plan, rows, **more) -> int:
    return settle(plan, rows, as_of=more.pop("as_of", dt.date(2026, 12, 31)), **more).total_minor


def test_a_fixed_amount_is_paid_once_however_often_its_fact_is_told():
    plan = Plan(currency="CNY", rules=(FixedRule(code="M1", fact="visit", amount_minor=5_000),))
    assert owed(plan, []) == 0
    assert owed(plan, facts(1)) == owed(plan, facts(3)) == 5_000


def test_units_are_paid_by_quantity_up_to_the_cap_and_from_the_floor():
    rule = UnitRule(code="U", fact="visit", price_minor=1_000, cap_minor=4_500, floor_minor=2_500)
    plan = Plan(currency="CNY", rules=(rule,))
    assert [owed(plan, facts(n)) for n in (0, 2, 4, 5, 9)] == [0, 2_000, 4_000, 4_500, 4_500]
    assert [owed(plan, facts(n), is_closing=True) for n in (0, 2, 3)] == [2_500, 2_500, 3_000]
    half_hours = [Occurrence(BEGIN, "sheet", "visit", Decimal("1.5"))]
    assert owed(plan, half_hours) == 1_500


def test_tiers_price_the_units_beyond_their_bounds():
    rule = UnitRule(code="U", fact="visit", price_minor=100, tiers=(Tier(2, 80), Tier(5, 50)))
    plan = Plan(currency="CNY", rules=(rule,))
    assert [owed(plan, facts(n)) for n in (2, 3, 5, 6)] == [200, 280, 440, 490]


def test_a_target_pays_its_highest_step_after_its_day_and_costs_when_missed():
    rule = TargetRule(
        code="T", fact="visit", by=dt.date(2026, 1, 10), steps=(Step(3, 500), Step(5, 900)), missed_minor=-400
    )
    plan = Plan(currency="CNY", rules=(rule,))
    on_the_day, after = dt.date(2026, 1, 10), dt.date(2026, 1, 11)
    assert owed(plan, facts(9), as_of=on_the_day) == 0
    assert [owed(plan, facts(n), as_of=after) for n in (2, 3, 4, 5)] == [-400, 500, 500, 900]
    late = facts(5, begin=dt.date(2026, 1, 9))
    assert owed(plan, late, as_of=after) == -400
    assert owed(plan, facts(3), as_of=on_the_day, is_closing=True) == 500


@pytest.mark.parametrize(
    ("right", "expected"), [(10, 11_000), (9, 11_000), (8, 10_000), (6, 10_000), (5, 9_500)]
)
def test_first_submission_quality_adds_or_takes_a_share_at_the_close(right: int, expected: int):
    plan = Plan(
        currency="CNY",
        rules=(
            UnitRule(code="U", fact="visit", price_minor=1_000),
            QualityRule(
                code="Q", fact="visit", base=("U",), good_percent=90, bonus_percent=10, poor_percent=60,
                malus_percent=5,
            ),
        ),
    )  # fmt: skip
    rows = [Occurrence(BEGIN, f"v{n}", "visit", is_first_time=n < right) for n in range(10)]
    assert owed(plan, rows) == 10_000
    assert owed(plan, rows, is_closing=True) == expected


def test_every_part_says_how_it_came_about():
    plan = Plan(currency="CNY", rules=(UnitRule(code="U", fact="visit", price_minor=1_000, cap_minor=1_500),))
    first, second = settle(plan, facts(2), as_of=BEGIN).parts
    assert first.template % first.params == "1 × CNY 10.00 = CNY 10.00."
    assert second.template % second.params == "CNY 5.00 of CNY 10.00: the cap of CNY 15.00 is reached."


def test_a_late_fact_moves_nobodys_payment():
    plan = Plan(currency="CNY", rules=(UnitRule(code="U", fact="visit", price_minor=100, cap_minor=250),))
    rows = facts(3)
    paid = [Paid("U", rows[1].key, 100), Paid("U", rows[2].key, 100)]
    settled = settle(plan, rows, as_of=BEGIN, paid=paid)
    assert [(part.key, part.amount_minor) for part in settled.new] == [("visit0", 50)]


def test_a_fact_that_falls_is_taken_back_by_a_new_row():
    plan = Plan(
        currency="CNY", rules=(UnitRule(code="U", fact="visit", price_minor=100),), retention_percent=10
    )
    paid = [Paid("U", "visit0", 100), Paid("U", "visit1", 100)]
    (back,) = settle(plan, facts(1), as_of=BEGIN, paid=paid).new
    assert (back.key, back.amount_minor, back.retained_minor) == ("visit1~1", -100, -10)
    settled = settle(plan, facts(2), as_of=BEGIN, paid=[*paid, Paid("U", back.key, back.amount_minor)])
    assert [(part.key, part.amount_minor) for part in settled.new] == [("visit1~2", 100)]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: UnitRule(code="U", fact="f", price_minor=-1),
        lambda: UnitRule(code="U", fact="f", price_minor=1, cap_minor=1, floor_minor=2),
        lambda: UnitRule(code="U", fact="f", price_minor=1, tiers=(Tier(5, 1), Tier(5, 2))),
        lambda: TargetRule(code="T", fact="f", by=BEGIN, steps=()),
        lambda: TargetRule(code="T", fact="f", by=BEGIN, steps=(Step(1, 1),), missed_minor=1),
        lambda: QualityRule(
            code="Q", fact="f", base=("U",), good_percent=50, bonus_percent=1, poor_percent=60
        ),
        lambda: Plan(currency="EURO"),
        lambda: Plan(currency="CNY", retention_percent=51),
        lambda: Plan(currency="CNY", rules=(FixedRule(code="floor", fact="f", amount_minor=1),)),
        lambda: Plan(
            currency="CNY",
            rules=(QualityRule(code="Q", fact="f", base=("U",), good_percent=1, bonus_percent=1),),
        ),
        lambda: plan_of({"currency": "CNY", "rules": [{"kind": "lottery", "code": "L"}]}),
        lambda: settle(Plan(currency="CNY"), [Occurrence(BEGIN, "k", "f", Decimal(0))], as_of=BEGIN),
        lambda: simulate(Plan(currency="CNY"), Scenario(begin_on=BEGIN, months=0)),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\S"):
        wrong()


amounts = st.integers(0, 50_000)
words = st.sampled_from(["visit", "subject", "hour"])


@st.composite
def plans(draw) -> Plan:
    """Any plan of one to four rules."""
    rules: list = []
    for number in range(draw(st.integers(1, 4))):
        code, fact = f"R{number}", draw(words)
        kind = draw(st.sampled_from(["fixed", "unit", "target", "quality"]))
        if kind == "fixed":
            rules.append(FixedRule(code=code, fact=fact, amount_minor=draw(amounts)))
        elif kind == "target":
            steps = tuple(
                Step(n, draw(st.integers(-10_000, 50_000)))
                for n in sorted(draw(st.sets(st.integers(1, 9), min_size=1, max_size=3)))
            )
            by = BEGIN + dt.timedelta(days=draw(st.integers(0, 60)))
            missed = -draw(st.integers(0, 10_000))
            rules.append(TargetRule(code=code, fact=fact, by=by, steps=steps, missed_minor=missed))
        elif kind == "quality" and (base := [r.code for r in rules if r.kind != "quality"]):
            good = draw(st.integers(0, 100))
            rules.append(
                QualityRule(
                    code=code, fact=fact, base=tuple(base), good_percent=good,
                    bonus_percent=draw(st.integers(0, 100)), poor_percent=draw(st.integers(0, good)),
                    malus_percent=draw(st.integers(0, 100)),
                )
            )  # fmt: skip
        else:
            cap = draw(st.none() | st.integers(0, 200_000))
            starts = sorted(draw(st.sets(st.integers(1, 20), max_size=2)))
            rules.append(
                UnitRule(
                    code=code, fact=fact, price_minor=draw(amounts), cap_minor=cap,
                    floor_minor=draw(st.integers(0, cap or 0)),
                    tiers=tuple(Tier(start, draw(amounts)) for start in starts),
                )
            )  # fmt: skip
    cap = draw(st.none() | st.integers(0, 300_000))
    return Plan(
        currency="CNY", rules=tuple(rules), cap_minor=cap, floor_minor=draw(st.integers(0, cap or 0)),
        retention_percent=draw(st.integers(0, 50)),
    )  # fmt: skip


occurrences = st.lists(
    st.builds(
        Occurrence,
        on=st.dates(BEGIN, BEGIN + dt.timedelta(days=90)),
        key=st.integers(1, 30).map(lambda n: f"k{n}"),
        fact=words,
        quantity=st.decimals(min_value="0.25", max_value="12", places=2),
        is_first_time=st.none() | st.booleans(),
    ),
    max_size=25,
    unique_by=lambda one: (one.fact, one.key),
)
days = st.dates(BEGIN, BEGIN + dt.timedelta(days=120))


@settings(max_examples=60, deadline=None)
@given(plan=plans(), rows=occurrences, as_of=days, is_closing=st.booleans(), luck=st.randoms())
def test_caps_hold_parts_add_up_and_order_does_not_matter(plan, rows, as_of, is_closing, luck):
    settled = settle(plan, rows, as_of=as_of, is_closing=is_closing)
    total = sum(part.amount_minor for part in settled.parts)
    assert settled.total_minor == total
    if plan.cap_minor is not None:
        assert total <= plan.cap_minor
    if is_closing:
        assert total >= plan.floor_minor
    top = highest(plan)
    assert top is None or total <= top
    for rule in plan.rules:
        if isinstance(rule, UnitRule) and rule.cap_minor is not None:
            assert sum(p.amount_minor for p in settled.parts if p.rule == rule.code) <= rule.cap_minor
    for part in settled.parts:
        assert part.template % part.params
    luck.shuffle(rows)
    assert settle(plan, rows, as_of=as_of, is_closing=is_closing) == settled


@settings(max_examples=60, deadline=None)
@given(plan=plans(), rows=occurrences, cuts=st.lists(st.integers(0, 25), max_size=3), as_of=days)
def test_paying_as_facts_come_ends_where_paying_at_once_does(plan, rows, cuts, as_of):
    paid: list[Paid] = []
    for cut in [*cuts, len(rows)]:
        settled = settle(plan, rows[:cut], as_of=as_of, paid=paid)
        assert len({(part.rule, part.key) for part in settled.new}) == len(settled.new)
        assert not {(part.rule, part.key) for part in settled.new} & {(p.rule, p.key) for p in paid}
        paid += [Paid(part.rule, part.key, part.amount_minor) for part in settled.new]
        assert sum(one.amount_minor for one in paid) == settled.total_minor
        assert settle(plan, rows[:cut], as_of=as_of, paid=paid).new == ()
    closed = settle(plan, rows, as_of=as_of, is_closing=True, paid=paid)
    everything = sum(one.amount_minor for one in paid) + sum(part.amount_minor for part in closed.new)
    assert everything == owed(plan, rows, as_of=as_of, is_closing=True)


@settings(max_examples=30, deadline=None)
@given(plan=plans())
def test_a_plan_survives_being_written_down(plan):
    assert plan_of(plan_as_data(plan)) == plan


@settings(max_examples=25, deadline=None)
@given(plan=plans(), count=st.integers(0, 40), months=st.integers(1, 24))
def test_a_simulation_ends_at_what_its_facts_are_worth(plan, count, months):
    found = simulate(plan, Scenario(begin_on=BEGIN, months=months, amounts={"visit": count}))
    assert len(found.points) == months
    assert found.points[-1].retained_minor == 0
    assert found.total_minor == sum(part.amount_minor for part in found.parts)
    assert sum(found.points[-1].by_rule.values()) == found.total_minor
