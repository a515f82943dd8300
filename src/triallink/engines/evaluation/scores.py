"""Scores from 0 to 100 per criterion. Each formula is one line, and the page shows that line."""

from collections.abc import Collection, Mapping, Sequence
from math import isclose
from statistics import median

from triallink.kernel.refusals import N_

NEUTRAL_QUALITY = 50.0
EXPERIENCE_HALF = 5  # completed contracts that give half of the points
MODIFIED_Z_LIMIT = -3.5
LOW_SHARE = 0.7

# What the page writes beside each criterion.
FORMULAS = {
    "price": N_("100 × lowest price ÷ own price"),
    "quality": N_("100 × (mean rating − 1) ÷ 4, from completed contracts only; 50 without any"),
    "experience": N_("100 × completed contracts ÷ (completed contracts + 5)"),
    "coverage": N_(
        "100 × mean over the lines with a place: 1 with presence in the province, ½ offered without it, 0 not offered"
    ),
    "speed": N_("100 × shortest lead time ÷ own lead time"),
}


def price_score(own: float, lowest: float) -> float:
    """Return 100 × lowest ÷ own.

    own, lowest  prices in one unit, 0 <= lowest <= own.
    Returns      0 to 100; 100 for a price of zero.
    Raises       ValueError if the prices are out of order.
    Source       relative price formula, common in public procurement (e.g. World Bank SBD, Financial score).
    """
    if not 0 <= lowest <= own:
        raise ValueError(f"the lowest price {lowest!r} must lie between 0 and the own price {own!r}")
    return 100.0 * lowest / own if own else 100.0


def quality_score(rating_sum: int, rating_count: int) -> float:
    """Return the mean rating on a scale from 0 to 100, or the neutral 50 without any rating.

    rating_sum, rating_count  of completed contracts; ratings run from 1 to 5.
    Returns                   0 to 100.
    Raises                    ValueError if the mean is not between 1 and 5.
    Source                    linear rescaling.
    """
    if rating_count == 0:
        return NEUTRAL_QUALITY
    mean = rating_sum / rating_count
    if rating_count < 0 or not 1 <= mean <= 5:
        raise ValueError(f"ratings lie between 1 and 5, not {rating_sum!r} over {rating_count!r}")
    return 25.0 * (mean - 1)


def experience_score(completed: float) -> float:
    """Return 100 × n ÷ (n + 5): the first contracts count most.

    completed  completed contracts, >= 0 (a coalition's is the mean weighted by share).
    Returns    0 to below 100.
    Raises     ValueError if negative.
    Source     saturating (Michaelis-Menten) term, as in `engines.matching.features`.
    """
    if completed < 0:
        raise ValueError(f"completed contracts cannot be negative, got {completed!r}")
    return 100.0 * completed / (completed + EXPERIENCE_HALF)


def coverage_score(levels: Sequence[float | None]) -> float | None:
    """Return 100 × the mean level over the request's lines that have a place.

    levels   shape (n_lines,), each 0 (not offered), 0.5 (offered), 1 (offered and present there), or None for a
             line without a place: there is nothing to cover.
    Returns  0 to 100; None without a line that has a place: the criterion does not apply.
    Raises   ValueError if a level is not between 0 and 1.
    Source   arithmetic mean.
    """
    placed = [level for level in levels if level is not None]
    if any(not 0 <= level <= 1 for level in placed):
        raise ValueError(f"coverage levels lie between 0 and 1, not {list(levels)!r}")
    return 100.0 * sum(placed) / len(placed) if placed else None


def speed_score(own_days: int, shortest_days: int) -> float:
    """Return 100 × shortest ÷ own lead time; a lead time below a day counts as a day.

    own_days, shortest_days  days, 0 <= shortest <= own.
    Returns                  above 0, to 100.
    Raises                   ValueError if the days are out of order.
    Source                   as the price formula.
    """
    if not 0 <= shortest_days <= own_days:
        raise ValueError(f"the shortest lead time {shortest_days!r} exceeds the own {own_days!r}")
    return 100.0 * max(shortest_days, 1) / max(own_days, 1)


def shared_weights(weights: Mapping[str, int], criteria: Collection[str]) -> dict[str, float]:
    """Return the percent each criterion counts when only some apply.

    weights   criterion -> whole percent, >= 0, adding up to 100.
    criteria  those that apply. What lies on the others is shared among these in proportion to their own weights;
              equally, if they have none.
    Returns   criterion -> percent, for each of `criteria`, adding up to 100.
    Raises    ValueError if no criterion applies or the weights do not add up to 100.
    Source    renormalization of an additive value model's weights (Keeney & Raiffa 1976, ch. 3).
    """
    if not criteria:
        raise ValueError("no criterion applies")
    _check_whole(weights)
    kept = {criterion: weights.get(criterion, 0) for criterion in criteria}
    whole = sum(kept.values())
    return {c: 100.0 * weight / whole if whole else 100.0 / len(kept) for c, weight in kept.items()}


def weighted_total(scores: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Return the sum of weight × score ÷ 100.

    scores   criterion -> 0 to 100; must cover every criterion with a weight above zero.
    weights  criterion -> percent, adding up to 100 (to one in a billion: shared weights are no whole numbers).
    Returns  0 to 100.
    Raises   ValueError if the weights do not add up to 100 or a weighted score is missing.
    Source   weighted additive value model (Keeney & Raiffa 1976).
    """
    _check_whole(weights)
    missing = {criterion for criterion, weight in weights.items() if weight and criterion not in scores}
    if missing:
        raise ValueError(f"no score for {sorted(missing)!r}")
    return sum(weight * scores[criterion] for criterion, weight in weights.items() if weight) / 100


def _check_whole(weights: Mapping[str, float]) -> None:
    if not isclose(sum(weights.values()), 100, rel_tol=1e-9):
        raise ValueError(f"weights must add up to 100, not {dict(weights)!r}")


def abnormally_low(prices: Sequence[float]) -> list[bool]:
    """Return which prices are so low that the buyer should ask how they come about.

    prices   shape (n_bids,), >= 0, of comparable bids.
    Returns  shape (n_bids,). From five bids on: modified z-score 0.6745 (x - median) / MAD below -3.5.
             With three or four, or if more than half the prices are equal (MAD 0): more than 30 % below the
             median of the others. With fewer than three, none.
    Raises   ValueError if a price is negative.
    Source   Iglewicz & Hoaglin, How to Detect and Handle Outliers (1993), ch. 3, for the z-score; the 30 % rule
             is common national practice under Directive 2014/24/EU, Article 69.
    """
    if any(price < 0 for price in prices):
        raise ValueError(f"prices cannot be negative, got {list(prices)!r}")
    if len(prices) < 3:
        return [False] * len(prices)
    middle = median(prices)
    spread = median(abs(price - middle) for price in prices)
    if len(prices) >= 5 and spread > 0:
        return [0.6745 * (price - middle) / spread < MODIFIED_Z_LIMIT for price in prices]
    return [price < LOW_SHARE * median([*prices[:i], *prices[i + 1 :]]) for i, price in enumerate(prices)]
