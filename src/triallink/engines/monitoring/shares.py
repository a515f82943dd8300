"""How answers, last digits and weekdays are distributed at a site, held against the study with subjects as the unit."""

from collections.abc import Sequence

import numpy as np
from scipy.special import chdtrc, fdtrc, ndtri

from triallink.engines.monitoring.judgement import FEW_SITES, LEAST_SITES, Features, Judgement, subject_scores
from triallink.engines.monitoring.roster import Array, Roster

LEAST_ANSWERS = 5
# Kinds rarer than this over the study are judged together: few subjects' shares of them are far from normal.
RARE = 0.03


def judge_shares(
    test: str,
    variables: Sequence[str],
    counts: Sequence[Array],
    labels: Sequence[Sequence[str]],
    roster: Roster,
    *,
    least_subjects: int,
    refused: dict[str, str],
) -> tuple[Judgement, list[Array]]:
    """Return how unlike the study's each site's distribution is, and each subject's share of what is most unlike.

    counts   by variable, shape (n_subjects, n_kinds): how often a subject has each kind.
    labels   by variable, the names of the kinds.
    Returns  a one-sided judgement; effect is the total variation distance (0 to 1) to the other sites, observed and
             expected the share of the kind named in detail. And by variable shape (n_subjects, n_kinds): shares.
    Source   Hotelling's T² of the normal scores of the principal components of subjects' shares, by F with one denominator degree of freedom per other subject; spread
             between sites estimated by the median.
    """
    shape = (len(roster.sites), len(variables))
    figures = {name: np.full(shape, np.nan) for name in ("observed", "expected", "effect", "z", "p")}
    subjects, reason = np.zeros(shape), np.full(shape, "", dtype=object)
    detail = np.full(shape, "", dtype=object)
    all_shares = []
    for at, name in enumerate(variables):
        shares = _shares(counts[at])
        all_shares.append(shares)
        present = ~np.isnan(shares[:, 0])
        n = np.add.reduceat(present.astype(float), roster.starts)
        subjects[:, at] = n
        why = refused.get(name, "") or _why_not(counts[at], n, least_subjects)
        few = n < least_subjects
        reason[few, at] = [
            f"{int(k)} subjects with {LEAST_ANSWERS} values, {least_subjects} needed" for k in n[few]
        ]
        if why:
            reason[:, at] = why
            continue
        p, own, others = _judged(shares, counts[at].sum(axis=1), present, n, roster, ~few)
        most = np.abs(own - others).argmax(axis=1)
        site = np.arange(shape[0])
        columns = {
            "observed": own[site, most],
            "expected": others[site, most],
            "effect": np.abs(own - others).sum(axis=1) / 2,
            "z": -ndtri(np.clip(p, 1e-300, 1 - 1e-16)),
            "p": p,
        }
        for key, column in columns.items():
            figures[key][:, at] = np.where(few, np.nan, column)
        detail[~few, at] = [labels[at][k] for k in most[~few]]
    return (
        Judgement(test, tuple(variables), subjects, reason=reason, detail=detail, **figures),
        all_shares,
    )


def _shares(counts: Array) -> Array:
    total = counts.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total >= LEAST_ANSWERS, counts / total, np.nan)


def _why_not(counts: Array, n: Array, least_subjects: int) -> str:
    overall = counts.sum(axis=0)
    if (overall > 0).sum() < 2:
        return "there is only one kind of value in the study"
    if (n >= least_subjects).sum() < LEAST_SITES:
        return f"fewer than {LEAST_SITES} sites can be compared"
    return ""


def _judged(
    shares: Array, answers: Array, present: np.ndarray, n: Array, roster: Roster, enough: np.ndarray
) -> tuple[Array, Array, Array]:
    filled = np.where(present[:, None], shares, 0.0)
    total = float(present.sum())
    overall = filled.sum(axis=0) / total
    with np.errstate(invalid="ignore", divide="ignore"):
        own = np.add.reduceat(filled, roster.starts, axis=0) / n[:, None]
        others = (filled.sum(axis=0) - own * n[:, None]) / (total - n)[:, None]
    kinds = _merged(overall)
    away = np.where(present[:, None], filled - overall, 0.0) @ kinds
    values, vectors = np.linalg.eigh(away.T @ away / total)
    kept = values > max(values[-1] * 1e-3, 1e-12)
    components = np.where(present[:, None], away @ vectors[:, kept], np.nan)
    support = np.repeat(answers[:, None], components.shape[1], axis=1)
    # Normal scores of the components: a subject with few answers may have any share, and counts for no more than its rank.
    names = tuple(str(number) for number in range(components.shape[1]))
    rotated = np.nan_to_num(subject_scores(Features("shares", names, components, support)))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.add.reduceat(rotated, roster.starts, axis=0) / n[:, None]
        chance = (total - n) / (n * (total - 1))
        square = (mean**2).sum(axis=1)
    free = int(kept.sum())
    sites = np.flatnonzero(enough & np.isfinite(chance) & (chance > 0))
    p = np.full(len(n), np.nan)
    shared = _between(square[sites], chance[sites], free)
    for site in sites:
        rest = sites[sites != site]
        between = _between(square[rest], chance[rest], free) if len(sites) <= FEW_SITES else shared
        statistic = square[site] / (chance[site] + between) / free
        p[site] = fdtrc(free, max(total - n[site] - free, 1.0), statistic)
    return p, own, others


def _merged(overall: Array) -> Array:
    """Return the matrix that adds the rare kinds together, shape (n_kinds, n_kept)."""
    rare = overall < RARE
    kept = np.eye(len(overall))[:, ~rare]
    return np.column_stack([kept, rare.astype(float)]) if overall[rare].sum() >= RARE else kept


def _between(square: Array, chance: Array, free: int) -> float:
    """Return the variance between sites at which the median statistic is the median of chi-square."""

    def high_share(variance: float) -> float:
        return float(np.mean(chdtrc(free, square / (chance + variance)) < 0.5))

    if high_share(0.0) <= 0.5:
        return 0.0
    low, high = 0.0, 8.0
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if high_share(middle) > 0.5 else (low, middle)
    return high
