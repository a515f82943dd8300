"""What is asked for and who could deliver it: the two sides a fit score compares."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from triallink.kernel.money import Money

EARTH_RADIUS_KM = 6371.0
NEVER = date.max.toordinal()  # a credential without an end


@dataclass(frozen=True)
class Need:
    """One piece of work somebody wants done. An empty field asks for nothing.

    level               lowest acceptable seniority, 1 (junior) to 3 (senior); 0 = any.
    latitude, longitude degrees; None = the place does not matter.
    max_distance_km     hard limit on the way to the work; None = no limit.
    hours_per_week      hours in each week from start_on to end_on.
    price_limit_minor   highest price per unit, minor units of `currency`.
    parties             ids of sponsor, trial and sites, compared with a supply's conflicts.
    kinds               accepted kinds of supply (for example freelancer, smo); empty = all.
    """

    service: str = ""
    roles: tuple[str, ...] = ()
    level: int = 0
    therapeutic_areas: tuple[str, ...] = ()
    phase: str = ""
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None
    max_distance_km: float | None = None
    languages: tuple[str, ...] = ()
    required_credentials: tuple[str, ...] = ()
    hours_per_week: float = 0.0
    start_on: date | None = None
    end_on: date | None = None
    price_limit_minor: int | None = None
    currency: str = "CNY"
    minimum_rating: float | None = None
    parties: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError(
                f"latitude and longitude go together, got {self.latitude!r} and {self.longitude!r}"
            )
        if self.latitude is not None and self.longitude is not None:
            _check_place(self.latitude, self.longitude)
        if self.hours_per_week < 0:
            raise ValueError(f"hours_per_week must not be negative, got {self.hours_per_week!r}")
        if self.start_on and self.end_on and self.end_on < self.start_on:
            raise ValueError(f"end_on {self.end_on} lies before start_on {self.start_on}")

    @property
    def place(self) -> tuple[float, float]:
        """Latitude and longitude of a need that has a place."""
        if self.latitude is None or self.longitude is None:
            raise ValueError(f"this need has no place: {self!r}")
        return self.latitude, self.longitude

    @property
    def price_limit(self) -> Money:
        """The price limit of a need that has one."""
        if self.price_limit_minor is None:
            raise ValueError(f"this need has no price limit: {self!r}")
        return Money(self.price_limit_minor, self.currency)


@dataclass(frozen=True)
class Supply:
    """One person or organization that could do the work. None means "not published".

    therapeutic_areas     area -> number of finished trials in it.
    credentials           credential -> last day of validity, None = does not expire.
    free_hours_per_week   hours free in every week of the asked window.
    price_minor           price per unit, minor units of `currency`.
    travel_km             how far the supply is willing to travel; None = anywhere.
    rating_mean           1 to 5, from completed contracts only; ignored when rating_count is 0.
    conflicts             ids of parties this supply must not work for.
    """

    id: str
    kind: str = ""
    services: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    level: int = 0
    therapeutic_areas: Mapping[str, int] = field(default_factory=dict)
    phases: frozenset[str] = frozenset()
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None
    travel_km: float | None = None
    languages: frozenset[str] = frozenset()
    credentials: Mapping[str, date | None] = field(default_factory=dict)
    free_hours_per_week: float | None = None
    available_on: date | None = None
    price_minor: int | None = None
    currency: str = "CNY"
    rating_mean: float = 0.0
    rating_count: int = 0
    completed_contracts: int = 0
    conflicts: frozenset[str] = frozenset()
    is_suspended: bool = False

    def __post_init__(self) -> None:
        if self.latitude is not None and self.longitude is not None:
            _check_place(self.latitude, self.longitude)
        if self.rating_count and not 1 <= self.rating_mean <= 5:
            raise ValueError(f"rating_mean must lie in 1 to 5, got {self.rating_mean!r} of {self.id}")


def _check_place(latitude: float, longitude: float) -> None:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"not a place on earth: latitude {latitude!r}, longitude {longitude!r}")


def unit_vector(latitude: float, longitude: float) -> tuple[float, float, float]:
    """Return the point on the unit sphere, so that distances need no further trigonometry.

    latitude, longitude   degrees.
    Returns               x, y, z, dimensionless, length 1.
    Raises                nothing; the caller has checked the range.
    Source                elementary spherical geometry.
    """
    phi, theta = math.radians(latitude), math.radians(longitude)
    return math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi)


class SupplyTable:
    """Supplies as columns: built once, ranked against many needs.

    Columns of words (services, languages, …) are made on first use, one array per word asked
    for, so a table of 35,000 supplies costs a fraction of a second and each ranking milliseconds.
    """

    def __init__(self, supplies: Iterable[Supply]) -> None:
        self.supplies: Sequence[Supply] = tuple(supplies)
        seen: set[str] = set()
        for supply in self.supplies:
            if supply.id in seen:
                raise ValueError(f"supply id {supply.id!r} appears twice")
            seen.add(supply.id)
        self._columns: dict[tuple[str, str], NDArray[np.int64]] = {}

    def __len__(self) -> int:
        return len(self.supplies)

    @cached_property
    def id_rank(self) -> NDArray[np.int64]:
        """Position of each supply when sorted by id: the announced tie-break."""
        rank = np.empty(len(self), np.int64)
        rank[sorted(range(len(self)), key=lambda row: self.supplies[row].id)] = np.arange(len(self))
        return rank

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return the numeric field `name` of every supply, NaN where not published."""
        if name not in self.__dict__:
            values = (getattr(supply, name) for supply in self.supplies)
            self.__dict__[name] = np.array([math.nan if v is None else v for v in values], np.float64)
        return self.__dict__[name]

    def has(self, name: str, word: str) -> NDArray[np.bool_]:
        """Return which supplies have `word` in their field `name` (or are equal to it)."""
        if name in ("kind", "currency"):
            return self._column(name, word, lambda supply: int(getattr(supply, name) == word)) > 0
        return self._column(name, word, lambda supply: int(word in getattr(supply, name))) > 0

    def experience(self, area: str) -> NDArray[np.int64]:
        """Return the number of finished trials of every supply in one therapeutic area."""
        return self._column("therapeutic_areas", area, lambda supply: supply.therapeutic_areas.get(area, 0))

    def valid_until(self, credential: str) -> NDArray[np.int64]:
        """Return the last valid day (ordinal) of a credential, 0 where the supply lacks it."""

        def last_day(supply: Supply) -> int:
            if credential not in supply.credentials:
                return 0
            until = supply.credentials[credential]
            return NEVER if until is None else until.toordinal()

        return self._column("credentials", credential, last_day)

    @cached_property
    def available_from(self) -> NDArray[np.int64]:
        """First day (ordinal) each supply is available, 0 where it is at once."""
        days = (s.available_on.toordinal() if s.available_on else 0 for s in self.supplies)
        return np.array(list(days), np.int64)

    @cached_property
    def points(self) -> NDArray[np.float64]:
        """Unit vectors of the homes, shape (n, 3), NaN where the place is not published."""
        unknown = (math.nan, math.nan, math.nan)
        rows = [
            unknown if s.latitude is None or s.longitude is None else unit_vector(s.latitude, s.longitude)
            for s in self.supplies
        ]
        return np.array(rows, np.float64).reshape(len(rows), 3)

    def distance_km(self, latitude: float, longitude: float) -> NDArray[np.float64]:
        """Return the straight-line distance to a place in km, NaN where the home is unknown.

        The chord, not the great circle: only additions, products and one square root, each
        rounded the same way whatever the number of rows, so that one fit and a whole ranking
        agree to the last bit. Below 1,500 km the two differ by less than 0.3 %.
        """
        x, y, z = unit_vector(latitude, longitude)
        dx, dy, dz = self.points[:, 0] - x, self.points[:, 1] - y, self.points[:, 2] - z
        return EARTH_RADIUS_KM * np.sqrt(dx * dx + dy * dy + dz * dz)

    def _column(self, name: str, word: str, value: Callable[[Supply], int]) -> NDArray[np.int64]:
        key = (name, word)
        if key not in self._columns:
            self._columns[key] = np.array([value(supply) for supply in self.supplies], np.int64)
        return self._columns[key]
