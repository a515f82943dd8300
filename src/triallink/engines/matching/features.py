"""The features of a fit score: what each one measures, weighs and says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triallink.engines.matching.supply import Need, Supply, SupplyTable
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_

Values = NDArray[np.float64]
Sentence = tuple[str, dict[str, Any]]

# Half the credit is earned at this many trials, contracts or kilometres: a saturating n / (n + half)
# rewards the first experiences most and never lets one huge supplier drown the rest.
HALF_TRIALS = 2.0
HALF_CONTRACTS = 5.0
HALF_DISTANCE_KM = 150.0
# A young rating counts like this many average contracts, so that one five-star contract is not a proof.
PRIOR_RATING = 3.8
PRIOR_CONTRACTS = 4.0
# At this share of the limit a price earns full credit; at the limit it earns AT_LIMIT.
CHEAP_SHARE = 0.6
AT_LIMIT = 0.3
UNKNOWN = 0.5  # what a supply did not publish counts neither for nor against it


@dataclass(frozen=True)
class Feature:
    """One thing that makes a supply fit: values in 0 to 1 for all rows, a sentence for one."""

    name: str
    weight: float
    is_asked: Callable[[Need], bool]
    values: Callable[[Need, SupplyTable], Values]
    sentence: Callable[[Need, Supply, float], Sentence]


def _share(need_words: tuple[str, ...], name: str, table: SupplyTable) -> Values:
    found = np.zeros(len(table))
    for word in need_words:
        found = found + table.has(name, word)
    return found / len(need_words)


def _split(asked: tuple[str, ...], owned: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    has = [word for word in asked if word in owned]  # type: ignore[operator]
    return tuple(has), tuple(word for word in asked if word not in has)


def _role_values(need: Need, table: SupplyTable) -> Values:
    return _share(need.roles, "roles", table)


def _role_sentence(need: Need, supply: Supply, value: float) -> Sentence:
    has, lacks = _split(need.roles, supply.roles)
    if not lacks:
        return N_("Offers every role asked for: %(roles)s."), {"roles": has}
    return N_("Offers %(roles)s but not %(missing)s."), {"roles": has, "missing": lacks}


def _area_values(need: Need, table: SupplyTable) -> Values:
    total = np.zeros(len(table))
    for area in need.therapeutic_areas:
        trials = table.experience(area).astype(np.float64)
        total = total + trials / (trials + HALF_TRIALS)
    return total / len(need.therapeutic_areas)


def _area_sentence(need: Need, supply: Supply, value: float) -> Sentence:
    areas = need.therapeutic_areas
    trials = sum(supply.therapeutic_areas.get(area, 0) for area in areas)
    if trials == 0:
        return N_("No finished trial in %(areas)s yet."), {"areas": areas}
    return N_("%(trials)s finished trials in %(areas)s."), {"trials": trials, "areas": areas}


def _phase_values(need: Need, table: SupplyTable) -> Values:
    return table.has("phases", need.phase).astype(np.float64)


def _phase_sentence(need: Need, supply: Supply, value: float) -> Sentence:
    if need.phase in supply.phases:
        return N_("Has worked in phase %(phase)s."), {"phase": need.phase}
    return N_("Has not worked in phase %(phase)s yet."), {"phase": need.phase}


def _distance_values(need: Need, table: SupplyTable) -> Values:
    km = table.distance_km(*need.place)
    return np.where(np.isnan(km), UNKNOWN, HALF_DISTANCE_KM / (HALF_DISTANCE_KM + km))


def _distance_sentence(need: Need, supply: Supply, value: float) -> Sentence:
    if supply.latitude is None:
        return N_("Has not published where it works from."), {}
    km = round(HALF_DISTANCE_KM / value - HALF_DISTANCE_KM)
    params = {"home": supply.city, "city": need.city, "km": km}
    if km < 1:
        return N_("Works in %(city)s."), params
    return N_("Works from %(home)s, %(km)s km from %(city)s."), params


def _language_values(need: Need, table: SupplyTable) -> Values:
    return _share(need.languages, "languages", table)


def _language_sentence(need: Need, supply: Supply, value: float) -> Sentence:
    has, lacks = _split(need.languages, supply.languages)
    if not lacks:
        return N_("Speaks every language asked for: %(languages)s."), {"languages": has}
    return N_("Speaks %(languages)s but not %(missing)s."), {"languages": has, "missing": lacks}


def _hours_values(need: Need, table: SupplyTable) -> Values:
    free = table.numbers("free_hours_per_week")
    return np.where(np.isnan(free), UNKNOWN, np.minimum(1.0, free / (1.5 * need.hours_per_week)))


def _hours_sentence(need: Need, supply: Supply, value: float) -> Sentence:
    if supply.free_hours_per_week is None:
        return N_("Has not published free hours; %(needed)s a week are needed."), {
            "needed": need.hours_per_week
        }
    params = {"free": supply.free_hours_per_week, "needed": need.hours_per_week}
    return N_("Has %(free)s free hours a week; %(needed)s are needed."), params


def _price_values(need: Need, table: SupplyTable) -> Values:
    share = table.numbers("price_minor") / max(need.price_limit.minor, 1)
    saved = (1.0 - share) / (1.0 - CHEAP_SHARE)
    value = np.minimum(1.0, np.maximum(0.0, AT_LIMIT + (1.0 - AT_LIMIT) * saved))
    known = ~np.isnan(share) & table.has("currency", need.currency)
    return np.where(known, value, UNKNOWN)


def _price_sentence(need: Need, supply: Supply, value: float) -> Sentence:
    if supply.price_minor is None or supply.currency != need.currency:
        return N_("Has not published a price in %(currency)s."), {"currency": need.currency}
    params: dict[str, Any] = {"price": Money(supply.price_minor, supply.currency)}
    params["limit"] = need.price_limit
    params["percent"] = round(100 - 100 * supply.price_minor / max(need.price_limit.minor, 1))
    return N_("Asks %(price)s, %(percent)s %% under the limit of %(limit)s."), params


def _rating_values(need: Need, table: SupplyTable) -> Values:
    count = table.numbers("rating_count")
    rated = np.where(count > 0, table.numbers("rating_mean"), PRIOR_RATING)
    mean = (rated * count + PRIOR_RATING * PRIOR_CONTRACTS) / (count + PRIOR_CONTRACTS)
    return (mean - 1.0) / 4.0


def _rating_sentence(need: Need, supply: Supply, value: float) -> Sentence:
    if supply.rating_count == 0:
        return N_("Not rated yet; counted like an average supplier."), {}
    params = {"rating": round(supply.rating_mean, 1), "count": supply.rating_count}
    return N_("Rated %(rating)s of 5 from %(count)s completed contracts."), params


def _record_values(need: Need, table: SupplyTable) -> Values:
    done = table.numbers("completed_contracts")
    return done / (done + HALF_CONTRACTS)


def _record_sentence(need: Need, supply: Supply, value: float) -> Sentence:
    if supply.completed_contracts == 0:
        return N_("New on the market: no completed contract yet."), {}
    return N_("%(count)s completed contracts on the market."), {"count": supply.completed_contracts}


# In the order in which people read them; the weights are relative and are scaled to 100 over the
# features a need asks for, so a need without a place loses nothing for it.
FEATURES: tuple[Feature, ...] = (
    Feature("roles", 10, lambda n: bool(n.roles), _role_values, _role_sentence),
    Feature("therapeutic_areas", 20, lambda n: bool(n.therapeutic_areas), _area_values, _area_sentence),
    Feature("phase", 8, lambda n: bool(n.phase), _phase_values, _phase_sentence),
    Feature("distance", 16, lambda n: n.latitude is not None, _distance_values, _distance_sentence),
    Feature("hours", 12, lambda n: n.hours_per_week > 0, _hours_values, _hours_sentence),
    Feature("price", 14, lambda n: n.price_limit_minor is not None, _price_values, _price_sentence),
    Feature("rating", 10, lambda n: True, _rating_values, _rating_sentence),
    Feature("record", 6, lambda n: True, _record_values, _record_sentence),
    Feature("languages", 4, lambda n: bool(n.languages), _language_values, _language_sentence),
)
