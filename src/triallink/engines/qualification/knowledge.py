"""The knowledge test: a draw that its seed repeats, the score, and when one may try again."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class KnowledgeRules:
    """How a test is held.

    questions     how many are drawn, spread evenly over the topics.
    minutes       how long it runs, by the server's clock.
    pass_share    the least share of right answers, 0 to 1.
    waits_days    days to wait after the 1st, 2nd … failed attempt; the last number holds for all later ones.
    """

    questions: int
    minutes: int
    pass_share: float
    waits_days: tuple[int, ...]


KNOWLEDGE_RULES = KnowledgeRules(questions=20, minutes=30, pass_share=0.8, waits_days=(1, 7, 30))


@dataclass(frozen=True)
class Drawn:
    """One question of a draw, and the order in which its options are shown."""

    code: str
    order: tuple[int, ...]


def draw_questions(
    topics: Mapping[str, Sequence[str]], options: Mapping[str, int], seed: int, count: int
) -> list[Drawn]:
    """Return `count` questions drawn at random, spread evenly over the topics; the same seed draws the same.

    topics   topic -> codes of its questions; their order matters to the draw, so give it sorted.
    options  code -> how many options the question has.
    seed     any whole number; kept with the test, it proves the draw.
    Raises   ValueError if there are fewer questions than asked for.
    """
    available = sum(len(codes) for codes in topics.values())
    if available < count:
        raise ValueError(f"{count} questions asked for, {available} in the bank")
    chance = random.Random(f"triallink-test-{seed}")
    piles = {topic: chance.sample(list(codes), len(codes)) for topic, codes in sorted(topics.items())}
    turns = chance.sample(sorted(piles), len(piles))
    chosen: list[str] = []
    while len(chosen) < count:
        for topic in turns:
            if piles[topic] and len(chosen) < count:
                chosen.append(piles[topic].pop())
    chance.shuffle(chosen)
    return [Drawn(code, tuple(chance.sample(range(options[code]), options[code]))) for code in chosen]


def score_test(right: Mapping[str, int], answers: Mapping[str, int | None]) -> tuple[int, dict[str, bool]]:
    """Return how many drawn questions were answered rightly, and which.

    right    code -> the number of its right option; the drawn questions and no others.
    answers  code -> the chosen option, None or missing for no answer.
    """
    marks = {code: answers.get(code) == option for code, option in right.items()}
    return sum(marks.values()), marks


def next_attempt_at(
    failed_at: Sequence[dt.datetime], rules: KnowledgeRules = KNOWLEDGE_RULES
) -> dt.datetime | None:
    """Return from when one may try again after the failed attempts so far, None if at once.

    failed_at  when each failed attempt ended, in any order.
    """
    if not failed_at:
        return None
    wait = rules.waits_days[min(len(failed_at), len(rules.waits_days)) - 1]
    return max(failed_at) + dt.timedelta(days=wait)


def by_topic(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Return topic -> its sorted codes, from (topic, code) pairs."""
    found: dict[str, list[str]] = defaultdict(list)
    for topic, code in sorted(pairs):
        found[topic].append(code)
    return dict(found)
