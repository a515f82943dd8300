"""The cheapest countries, sites and activation dates that reach a goal with the probability asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import scipy  # its parts load when first asked for

from .candidates import Activation, CandidateSite, Goal, moments, reach_probability
from .history import Reals

_SEGMENTS = 16
_CUTS_PER_STEP = 6
_STEP = 1 / 3
_MOST_LOOSENED = 0.25


@dataclass(frozen=True)
class Portfolio:
    """The sites to activate.

    activations   site -> how it is activated.
    countries     the countries they lie in, in order of name.
    cost_minor    expected cost; bound_minor: no portfolio that meets the goal costs less.
    expected      expected subjects.
    probability   exact probability of reaching the goal.
    """

    activations: dict[str, Activation]
    countries: tuple[str, ...]
    cost_minor: int
    bound_minor: int
    expected: float
    probability: float

    @property
    def is_proven(self) -> bool:
        """Whether nothing cheaper exists."""
        return self.cost_minor <= self.bound_minor


@dataclass(frozen=True)
class Obstruction:
    """Why no portfolio exists.

    bounds             the bounds that cannot hold together; without any one of them the others can.
    least_cost_minor   least cost of the goal when the budget is lifted; None if it is not the budget.
    best_probability   best probability found within all other bounds; None if it is not the probability.
    """

    bounds: tuple[str, ...]
    least_cost_minor: int | None
    best_probability: float | None


@dataclass
class _Row:
    """One linear bound: low <= coefficients @ variables <= high; `name` says which bound of the goal it belongs to."""

    name: str
    coefficients: Reals
    low: float
    high: float


@dataclass
class _Solution:
    chosen: dict[str, Activation]
    value: float
    bound: float
    switches: Reals = field(repr=False)


def choose_portfolio(
    candidates: Iterable[CandidateSite], goal: Goal, *, seconds: float = 60.0
) -> Portfolio | Obstruction:
    """Return the cheapest portfolio that meets the goal, or what is in the way.

    seconds   limit of each single solution; what is then unproven shows its bound.
    Returns   Portfolio, or Obstruction with a minimal set of bounds that exclude each other.
    Raises    ValueError if a site is named twice or terms name a country without a candidate.
    Source    chance constraint by mean and variance (Charnes, Cooper 1959, Manag Sci 6:73), its root by chords between
              17 points, solved by HiGHS; a solution whose exact probability is too small is cut off with all that
              enroll less (no site more, none earlier), until one holds. Checked against every portfolio of small
              instances in tests/engines/enrollment/test_enrollment_portfolio.py. The bound is that of the loosened
              normal criterion with these cuts.
    """
    problem = _Problem(tuple(candidates), goal, seconds)
    found = problem.cheapest(frozenset())
    if found is None:
        return problem.obstruction()
    solution, bound = found
    expected = sum(
        moments(problem.known[site], activation, goal.months)[0]
        for site, activation in solution.chosen.items()
    )
    cost = math.ceil(solution.value - 1e-6)
    return Portfolio(
        solution.chosen,
        tuple(sorted({problem.known[site].country for site in solution.chosen})),
        cost,
        min(math.ceil(bound - 1e-6 * max(1.0, abs(bound))), cost),
        expected,
        problem.probability(solution.chosen),
    )


class _Problem:
    """The integer program: one switch per site and activation, one per country, and the root of the variance."""

    def __init__(self, candidates: tuple[CandidateSite, ...], goal: Goal, seconds: float) -> None:
        self.candidates, self.goal, self.seconds = candidates, goal, seconds
        self.known = {candidate.site: candidate for candidate in candidates}
        if len(self.known) < len(candidates):
            raise ValueError(f"a candidate is named twice among {sorted(c.site for c in candidates)}")
        self.countries = sorted({candidate.country for candidate in candidates})
        strange = sorted({terms.country for terms in goal.countries} - set(self.countries))
        if strange:
            raise ValueError(f"terms of countries without a candidate: {strange}")
        self.options = [
            (candidate, activation) for candidate in candidates for activation in candidate.activations
        ]
        pairs = [moments(candidate, activation, goal.months) for candidate, activation in self.options]
        self.mean = np.array([pair[0] for pair in pairs])
        self.variance = np.array([pair[1] for pair in pairs])
        self.n_options, self.n_switches = len(self.options), len(self.options) + len(self.countries)
        # Behind the switches: variance and root, a switch per segment of the root and how far along it.
        self.n = self.n_switches + 2 + 2 * _SEGMENTS
        self.cost = np.zeros(self.n)
        for at, (candidate, activation) in enumerate(self.options):
            self.cost[at] = activation.cost_minor + candidate.subject_minor * self.mean[at]
        terms = {entry.country: entry for entry in goal.countries}
        for at, country in enumerate(self.countries):
            self.cost[self.n_options + at] = terms[country].start_minor if country in terms else 0
        self.z = float(scipy.special.ndtri(goal.probability))
        self.loosened = self._loosened()
        self.rows = [*self._structure(), *self._bounds()]
        self.cuts: list[_Row] = []

    def probability(self, chosen: dict[str, Activation]) -> float:
        """Return the exact probability of the goal."""
        return reach_probability(chosen, self.candidates, self.goal.subjects, self.goal.months)

    def cheapest(self, without: frozenset[str]) -> tuple[_Solution, float] | None:
        """Return the cheapest solution with its bound, some bounds lifted; None if there is none."""
        self.cuts = []
        steps, most_steps, bound = 0, math.inf, -math.inf
        while True:
            solution = self._solve(self.cost, without, steps)
            if solution is None:
                if steps == 0:
                    return None
                # Tightened too far: from here on cuts alone lead to the answer.
                steps, most_steps = steps - 1, steps - 1
                continue
            # The first criterion is the loosest; once it is tightened its bound stays the valid one.
            if steps == 0:
                bound = max(bound, solution.bound)
            if "probability" in without or self.probability(solution.chosen) >= self.goal.probability:
                return solution, bound
            self.cuts.append(self._better_than(solution))
            if len(self.cuts) % _CUTS_PER_STEP == 0 and steps < most_steps:
                steps += 1

    def obstruction(self) -> Obstruction:
        """Return a minimal set of bounds in conflict: one is dropped for good if the rest conflict without it."""
        names = list(dict.fromkeys(["probability", *(row.name for row in self.rows if row.name)]))
        lifted: frozenset[str] = frozenset()
        for name in names:
            if self.cheapest(lifted | {name}) is None:
                lifted |= {name}
        left = tuple(name for name in names if name not in lifted)
        least = best = None
        if "budget" in left:
            cheapest = self.cheapest(frozenset({"budget"}) | lifted)
            least = math.ceil(cheapest[0].value - 1e-6) if cheapest is not None else None
        if "probability" in left:
            best = self._best_probability(lifted)
        return Obstruction(left, least, best)

    def _best_probability(self, lifted: frozenset[str]) -> float:
        self.cuts = []
        reward = np.zeros(self.n)
        reward[: self.n_options] = -self.mean
        reward[self.n_switches + 1] = self.z
        solution = self._solve(reward, lifted | {"probability"}, 0)
        return self.probability(solution.chosen) if solution is not None else 0.0

    def _solve(self, objective: Reals, without: frozenset[str], steps: int) -> _Solution | None:
        rows = [row for row in (*self.rows, *self.cuts) if row.name not in without]
        if "probability" not in without:
            rows.append(self._probability_row(steps))
        upper = np.ones(self.n)
        upper[self.n_switches : self.n_switches + 2] = np.inf
        whole = np.ones(self.n)
        whole[self.n_switches : self.n_switches + 2] = 0
        whole[self.n_switches + 2 + _SEGMENTS :] = 0
        scale = max(float(np.abs(objective).max()), 1.0)
        found = scipy.optimize.milp(
            objective / scale,
            integrality=whole,
            bounds=scipy.optimize.Bounds(np.zeros(self.n), upper),
            constraints=scipy.optimize.LinearConstraint(
                scipy.sparse.csr_array(np.array([row.coefficients for row in rows])),
                np.array([row.low for row in rows]),
                np.array([row.high for row in rows]),
            ),
            options={"mip_rel_gap": 0.0, "time_limit": self.seconds},
        )
        if found.x is None:
            if found.status == 2:
                return None
            raise ValueError(f"no portfolio was found within {self.seconds!r} seconds per solution")
        switches = np.round(found.x[: self.n_switches])
        chosen = {
            candidate.site: activation
            for on, (candidate, activation) in zip(switches, self.options, strict=False)
            if on
        }
        value = float(objective[: self.n_switches] @ switches)
        return _Solution(chosen, value, float(found.mip_dual_bound) * scale, switches)

    def _better_than(self, solution: _Solution) -> _Row:
        """Return the cut: some site must be added, or be activated in a way that may bring more."""
        row = np.zeros(self.n)
        for at, (candidate, activation) in enumerate(self.options):
            now = solution.chosen.get(candidate.site)
            if now is None or not _brings_no_more(activation, now):
                row[at] = 1
        return _Row("probability", row, 1, np.inf)

    def _loosened(self) -> float:
        """Return by what share of the margin z the normal criterion must give way so that it misses no portfolio.

        Sums of negative binomials are skewed to the right, so their low quantiles lie above the normal ones: by
        skewness * (z^2 - 1) / 6 standard deviations (Cornish, Fisher 1938). A site of spread t = months / rate has
        third cumulant / variance = 1 + 2 t and variance / mean = 1 + t, which bounds the skewness of any portfolio
        whose mean is the goal.
        """
        if self.z <= 1:
            return 0.01
        spread = [self.goal.months / candidate.rates.rate for candidate in self.candidates]
        skewness = (1 + 2 * max(spread, default=0.0)) / math.sqrt(
            max(self.goal.subjects - 1, 1) * (1 + min(spread, default=0.0))
        )
        return min(0.01 + skewness * (self.z**2 - 1) / (6 * self.z), _MOST_LOOSENED)

    def _probability_row(self, steps: int) -> _Row:
        row = np.zeros(self.n)
        row[: self.n_options] = self.mean
        row[self.n_switches + 1] = -self.z * (1 - self.loosened * (1 - steps * _STEP))
        # The first step asks for one subject less than the goal, which covers the continuity correction of a count.
        return _Row("probability", row, self.goal.subjects - 1.0 + steps * _STEP, np.inf)

    def _structure(self) -> list[_Row]:
        """Return what belongs to no bound: one activation per site, countries, and the root between its chords."""
        rows = []
        for candidate in self.candidates:
            one = self._switches(site=candidate.site)
            rows.append(_Row("", one.copy(), 0, 1))
            one[self.n_options + self.countries.index(candidate.country)] = -1
            rows.append(_Row("", one, -np.inf, 0))
        at, first = self.n_switches, self.n_switches + 2
        sums = np.zeros(self.n)
        sums[: self.n_options], sums[at] = self.variance, -1
        rows.append(_Row("", sums, 0, 0))
        most = sum(
            max(
                value
                for value, (owner, _) in zip(self.variance, self.options, strict=True)
                if owner is candidate
            )
            for candidate in self.candidates
        )
        places = max(most, 1.0) * np.linspace(0, 1, _SEGMENTS + 1) ** 2
        on, along = np.zeros(self.n), np.zeros(self.n)
        on[first : first + _SEGMENTS] = 1
        rows.append(_Row("", on, 1, 1))
        root = np.zeros(self.n)
        along[at], root[at + 1] = -1, -1
        for number in range(_SEGMENTS):
            switch, part = first + number, first + _SEGMENTS + number
            along[switch], along[part] = places[number], places[number + 1] - places[number]
            root[switch] = places[number] ** 0.5
            root[part] = places[number + 1] ** 0.5 - places[number] ** 0.5
            link = np.zeros(self.n)
            link[part], link[switch] = 1, -1
            rows.append(_Row("", link, -np.inf, 0))
        return [*rows, _Row("", along, 0, 0), _Row("", root, 0, 0)]

    def _bounds(self) -> list[_Row]:
        """Return the bounds of the goal, each under the name by which it is told to be in the way."""
        goal, rows = self.goal, []
        if goal.budget_minor is not None:
            rows.append(_Row("budget", self.cost.copy(), -np.inf, float(goal.budget_minor)))
        if goal.max_sites is not None:
            rows.append(_Row("max_sites", self._switches(), -np.inf, goal.max_sites))
        used = np.zeros(self.n)
        used[self.n_options : self.n_switches] = 1
        if goal.min_countries > 1:
            rows.append(_Row("min_countries", used, goal.min_countries, np.inf))
        for number, country in enumerate(self.countries):
            # A country counts only if one of its sites is chosen.
            own = self._switches(country=country)
            own[self.n_options + number] = -1
            rows.append(_Row("", own, 0, np.inf))
        for terms in goal.countries:
            place = self.n_options + self.countries.index(terms.country)
            own = self._switches(country=terms.country)
            if terms.min_sites > 1:
                row = own.copy()
                row[place] = -terms.min_sites
                rows.append(_Row(f"min_sites {terms.country}", row, 0, np.inf))
            if terms.max_sites is not None:
                rows.append(_Row(f"max_sites {terms.country}", own, -np.inf, terms.max_sites))
            if terms.is_required:
                row = np.zeros(self.n)
                row[place] = 1
                rows.append(_Row(f"required {terms.country}", row, 1, 1))
            if terms.max_share < 1:
                row = np.zeros(self.n)
                row[: self.n_options] = self.mean * (own[: self.n_options] - terms.max_share)
                rows.append(_Row(f"max_share {terms.country}", row, -np.inf, 0))
        for bound in goal.diversity:
            share = np.array([candidate.groups.get(bound.group, 0.0) for candidate, _ in self.options])
            for name, limit, low, high in (
                ("min_share", bound.min_share, 0.0, np.inf),
                ("max_share", bound.max_share, -np.inf, 0.0),
            ):
                if (name == "min_share" and limit > 0) or (name == "max_share" and limit < 1):
                    row = np.zeros(self.n)
                    row[: self.n_options] = self.mean * (share - limit)
                    rows.append(_Row(f"{name} {bound.group}", row, low, high))
        return rows

    def _switches(self, *, site: str | None = None, country: str | None = None) -> Reals:
        """Return a row of ones at the activations of a site, of a country, or of all."""
        row = np.zeros(self.n)
        row[: self.n_options] = [
            float(site in (None, candidate.site) and country in (None, candidate.country))
            for candidate, _ in self.options
        ]
        return row


def _brings_no_more(one: Activation, other: Activation) -> bool:
    """Whether a site activated in one way surely enrolls no more than in the other (in distribution)."""
    return one.month >= other.month and one.chance <= other.chance and one.sd_months == other.sd_months
