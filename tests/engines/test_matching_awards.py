"""Winner determination: exact, explained, and blind to the order of the bids."""

import itertools
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from triallink.engines.matching import Bid, Line, Request, determine, merit_minor

LINES = tuple(Line(f"site-{n}", 1000 + 100 * n) for n in range(5))


def _some_bids(seed: int, count: int = 9) -> list[Bid]:
    rng = random.Random(seed)
    return [
        Bid(
            id=f"b{n}",
            bidder=f"smo-{n % 4}",
            lines=frozenset(line.id for line in rng.sample(LINES, rng.randint(1, 3))),
            price_minor=rng.randint(300, 2500),
            xor_group=rng.choice(["", "a"]),
            criteria={"quality": rng.random(), "speed": rng.random()},
            uses={"hours": rng.randint(0, 4)},
            partners=frozenset(rng.sample(["smo-1", "smo-8"], rng.randint(0, 1))),
        )
        for n in range(count)
    ]


def _some_request(seed: int) -> Request:
    rng = random.Random(seed + 99)
    return Request(
        lines=LINES,
        weights={"price": 3.0, "quality": rng.random(), "speed": rng.random()},
        minimum=rng.choice([{}, {"quality": 0.2}]),
        max_suppliers=rng.choice([0, 1, 2]),
        budget_minor=rng.choice([None, 3000]),
        capacity=rng.choice([{}, {"hours": 5}]),
    )


def _awards(request: Request, bids: list[Bid]) -> list[tuple[int, frozenset[str]]]:
    """All allowed awards by trying every subset."""
    found = []
    for size in range(len(bids) + 1):
        for chosen in itertools.combinations(bids, size):
            lines = [line for bid in chosen for line in bid.lines]
            groups = [(bid.bidder, bid.xor_group) for bid in chosen if bid.xor_group]
            suppliers = {s for bid in chosen for s in bid.suppliers}
            if len(set(lines)) < len(lines) or len(set(groups)) < len(groups):
                continue
            if request.max_suppliers and len(suppliers) > request.max_suppliers:
                continue
            if request.budget_minor is not None and sum(b.price_minor for b in chosen) > request.budget_minor:
                continue
            if sum(b.uses["hours"] for b in chosen) > request.capacity.get("hours", 10**9):
                continue
            if any(b.criteria["quality"] < request.minimum.get("quality", 0) for b in chosen):
                continue
            undone = sum(line.undone_cost_minor for line in LINES if line.id not in lines)
            merit = undone + sum(merit_minor(request, bid) for bid in chosen)
            found.append((merit, frozenset(bid.id for bid in chosen)))
    return sorted(found, key=lambda one: one[0])


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_award_and_its_runners_up_are_the_best_there_are(seed: int) -> None:
    request, bids = _some_request(seed), _some_bids(seed)
    all_awards = _awards(request, bids)
    result = determine(request, bids, runners_up=3)
    found = [result.award, *result.runners_up]
    assert [award.merit_minor for award in found] == [merit for merit, _ in all_awards[: len(found)]]
    assert len(found) == min(4, len(all_awards))
    assert len({award.bid_ids for award in found}) == len(found)
    assert all(award.is_proven for award in found)
    assert all((award.merit_minor, frozenset(award.bid_ids)) in all_awards for award in found)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_bids_does_not_matter(seed: int) -> None:
    request, bids = _some_request(seed), _some_bids(seed)
    shuffled = random.Random(seed).sample(bids, len(bids))
    assert determine(request, bids) == determine(request, shuffled)


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
@example(47)  # the budget is full: a cut also makes room in it
@example(66)
def test_the_stated_price_cut_ties_and_one_more_wins(seed: int) -> None:
    request, bids = _some_request(seed), _some_bids(seed)
    result = determine(request, bids, explain_losers=True)
    for shortfall in result.shortfalls:
        bid = next(one for one in bids if one.id == shortfall.bid_id)
        if bid.price_minor <= shortfall.price_cut_minor:
            continue
        for extra, should_win in ((1, True), (-1, False)):
            if shortfall.price_cut_minor + extra < 0:
                continue
            cheaper = Bid(
                **{**bid.__dict__, "price_minor": bid.price_minor - shortfall.price_cut_minor - extra}
            )
            again = determine(request, [cheaper if one.id == bid.id else one for one in bids])
            assert (bid.id in again.award.bid_ids) == should_win
        if shortfall.added_line:
            more = Bid(**{**bid.__dict__, "lines": bid.lines | {shortfall.added_line}})
            again = determine(request, [more if one.id == bid.id else one for one in bids])
            assert again.award.merit_minor <= result.award.merit_minor


def test_bids_that_may_not_win_are_rejected_with_the_reason() -> None:
    request = Request(
        lines=LINES, minimum={"quality": 0.5}, max_suppliers=2, budget_minor=2000, capacity={"hours": 3}
    )
    good = Bid("good", "ada", frozenset({"site-0"}), 500, criteria={"quality": 0.9})
    bids = [
        good,
        Bid("empty", "ben", frozenset(), 1, criteria={"quality": 0.9}),
        Bid("poor", "ben", frozenset({"site-1"}), 1, criteria={"quality": 0.4}),
        Bid("large", "ben", frozenset({"site-1"}), 1, criteria={"quality": 0.9}, uses={"hours": 4}),
        Bid("crowd", "ben", frozenset({"site-1"}), 1, criteria={"quality": 0.9}, partners=frozenset("xyz")),
        Bid("dear", "ben", frozenset({"site-1"}), 2001, criteria={"quality": 0.9}),
    ]
    result = determine(request, bids)
    assert result.award.bid_ids == ("good",)
    assert {one.bid_id: one.code for one in result.rejections} == {
        "empty": "no_line",
        "poor": "below_minimum",
        "large": "over_capacity",
        "crowd": "too_many_suppliers",
        "dear": "over_budget",
    }
    assert all(one.template % one.params for one in result.rejections)


def test_impossible_requests_are_refused_with_the_value() -> None:
    with pytest.raises(ValueError, match="price"):
        Request(lines=LINES, weights={"quality": 1.0})
    with pytest.raises(ValueError, match="unique"):
        Request(lines=(LINES[0], LINES[0]))
    with pytest.raises(ValueError, match="site-99"):
        determine(Request(lines=LINES), [Bid("b", "ben", frozenset({"site-99"}), 5)])
