"""Who enrolled how many subjects in which month, and when each site opened: what a forecast learns from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class SiteOpening:
    """A site that opens at or after the forecast's origin.

    site         its name.
    month        when it is expected to open, in months since the history began; 30.5 is the middle of month 30.
    sd_months    standard deviation of that date: 0 when it is known, more when planned or delayed.
    chance       probability that it opens at all.
    rate_factor  its expected rate relative to a site of which nothing is known.
    """

    site: str
    month: float
    sd_months: float = 0.0
    chance: float = 1.0
    rate_factor: float = 1.0

    def __post_init__(self) -> None:
        if not np.isfinite(self.month) or not 0 <= self.sd_months < np.inf:
            raise ValueError(f"opening of {self.site}: month {self.month!r}, sd_months {self.sd_months!r}")
        if not 0 <= self.chance <= 1 or not 0 < self.rate_factor < np.inf:
            raise ValueError(
                f"opening of {self.site}: chance {self.chance!r} lies in [0, 1], rate_factor {self.rate_factor!r} above 0"
            )


@dataclass(frozen=True)
class History:
    """Enrollment of one study by site and month.

    sites           n_sites names, all different.
    counts          shape (n_sites, n_months), subjects; 0 before a site opens.
    opened          shape (n_sites,), the month in which each site opened, counted from 0; a site whose opening lies
                    at or after n_months is planned and belongs to no estimate.
    closed          shape (n_sites,), the first month in which a site no longer enrolls; n_months or more if it is open.
    calendar_month  calendar month (1 to 12) of month 0, or None when seasons are not to be looked for.
    """

    sites: tuple[str, ...]
    counts: Counts
    opened: Counts
    closed: Counts
    calendar_month: int | None = None

    def __post_init__(self) -> None:
        if self.counts.ndim != 2 or self.counts.shape[0] != len(self.sites):
            raise ValueError(f"counts of shape {self.counts.shape} for {len(self.sites)} sites")
        if self.opened.shape != (len(self.sites),) or self.closed.shape != (len(self.sites),):
            raise ValueError(
                f"opened {self.opened.shape} and closed {self.closed.shape} for {len(self.sites)} sites"
            )
        if len(set(self.sites)) != len(self.sites):
            raise ValueError(f"a site is named twice among {sorted(self.sites)!r}")
        if self.counts.size and self.counts.min() < 0:
            raise ValueError(f"counts are at least 0, got {self.counts.min()}")
        months = np.arange(self.counts.shape[1])
        outside = (months < self.opened[:, None]) | (months >= self.closed[:, None])
        if (self.counts[outside] > 0).any():
            at = int(np.flatnonzero(((self.counts > 0) & outside).any(axis=1))[0])
            raise ValueError(f"site {self.sites[at]} has subjects while it is not open")
        if self.calendar_month is not None and not 1 <= self.calendar_month <= 12:
            raise ValueError(f"a calendar month is 1 to 12, got {self.calendar_month}")

    @classmethod
    def from_records(
        cls,
        records: Iterable[tuple[str, int, int]],
        *,
        n_months: int | None = None,
        opened: Mapping[str, int] | None = None,
        closed: Mapping[str, int] | None = None,
        calendar_month: int | None = None,
    ) -> History:
        """Return the history told by (site, month, subjects) records; what is not recorded is 0.

        n_months  length of the history; by default until the last recorded month.
        opened    opening month of sites, also of those without a subject; a site not named opened in the month of
                  its first subject.
        closed    closing month of sites, if any.
        Raises    ValueError if a month is negative or beyond n_months, a count is negative, either no whole number, or a site has subjects
                  while it is not open.
        """
        told = list(records)
        for site, month, count in told:
            if month != int(month) or count != int(count):
                raise ValueError(f"site {site}, month {month}: {count} subjects; both are whole numbers")
        rows = [(str(site), int(month), int(count)) for site, month, count in told]
        length = n_months if n_months is not None else 1 + max((month for _, month, _ in rows), default=-1)
        for site, month, count in rows:
            if not 0 <= month < length or count < 0:
                raise ValueError(f"site {site}, month {month} of {length}: {count} subjects")
        openings = {str(site): int(month) for site, month in (opened or {}).items()}
        closings = {str(site): int(month) for site, month in (closed or {}).items()}
        for site, month, count in sorted(rows):
            if count:
                openings.setdefault(site, month)
        at = {site: number for number, site in enumerate(openings)}
        counts = np.zeros((len(at), length), dtype=np.int64)
        for site, month, count in rows:
            if count:
                counts[at[site], month] += count
        never = np.iinfo(np.int64).max
        return cls(
            sites=tuple(openings),
            counts=counts,
            opened=np.array(list(openings.values()), dtype=np.int64),
            closed=np.array([closings.get(site, never) for site in openings], dtype=np.int64),
            calendar_month=calendar_month,
        )

    @property
    def n_months(self) -> int:
        """How many months have passed."""
        return int(self.counts.shape[1])

    @property
    def n_subjects(self) -> int:
        """How many subjects all sites enrolled together."""
        return int(self.counts.sum())

    def until(self, month: int) -> History:
        """Return what was known before a month began: its earlier months, and only sites open by then.

        Raises  ValueError if the month lies outside the history.
        """
        if not 0 <= month <= self.n_months:
            raise ValueError(f"month {month} of a history of {self.n_months} months")
        seen = self.opened < month
        closed = np.where(self.closed < month, self.closed, np.iinfo(np.int64).max)
        return History(
            sites=tuple(site for site, is_seen in zip(self.sites, seen, strict=True) if is_seen),
            counts=self.counts[seen, :month],
            opened=self.opened[seen],
            closed=closed[seen],
            calendar_month=self.calendar_month,
        )

    def openings(self, first: int, last: int) -> tuple[SiteOpening, ...]:
        """Return the sites that opened in months first to last - 1, as a plan made at `first` would list them."""
        return tuple(
            SiteOpening(site, float(month))
            for site, month in zip(self.sites, self.opened.tolist(), strict=True)
            if first <= month < last
        )
