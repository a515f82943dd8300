"""Subjects of one site whose values are the same, or nearly so, at the same visits."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from triallink.engines.monitoring.judgement import LEAST_SITES, Judgement
from triallink.engines.monitoring.measurements import Measurements
from triallink.engines.monitoring.panels import Panels
from triallink.engines.monitoring.roster import Array, Indices, Roster

# Two values as far apart as this, in standard deviations, are not close at all.
REACH = 0.15
LEAST_CELLS = 20
MOST_VARIABLES = 12
REFERENCE_PAIRS = 6_000
LEAST_REFERENCE = 200
_TAIL = 0.95


@dataclass(frozen=True)
class Twins:
    """The judgement, and for each site the pair of subjects most alike with its closeness."""

    judgement: Judgement
    pairs: dict[int, tuple[int, int, float]]


def judge_twins(panels: Panels, data: Measurements, roster: Roster) -> Twins:
    """Return for each site how unlikely its most alike pair of subjects is.

    Closeness is the mean over the values both subjects have at the same visits of 1 for equal values, falling to 0 at
    REACH. Its chance is that of pairs of subjects of different sites, widened to the spread of pairs within sites, with an
    exponential tail; over all pairs of a site by Šidák.
    """
    cube = _cube(panels, data)
    starts, sizes = roster.starts, roster.sizes
    within = [_pairs_within(cube[a : a + n]) for a, n in zip(starts, sizes, strict=True)]
    reference, reference_cells = _pairs_across(cube, roster)
    n_sites = len(sizes)
    figures = {name: np.full((n_sites, 1), np.nan) for name in ("observed", "expected", "effect", "z", "p")}
    reason = np.full((n_sites, 1), "", dtype=object)
    pairs: dict[int, tuple[int, int, float]] = {}
    why = _why_not(cube, reference, within)
    scale = None if why else _Scale.of(reference, reference_cells, within)
    for site, (close, cells, first, second) in enumerate(within):
        if scale is None:
            reason[site] = why
        elif not len(close):
            reason[site] = f"no two subjects share {LEAST_CELLS} values at the same visits"
        else:
            far = scale.standardized(close, cells)
            best = int(far.argmax())
            chance = float(scale.tail(far[best]))
            p = -np.expm1(len(close) * np.log1p(-min(chance, 1 - 1e-15)))
            figures["observed"][site], figures["expected"][site] = close[best], scale.centre
            figures["effect"][site] = far[best]
            figures["p"][site], figures["z"][site] = p, -ndtri(np.clip(p, 1e-300, 1 - 1e-16))
            offset = int(starts[site])
            pairs[site] = (offset + int(first[best]), offset + int(second[best]), float(close[best]))
    detail = np.full((n_sites, 1), "", dtype=object)
    for site, (one, two, _) in pairs.items():
        detail[site] = f"{roster.subjects[one]} = {roster.subjects[two]}"
    subjects = sizes[:, None].astype(np.float64)
    return Twins(
        Judgement("duplicate_subjects", ("(panel)",), subjects, reason=reason, detail=detail, **figures),
        pairs,
    )


def _cube(panels: Panels, data: Measurements) -> np.ndarray:
    """Return what each subject has at each visit in the variables that tell most, shape (n_subjects, n_cells)."""
    total = np.maximum(np.bincount(data.cell_variable, data.cell_count, len(data.variables)), 1)
    share = data.cell_count / total[data.cell_variable]
    coincidence = np.bincount(data.cell_variable, share**2, len(data.variables))
    coincidence[total < 0.2 * total.max(initial=1)] = 2.0
    told = np.argsort(coincidence, kind="stable")[:MOST_VARIABLES]
    cube = np.full((data.n_subjects, data.n_visits, len(told)), np.nan, dtype=np.float32)
    cube[panels.subject, panels.visit] = panels.away[:, told]
    return cube.reshape(data.n_subjects, -1)


def _closeness(one: np.ndarray, others: np.ndarray) -> tuple[Array, Indices]:
    apart = np.abs(others - one)
    cells = np.count_nonzero(apart == apart, axis=-1)
    near = np.maximum(1 - apart / REACH, 0)
    return np.nansum(near, axis=-1, dtype=np.float64) / np.maximum(cells, 1), cells


def _pairs_within(cube: np.ndarray) -> tuple[Array, Indices, Indices, Indices]:
    close, cells, first, second = [], [], [], []
    for number in range(len(cube) - 1):
        c, k = _closeness(cube[number], cube[number + 1 :])
        enough = np.flatnonzero(k >= LEAST_CELLS)
        close.append(c[enough])
        cells.append(k[enough])
        first.append(np.full(len(enough), number))
        second.append(number + 1 + enough)
    if not close:
        return np.empty(0), *(np.empty(0, dtype=np.int64) for _ in range(3))  # type: ignore[return-value]
    return np.concatenate(close), np.concatenate(cells), np.concatenate(first), np.concatenate(second)


def _pairs_across(cube: np.ndarray, roster: Roster) -> tuple[Array, Indices]:
    """Return pairs of subjects of different sites: each subject with those a fixed number of places further on."""
    n = len(cube)
    most = n * (n - 1) // 2
    wanted = min(REFERENCE_PAIRS, most)
    shifts = np.unique(np.linspace(1, max(n - 1, 1), max(wanted // max(n, 1), 1) + 2).astype(int))[:-1]
    close, cells = [np.empty(0)], [np.empty(0, dtype=np.int64)]
    for shift in shifts:
        other = (np.arange(n) + shift) % n
        apart = roster.site_of != roster.site_of[other]
        c, k = _closeness(cube[apart], cube[other[apart]])
        close.append(c[k >= LEAST_CELLS])
        cells.append(k[k >= LEAST_CELLS])
    return np.concatenate(close), np.concatenate(cells)


def _why_not(
    cube: np.ndarray, reference: Array, within: list[tuple[Array, Indices, Indices, Indices]]
) -> str:
    if sum(bool(len(each[0])) for each in within) < LEAST_SITES:
        return f"fewer than {LEAST_SITES} sites have two subjects who share {LEAST_CELLS} values at the same visits"
    if len(reference) < LEAST_REFERENCE:
        return (
            f"{len(reference)} pairs of subjects of different sites to compare with, {LEAST_REFERENCE} needed"
        )
    return ""


@dataclass(frozen=True)
class _Scale:
    """Where closeness lies and how far it spreads: its variance is fixed + per_cell / cells."""

    centre: float
    fixed: float
    per_cell: float
    widening: float
    at: float
    beyond: float

    @classmethod
    def of(
        cls, reference: Array, cells: Indices, within: list[tuple[Array, Indices, Indices, Indices]]
    ) -> "_Scale":
        centre = float(np.median(reference))
        square = (reference - centre) ** 2
        inverse = 1.0 / cells
        slope = max(float(np.cov(inverse, square)[0, 1] / max(np.var(inverse), 1e-12)), 0.0)
        fixed = max(float(square.mean() - slope * inverse.mean()), 1e-6)
        own = np.concatenate([each[0] for each in within])
        own_cells = np.concatenate([each[1] for each in within])
        plain = cls(centre, fixed, slope, 1.0, 0.0, 1.0)
        across, inside = plain.standardized(reference, cells), plain.standardized(own, own_cells)
        # Half of a site's pairs may be forged and still leave the quartiles of all sites' pairs where they were.
        widening = max(1.0, _spread(inside) / max(_spread(across), 1e-9))
        centre = max(centre, centre + float(np.median(inside)) * float(np.sqrt(fixed)))
        at = float(np.quantile(across, _TAIL))
        return cls(centre, fixed, slope, widening, at, float(np.mean(across[across > at] - at)))

    def standardized(self, close: Array, cells: Indices) -> Array:
        """Return how many standard deviations a closeness lies above the usual one."""
        return np.asarray((close - self.centre) / np.sqrt(self.fixed + self.per_cell / cells) / self.widening)

    def tail(self, far: float) -> float:
        """Return the chance that a pair is this close."""
        if far <= self.at:
            return 1.0
        return float((1 - _TAIL) * np.exp(-(far - self.at) / self.beyond))


def _spread(values: Array) -> float:
    low, high = np.quantile(values, (0.25, 0.75))
    return float(high - low)
