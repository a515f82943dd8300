"""The stream of draws is repeatable, sealed, and looks uniform."""

import hashlib
import hmac
import math
from dataclasses import replace
from itertools import pairwise

import pytest

from triallink.engines import randomization as r

SEED = bytes(range(32))


def test_a_draw_is_the_hmac_of_its_message():
    draw = r.Stream(SEED, "S1", "2").draw("sex=F", 7)

    by_hand = hmac.new(SEED, b"S1|2|sex=F|7", hashlib.sha256).hexdigest()
    assert draw.message == "S1|2|sex=F|7"
    assert draw.numerator == int(by_hand, 16)
    assert 0 <= draw.value < 1


def test_the_seal_opens_only_with_its_seed():
    sealed = r.Stream(SEED, "S1").seal

    assert r.opens(SEED, sealed)
    assert not r.opens(bytes(32), sealed)
    assert "000102" not in repr(r.Stream(SEED, "S1"))


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: r.Stream(b"short", "S1"), "5"),
        (lambda: r.Stream(SEED, "S|1"), r"S\|1"),
        (lambda: r.Stream(SEED, "S1").draw("a|b", 1), r"a\|b"),
        (lambda: r.Stream(SEED, "S1").draw("", 0), "0"),
    ],
)
def test_an_ambiguous_message_is_refused(make, shown):
    with pytest.raises(ValueError, match=shown):
        make()


def draws(n, stratum=""):
    stream = r.Stream(SEED, "uniformity")
    return [stream.draw(stratum, i).numerator / 2**256 for i in range(1, n + 1)]


def test_draws_fill_the_unit_interval_evenly():
    n, cells = 20_000, 100
    counts = [0] * cells
    for u in draws(n):
        counts[int(u * cells)] += 1
    chi_square = sum((count - n / cells) ** 2 / (n / cells) for count in counts)

    # 99 degrees of freedom: mean 99, standard deviation 14; the stream is fixed, so the test cannot flicker.
    assert 60 < chi_square < 145


def test_neighbouring_draws_and_strata_are_uncorrelated():
    n = 20_000
    first, other = draws(n), draws(n, "sex=F")

    def correlation(x, y):
        return sum((a - 0.5) * (b - 0.5) for a, b in zip(x, y, strict=True)) / len(x) * 12

    limit = 4 / math.sqrt(n)
    assert abs(correlation(first[:-1], first[1:])) < limit
    assert abs(correlation(first, other)) < limit


def test_runs_up_and_down_have_the_expected_number():
    u = draws(20_000)
    ups = [b > a for a, b in pairwise(u)]
    runs = 1 + sum(a != b for a, b in pairwise(ups))
    n = len(u)

    assert abs(runs - (2 * n - 1) / 3) < 4 * math.sqrt((16 * n - 29) / 90)


def test_every_bit_of_a_draw_is_as_often_one_as_zero():
    stream, n = r.Stream(SEED, "bits"), 2_000
    ones = [0] * 256
    for i in range(1, n + 1):
        numerator = stream.draw("", i).numerator
        for bit in range(256):
            ones[bit] += numerator >> bit & 1

    assert max(abs(count - n / 2) for count in ones) < 4.5 * math.sqrt(n / 4)


def randomized(design, n):
    stream, state, events = r.Stream(SEED, "S1"), design.start(), []
    for i in range(n):
        subject = r.Subject(f"{i:03}", {"sex": "FM"[i % 2], "stage": ("I", "II", "III")[i % 3]})
        allocation, event = r.randomize(design, state, subject, stream)
        state = allocation.state
        events.append(event)
        if i % 4 == 3:
            try:
                success = i % 8 == 3
                state = design.observe(state, allocation.arm, success, subject)
                events.append(r.Responded(allocation.arm, success, subject))
            except ValueError:
                continue
    return stream, state, events


@pytest.mark.parametrize("procedure", r.PROCEDURES, ids=lambda p: p.name)
def test_a_replay_reproduces_every_allocation_byte_for_byte(procedure):
    design = procedure.typical()
    stream, state, events = randomized(design, 18)

    replay = r.replay(r.design_from_json(design.to_json()), stream, events)

    assert replay.agrees, replay.differences
    assert replay.state == state


def test_a_replay_names_the_subject_whose_record_was_changed():
    design = r.Efron(arms=("A", "B"))
    stream, _, events = randomized(design, 6)
    other = "A" if events[3].arm == "B" else "B"
    events[3] = replace(events[3], arm=other)

    assert any("'003'" in sentence for sentence in r.replay(design, stream, events).differences)
    assert not r.replay(design, r.Stream(bytes(32), "S1"), events).agrees


def test_strata_draw_from_streams_of_their_own():
    design = r.Stratified(design=r.Efron(arms=("A", "B")), factors=("sex",))
    _, _, events = randomized(design, 6)

    assert [(event.stratum, event.position) for event in events if isinstance(event, r.Randomized)] == [
        ("sex=F", 1),
        ("sex=M", 1),
        ("sex=F", 2),
        ("sex=M", 2),
        ("sex=F", 3),
        ("sex=M", 3),
    ]
