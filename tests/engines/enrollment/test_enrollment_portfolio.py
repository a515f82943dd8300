"""The chosen portfolio is the cheapest of all that reach the goal, or what stands in its way is named."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.enrollment import (
    Activation,
    CandidateSite,
    CountryTerms,
    DiversityBound,
    Goal,
    Obstruction,
    PoissonGamma,
    Portfolio,
    choose_portfolio,
    moments,
    reach_probability,
)


def instance(seed, n_sites=5):
    """Return candidates with two activations each in three countries, and a goal they can just about reach."""
    random = np.random.default_rng(seed)
    candidates = []
    for number in range(n_sites):
        price = int(random.integers(10, 60))
        candidates.append(
            CandidateSite(
                f"S{number}",
                ("FR", "CN", "US")[number % 3],
                PoissonGamma(float(random.uniform(0.8, 4)), float(random.uniform(0.5, 2))),
                (
                    Activation(0.0, price + int(random.integers(5, 40))),
                    Activation(
                        3.0,
                        price,
                        sd_months=float(random.choice([0, 1])),
                        chance=float(random.choice([0.9, 1])),
                    ),
                ),
                subject_minor=int(random.integers(0, 3)),
                groups={"women": float(random.uniform(0.2, 0.7))},
            )
        )
    reachable = sum(moments(one, one.activations[0], 12.0)[0] for one in candidates)
    goal = Goal(
        subjects=max(1, int(reachable * float(random.uniform(0.2, 0.7)))),
        months=12.0,
        probability=float(random.choice([0.5, 0.7, 0.8, 0.9, 0.95])),
        min_countries=int(random.integers(1, 3)),
        countries=(
            CountryTerms("CN", start_minor=25, max_sites=1),
            CountryTerms("US", start_minor=10, max_share=0.8),
        ),
        diversity=(DiversityBound("women", min_share=0.35),),
    )
    return tuple(candidates), goal


def cost_if_allowed(candidates, goal, chosen):
    """Return what a portfolio costs, or None if it breaks a bound: written down again from the definitions."""
    if not chosen:
        return None
    known = {one.site: one for one in candidates}
    mean = {site: moments(known[site], activation, goal.months)[0] for site, activation in chosen.items()}
    total = sum(mean.values())
    used = {known[site].country for site in chosen}
    cost = sum(
        activation.cost_minor + known[site].subject_minor * mean[site] for site, activation in chosen.items()
    )
    for terms in goal.countries:
        own = [site for site in chosen if known[site].country == terms.country]
        cost += terms.start_minor if own else 0
        if own and not terms.min_sites <= len(own) <= (terms.max_sites or len(own)):
            return None
        if sum(mean[site] for site in own) > terms.max_share * total + 1e-9:
            return None
    for bound in goal.diversity:
        share = sum(mean[site] * known[site].groups.get(bound.group, 0) for site in chosen)
        if not bound.min_share * total - 1e-9 <= share <= bound.max_share * total + 1e-9:
            return None
    if len(used) < goal.min_countries or len(chosen) > (goal.max_sites or len(chosen)):
        return None
    if goal.budget_minor is not None and cost > goal.budget_minor + 1e-9:
        return None
    return cost


def brute_force(candidates, goal):
    """Return the least cost over every portfolio."""
    best = None
    for ways in product(*[(None, *one.activations) for one in candidates]):
        chosen = {one.site: way for one, way in zip(candidates, ways, strict=True) if way is not None}
        cost = cost_if_allowed(candidates, goal, chosen)
        if cost is None or (best is not None and cost >= best):
            continue
        if reach_probability(chosen, candidates, goal.subjects, goal.months) >= goal.probability:
            best = cost
    return best


@pytest.mark.parametrize("seed", range(20))
def test_portfolio_is_the_cheapest_of_all(seed):
    candidates, goal = instance(seed)
    best = brute_force(candidates, goal)
    found = choose_portfolio(candidates, goal)
    if best is None:
        assert isinstance(found, Obstruction)
    else:
        assert isinstance(found, Portfolio)
        assert found.cost_minor == int(np.ceil(best - 1e-6))
        assert found.is_proven
        assert cost_if_allowed(candidates, goal, found.activations) == pytest.approx(best)


@pytest.mark.parametrize("seed", [2, 5, 12])
def test_simulated_portfolio_reaches_its_goal_as_often_as_promised(seed):
    candidates, goal = instance(seed)
    found = choose_portfolio(candidates, goal)
    known = {one.site: one for one in candidates}
    random = np.random.default_rng(seed)
    n = 40_000
    total = np.zeros(n)
    for site, way in found.activations.items():
        law = known[site].rates
        start = np.maximum(way.month + way.sd_months * random.standard_normal(n), 0)
        opens = random.random(n) < way.chance
        total += random.poisson(random.gamma(law.shape, 1 / law.rate, n) * np.maximum(12 - start, 0) * opens)
    reached = float((total >= goal.subjects).mean())
    assert found.probability >= goal.probability
    # Four standard errors, and the five-point rule of an opening date: below 0.002 here.
    assert reached == pytest.approx(found.probability, abs=0.002 + 4 * (0.25 / n) ** 0.5)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.3, 5), st.floats(0.3, 5)), min_size=1, max_size=6),
    st.integers(1, 80),
    st.floats(1, 24),
)
def test_probability_of_equal_laws_is_the_closed_form(laws, subjects, months):
    law = PoissonGamma(*laws[0])
    candidates = tuple(CandidateSite(f"{i}", "FR", law, (Activation(0, 1),)) for i in range(len(laws)))
    found = reach_probability(
        {one.site: Activation(0, 1) for one in candidates}, candidates, subjects, months
    )
    assert found == pytest.approx(law.probability(subjects, [months] * len(laws)), abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 4))
def test_a_further_site_or_an_earlier_date_makes_the_goal_more_likely(seed, place):
    candidates, goal = instance(seed)
    late = {one.site: replace(one.activations[1], month=5.0) for one in candidates}
    site = candidates[place].site
    early = late | {site: replace(late[site], month=1.0)}
    fewer = {name: way for name, way in late.items() if name != site}
    chances = [reach_probability(one, candidates, goal.subjects, 12.0) for one in (fewer, late, early)]
    assert chances == sorted(chances)


def test_a_budget_in_the_way_is_named_with_the_least_that_would_do():
    candidates, goal = instance(1)
    free = choose_portfolio(candidates, goal)
    assert isinstance(free, Portfolio)
    found = choose_portfolio(candidates, replace(goal, budget_minor=free.cost_minor - 1))
    assert isinstance(found, Obstruction)
    assert set(found.bounds) == {"probability", "budget"} | (set(found.bounds) - {"probability", "budget"})
    assert found.least_cost_minor == free.cost_minor
    assert found.best_probability < goal.probability
    again = choose_portfolio(candidates, replace(goal, budget_minor=found.least_cost_minor))
    assert isinstance(again, Portfolio)


def test_a_bound_alone_in_the_way_is_named_alone():
    candidates, goal = instance(2)
    crowd = replace(goal, subjects=10**5)
    assert choose_portfolio(candidates, crowd).bounds == ("probability",)
    women = replace(goal, diversity=(DiversityBound("women", min_share=0.99),))
    found = choose_portfolio(candidates, women)
    assert "min_share women" in found.bounds
    assert found.least_cost_minor is None
    required = replace(
        goal,
        diversity=(),
        max_sites=1,
        countries=tuple(CountryTerms(c, is_required=True) for c in ("FR", "CN")),
    )
    assert set(choose_portfolio(candidates, required).bounds) <= {
        "max_sites",
        "required FR",
        "required CN",
        "probability",
    }


def test_twelve_sites_are_chosen_with_a_bound():
    candidates, _ = instance(4, n_sites=12)
    goal = Goal(subjects=90, months=12.0, probability=0.9, min_countries=2, max_sites=8)
    found = choose_portfolio(candidates, goal)
    assert isinstance(found, Portfolio)
    assert found.probability >= 0.9
    assert 0.9 * found.cost_minor <= found.bound_minor <= found.cost_minor


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda: Activation(-1.5, 3), "-1.5"),
        (lambda: Goal(10, 6, 0.4), "0.4"),
        (lambda: DiversityBound("women", 0.6, 0.5), "0.6"),
        (lambda: CandidateSite("A", "FR", PoissonGamma(1, 1), ()), "A"),
        (lambda: choose_portfolio(instance(0)[0] * 2, instance(0)[1]), "S0"),
        (lambda: choose_portfolio(instance(0)[0], Goal(1, 1, 0.5, countries=(CountryTerms("XX"),))), "XX"),
        (lambda: reach_probability({"X": Activation(0, 1)}, instance(0)[0], 1, 1), "X"),
    ],
)
def test_impossible_values_are_shown(call, value):
    with pytest.raises(ValueError, match=value):
        call()
