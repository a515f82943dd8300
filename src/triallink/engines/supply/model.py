"""What a trial consumes and where its kits are: the words of trial supply as values.

Days count from the start of the study (0). Costs are integers in one currency's minor unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class KitType:
    """One kind of numbered kit.

    do_not_ship_days      a depot does not ship a kit within this many days of its expiry.
    do_not_dispense_days  a site does not dispense a kit within this many days of its expiry.
    is_blinded            blinded types travel together so that a shipment does not tell which was used up.
    """

    name: str
    cost_minor: int = 0
    do_not_ship_days: int = 0
    do_not_dispense_days: int = 0
    is_blinded: bool = True

    def __post_init__(self) -> None:
        if self.do_not_dispense_days < 0 or self.do_not_ship_days < self.do_not_dispense_days:
            raise ValueError(
                f"kit type {self.name}: do_not_ship_days ({self.do_not_ship_days}) must be at least "
                f"do_not_dispense_days ({self.do_not_dispense_days}), which must not be negative"
            )
        if self.cost_minor < 0:
            raise ValueError(f"kit type {self.name}: cost must not be negative, got {self.cost_minor}")


@dataclass(frozen=True, slots=True)
class Lot:
    """A released quantity of one kit type with one expiry, first held at `depot`."""

    kit_type: str
    depot: str
    quantity: int
    released_on_day: int
    expires_on_day: int

    def __post_init__(self) -> None:
        if self.quantity < 0:
            raise ValueError(f"a lot of {self.kit_type} has {self.quantity} kits")
        if self.expires_on_day <= self.released_on_day:
            raise ValueError(
                f"a lot of {self.kit_type} expires on day {self.expires_on_day}, released on {self.released_on_day}"
            )


@dataclass(frozen=True, slots=True)
class LeadTime:
    """The days a shipment travels: each number of days with its probability."""

    days: tuple[int, ...]
    probabilities: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if not self.days or min(self.days) < 1 or list(self.days) != sorted(set(self.days)):
            raise ValueError(f"lead times are distinct increasing days of at least 1, got {self.days}")
        if len(self.days) != len(self.probabilities) or min(self.probabilities) < 0:
            raise ValueError(f"one probability for each of {self.days}, got {self.probabilities}")
        if abs(sum(self.probabilities) - 1) > 1e-9:
            raise ValueError(f"lead time probabilities add up to {sum(self.probabilities)}")

    @property
    def longest(self) -> int:
        """The longest possible lead time, which resupply reckons with."""
        return self.days[-1]


@dataclass(frozen=True, slots=True)
class Depot:
    """A store that ships to sites; `source` is the depot that resupplies it, None for a central depot."""

    name: str
    source: str | None = None
    lead_days: int = 0


@dataclass(frozen=True, slots=True)
class Country:
    """Where sites are: their depot, the lead time from it and the cost of one shipment."""

    name: str
    depot: str
    lead_time: LeadTime
    shipment_cost_minor: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """A site and its enrollment: subjects enter screening at a rate ~ Gamma(alpha, rate beta) per month."""

    name: str
    country: str
    opens_on_day: int
    alpha: float
    beta: float

    def __post_init__(self) -> None:
        if self.alpha <= 0 or self.beta <= 0:
            raise ValueError(
                f"site {self.name}: alpha and beta must be positive, got {self.alpha}, {self.beta}"
            )
        if self.opens_on_day < 0:
            raise ValueError(f"site {self.name} opens on day {self.opens_on_day}")


@dataclass(frozen=True, slots=True)
class DoseLevel:
    """Kits dispensed per visit at one dose level: the same at every visit, or `by_visit`, one mapping per visit."""

    kits: Mapping[str, int] = field(default_factory=dict)
    by_visit: tuple[Mapping[str, int], ...] | None = None

    def at_visit(self, visit: int) -> Mapping[str, int]:
        """Return the kits of the visit, counted from 0."""
        return self.kits if self.by_visit is None else self.by_visit[visit]


@dataclass(frozen=True, slots=True)
class Arm:
    """A treatment arm: its share of the allocation ratio and its dose levels.

    Subjects start at the first level. titration[i][j] is the probability of moving from level i to j before each
    visit after the first; None keeps the level.
    """

    name: str
    ratio: int
    levels: tuple[DoseLevel, ...]
    titration: tuple[tuple[float, ...], ...] | None = None

    def __post_init__(self) -> None:
        if self.ratio < 1:
            raise ValueError(f"arm {self.name}: ratio must be at least 1, got {self.ratio}")
        if not self.levels:
            raise ValueError(f"arm {self.name} has no dose level")
        if self.titration is None:
            return
        n = len(self.levels)
        if len(self.titration) != n or any(len(row) != n for row in self.titration):
            raise ValueError(f"arm {self.name}: titration must be {n} by {n}, got {self.titration}")
        for row in self.titration:
            if min(row) < 0 or abs(sum(row) - 1) > 1e-9:
                raise ValueError(f"arm {self.name}: titration rows are probabilities, got {row}")


DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Trial:
    """Everything the demand for kits and the network depend on.

    visit_days              days of the dispensing visits after randomization, starting with 0.
    visit_window_days       a visit takes place up to this many days early or late (the first is on its day).
    dropout_probability     chance that a subject leaves before the last visit; the hazard is constant.
    target_subjects         randomized subjects at which screening closes.
    enrollment_days         day on which screening closes at the latest.
    """

    kit_types: tuple[KitType, ...]
    arms: tuple[Arm, ...]
    visit_days: tuple[int, ...]
    depots: tuple[Depot, ...]
    countries: tuple[Country, ...]
    sites: tuple[Site, ...]
    target_subjects: int
    enrollment_days: int
    screening_days: int = 0
    screening_failure: float = 0.0
    dropout_probability: float = 0.0
    visit_window_days: int = 0

    def __post_init__(self) -> None:
        for what, names in (
            ("kit type", [k.name for k in self.kit_types]),
            ("arm", [a.name for a in self.arms]),
            ("depot", [d.name for d in self.depots]),
            ("country", [c.name for c in self.countries]),
            ("site", [s.name for s in self.sites]),
        ):
            if not names:
                raise ValueError(f"a trial needs at least one {what}")
            if len(set(names)) != len(names):
                raise ValueError(f"two {what}s have the same name: {sorted(names)}")
        self._check_schedule()
        self._check_network()

    def _check_schedule(self) -> None:
        days = self.visit_days
        if not days or days[0] != 0 or list(days) != sorted(set(days)):
            raise ValueError(f"visit days start with 0 and increase, got {days}")
        gaps = [after - before for before, after in pairwise(days)]
        if self.visit_window_days < 0 or (gaps and 2 * self.visit_window_days >= min(gaps)):
            raise ValueError(
                f"a window of {self.visit_window_days} days lets visits {days} overtake each other"
            )
        known = {kit.name for kit in self.kit_types}
        for arm in self.arms:
            for level in arm.levels:
                if level.by_visit is not None and len(level.by_visit) != len(days):
                    raise ValueError(
                        f"arm {arm.name}: by_visit has {len(level.by_visit)} of {len(days)} visits"
                    )
                for visit in range(len(days)):
                    for name, count in level.at_visit(visit).items():
                        if name not in known or count < 0:
                            raise ValueError(f"arm {arm.name} dispenses {count} of kit type {name!r}")
        for name in ("screening_failure", "dropout_probability"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must lie in [0, 1), got {getattr(self, name)}")
        if self.target_subjects < 1 or self.enrollment_days < 1 or self.screening_days < 0:
            raise ValueError(
                f"{self.target_subjects=}, {self.enrollment_days=} and {self.screening_days=} must be positive"
            )

    def _check_network(self) -> None:
        depots = {depot.name for depot in self.depots}
        for depot in self.depots:
            if depot.source is not None and depot.source not in depots - {depot.name}:
                raise ValueError(
                    f"depot {depot.name} is supplied from {depot.source!r}, which is not another depot"
                )
            if depot.source is not None and self.depot(depot.source).source is not None:
                raise ValueError(f"depot {depot.name}: its source {depot.source} must be a central depot")
        for country in self.countries:
            if country.depot not in depots:
                raise ValueError(f"country {country.name} is supplied from unknown depot {country.depot!r}")
        countries = {country.name for country in self.countries}
        for site in self.sites:
            if site.country not in countries:
                raise ValueError(f"site {site.name} lies in unknown country {site.country!r}")

    def depot(self, name: str) -> Depot:
        """Return the depot of that name."""
        return next(depot for depot in self.depots if depot.name == name)

    @property
    def longest_lead_days(self) -> int:
        """The longest lead time to any site."""
        return max(country.lead_time.longest for country in self.countries)

    @property
    def last_day(self) -> int:
        """The last day on which a visit can take place."""
        return self.enrollment_days + self.screening_days + self.visit_days[-1] + self.visit_window_days
