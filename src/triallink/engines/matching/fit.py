"""How well a supply fits a need, from 0 to 100, with every point and every "no" explained."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triallink.engines.matching.exclusions import RULES, Rule
from triallink.engines.matching.features import FEATURES, Feature, Values
from triallink.engines.matching.supply import Need, Supply, SupplyTable


@dataclass(frozen=True)
class Contribution:
    """What one feature adds: value (0 to 1) times weight (its share of 100) gives points."""

    feature: str
    weight: float
    value: float
    points: float
    template: str
    params: Mapping[str, Any]

    @property
    def sentence(self) -> str:
        """The English sentence; the edge translates the template and fills it itself."""
        return self.template % self.params


@dataclass(frozen=True)
class Exclusion:
    """One hard reason why this supply cannot do the work."""

    code: str
    template: str
    params: Mapping[str, Any]

    @property
    def sentence(self) -> str:
        """The English sentence; the edge translates the template and fills it itself."""
        return self.template % self.params


@dataclass(frozen=True)
class Fit:
    """The score of one supply for one need; a supply with an exclusion is never ranked."""

    supply_id: str
    score: float
    contributions: tuple[Contribution, ...]
    exclusions: tuple[Exclusion, ...]

    @property
    def is_eligible(self) -> bool:
        """Whether nothing hard speaks against this supply."""
        return not self.exclusions


@dataclass(frozen=True)
class _Scores:
    score: Values
    eligible: NDArray[np.bool_]
    features: tuple[tuple[Feature, float, Values], ...]
    exclusions: tuple[tuple[Rule, NDArray[np.bool_]], ...]


def fit(need: Need, supply: Supply, weights: Mapping[str, float] | None = None) -> Fit:
    """Return how well one supply fits, with a sentence per feature and per exclusion.

    weights    feature name -> relative weight, replacing the usual ones by name; 0 drops a feature.
    Returns    Fit; score 0 to 100 = sum of the contributions' points.
    Raises     ValueError if a weight is negative, names no feature, or none is left.
    Source     weighted additive value model (Keeney & Raiffa 1976); saturating experience terms and
               the shrunken rating are stated in `features`.
    """
    table = SupplyTable([supply])
    return _explain(need, table, _scores(need, table, weights), 0)


def rank(
    need: Need,
    supplies: SupplyTable | Iterable[Supply],
    top: int = 10,
    weights: Mapping[str, float] | None = None,
) -> list[Fit]:
    """Return the best eligible supplies, best first, equal scores by supply id.

    supplies   a SupplyTable (build it once for many needs) or supplies.
    top        how many to return at most, >= 0.
    Returns    fits, each equal to the last bit to `fit(need, supply)`.
    Raises     ValueError if top is negative or a weight is wrong.
    Source     as `fit`.
    """
    if top < 0:
        raise ValueError(f"top must not be negative, got {top!r}")
    table = supplies if isinstance(supplies, SupplyTable) else SupplyTable(supplies)
    scores = _scores(need, table, weights)
    rows = np.flatnonzero(scores.eligible)
    order = np.lexsort((table.id_rank[rows], -scores.score[rows]))
    return [_explain(need, table, scores, int(row)) for row in rows[order[:top]]]


def count_exclusions(need: Need, supplies: SupplyTable | Iterable[Supply]) -> dict[str, int]:
    """Return how many supplies each exclusion code turns away ("why so few?").

    Returns    code -> number of supplies, only codes that turn somebody away; "eligible" -> the rest.
    Raises     nothing.
    Source     the rules in `exclusions`.
    """
    table = supplies if isinstance(supplies, SupplyTable) else SupplyTable(supplies)
    scores = _scores(need, table, None)
    counts = {rule.code: int(mask.sum()) for rule, mask in scores.exclusions if mask.any()}
    return {"eligible": int(scores.eligible.sum()), **counts}


def _weights(need: Need, overrides: Mapping[str, float] | None) -> list[tuple[Feature, float]]:
    """Scale the weights of the features this need asks for to 100."""
    overrides = overrides or {}
    unknown = set(overrides) - {feature.name for feature in FEATURES}
    if unknown:
        raise ValueError(f"no such feature: {sorted(unknown)}")
    if any(weight < 0 for weight in overrides.values()):
        raise ValueError(f"weights must not be negative, got {dict(overrides)!r}")
    asked = [(f, float(overrides.get(f.name, f.weight))) for f in FEATURES if f.is_asked(need)]
    asked = [(feature, weight) for feature, weight in asked if weight > 0]
    total = sum(weight for _, weight in asked)
    if total <= 0:
        raise ValueError(f"no feature is left to score with: {dict(overrides)!r}")
    return [(feature, 100.0 * weight / total) for feature, weight in asked]


def _scores(need: Need, table: SupplyTable, overrides: Mapping[str, float] | None) -> _Scores:
    features = tuple((f, weight, f.values(need, table)) for f, weight in _weights(need, overrides))
    score = np.zeros(len(table))
    for _, weight, values in features:  # one addition after the other: the same order for one row and many
        score = score + weight * values
    exclusions = tuple((rule, rule.excludes(need, table)) for rule in RULES if rule.is_asked(need))
    eligible = np.ones(len(table), bool)
    for _, mask in exclusions:
        eligible = eligible & ~mask
    return _Scores(score, eligible, features, exclusions)


def _explain(need: Need, table: SupplyTable, scores: _Scores, row: int) -> Fit:
    supply = table.supplies[row]
    contributions = []
    for feature, weight, values in scores.features:
        value = float(values[row])
        template, params = feature.sentence(need, supply, value)
        contributions.append(Contribution(feature.name, weight, value, weight * value, template, params))
    exclusions = []
    for rule, mask in scores.exclusions:
        if mask[row]:
            template, params = rule.sentence(need, supply)
            exclusions.append(Exclusion(rule.code, template, params))
    return Fit(supply.id, float(scores.score[row]), tuple(contributions), tuple(exclusions))
